"""What the database refuses of a treatment session, whoever writes it."""

from django.db import models
from django.db.models import F, Q

from patients.integrity.immutability import Immutable
from patients.integrity.moments import MinutesBefore
from patients.integrity.required_of_new import RequiredOfNew
from patients.models.error_mark import mark_stays

from .late_entry import LATE_ENTRY_HAS_A_REASON
from .pelvic_consent import CHAPERONE_ONLY_WHEN_ACCEPTED
from .visit_kind import COMPLETE_FOR_KIND, WITHOUT_NEEDLING_HAS_NO_ROWS, VisitKind

# A session in one of these states cannot be changed, nor can its rows.
CLOSED = Q(status__in=["signed", "withdrawn"])

# A bound that catches typing errors. It is our judgement.
MAX_NEEDLES = 200
NEEDLES_SENTENCE = f"The number of needles must be between 0 and {MAX_NEEDLES}."
PAIN_SENTENCE = "Pain must be a whole number from 0 to 10."
# How much the clock of the person who types the time may differ from ours.
CLOCKS_DIFFER_MINUTES = 5
ENDED_TOO_EARLY = "A session cannot end before it started."


def immutable_with_session(name, **rule):
    """The Immutable constraint for a model whose rows are part of a session."""
    sentence = "This session is signed or withdrawn, so it cannot be changed."
    return Immutable(name=name, through="session", when=CLOSED, violation_error_message=sentence, **rule)


def constraints_on_closing(record, *, a_record, proves_nothing):
    """The constraints on signing, withdrawing and marking in error that a session and an assessment have in common.

    `record` is the word for it, which their names begin with; `a_record` is the word with its article.
    `proves_nothing` is the name of the one on drafts.
    """
    return [
        models.CheckConstraint(
            condition=~Q(status="draft") | Q(proved_by_means=""),
            name=proves_nothing,
            violation_error_message=f"Only who signs or withdraws {a_record} proves who they are.",
        ),
        RequiredOfNew(
            name=f"{record}_closed_with_proof",
            when=CLOSED,
            condition=~Q(proved_by_means=""),
            violation_error_message=f"Whoever signs or withdraws {a_record} must have proved who they are.",
        ),
        models.CheckConstraint(
            condition=Q(withdrawn_at=None, withdrawn_by=None, withdrawal_reason="") & ~Q(status="withdrawn")
            | Q(withdrawn_at__isnull=False, withdrawn_by__isnull=False, status="withdrawn") & ~Q(withdrawal_reason=""),
            name=f"{record}_withdrawn_with_reason",
            violation_error_message="A withdrawn draft needs a time, a name and a reason.",
        ),
        Immutable(
            name=f"{record}_frozen",
            when=CLOSED,
            allow=["error_mark"],
            violation_error_message=f"This {record} is signed or withdrawn, so it can no longer be changed.",
        ),
        models.CheckConstraint(
            condition=Q(error_mark=None) | Q(status="signed"),
            name=f"{record}_in_error_was_signed",
            violation_error_message=(f"Only a signed {record} can be entered in error. Withdraw the draft instead."),
        ),
        mark_stays(f"{record}_mark_stays"),
    ]


SESSION_CONSTRAINTS = [
    models.UniqueConstraint(
        fields=["appointment"],
        condition=Q(error_mark=None),
        name="one_session_an_appointment",
        violation_error_message="This visit already has a session.",
    ),
    models.CheckConstraint(
        condition=Q(pain_before=None) | Q(pain_before__range=(0, 10)),
        name="session_pain_before_0_to_10",
        violation_error_message=PAIN_SENTENCE,
    ),
    models.CheckConstraint(
        condition=Q(pain_after=None) | Q(pain_after__range=(0, 10)),
        name="session_pain_after_0_to_10",
        violation_error_message=PAIN_SENTENCE,
    ),
    models.CheckConstraint(
        condition=Q(needles_inserted=None) | Q(needles_inserted__range=(0, MAX_NEEDLES)),
        name="session_needles_inserted_0_to_200",
        violation_error_message=NEEDLES_SENTENCE,
    ),
    models.CheckConstraint(
        condition=Q(needles_removed=None) | Q(needles_removed__range=(0, MAX_NEEDLES)),
        name="session_needles_removed_0_to_200",
        violation_error_message=NEEDLES_SENTENCE,
    ),
    models.CheckConstraint(
        condition=Q(signed_at=None) | Q(signed_at__gte=MinutesBefore("started_at", minutes=CLOCKS_DIFFER_MINUTES)),
        name="session_signed_after_it_began",
        violation_error_message="A session cannot be signed before it started.",
    ),
    models.CheckConstraint(
        condition=Q(signed_at=None, signed_by=None, signed_name="", signed_meaning="", content_hash="")
        & ~Q(status="signed")
        | Q(signed_at__isnull=False, signed_by__isnull=False, status="signed")
        & COMPLETE_FOR_KIND
        & ~Q(signed_name="")
        & ~Q(signed_meaning="")
        & ~Q(content_hash=""),
        name="session_signed_only_when_complete",
        violation_error_message="A signed session needs what its kind of visit requires, a time and a name.",
    ),
    models.CheckConstraint(
        condition=Q(visit_kind__in=VisitKind.values),
        name="session_of_a_known_kind",
        violation_error_message="Choose a kind of visit from the list.",
    ),
    models.CheckConstraint(
        condition=Q(ended_at=None) | Q(ended_at__gte=F("started_at")),
        name="session_ended_after_it_began",
        violation_error_message=ENDED_TOO_EARLY,
    ),
    WITHOUT_NEEDLING_HAS_NO_ROWS,
    LATE_ENTRY_HAS_A_REASON,
    *constraints_on_closing("session", a_record="a session", proves_nothing="draft_proves_nothing"),
    CHAPERONE_ONLY_WHEN_ACCEPTED,
]
