"""Warnings that follow from what the patient answered to the screening questions."""

from patients.models import ScreeningQuestion
from treatments.evidence.advice import advice_words
from treatments.evidence.bleeding import bleeding_facts
from treatments.evidence.reviews import with_reviews

from .phrases import side_and_muscle
from .warning import UNSOURCED, Level, SafetyWarning

Category = ScreeningQuestion.Category

# A flag of the muscle in the catalogue widens the scope that the screening question names.
BLEEDING = "no_compression_haemostasis"
NEAR_THE_LUNG = ("lung", "chest_surgery", "thorax_shape", "slim", "smoking", "hypermobility")
FLAGS = {"anticoag_deep": BLEEDING} | dict.fromkeys(NEAR_THE_LUNG, "pneumothorax_risk")
# The pacemaker question and the pregnancy question are relative as a whole, but name something that must be left out.
# For a pacemaker, a pump or a stimulator that is electrical stimulation. It counts as absolute, a judgement without a
# source, so no colleague can agree to it. A colleague can agree to needling the abdomen in pregnancy.
NO_COLLEAGUE_MAY_AGREE = {"device", "pump_stimulator"}


def screened(visit):
    """The warnings that follow from the patient's precautions."""
    return [warning for precaution in visit.precautions for warning in _warnings_of(precaution, visit)]


def is_within(precaution, row):
    """Whether a row lies in the scope of a precaution. A part of the scope that is empty excludes nothing."""
    place = precaution.regions or precaution.muscles
    is_there = row.muscle.region in precaution.regions or row.muscle.slug in precaution.muscles
    is_flagged = getattr(row.muscle, FLAGS.get(precaution.key, ""), None) is True
    is_that_side = not precaution.sides or row.side in precaution.sides
    is_that_way = not precaution.technique or row.technique == precaution.technique
    return (not place or is_there or is_flagged) and is_that_side and is_that_way


def _warnings_of(precaution, visit):
    rows = visit.rows
    if precaution.is_absolute:
        return [_stop_of_all(precaution)]
    if not precaution.has_scope:
        return [_caution(precaution, _where_unknown(precaution))]
    inside = [row for row in rows if is_within(precaution, row)]
    if (precaution.scope_category or precaution.category) == Category.RELATIVE:
        # Shown once a session, at the first row that it concerns.
        return [_caution(precaution, precaution.sentence, row.pk) for row in inside[:1]]
    stops = [_stop(precaution, row) for row in inside]
    if precaution.category == Category.RELATIVE:
        return [_caution(precaution, precaution.sentence), *stops]
    return [*_where_pressure_is_unknown(precaution, visit), *stops]


def _stop_of_all(precaution):
    to_do = "Do not needle today. If this answer was wrong or has changed, screen the patient again."
    return _warning(precaution, Level.STOP, f"{precaution.sentence} {to_do}")


def _stop(precaution, row):
    colleague_may_agree = precaution.category == Category.RELATIVE and precaution.key not in NO_COLLEAGUE_MAY_AGREE
    muscle = side_and_muscle(row).lower()
    if precaution.technique:
        problem = f"Do not use this technique in the {muscle}."
        to_do = "Remove the row or choose another technique."
    else:
        problem = f"Do not needle the {muscle}."
        to_do = "Remove the row or choose another place."
    if colleague_may_agree:
        to_do = f"{to_do} Or ask a colleague to agree."
    return _warning(precaution, Level.STOP, f"{problem} {precaution.sentence} {to_do}", row.pk, colleague_may_agree)


def _caution(precaution, sentence, needling_id=None):
    return _warning(precaution, Level.CAUTION, sentence, needling_id)


def _where_unknown(precaution):
    if {precaution.category, precaution.scope_category or Category.RELATIVE} == {Category.RELATIVE}:
        return precaution.sentence
    return f"{precaution.sentence} The screening does not say where: make sure that no needle goes there."


def _where_pressure_is_unknown(precaution, visit):
    """Cautions for muscles that the catalogue does not classify: it covers only the two muscles in [@za-bn-121].

    One at the first row of each muscle in which pressure may not stop a bleed, and one about all the others.
    """
    flag = FLAGS.get(precaution.key)
    unknown = [row for row in visit.rows if flag == BLEEDING and getattr(row.muscle, flag) is None]
    first_rows = {row.muscle.slug: row for row in reversed(unknown)}
    known = with_reviews([fact for slug, fact in bleeding_facts().items() if slug in first_rows], visit.reviews)
    known = [shown for shown in known if not shown.is_withdrawn]
    advice = advice_words("press-longer", visit.reviews) if unknown else ""
    if len(known) < len(first_rows):
        others = "For other muscles, the catalogue does not show whether a bleed can be stopped by pressure."
        yield _caution(precaution, f"{precaution.sentence} {others} {advice}".strip())
    for shown in known:
        yield _pressure_may_fail(precaution, first_rows[shown.fact.key], shown, advice)


def _pressure_may_fail(precaution, row, shown, advice):
    against = "" if shown.is_corrected else shown.fact.contradiction
    words = [f"{side_and_muscle(row)}: {shown.words}", against, f"{precaution.label}.", advice]
    return SafetyWarning(
        key=f"bleeding-{row.muscle.slug}",
        level=Level.CAUTION,
        title="Pressure may not stop a bleed",
        sentence=" ".join(filter(None, words)),
        source=shown.citation,
        needling_id=row.pk,
    )


def _warning(precaution, level, sentence, needling_id=None, colleague_may_agree=False):
    return SafetyWarning(
        key=f"screened-{precaution.key}",
        level=level,
        title=precaution.label,
        sentence=sentence,
        source=precaution.source or UNSOURCED,
        needling_id=needling_id,
        colleague_may_agree=colleague_may_agree,
    )
