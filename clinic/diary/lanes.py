"""Lanes: visits that overlap in a column of the diary stand side by side."""

MOST_LANES = 3


def give_lanes(cells):
    """Put overlapping visits side by side, so that deliberate overlaps and cancelled visits stay visible."""
    group, until = [], None
    for cell in cells:
        if until is not None and cell.top >= until:
            _assign_lanes(group)
            group, until = [], None
        group.append(cell)
        until = max(until or 0, cell.end)
    _assign_lanes(group)


def _assign_lanes(group):
    ends = []
    for cell in group:
        lane = next((number for number, end in enumerate(ends) if end <= cell.top), len(ends))
        ends[lane : lane + 1] = [cell.end]
        cell.lane = min(lane + 1, MOST_LANES)
    for cell in group:
        cell.lanes = min(len(ends), MOST_LANES)
