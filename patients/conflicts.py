"""Screening answers that do not fit together. The therapist is asked about them; both may be right."""

from dataclasses import dataclass

from patients.models import Patient

# Questions of which a yes means that a no to the other is unlikely.
YES_BUT_NO = [
    ("anticoag_deep", "bleeding"),
    ("severe_bleeding_disorder", "bleeding"),
    ("spinal_hardware", "spinal_surgery"),
]
# Questions about something that stays with a patient for life or has happened: a yes does not become a no.
LASTING = {
    "prior_reaction",
    "fainting",
    "node_removal",
    "epilepsy",
    "lung",
    "chest_surgery",
    "spinal_surgery",
    "hypermobility",
}


@dataclass(frozen=True)
class Conflict:
    """`key` is the same whenever the same answers are given. `question_key` is where the page shows it."""

    key: str
    question_key: str
    sentence: str


def conflicts_between(answered, patient, *, last=None):
    """The Conflicts in {ScreeningQuestion: True, False or None for "not known"}.

    `last` is the Screening before, whose yes to a question with the same words is compared. One query if it is given.
    """
    by_key = {question.key: (question, is_yes) for question, is_yes in answered.items()}
    return [*_pairs(by_key), *_of_sex(by_key, patient), *_changed(answered, last)]


def _pairs(by_key):
    for yes, no in YES_BUT_NO:
        (first, is_yes), (second, is_also) = by_key.get(yes, (None, None)), by_key.get(no, (None, None))
        if is_yes is True and is_also is False:
            sentence = f"“{first.alert}” is yes, but the answer to “{second.text}” is no."
            yield Conflict(f"{yes}-{no}", no, sentence)


def _of_sex(by_key, patient):
    question, is_yes = by_key.get("pregnancy", (None, None))
    if is_yes is True and patient.sex == Patient.Sex.MALE:
        yield Conflict("pregnancy-sex", "pregnancy", f"“{question.alert}” is yes, but the record says: male.")


def _changed(answered, last):
    if last is None:
        return
    before = last.answers.filter(is_yes=True, question__key__in=LASTING).values_list("question__key", "question_text")
    before = set(before)
    for question, is_yes in answered.items():
        if is_yes is False and (question.key, question.text) in before:
            sentence = f"“{question.alert}” was yes at the last screening, and is no now."
            yield Conflict(f"{question.key}-before", question.key, sentence)
