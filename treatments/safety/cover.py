"""What the practitioner's insurance covers, as the clinic recorded it."""

from patients.models import BodyRegion

from .phrases import side_and_muscle, written_day
from .warning import CLINIC_RULE, Level, SafetyWarning

# Needling around the thorax, from below C7 to the diaphragm, is without cover for many physiotherapists in the United
# Kingdom [@csp-2024-thorax]. Which muscles lie there is our reading: these regions, and muscles flagged near the lung.
THORAX = {BodyRegion.UPPER_BACK, BodyRegion.CHEST}
THORAX_SOURCE = "[@csp-2024-thorax]; which muscles this concerns is the clinic's own rule"


def outside_the_cover(visit):
    """A caution if the cover ended before the visit, and one at each row that it leaves out."""
    person = visit.practitioner
    if person.cover_expires_on and person.cover_expires_on < visit.day:
        sentence = (
            f"The insurance cover of {person} ended on {written_day(person.cover_expires_on)}."
            " Ask the admin to enter the new date."
        )
        yield _caution("cover", "No insurance cover", sentence)
    for row in visit.rows:
        if what := _left_out(person, row):
            insurer = f" by {person.insurer}" if person.insurer else ""
            sentence = f"{side_and_muscle(row)}: the insurance of {person}{insurer} does not cover {what}."
            yield _caution("cover-row", "Outside the cover", sentence, row.pk, is_thorax=what.startswith("the thorax"))


def _left_out(person, row):
    """What the cover leaves out that this row is, in words; empty if it is covered or if nothing is recorded."""
    if row.muscle.region in person.excluded_regions:
        return BodyRegion(row.muscle.region).label.lower()
    if person.excludes_thorax and (row.muscle.region in THORAX or row.muscle.pneumothorax_risk):
        return "the thorax, from below C7 to the diaphragm"
    if row.technique in person.excluded_techniques:
        return f"this technique ({row.get_technique_display().lower()})"
    return ""


def _caution(key, title, sentence, needling_id=None, *, is_thorax=False):
    return SafetyWarning(
        key=key,
        level=Level.CAUTION,
        title=title,
        sentence=sentence,
        source=THORAX_SOURCE if is_thorax else CLINIC_RULE,
        needling_id=needling_id,
    )
