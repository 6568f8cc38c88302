"""The database refuses what was signed without proof of identity, and keeps what was signed before proof was asked."""

import uuid
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from patients.models import Consent, ErrorMark
from patients.services import withdraw_consent
from tests.database.guards import unguarded
from tests.patients.builders import agree
from tests.treatments.builders import agree_as, make_draft, make_needling, make_signed
from tests.treatments.services.test_second_opinions import ask
from tests.treatments.services.test_warning_answers import screen
from treatments.models import Amendment, EventReport, Muscle, TreatmentSession, WarningAnswer
from treatments.services import (
    amend_session,
    confirm_error_mark,
    mark_in_error,
    record_event,
    report_event,
    sign_session,
    withdraw_draft,
)

pytestmark = pytest.mark.both_engines


@pytest.fixture
def author(physiotherapist):
    return physiotherapist


@pytest.fixture
def colleague(other_physiotherapist):
    return other_physiotherapist


def values_of(row):
    stored = type(row)._base_manager.get(pk=row.pk)
    return {field.attname: getattr(stored, field.attname) for field in stored._meta.concrete_fields}


# What is signed: a function that makes the row before it is signed (None if there is none), and one that signs it.


def a_signature(patient, author, colleague, admin):
    draft = make_draft(patient, by=author)
    return draft, lambda: sign_session(draft, by=author, proof="PIN")


def a_withdrawn_draft(patient, author, colleague, admin):
    draft = make_draft(patient, by=author)
    return draft, lambda: withdraw_draft(draft, by=author, reason="Wrong patient", proof="PIN")


def an_amendment(patient, author, colleague, admin):
    signed = make_signed(patient, by=author)
    return None, lambda: amend_session(signed, by=author, text="Left", reason="Side", proof="PIN", id=uuid.uuid4())


def an_agreement(patient, author, colleague, admin):
    screen(patient, author, pregnancy="12 weeks")
    muscle = Muscle.objects.get(slug="rectus-abdominis")
    session = ask(make_draft(patient, by=author, needlings=[make_needling(muscle)]), author, colleague)
    answer = session.warning_answers.get(level="stop")
    return answer, lambda: agree_as(colleague, answer)


def a_withdrawn_consent(patient, author, colleague, admin):
    consent = agree(patient, by=author, given_at=timezone.now() - timedelta(days=1))
    return consent, lambda: withdraw_consent(consent, by=author, reason="No more", proof="PIN")


def an_error_mark(patient, author, colleague, admin):
    session = make_signed(patient, by=author)
    return None, lambda: mark_in_error(session, by=author, reason="Wrong patient", asked=admin, proof="PIN")


def a_confirmed_mark(patient, author, colleague, admin):
    session = make_signed(patient, by=author)
    mark = mark_in_error(session, by=author, reason="Wrong patient", asked=admin, proof="PIN")
    return mark, lambda: confirm_error_mark(mark, by=admin, proof="PIN")


def a_closed_event(patient, author, colleague, admin):
    event = record_event(make_signed(patient, by=author), by=author, type="pneumothorax", grade="serious")
    said = {"grade": "serious", "action": "To the hospital", "outcome": "Recovered", "is_closed": True}
    return None, lambda: report_event(event, by=colleague, number=1, proof="PIN", **said)


def a_closed_event_of_a_lower_grade(patient, author, colleague, admin):
    event = record_event(make_signed(patient, by=author), by=author, type="pneumothorax", grade="mild")
    said = {"action": "To the hospital", "outcome": "Recovered", "follow_up_due_on": timezone.localdate()}
    for number, grade in enumerate(("serious", "mild"), start=1):
        report_event(event, by=author, number=number, grade=grade, **said)
    said |= {"grade": "mild", "is_closed": True}
    return None, lambda: report_event(event, by=colleague, number=3, proof="PIN", **said)


ACTS = {
    a_signature: (TreatmentSession, "proved_by_means", "session_closed_with_proof"),
    a_withdrawn_draft: (TreatmentSession, "proved_by_means", "session_closed_with_proof"),
    an_amendment: (Amendment, "proved_by_means", "amendment_with_proof"),
    an_agreement: (WarningAnswer, "proved_by_means", "agreement_with_proof"),
    a_withdrawn_consent: (Consent, "withdrawal_proved_by_means", "withdrawal_with_proof"),
    an_error_mark: (ErrorMark, "proved_by_means", "error_mark_with_proof"),
    a_confirmed_mark: (ErrorMark, "decision_proved_by_means", "error_mark_decision_with_proof"),
    a_closed_event_of_a_lower_grade: (EventReport, "proved_by_means", "serious_event_closed"),
    a_closed_event: (EventReport, "proved_by_means", "serious_event_closed"),
}


@pytest.mark.parametrize("act", ACTS, ids=lambda act: act.__name__)
def test_the_database_refuses_it_without_proof_and_takes_it_with_one(patient, author, colleague, admin, catalogue, act):
    model, proof, constraint = ACTS[act]
    unsigned, sign = act(patient, author, colleague, admin)
    before = values_of(unsigned) if unsigned else None
    signed = sign()
    after, rows = values_of(signed), model._base_manager.filter(pk=signed.pk)
    with unguarded():
        rows.update(**before) if before else rows._raw_delete(rows.db)

    def write(values):
        with transaction.atomic():
            rows.update(**values) if before else model._base_manager.bulk_create([model(**values)])

    with pytest.raises(IntegrityError, match=constraint):
        write(after | {proof: ""})
    write(after)  # so nothing but the proof was missing
    assert values_of(signed) == after


def test_a_version_of_the_seal_from_before_excuses_nobody(patient, author):
    draft = make_draft(patient, by=author)
    before, after = values_of(draft), values_of(sign_session(draft, by=author, proof="PIN"))
    rows = TreatmentSession.objects.filter(pk=draft.pk)
    with unguarded():
        rows.update(**before)

    with pytest.raises(IntegrityError, match="session_closed_with_proof"), transaction.atomic():
        rows.update(**after | {"seal_version": 1, "proved_by_means": ""})


def test_what_was_signed_before_proof_was_asked_can_still_be_marked(patient, author, admin):
    signed = make_signed(patient, by=author)
    old = {"seal_version": 1, "proved_by_means": ""}
    with unguarded():
        TreatmentSession.objects.filter(pk=signed.pk).update(**old)
    signed.refresh_from_db()
    mark = mark_in_error(signed, by=author, reason="Wrong patient", asked=admin, proof="PIN")

    confirm_error_mark(mark, by=admin, proof="PIN")

    signed.refresh_from_db()
    assert signed.error_mark == mark


def test_a_form_says_what_is_missing(patient, author):
    signed = make_signed(patient, by=author)
    amendment = amend_session(signed, by=author, text="Left", reason="Side", proof="PIN", id=uuid.uuid4())
    amendment.pk, amendment.number, amendment.proved_by_means = uuid.uuid4(), 2, ""
    amendment._state.adding = True

    constraint = next(c for c in Amendment._meta.constraints if c.name == "amendment_with_proof")
    with pytest.raises(Exception, match="proved"):
        constraint.validate(Amendment, amendment)
