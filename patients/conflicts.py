"""Screening answers that do not fit together, or not with the record. The therapist is asked; all may be right.

Which ones do not fit follows from the words of the questions, not from a clinical source. Questions that a clinic has
written or retired are left alone.
"""

from dataclasses import dataclass

from django.utils import timezone

from patients.build import SLIM_QUESTION, SLIM_UNDER_BMI, build_of
from patients.models import Patient
from patients.models.condition import condition_name
from patients.registry import registry


@dataclass(frozen=True)
class Pair:
    """A yes to the question `yes` makes a no to the question `no` unlikely; with `words`, only if its details have one.

    A word counts wherever it begins: "seizure" is found in "two seizures".
    """

    yes: str
    no: str
    words: tuple[str, ...] = ()

    @property
    def key(self):
        return f"{self.yes}-{self.no}"


PAIRS = [
    # The other question names what the first one asks about.
    Pair("anticoag_deep", "bleeding"),
    Pair("severe_bleeding_disorder", "bleeding"),
    Pair("spinal_hardware", "spinal_surgery"),
    Pair("device", "cardiac"),
    # The other question names what the details of the first one say.
    Pair("prior_reaction", "lung", ("collapsed lung", "pneumothorax")),
    Pair("prior_reaction", "epilepsy", ("seizure",)),
    Pair("prior_reaction", "fainting", ("faint", "syncope")),
    Pair("prior_reaction", "metal_allergy", ("nickel", "chromium", "metal")),
    Pair("prior_reaction", "latex", ("latex",)),
    Pair("pump_stimulator", "diabetes", ("insulin",)),
    Pair("spinal_hardware", "pump_stimulator", ("stimulator",)),
    Pair("cardiac", "chest_surgery", ("surgery", "operation", "bypass")),
    Pair("heart_valve", "chest_surgery", ("artificial", "replac")),
    Pair("cancer_treatment", "radiotherapy", ("radiotherapy", "radiation")),
    Pair("diabetes", "vascular", ("poor circulation",)),
    Pair("immunity", "anticoag_deep", ("apixaban", "rivaroxaban", "edoxaban", "dabigatran", "warfarin", "heparin")),
    Pair("immunity", "thin_skin", ("steroid", "prednisolone", "prednisone", "cortisone")),
    Pair("immunity", "cancer_treatment", ("chemotherapy",)),
    Pair("involuntary_movement", "epilepsy", ("epilep", "seizure")),
]
# Questions about something that stays with a patient for life or has happened: a yes does not become a no.
LASTING = {
    "prior_reaction",
    "fainting",
    "severe_bleeding_disorder",
    "lymphoedema_area",
    "node_removal",
    "soft_implants",
    "device",
    "pump_stimulator",
    "epilepsy",
    "heart_valve",
    "lung",
    "chest_surgery",
    "thorax_shape",
    "smoking",
    "spinal_surgery",
    "spinal_hardware",
    "hypermobility",
    "metal_allergy",
    "latex",
}
# The condition of an open episode, and the question that it is a yes to.
CONDITIONS = {
    "crps-1": "crps",
    "crps-2": "crps",
    "failed-back-surgery": "spinal_surgery",
    "scoliosis-pain": "thorax_shape",
    "hypermobility": "hypermobility",
    "after-joint-replacement": "joint_prosthesis",
    "postoperative-pain": "acute_surgery",
    "neuropathic-pain": "neuropathy",
    "post-herpetic-neuralgia": "neuropathy",
    "multiple-sclerosis": "neuropathy",
}
# Outside these years of age a pregnancy is asked about. The bounds are our judgement, without a source.
PREGNANT_FROM, PREGNANT_UNDER = 10, 60


@dataclass(frozen=True)
class Conflict:
    """`key` is the same whenever the same answers are given. `question_key` is where the page shows it."""

    key: str
    question_key: str
    sentence: str


@dataclass(frozen=True)
class Known:
    """What the record says about the answer to a question: yes or no, and in `words` why, without a full stop."""

    question_key: str
    is_yes: bool
    words: str


def conflicts_between(answered, patient, *, last=None, details=None):
    """The Conflicts in {ScreeningQuestion: True, False or None for "not known"}, among each other and with the record.

    `details` is {key of a question: what was entered beside its yes}. `last` is the Screening before, whose yes to a
    question with the same words is compared; one query if it is given. For the other queries see known_answers.
    """
    by_key = {question.key: (question, is_yes) for question, is_yes in answered.items()}
    with_the_record = _with_the_record(by_key, known_answers(patient))
    return [*_pairs(by_key, details or {}), *with_the_record, *_changed(answered, last)]


def known_answers(patient):
    """What the record of a patient answers: a list of Known. Two queries, and one for each registered provider."""
    found = [*_about_pregnancy(patient), *_about_build(patient), *_about_conditions(patient)]
    for provider in registry.known_answers:
        found += [Known(*known) for known in provider(patient)]
    return found


def _pairs(by_key, details):
    for pair in PAIRS:
        (first, is_yes), (second, is_also) = by_key.get(pair.yes, (None, None)), by_key.get(pair.no, (None, None))
        entered = details.get(pair.yes, "")
        if is_yes is not True or is_also is not False or not _has_one(pair.words, entered):
            continue
        about = f": {entered}" if pair.words else ""
        sentence = f"“{first.alert}{about}” is yes, but the answer to “{second.text}” is no."
        yield Conflict(pair.key, pair.no, sentence)


def _has_one(words, text):
    """Whether one of the words begins in the text; True if there are no words."""
    text = f" {text.lower()}"
    return not words or any(f"{before}{word}" in text for word in words for before in " (-/,;")


def _with_the_record(by_key, known):
    against = {}
    for one in known:
        _, is_yes = by_key.get(one.question_key, (None, None))
        if is_yes is not None and is_yes != one.is_yes:
            against.setdefault(one.question_key, []).append(one.words)
    for key, words in against.items():
        question, is_yes = by_key[key]
        answer = "yes" if is_yes else "no"
        sentence = f"The answer to “{question.text}” is {answer}, but the record says: {'; '.join(words)}."
        yield Conflict(f"{key}-record", key, sentence)


def _about_pregnancy(patient):
    if patient.sex == Patient.Sex.MALE:
        yield Known("pregnancy", False, "male")
    elif patient.birth.is_exact and not PREGNANT_FROM <= patient.age < PREGNANT_UNDER:
        yield Known("pregnancy", False, f"{patient.age} years old")


def _about_build(patient):
    build = build_of(patient, on=timezone.localdate())
    if build.bmi is not None:
        yield Known(SLIM_QUESTION, build.bmi < SLIM_UNDER_BMI, build.bmi_text)


def _about_conditions(patient):
    listed = patient.episodes.open().filter(condition__in=CONDITIONS)
    for condition in sorted(set(listed.values_list("condition", flat=True))):
        yield Known(CONDITIONS[condition], True, f"an episode with {condition_name(condition).lower()}")


def _changed(answered, last):
    if last is None:
        return
    before = last.answers.filter(is_yes=True, question__key__in=LASTING).values_list("question__key", "question_text")
    before = set(before)
    for question, is_yes in answered.items():
        if is_yes is False and (question.key, question.text) in before:
            sentence = f"“{question.alert}” was yes at the last screening, and is no now."
            yield Conflict(f"{question.key}-before", question.key, sentence)
