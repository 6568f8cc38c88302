"""Records of the clinic rather than of a patient, changed by somebody who owns the database: verify_records names each.

Also that every model with rows that never change is compared with the audit trail, or has a reason why it is not.
"""

from datetime import timedelta
from itertools import chain

import pytest
from django.apps import apps
from django.utils import timezone

from clinic.models import AccountChange, CallAttempt
from clinic.roles import ADMIN, FRONT_DESK, REVIEWER
from clinic.services import accept_account_change, ask_for_account_change, record_unanswered_call
from patients.integrity.immutability import Immutable
from patients.integrity.trigger_constraints import trigger_constraints
from patients.models import (
    ConsentForm,
    Destruction,
    DestructionCertificate,
    Episode,
    ScreeningQuestion,
    TrailEntry,
)
from patients.services import revise_question
from tests import people
from tests.clinic.builders import make_appointment
from tests.database.guards import unguarded
from treatments.evidence.exchange import as_json
from treatments.evidence.registry import facts_of
from treatments.models import (
    AttachmentContent,
    Correction,
    Exercise,
    ExercisePicture,
    FactReview,
    Measurement,
    Muscle,
    Needle,
    Needling,
    SessionContext,
    TriggerPoint,
    WarningAnswer,
)
from treatments.record.trail_checks import KEPT, records_unlike_the_trail
from treatments.services import import_fact_reviews, review_fact

pytestmark = pytest.mark.both_engines

TO_ADMIN = {"groups": [[FRONT_DESK], [ADMIN, FRONT_DESK]]}


@pytest.fixture
def clinic(clinic_fixture):
    """The clinic, with a change of an account, a revised question, a reviewed fact and a call that nobody answered."""
    admin, second = clinic_fixture.admin, people.make_user("o.second", role=ADMIN, last_login=timezone.now())
    change = ask_for_account_change(clinic_fixture.front_desk, by=admin, changes=TO_ADMIN, proof="password")
    accept_account_change(change, by=second, proof="PIN")
    revise_question(ScreeningQuestion.objects.asked().first(), by=admin, alert="Ours")
    reviewer, (ours, theirs, *_) = people.make_user("r.osei", role=REVIEWER), facts_of("depth")
    agreed = {"verdict": "agreed", "qualification": "Physiotherapist"}
    review_fact(ours.fact_key, by=reviewer, fingerprint=ours.fingerprint, **agreed)
    at = timezone.now() - timedelta(days=1)
    of_theirs = {"fact_key": theirs.fact_key, "fingerprint": theirs.fingerprint, "decided_at": at}
    from_elsewhere = FactReview(**of_theirs, reviewer_name="A. Nwosu", **agreed)
    import_fact_reviews(as_json([from_elsewhere], clinic="Quayside"), by=reviewer)
    visit = make_appointment(clinic_fixture.patient, clinic_fixture.physiotherapist, at=at)
    visit.status = visit.Status.DONE
    visit.save()
    record_unanswered_call(visit, by=clinic_fixture.front_desk)
    return clinic_fixture


def blame_for_a_decision(clinic):
    AccountChange.objects.update(decided_by=clinic.physiotherapist)


def hide_what_was_given(clinic):
    AccountChange.objects.update(changes={"email": ["", "desk@example.org"]})


def delete_change_of_account(clinic):
    AccountChange.objects.all()._raw_delete("default")


def invent_change_of_account(clinic):
    asked = {"asked_at": timezone.now(), "asked_by": clinic.admin, "proved_by_means": "password"}
    until = timezone.now() + timedelta(days=7)
    AccountChange.objects.create(user=clinic.front_desk, changes=TO_ADMIN, expires_at=until, **asked)


def rewrite_question(clinic):
    ScreeningQuestion.objects.filter(alert="Ours").update(muscles=["psoas-major"])


def delete_question(clinic):
    ScreeningQuestion.objects.filter(alert="Ours")._raw_delete("default")


def rewrite_consent_form(clinic):
    ConsentForm.objects.update(title="Agree to everything")


def rewrite_exercise(clinic):
    Exercise.objects.update(usual_dose="100 × 100")


def agree_in_another_name(clinic):
    FactReview.objects.filter(origin="").update(reviewer_name="Somebody Else")


def turn_a_review_from_elsewhere(clinic):
    FactReview.objects.exclude(origin="").update(verdict="withdrawn", basis="Wrong")


def invent_review(clinic):
    review = FactReview.objects.get(origin="")
    review.pk = None
    review.save(force_insert=True)


def move_call(clinic):
    CallAttempt.objects.update(called_by=clinic.admin)


MANIPULATIONS = [
    blame_for_a_decision,
    hide_what_was_given,
    delete_change_of_account,
    invent_change_of_account,
    rewrite_question,
    delete_question,
    rewrite_consent_form,
    rewrite_exercise,
    agree_in_another_name,
    turn_a_review_from_elsewhere,
    invent_review,
    move_call,
]


@pytest.mark.parametrize("manipulate", MANIPULATIONS, ids=lambda function: function.__name__)
def test_a_manipulation_of_a_record_of_the_clinic_is_found(clinic, manipulate):
    assert list(records_unlike_the_trail()) == []

    with unguarded():
        manipulate(clinic)

    assert list(records_unlike_the_trail())


# Each model that has rows, or fields, which never change and are not compared with the trail, and why not.
NOT_COMPARED = {
    TrailEntry: "it is the trail; its own chains are checked",
    **dict.fromkeys(
        [Needling, SessionContext, Measurement, WarningAnswer, Correction],
        "a part of a session, an assessment or an amendment, whose seal covers it",
    ),
    **dict.fromkeys(
        [Muscle, TriggerPoint, Needle],
        "the seals of the sessions that use it cover its slug, its label, or what is printed on its pack; the other"
        " frozen fields, such as the English name of a listed muscle, are not proved",
    ),
    Episode: "only its mark as entered in error is frozen, and marks are compared",
    AttachmentContent: "its hash is in its Attachment, which is compared; unreadable_attachments computes it again",
    Destruction: "the seal of its certificate covers it; before there is one, nothing has been destroyed",
    DestructionCertificate: "it has a seal of its own, which verify_records checks",
    ExercisePicture: "not proved: the trail names the picture of an exercise and does not hold what it shows",
}


def test_every_record_that_never_changes_is_compared_with_the_trail_or_says_why_not():
    constraints = chain.from_iterable(map(trigger_constraints, apps.get_app_configs()))
    frozen = {model for model, constraint in constraints if isinstance(constraint, Immutable)}
    compared = {kept.model for kept in KEPT.values()}

    assert frozen - compared == NOT_COMPARED.keys()
