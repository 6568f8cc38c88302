"""Records that were entered in error: which kinds there are, who may mark one, which are serious, and what follows.

A mark in effect takes a record out of everything that counts; `counting()` of its model's querysets leaves it out.
"""

from dataclasses import dataclass
from operator import attrgetter

from django.core.exceptions import ValidationError
from django.db.models import Model, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format

from patients.models import BodyMeasure, Consent, Episode, ErrorMark, Screening
from treatments.models import (
    AdverseEvent,
    Assessment,
    Attachment,
    ExercisePrescription,
    ExerciseReport,
    FollowUp,
    Letter,
    OutcomeScore,
    TreatmentSession,
)
from treatments.permissions import may_confirm_error_marks, may_mark_any_in_error, may_mark_in_error

ALREADY = "This record is already marked as entered in error."


@dataclass(frozen=True)
class Kind:
    """A kind of record. `author` and `at` lead from a record to the key of its author and to its time or day.

    `parent` is the record that it belongs to, and by which it belongs to a patient, such as "session".
    """

    name: str
    label: str
    model: type[Model]
    author: str
    at: str
    parent: str = ""

    def records(self):
        """The queryset of all records of this kind, with what the functions here need."""
        rows = self.model.objects.select_related(f"{self.parent}__patient" if self.parent else "patient", "error_mark")
        return rows.select_related("session__practitioner") if self.parent == "session" else rows


KINDS = {
    kind.name: kind
    for kind in (
        Kind("session", "session", TreatmentSession, "practitioner.user_id", "started_at"),
        Kind("assessment", "assessment", Assessment, "practitioner.user_id", "started_at"),
        Kind("letter", "letter", Letter, "practitioner.user_id", "opened_at"),
        Kind("event", "adverse event", AdverseEvent, "recorded_by_id", "recorded_at", parent="session"),
        Kind("follow-up", "follow-up", FollowUp, "contacted_by_id", "contacted_at", parent="session"),
        Kind("score", "outcome score", OutcomeScore, "recorded_by_id", "scored_on"),
        Kind("episode", "episode", Episode, "lead_id", "opened_on"),
        Kind("screening", "screening", Screening, "taken_by_id", "taken_at"),
        Kind("body-measure", "height and weight", BodyMeasure, "recorded_by_id", "measured_on"),
        Kind("consent", "consent", Consent, "explained_by_id", "given_at"),
        Kind("attachment", "attachment", Attachment, "added_by_id", "added_at"),
        Kind("exercise", "prescribed exercise", ExercisePrescription, "prescribed_by_id", "prescribed_at"),
        Kind(
            "exercise-report", "report on an exercise", ExerciseReport, "recorded_by_id", "recorded_at", "prescription"
        ),
    )
}
KIND_OF = {kind.model: kind for kind in KINDS.values()}


def record_of(kind, record_id, *, patient_id=None):
    """The record of a kind's name with this key as text; None if there is none, or if it is of another patient."""
    found = KINDS.get(kind)
    try:
        record = found and found.records().filter(pk=record_id).first()
    except (ValueError, ValidationError):  # not a key of this kind
        return None
    if record is None or patient_id is None:
        return record
    patient = patient_of(record)
    return record if patient_id in (patient.pk, patient.person_id) else None


def patient_of(record):
    """The Patient of a record."""
    kind = KIND_OF[type(record)]
    return getattr(record, kind.parent).patient if kind.parent else record.patient


def title_of(record):
    """The kind of a record with its day, such as "session of 6 Nov 2026"."""
    kind = KIND_OF[type(record)]
    at = getattr(record, kind.at)
    day = timezone.localdate(at) if hasattr(at, "utcoffset") else at
    return f"{kind.label} of {date_format(day, 'j M Y')}"


def address_of(record):
    """The address of the page that shows a record."""
    patient = patient_of(record).pk
    if isinstance(record, TreatmentSession | Assessment | Attachment | Letter | Consent):
        return record.get_absolute_url()
    if isinstance(record, AdverseEvent):
        return reverse("event_detail", args=[patient, record.pk])
    if isinstance(record, FollowUp):
        return reverse("session_detail", args=[patient, record.session_id])
    pages = {
        OutcomeScore: "patient_outcomes",
        BodyMeasure: "body_measures",
        Episode: "patient_detail",
        Screening: "screening_create",
        ExercisePrescription: "patient_exercises",
        ExerciseReport: "patient_exercises",
    }
    return reverse(pages[type(record)], args=[patient])


def waiting_mark_of(record):
    """The ErrorMark of this record that waits for a second person, or None. One query."""
    kind = KIND_OF[type(record)]
    return ErrorMark.objects.waiting().filter(kind=kind.name, record_id=str(record.pk)).first()


# Who --------------------------------------------------------------------------------------------


def is_author(user, record):
    """Whether this user wrote the record. The author of an episode is its lead."""
    return attrgetter(KIND_OF[type(record)].author)(record) == user.pk


def may_mark(user, record):
    """Whether this user may mark the record: its author, or an admin."""
    return may_mark_in_error(user) and (is_author(user, record) or may_mark_any_in_error(user))


def may_decide(user, mark):
    """Whether this user may confirm or decline the mark: the person who was asked, or an admin; never who marked."""
    is_asked = mark.asked_id == user.pk or may_mark_any_in_error(user)
    return may_confirm_error_marks(user) and is_asked and mark.marked_by_id != user.pk


# Whether and how ----------------------------------------------------------------------------------


def why_not_markable(record):
    """Why the record cannot be marked, as a sentence; "" if it can."""
    if record.error_mark_id or getattr(record, "is_in_error", False):
        return ALREADY
    if isinstance(record, TreatmentSession | Assessment | Letter) and not record.is_signed:
        label = KIND_OF[type(record)].label
        return f"Only a signed {label} can be marked as entered in error. Withdraw the draft instead."
    if isinstance(record, AdverseEvent) and not record.can_be_reported:
        return "The session of this event is not signed yet. Change the event in the session."
    if isinstance(record, FollowUp) and record.session.error_mark_id:
        return "The session of this follow-up is marked as entered in error, and the follow-up with it."
    if isinstance(record, ExerciseReport) and record.prescription.error_mark_id:
        return "The prescription of this exercise is marked as entered in error, and the report with it."
    if isinstance(record, OutcomeScore) and hasattr(record, "replaced_by"):
        return "This score was corrected. Mark its correction instead."
    return ""


def why_second_person(record):
    """Why a second person must confirm the mark; "" if nobody has to.

    A house rule without a source: nobody alone takes out of the record what went into a body, what did serious harm,
    what allowed a signed treatment, or what speaks against the next one. Everything else can be written again at once,
    and takes effect at once.
    """
    if isinstance(record, TreatmentSession):
        if record.needles_inserted or record.needlings.needled().exists():
            return "the patient was needled"
        return _serious(record.events.counting())
    if isinstance(record, AdverseEvent):
        return _serious(AdverseEvent.objects.filter(pk=record.pk))
    if isinstance(record, FollowUp):
        return _serious(record.events.counting())
    if isinstance(record, Screening | Consent) and sessions_resting_on(record).exists():
        return f"a signed session rests on this {KIND_OF[type(record)].label}"
    if isinstance(record, Consent) and (record.is_declined or record.withdrawn_at):
        return "it says that the patient declined or withdrew consent"
    if isinstance(record, Screening) and record.answers.exclude(is_yes=False).exists():
        return "it has answers other than No"
    return ""


def _serious(events):
    """Whether any of these events ever was serious: as first recorded, or in a report."""
    serious = AdverseEvent.Grade.SERIOUS
    found = events.filter(grade=serious) | events.filter(reports__grade=serious)
    return "a serious adverse event" if found.exists() else ""


def sessions_resting_on(record):
    """The signed sessions that count and rest on this screening or consent, latest first; none for other records.

    Among them are sessions for a part of which it was in force, until another was taken or given.
    """
    sessions = TreatmentSession.objects.counting().signed().latest_first()
    if not isinstance(record, Screening | Consent):
        return sessions.none()
    of_patient = sessions.filter(patient=record.patient_id)
    changed = of_patient.exclude(basis_changes=[]).values_list("pk", "basis_changes")
    during = [pk for pk, changes in changed if any(change["record"] == str(record.pk) for change in changes)]
    at_start = {"screening": record} if isinstance(record, Screening) else {"consent": record}
    return of_patient.filter(Q(**at_start) | Q(pk__in=during))


def consequences_of(record):
    """What a mark of this record does, as a list of sentences for the person who marks it."""
    kept = ["The record stays readable with your reason and name. The mark can never be changed or removed."]
    if isinstance(record, TreatmentSession):
        return [
            "It counts in no chart, figure or export, and its set-up, reactions and follow-ups count no more.",
            "There is no patient’s copy of it. The list of a recalled lot still names it, with the mark.",
            *(
                ["Its visit goes back from Done, so that a new session can be started for it."]
                if record.appointment_id
                else []
            ),
            *kept,
        ]
    if isinstance(record, Assessment):
        return ["No later assessment is compared with it.", *kept]
    if isinstance(record, Letter):
        return ["It can no longer be printed or sent. Tell everybody who has a copy, and write a new one.", *kept]
    if isinstance(record, AdverseEvent):
        return ["It counts in no figure, warns nobody, and is on no list of open events.", *kept]
    if isinstance(record, FollowUp):
        return ["It and the events reported in it count in no figure and warn nobody.", *kept]
    if isinstance(record, OutcomeScore):
        return [
            "It counts in no course of scores and in no figure. An earlier score that it corrected stays replaced.",
            *kept,
        ]
    if isinstance(record, Episode):
        return [
            "Its sessions stay in the chart, and count as sessions without a complaint.",
            "Its scores count no more. Drafts of this episode are set to no complaint.",
            *kept,
        ]
    if isinstance(record, BodyMeasure):
        return ["The height, weight and body mass index are those of the other measurements.", *kept]
    if isinstance(record, Attachment):
        return ["It is struck out in the timeline, and left out of the patient’s exported attachments.", *kept]
    if isinstance(record, ExercisePrescription):
        return ["It is no longer one of the patient’s exercises, and no more on the patient’s sheet.", *kept]
    if isinstance(record, ExerciseReport):
        return ["If it ended the exercise, the exercise is one of the patient’s exercises again.", *kept]
    label = KIND_OF[type(record)].label
    return [
        f"This {label} is no longer in force for anything. An earlier one is in force again, if it is still valid.",
        *kept,
    ]
