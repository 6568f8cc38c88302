"""The place of each visit, absence and gap in a grid of the diary: its rows, its lane and the line for now."""

from datetime import timedelta
from operator import attrgetter

from clinic.diary import local_time
from clinic.diary.availability import EPOCH
from clinic.diary.lanes import give_lanes

ROW_MINUTES = 5


def give_places(grid, now):
    """Put the items of a Grid on its rows and in time order. Returns the grid."""
    zone = grid.zone
    _extend_hours(grid)
    soon = now + (EPOCH - now) % timedelta(minutes=ROW_MINUTES)
    for column in grid.columns:
        for item in column.items:
            if item.kind == "gap":
                item.starts_at = max(item.starts_at, soon)
            item.top = grid.row(_minute(item.starts_at, column.day, zone))
            item.end = min(grid.row(_minute(item.ends_at, column.day, zone) + ROW_MINUTES - 1), grid.last_row)
            if item.kind == "visit" and item.end <= item.top:
                # The clocks went back during the visit, so its local end is before its local start.
                item.end = item.top + 1
        column.items = sorted(
            (item for item in column.items if item.end > item.top),
            key=attrgetter("starts_at", "ends_at"),
        )
        give_lanes([item for item in column.items if item.kind == "visit"])
        if local_time.local_day(now, zone) == column.day:
            minute = _minute(now, column.day, zone)
            shown = grid.first_hour * 60 <= minute < grid.last_hour * 60
            column.now_row = grid.now_row = grid.row(minute) if shown else None
    return grid


def _extend_hours(grid):
    """Extend the usual hours to include all visits and working hours."""
    for column in grid.columns:
        for item in column.items:
            if item.kind == "visit" or (item.kind == "gap" and _is_planned(column)):
                first, last = (_minute(moment, column.day, grid.zone) for moment in (item.starts_at, item.ends_at))
                grid.first_hour = min(grid.first_hour, first // 60, last // 60)
                grid.last_hour = max(grid.last_hour, first // 60 + 1, -(-last // 60))


def _is_planned(column):
    """Whether the gaps of a column come from working hours, and not from somebody who has none."""
    return column.practitioner is None or column.practitioner.has_hours


def _minute(instant, day, zone):
    """The local minute of the day; 0 before the day and 1440 after it."""
    wall = local_time.wall_of(instant, zone)
    if wall.date() != day:
        return 0 if wall.date() < day else 24 * 60
    return wall.hour * 60 + wall.minute
