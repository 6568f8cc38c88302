"""What a session reports of the items of STRICTA [@stricta-2010], and what is missing. This module only reads.

The wording of the items is ours. Nothing here names the patient; free text may, and is marked as such.
"""

from dataclasses import dataclass, field

from django.utils import timezone

from treatments.models import Needling, TreatmentSession

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
    """The Items for a signed session as it counts (`as_corrected`) and its rows. Up to two queries."""
    return [*_needling_items(session, rows), *_course_items(session), *_setting_items(session)]


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
        planned = episode.planned_interval_days
        often.add(f"planned every {planned} days" if planned else "", "planned days between sessions")
    else:
        number.missing.append("an episode with planned sessions")
        often.missing.append("planned days between sessions")
    length = session.ended_at and round((session.ended_at - session.started_at).total_seconds() / 60)
    often.add(f"{length} min" if session.ended_at else "", "end of the session")
    return [number, often]


def _setting_items(session):
    other = Item("4a", "Other treatment on the same day")
    other.add(", ".join(session.co_treatment_labels).lower(), "other treatment, or that there was none")
    setting = Item("4b", "Setting, position, and what the patient was told")
    setting.add(session.get_position_display().lower(), "position")
    setting.add(", ".join(session.advice_labels).lower(), "advice")
    setting.missing.append("kind of setting, such as a clinic or a ward")
    who = Item("5", "Who needled: profession, training, experience")
    hours = session.practitioner.needling_training_hours
    who.reported.append("physiotherapist")
    who.add(f"{hours} hours of training in dry needling" if hours else "", "hours of training")
    who.missing.append("years of experience")
    control = "One patient is reported, without a comparison."
    return [
        *(other, setting, who),
        Item("6a", "Reasons for the control or comparison", not_applicable=control),
        Item("6b", "Description of the control or comparison", not_applicable=control),
    ]
