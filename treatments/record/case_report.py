"""What a session or an episode reports of the items of STRICTA [@stricta-2010], and what is missing.

This module only reads. The wording of the items is ours. Nothing here names the patient; free text may, and is marked
as such.
"""

from dataclasses import dataclass, field
from itertools import pairwise
from statistics import median

from django.utils import timezone
from django.utils.formats import date_format

from treatments.models import Correction, Needling, TreatmentSession

from .correction_values import in_export
from .fields import minutes

Technique = Needling.Technique


@dataclass
class Item:
    """One item of the report. `reported` and `missing` are short texts; `not_applicable` says why it does not apply."""

    number: str
    asked: str
    reported: list = field(default_factory=list)
    missing: list = field(default_factory=list)
    not_applicable: str = ""

    def add(self, text, otherwise):
        """Report a text, or name what is missing if it is empty."""
        (self.reported if text else self.missing).append(text or otherwise)


def case_report(session, rows):
    """The Items for a signed session as it counts (`as_corrected`) and its rows. Up to three queries."""
    return [*_needling_items(session, rows), *_course_items(session), *_setting_items(session)]


def episode_report(episode, sessions):
    """The Items for an episode and all its signed sessions with needling, as they count, oldest first. No query.

    What several sessions report alike is there once, with the numbers of these sessions.
    """
    of_each = [[*_needling_items(one, one.needlings.all()), *_setting_items(one)] for one in sessions]
    items = [_of_all(same) for same in zip(*of_each, strict=True)]
    return sorted([*items, *_items_of_all_sessions(episode, sessions)], key=lambda item: item.number)


def values_before_corrections(sessions):
    """What was signed where amendments have corrected these sessions: a short text for each correction. One query.

    Free text is left out, because it can name people.
    """
    corrections = Correction.objects.filter(amendment__session__in=sessions)
    corrections = corrections.order_by("amendment__session__started_at", "amendment__session", "amendment__number")
    corrections = corrections.select_related("amendment__session", "needling__muscle")
    texts = ((one.amendment.session.started_at, in_export(one)) for one in corrections)
    return [f"{date_format(timezone.localtime(at), 'j M Y')}, {text}" for at, text in texts if text]


def _of_all(items):
    """One Item from the same item of each session."""
    first = items[0]
    reported, missing = _numbered([one.reported for one in items]), _numbered([one.missing for one in items])
    return Item(first.number, first.asked, reported, missing, first.not_applicable)


def _numbered(texts_of_sessions):
    """Each text once, after the numbers of the sessions that have it: ["sessions 1 and 2: approach"]."""
    numbers = {}
    for number, texts in enumerate(texts_of_sessions, start=1):
        for text in texts:
            numbers.setdefault(text, []).append(number)
    everywhere = len(texts_of_sessions)
    return [f"{_sessions(found, everywhere)}: {text}" for text, found in numbers.items()]


def _sessions(numbers, everywhere):
    if len(numbers) == everywhere > 1:
        return "all sessions"
    *others, last = map(str, numbers)
    return f"sessions {', '.join(others)} and {last}" if others else f"session {last}"


def _items_of_all_sessions(episode, sessions):
    number = Item("3a", "Number of sessions", [f"{len(sessions)} of {episode.planned_sessions} planned"])
    often = Item("3b", "How often, and how long each session takes")
    days = [timezone.localdate(session.started_at) for session in sessions]
    if between := [(later - earlier).days for earlier, later in pairwise(days)]:
        often.reported.append(f"{_range(between)} days between sessions, median {median(between):g}")
    often.add(_planned_days(episode), "planned days between sessions")
    lengths = [session.minutes_long for session in sessions if session.ended_at]
    often.add(f"{_range(lengths)} min" if lengths else "", "end of the sessions")
    if 0 < len(lengths) < len(sessions):
        often.missing.append(f"end of {len(sessions) - len(lengths)} of {len(sessions)} sessions")
    return [number, often]


def _range(numbers):
    low, high = min(numbers), max(numbers)
    return f"{low}" if low == high else f"{low} to {high}"


def _planned_days(episode):
    days = episode.planned_interval_days
    return f"planned every {days} days" if days else ""


def _needling_items(session, rows):
    style = Item("1a", "Style of needling")
    style.add(session.get_approach_display(), "approach")
    why = Item("1b", "Reasons for needling, and for these muscles")
    why.add(session.rationale, "reasoning")
    varied = Item("1c", "How the treatment varied from the plan")
    stopped = session.visit_kind == TreatmentSession.VisitKind.STOPPED
    varied.add(f"needling was stopped early: {session.visit_reason}" if stopped else "", "variation from the plan")
    count = Item("2a", "Needles and insertions")
    count.add(_count(session.needles_inserted, "needle"), "number of needles")
    items = {
        "2b": Item("2b", "Names or places of the points, and the side"),
        "2c": Item("2c", "Depth, direction and the tissue reached"),
        "2d": Item("2d", "Response sought and found"),
        "2e": Item("2e", "Stimulation of the needle"),
        "2f": Item("2f", "How long the needles stayed in"),
        "2g": Item("2g", "Type of needle"),
    }
    for number, row in enumerate(rows, start=1):
        name = f"row {number}, {row.get_side_display().lower()} {row.target_name}"
        parts = {"2a": [(_count(row.insertions, "insertion"), "insertions")]} | _row_parts(row)
        for key, texts in parts.items():
            item = count if key == "2a" else items[key]
            if known := [text for text, _ in texts if text]:
                item.reported.append(f"{name}: {', '.join(known)}")
            if lacking := [what for text, what in texts if not text]:
                item.missing.append(f"{name}: {', '.join(lacking)}")
    return [style, why, varied, count, *items.values()]


def _row_parts(row):
    """{number of an item: [(what the row reports or "", its name when it is missing)]}."""
    needle = row.needle
    stimulation = [(row.get_technique_display().lower(), "technique")]
    if row.technique == Technique.ELECTRICAL:
        stimulation += [
            (row.frequency_hz and f"{row.frequency_hz} Hz", "frequency"),
            (row.current_ma and f"{row.current_ma} mA", "current"),
            (row.get_waveform_display().lower(), "waveform"),
            (row.pulse_width_us and f"pulse width {row.pulse_width_us} µs", "pulse width"),
            (row.get_electrodes_display().lower(), "electrodes"),
            (row.stimulation_minutes and f"{row.stimulation_minutes} min", "minutes of stimulation"),
        ]
    if row.technique == Technique.PISTONING:
        moved = [row.strokes and f"{row.strokes} strokes", row.needling_seconds and minutes(row.needling_seconds)]
        stimulation += [(", ".join(filter(None, moved)), "strokes or needling time")]
    angle = row.angle_degrees and f"{row.angle_degrees}° to the skin"
    return {
        "2b": [
            (row.place or row.get_level_display(), "point or level"),
            (row.get_found_by_display().lower(), "how the point was found"),
        ],
        "2c": [
            (row.depth_mm and f"{row.depth_mm} mm", "depth"),
            (row.get_direction_display().lower() or angle, "direction or angle"),
            (row.get_tissue_reached_display().lower(), "tissue reached"),
            (row.get_imaging_display().lower() and f"imaging: {row.get_imaging_display().lower()}", "use of imaging"),
        ],
        "2d": [
            (row.response_sought and f"sought: {row.get_response_sought_display().lower()}", "response sought"),
            (row.twitch and f"twitch: {row.twitch_text.lower()}", "twitch"),
            (
                row.referred_pain_reproduced and f"referred pain: {row.get_referred_pain_reproduced_display().lower()}",
                "referred pain",
            ),
        ],
        "2e": stimulation,
        "2f": [(row.retention_seconds is not None and minutes(row.retention_seconds), "time in place")],
        "2g": [
            (needle and f"{needle.size} mm, {needle.maker}", "needle"),
            ({True: "guide tube", False: "no guide tube"}.get(row.guide_tube), "use of a guide tube"),
        ],
    }


def _years(since, year, what):
    """For example "about 12 years of dry needling, since 2014"; empty if the year is unknown or was still to come."""
    return f"about {_count(year - since, 'year') or '0 years'} {what}, since {since}" if since and since <= year else ""


def _count(number, what):
    return f"{number} {what}{'' if number == 1 else 's'}" if number else ""


def _course_items(session):
    number = Item("3a", "Number of sessions")
    often = Item("3b", "How often, and how long each session takes")
    episode = session.episode if session.counted_episode_id else None
    if episode:
        of_episode = TreatmentSession.objects.counting().signed().with_needling().of_complaint(episode)
        until_now = of_episode.filter(started_at__lte=session.started_at).order_by("started_at")
        days = [timezone.localdate(began) for began in until_now.values_list("started_at", flat=True)]
        number.reported.append(f"session {len(days)} of {episode.planned_sessions} planned")
        if len(days) > 1:
            often.reported.append(f"{(days[-1] - days[-2]).days} days after the one before")
        often.add(_planned_days(episode), "planned days between sessions")
    else:
        number.missing.append("an episode with planned sessions")
        often.missing.append("planned days between sessions")
    often.add(f"{session.minutes_long} min" if session.ended_at else "", "end of the session")
    return [number, often]


def _setting_items(session):
    other = Item("4a", "Other treatment on the same day")
    other.add(", ".join(session.co_treatment_labels).lower(), "other treatment, or that there was none")
    setting = Item("4b", "Setting, position, and what the patient was told")
    setting.add(session.get_position_display().lower(), "position")
    setting.add(", ".join(session.advice_labels).lower(), "advice")
    setting.add(session.practitioner.site.get_setting_display().lower(), "kind of setting, such as a clinic or a ward")
    who = Item("5", "Who needled: profession, training, experience")
    who.reported.append("physiotherapist")
    hours = session.practitioner.needling_training_hours
    who.add(f"{hours} hours of training in dry needling" if hours else "", "hours of training")
    year, practitioner = timezone.localdate(session.started_at).year, session.practitioner
    who.add(_years(practitioner.qualified_in, year, "in practice"), "years in practice")
    who.add(_years(practitioner.needling_since, year, "of dry needling"), "years of experience with dry needling")
    control = "One patient is reported, without a comparison."
    return [
        *(other, setting, who),
        Item("6a", "Reasons for the control or comparison", not_applicable=control),
        Item("6b", "Description of the control or comparison", not_applicable=control),
    ]
