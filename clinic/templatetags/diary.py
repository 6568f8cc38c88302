"""Texts of the diary, and its rows as HTML. A busy day has some 300 rows, which templates would render too slowly."""

from datetime import UTC, datetime

from django import template
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.http import urlencode
from django.utils.safestring import mark_safe

from clinic import permissions
from clinic.cover import excluded_from_cover
from clinic.diary import messages
from clinic.diary.grid import HEAD_ROWS, ROW_MINUTES

register = template.Library()
VISIT = (
    '<li class="fl-day__item{lane}" data-from="{top}" data-to="{end}">'
    '<a class="fl-slot {css}" id="visit-{pk}" href="/diary/{pk}/" title="{name}, born {born}"'
    ' hx-get="/diary/{pk}/" hx-target="#panel" data-visit="{pk}" data-version="{version}" data-wall="{wall}"'
    ' data-minutes="{minutes}" data-practitioner="{practitioner}"{draggable}><b>{starts} <bdi>{name}</bdi></b>'
    '<span>{namesake}{status} · {what}</span><i class="bi bi-{icon}" title="{status}" aria-hidden="true"></i>{marks}'
    '<span class="visually-hidden">, until {ends}{overlap}</span></a></li>'
)
OFF = (
    '<li class="fl-day__item fl-off" data-from="{}" data-to="{}"><span>{}</span>'
    '<span class="fl-off__times"> {}</span></li>'
)
GAP = (
    '<li class="fl-day__item" data-from="{top}" data-to="{end}"><a class="fl-gap" id="gap-{pk}-{at}"'
    ' href="/diary/book/?{of}={pk}&amp;at={at}" data-gap data-rows="{rows}" data-starts="{starts}">'
    "<span>Free {starts} to {ends}</span></a></li>"
)
MARK = '<i class="bi bi-{}" title="{}" aria-hidden="true"></i><span class="visually-hidden">, {}</span>'
DRAGGABLE, NOTHING = mark_safe(' draggable="true"'), ""
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


@register.filter
def wishes(entry):
    """When and where a patient on the waiting list can come: "Mon, Tue, from 09:00, Room 3, 45 min"."""
    parts = [
        ", ".join(DAYS[day] for day in sorted(entry.weekdays)),
        entry.earliest_time and f"from {entry.earliest_time:%H:%M}",
        entry.latest_time and f"finished by {entry.latest_time:%H:%M}",
        entry.earliest_on and f"from {entry.earliest_on:%-d %b}",
        entry.latest_on and f"until {entry.latest_on:%-d %b}",
        entry.room and entry.room.name,
        entry.minutes and f"{entry.minutes} min",
    ]
    return ", ".join(filter(None, parts))


@register.filter
def wish_in_words(wish):
    """What was asked for: "Thu, from 16:00, M. Solberg or T. Walsh, Room 3, 45 min"."""
    parts = [
        ", ".join(DAYS[day] for day in sorted(wish.weekdays)),
        wish.after and f"from {wish.after:%H:%M}",
        wish.before and f"finished by {wish.before:%H:%M}",
        " or ".join(person.short_name for person in wish.practitioners),
        wish.room and wish.room.name,
        wish.minutes and f"{wish.minutes} min",
        wish.until_day and f"until {wish.until_day:%-d %b}",
    ]
    return ", ".join(filter(None, parts))


@register.filter
def how_far(day):
    """How far a day is from today: "today", "tomorrow", "in 5 days", "in 6 weeks"."""
    days = (day - timezone.localdate()).days
    if days < 2:
        return ("today", "tomorrow")[days] if days >= 0 else ""
    return f"in {days} days" if days < 14 else f"in {days // 7} weeks"


@register.simple_tag
def booking_url(kept=(), **query):
    """The URL of the booking form with values that are already known. `kept` are (name, value) pairs of a request."""
    return f"{reverse('appointment_create')}?{urlencode([*query.items(), *kept], doseq=True)}"


@register.simple_tag
def next_to_url(visit, relative):
    """The URL of the booking form for a relative of the patient, with the same practitioner after the visit."""
    at = f"{visit.ends_at.astimezone(UTC):%Y-%m-%dT%H:%MZ}"
    return booking_url(patient=relative.pk, practitioner=visit.practitioner_id, at=at)


@register.simple_tag
def wish_url(entry, site):
    """The URL of the booking form with the wishes of an entry of the waiting list, which the booking then closes."""
    wishes = {
        "weekdays": entry.weekdays,
        "after": entry.earliest_time and f"{entry.earliest_time:%H:%M}",
        "before": entry.latest_time and f"{entry.latest_time:%H:%M}",
        "from_day": entry.earliest_on,
        "until_day": entry.latest_on,
        "in_room": entry.room_id,
        "minutes": entry.minutes,
    }
    return booking_url(
        patient=entry.patient_id,
        type=entry.type_id,
        practitioner=[person.pk for person in entry.practitioners] or "",
        site=entry.site_id or (entry.room.site_id if entry.room else site.pk),
        waiting=entry.pk,
        **{name: value for name, value in wishes.items() if value},
    )


register.simple_tag(messages.why_unreachable)


@register.simple_tag
def without_cover(practitioners):
    """[(Practitioner, [labels of what the insurance leaves out])] of those with such a gap."""
    return [(person, left_out) for person in practitioners if (left_out := excluded_from_cover(person))]


@register.filter
def may_book(user):
    """Whether the user may book visits, with everybody or only with themselves."""
    return permissions.may_book(user)


@register.filter
def was(change):
    """The start of a visit before it was moved, in the time zone of its site."""
    return datetime.fromisoformat(change.before["starts_at"]).astimezone(change.appointment.zone)


@register.filter
def line(row):
    """The start of a grid row as hours and minutes after the first hour shown, for the stylesheet: "03:20"."""
    hours, minutes = divmod((row - HEAD_ROWS) * ROW_MINUTES, 60)
    return f"{hours:02}:{minutes:02}"


@register.simple_tag
def rows(column, grid, only_for=None):
    """The visits, absences and gaps of a column of the diary.

    `only_for` is the id of the practitioner whose visits alone the user books and moves; None means everybody's.
    """
    draw = {"visit": _visit, "off": _off, "gap": _gap}
    return mark_safe("".join(draw[item.kind](item, column, grid, only_for) for item in column.items))  # noqa: S308 - format_html


def _visit(cell, column, grid, only_for):
    visit = cell.appointment
    start, end = cell.starts_at.astimezone(grid.zone), cell.ends_at.astimezone(grid.zone)
    is_here = visit.status == visit.Status.ARRIVED
    can_move = is_here or visit.status == visit.Status.BOOKED
    return format_html(
        VISIT,
        top=line(cell.top),
        end=line(cell.end),
        lane=f" fl-lane--{cell.lane}of{cell.lanes}" if cell.lanes > 1 else NOTHING,
        css=f"{cell.css} fl-slot--clash" if visit.overlap_reason else cell.css,
        pk=visit.pk,
        version=visit.version,
        wall=f"{start:%Y-%m-%dT%H:%M}",
        minutes=visit.minutes,
        practitioner=visit.practitioner_id,
        draggable=DRAGGABLE if can_move and only_for in (None, visit.practitioner_id) else NOTHING,
        starts=f"{start:%H:%M}",
        ends=f"{end:%H:%M}",
        name=visit.patient.name,
        born=visit.patient.birth,
        namesake=f"{visit.patient.birth.words} · " if visit.has_namesake else NOTHING,
        status="Cannot take place"
        if cell.obstacle
        else f"Arrived {visit.arrived_at.astimezone(grid.zone):%H:%M}"
        if is_here and visit.arrived_at
        else cell.label,
        what=f"{visit.type.name} · {visit.practitioner}" if grid.is_by_room else visit.type.name,
        icon=cell.icon,
        marks=_marks(visit),
        overlap=", deliberate overlap" if visit.overlap_reason else f", {cell.obstacle}" if cell.obstacle else NOTHING,
    )


def _marks(visit):
    """The marks of a visit: it is the patient's first, it has a note, its patient has a note for the desk."""
    shown = [
        (not visit.has_been_here, "1-circle", "first visit"),
        (visit.note, "chat-left-text-fill", f"note: {visit.note}"),
        (visit.patient.desk_note, "info-circle-fill", visit.patient.desk_note),
    ]
    marks = format_html_join("", MARK, ((icon, words, words) for is_shown, icon, words in shown if is_shown))
    return format_html('<span class="fl-marks">{}</span>', marks) if marks else NOTHING


def _off(off, column, grid, only_for):
    starts, ends = _clock(off, grid.zone)
    times = "all day" if starts == ends else f"{starts} to {ends}"
    return format_html(OFF, line(off.top), line(off.end), off.label, times)


def _gap(gap, column, grid, only_for):
    person = column.practitioner
    if person and only_for not in (None, person.pk):
        return NOTHING
    starts, ends = _clock(gap, grid.zone)
    at = f"{gap.starts_at.astimezone(UTC):%Y-%m-%dT%H:%MZ}"
    return format_html(
        GAP,
        top=line(gap.top),
        end=line(gap.end),
        of="practitioner" if person else "in_room",
        pk=(person or column.room).pk,
        at=at,
        rows=gap.rows,
        starts=starts,
        ends=ends,
    )


def _clock(item, zone):
    return (f"{instant.astimezone(zone):%H:%M}" for instant in (item.starts_at, item.ends_at))
