"""Signing, and what may be done to a session afterwards."""

import io
import sqlite3
import uuid

import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.models import F

from clinic.models import Appointment
from patients.models import Consent, TrailEntry
from patients.services import open_episode, update_episode
from patients.services.once import OtherContent
from tests.clinic.builders import make_appointment
from tests.database.guards import unguarded
from tests.patients.builders import agree, decline, make_screening
from tests.reference_data import have_questions
from tests.treatments.builders import make_draft, make_signed
from treatments.models import Amendment, SessionSummary, TreatmentSession, with_rows
from treatments.record.sealing import content_hash
from treatments.record.verification import (
    faulty_guards,
    missing_constraints,
    tampered_amendments,
    tampered_consents,
    tampered_sessions,
)
from treatments.services import amend_session, hand_over_draft, save_draft, sign_session, withdraw_draft
from treatments.services.summary_rebuild import summaries_unlike_a_recount

pytestmark = pytest.mark.both_engines


def amend(session, *, by, text="Lot 24J07, not 24K11.", reason="Stock check", id=None):
    return amend_session(session, by=by, proof="PIN", text=text, reason=reason, id=id or uuid.uuid4())


def draft_of(session):
    return {"values": {}, "needlings": [], "measurements": [], "events": []} | {
        "version": session.version,
        "token": uuid.uuid4(),
    }


# Signing -----------------------------------------------------------------------


def test_a_signature_has_name_meaning_time_and_hash(patient, physiotherapist):
    signed = make_signed(patient, by=physiotherapist)

    assert (signed.signed_name, signed.signed_by) == ("Marit Solberg", physiotherapist)
    assert signed.get_signed_meaning_display() == "I treated this patient, and this is what was done"
    assert len(signed.content_hash) == 64


def test_a_record_keeps_the_words_of_its_complaint(client, patient, physiotherapist):
    episode = open_episode(patient, by=physiotherapist, complaint="Neck pain, right", region="neck")
    signed = make_signed(patient, by=physiotherapist, episode=episode)
    update_episode(episode, by=physiotherapist, complaint="Headache, left")
    client.force_login(physiotherapist)

    for page in ("", "copy/"):
        html = client.get(f"/patients/{patient.pk}/sessions/{signed.pk}/{page}").content.decode()
        assert "Neck pain, right" in html
        assert "Headache, left" not in html


def test_a_session_rests_on_the_screening_of_its_day(patient, physiotherapist):
    have_questions()
    screening = make_screening(patient, by=physiotherapist)

    assert make_signed(patient, by=physiotherapist).screening == screening


def test_a_session_of_the_day_of_a_refusal_or_later_is_not_signed(patient, physiotherapist):
    before = make_draft(patient, by=physiotherapist, days_ago=1)
    after = make_draft(patient, by=physiotherapist)
    decline(patient, by=physiotherapist)

    with pytest.raises(ValidationError, match=r"Still missing: consent \(declined\)."):
        sign_session(after, by=physiotherapist, proof="PIN")
    assert sign_session(before, by=physiotherapist, proof="PIN").is_signed


def test_a_session_is_signed_once_the_patient_agrees_after_a_refusal(patient, physiotherapist):
    draft = make_draft(patient, by=physiotherapist)
    decline(patient, by=physiotherapist)
    consent = agree(patient, by=physiotherapist)

    assert sign_session(draft, by=physiotherapist, proof="PIN").consent == consent


def test_a_refusal_later_leaves_what_was_signed(patient, physiotherapist):
    make_signed(patient, by=physiotherapist)
    decline(patient, by=physiotherapist)

    assert [*tampered_sessions(), *tampered_consents()] == []


def test_a_changed_refusal_is_found(patient, physiotherapist):
    refusal = decline(patient, by=physiotherapist, refusal_words="No needles")
    with unguarded():
        Consent.objects.update(refusal_words="Yes please")

    assert list(tampered_consents()) == [
        f"Consent {refusal.pk} of patient {patient.record_number} has changed since it was agreed."
    ]


def test_the_hash_is_the_same_when_read_again(patient, physiotherapist):
    signed = make_signed(patient, by=physiotherapist)

    assert content_hash(with_rows(TreatmentSession.objects).get(pk=signed.pk)) == signed.content_hash


# Amending ----------------------------------------------------------------------


def test_amendments_are_numbered_and_chained(patient, physiotherapist, other_physiotherapist):
    signed = make_signed(patient, by=physiotherapist)

    first = amend(signed, by=physiotherapist)
    second = amend(signed, by=other_physiotherapist, text="Also the second row.")

    assert (first.number, first.previous_hash) == (1, signed.content_hash)
    assert (second.number, second.previous_hash) == (2, first.content_hash)
    assert second.signed_name == "Daniel Okonkwo"
    assert TreatmentSession.objects.get().content_hash == signed.content_hash


def test_amending_twice_from_one_page_amends_once(patient, physiotherapist):
    signed, id = make_signed(patient, by=physiotherapist), uuid.uuid4()

    amend(signed, by=physiotherapist, id=id)
    amend(signed, by=physiotherapist, id=id)

    assert Amendment.objects.count() == 1


def test_another_text_under_the_same_id_is_refused(patient, physiotherapist):
    signed, id = make_signed(patient, by=physiotherapist), uuid.uuid4()
    amend(signed, by=physiotherapist, id=id)

    with pytest.raises(OtherContent):
        amend(signed, by=physiotherapist, id=id, text="Something else")


def test_a_draft_is_not_amended(patient, physiotherapist):
    with pytest.raises(ValidationError, match="A draft can be changed directly"):
        amend(make_draft(patient, by=physiotherapist), by=physiotherapist)


@pytest.mark.parametrize("field", ["text", "reason"])
def test_an_amendment_says_what_and_why(patient, physiotherapist, field):
    signed = make_signed(patient, by=physiotherapist)

    with pytest.raises(ValidationError) as refusal:
        amend(signed, by=physiotherapist, **{field: "  "})

    assert field in refusal.value.message_dict


# Withdrawing and handing over --------------------------------------------------


def test_a_withdrawn_draft_stays_with_its_reason(patient, physiotherapist):
    draft = make_draft(patient, by=physiotherapist)

    withdraw_draft(draft, by=physiotherapist, proof="PIN", reason="Opened for the wrong patient")

    stored = TreatmentSession.objects.get()
    assert (stored.status, stored.withdrawn_by) == ("withdrawn", physiotherapist)
    assert stored.withdrawal_reason == "Opened for the wrong patient"
    assert stored.needlings.count() == 1
    assert list(TreatmentSession.objects.counting()) == []


def test_after_withdrawing_the_appointment_can_be_started_again(patient, physiotherapist):
    from django.utils import timezone

    visit = make_appointment(patient, physiotherapist, at=timezone.now())
    draft = make_draft(patient, by=physiotherapist, appointment=visit)

    withdraw_draft(draft, by=physiotherapist, proof="PIN", reason="Started too early")

    visit.refresh_from_db()
    assert visit.status == Appointment.Status.ARRIVED
    assert make_draft(patient, by=physiotherapist, appointment=visit).pk != draft.pk


def test_withdrawing_wants_a_reason(patient, physiotherapist):
    with pytest.raises(ValidationError, match="Give the reason"):
        withdraw_draft(make_draft(patient, by=physiotherapist), by=physiotherapist, proof="PIN", reason=" ")


@pytest.mark.parametrize("close", ["sign", "withdraw"])
def test_a_closed_session_is_closed_to_every_service(patient, physiotherapist, other_physiotherapist, close):
    session = make_draft(patient, by=physiotherapist)
    if close == "sign":
        session = sign_session(session, by=physiotherapist, proof="PIN")
    else:
        session = withdraw_draft(session, by=physiotherapist, proof="PIN", reason="No treatment took place")

    for attempt in (
        lambda: sign_session(session, by=physiotherapist, proof="PIN"),
        lambda: withdraw_draft(session, by=physiotherapist, proof="PIN", reason="Again"),
        lambda: hand_over_draft(session, by=physiotherapist, proof="PIN", to=other_physiotherapist.practitioner),
        lambda: save_draft(session, by=physiotherapist, **draft_of(session)),
    ):
        with pytest.raises(ValidationError, match="can no longer be changed"):
            attempt()


def test_a_draft_handed_over_is_signed_as_completed_by_the_other(patient, physiotherapist, other_physiotherapist):
    draft = make_draft(patient, by=physiotherapist)

    given = hand_over_draft(draft, by=physiotherapist, proof="PIN", to=other_physiotherapist.practitioner)
    signed = sign_session(given, by=other_physiotherapist, proof="PIN")

    assert signed.handed_over_from == physiotherapist.practitioner
    assert signed.signed_meaning == "completed"


def test_a_page_opened_before_the_hand_over_is_stale(patient, physiotherapist, other_physiotherapist):
    draft = make_draft(patient, by=physiotherapist)
    hand_over_draft(draft, by=physiotherapist, proof="PIN", to=other_physiotherapist.practitioner)

    with pytest.raises(ValidationError) as refusal:
        save_draft(draft, by=other_physiotherapist, **draft_of(draft))

    assert refusal.value.code == "stale"


@pytest.mark.parametrize("who", ["themselves", "somebody who left"])
def test_a_draft_is_handed_to_a_colleague_who_works_here(patient, physiotherapist, other_physiotherapist, who):
    to = physiotherapist.practitioner if who == "themselves" else other_physiotherapist.practitioner
    other_physiotherapist.is_active = False
    other_physiotherapist.save()

    with pytest.raises(ValidationError) as refusal:
        hand_over_draft(make_draft(patient, by=physiotherapist), by=physiotherapist, proof="PIN", to=to)

    assert "to" in refusal.value.message_dict


# Verifying ---------------------------------------------------------------------


def verify():
    call_command("verify_records", verbosity=0)


@pytest.fixture
def record(transactional_db, patient, physiotherapist):
    signed = make_signed(patient, by=physiotherapist)
    amend(signed, by=physiotherapist)
    amend(signed, by=physiotherapist, text="And the second row.")
    return signed


def test_an_untouched_record_is_found_whole(record, capsys):
    verify()

    entries, last = TrailEntry.objects.count(), TrailEntry.objects.latest("pk")
    first, *_, result = capsys.readouterr().out.splitlines()  # on PostgreSQL also what the role may do
    assert first == f"The audit trail has {entries} entries; the last one has the id {last.pk}."
    assert result == "Every signed record is unchanged."


@pytest.mark.skipif(connection.vendor != "sqlite", reason="a PostgreSQL server keeps its files to itself")
@pytest.mark.parametrize(
    ("sql", "sentence"),
    [
        ("UPDATE treatments_treatmentsession SET note = 'Nothing happened'", "has changed since it was signed"),
        ("UPDATE treatments_needling SET depth_mm = 5", "has changed since it was signed"),
        ("DELETE FROM treatments_needling", "has changed since it was signed"),
        ("UPDATE treatments_needle SET lot = 'L2'", "has changed since it was signed"),
        ("UPDATE treatments_amendment SET text = 'Right' WHERE number = 1", "Amendment 1"),
        ("DELETE FROM treatments_amendment WHERE number = 1", "The amendment before Amendment 2"),
    ],
)
def test_an_edit_of_the_file_behind_the_apps_back_is_found(record, capsys, sql, sentence):
    file = sqlite3.connect(connection.settings_dict["NAME"])
    for (trigger,) in file.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
        file.execute(f"DROP TRIGGER {trigger}")
    file.execute(sql)
    file.commit()
    file.close()
    try:
        with pytest.raises(CommandError):
            verify()
    finally:
        call_command("migrate", verbosity=0)

    out = capsys.readouterr().out
    assert sentence in out
    assert "database trigger session_frozen_update is missing" in out


@pytest.mark.parametrize("change", [{"depth_mm": 5}, {"twitch_count": 9}, {"side": "left"}])
def test_a_changed_row_is_found(record, change):
    with unguarded():
        record.needlings.update(**change)

    assert list(tampered_sessions()) == [
        f"Session {record.pk} of patient {record.patient.record_number} has changed since it was signed."
    ]


def test_a_changed_hash_of_a_session_is_found_by_its_amendment_too(record):
    with unguarded():
        TreatmentSession.objects.update(note="Nothing happened")
        forged = with_rows(TreatmentSession.objects).get()
        TreatmentSession.objects.update(content_hash=content_hash(forged))

    assert list(tampered_sessions()) == []
    assert len(list(tampered_amendments())) == 1


def test_an_absent_guard_is_named(record):
    with unguarded():
        assert any("session_frozen" in sentence for sentence in faulty_guards())
    assert list(faulty_guards()) == []


@pytest.mark.parametrize("constraint", ["session_frozen", "needling_frozen_with_session"])
def test_migrate_restores_an_absent_guard_as_the_sentence_says(transactional_db, constraint):
    _drop_guard(constraint)
    assert any(constraint in sentence and "Run migrate" in sentence for sentence in faulty_guards())

    call_command("migrate", verbosity=0)

    assert list(faulty_guards()) == []


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite cannot disable a trigger")
def test_migrate_enables_a_disabled_guard(transactional_db):
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE treatments_treatmentsession DISABLE TRIGGER session_frozen")
    assert any("session_frozen" in sentence for sentence in faulty_guards())

    call_command("migrate", verbosity=0)

    assert list(faulty_guards()) == []


def _drop_guard(name):
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(f"DROP FUNCTION {name}() CASCADE")
        else:
            cursor.execute(f"DROP TRIGGER {name}_update")


def test_a_dropped_constraint_is_named(db):
    assert list(missing_constraints()) == []

    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("ALTER TABLE patients_patientmerge DROP CONSTRAINT merge_of_two_records")
        else:
            cursor.execute("DROP INDEX one_merge_a_duplicate")

    name = "merge_of_two_records" if connection.vendor == "postgresql" else "one_merge_a_duplicate"
    assert list(missing_constraints()) == [f"The database lacks the constraint {name} of patients_patientmerge."]


def test_a_changed_summary_is_named_and_stays_as_it_is(record):
    assert list(summaries_unlike_a_recount()) == []

    SessionSummary.objects.update(sessions=F("sessions") * 3)

    stored = list(SessionSummary.objects.order_by("pk").values())
    (sentence,) = summaries_unlike_a_recount()
    assert "differ from a recount of the signed sessions" in sentence
    assert list(SessionSummary.objects.order_by("pk").values()) == stored


def test_the_check_says_what_it_does_not_prove(record, tmp_path):
    out = io.StringIO()
    call_command("verify_records", heads=tmp_path / "heads.json", recount=True, stdout=out)
    call_command("verify_records", heads=tmp_path / "heads.json", recount=True, stdout=out)

    found = [line for line in out.getvalue().splitlines() if line.startswith("Not proved")]
    assert [len(found), "--heads" in found[0], "the keys" in found[1], "the keys" in found[3]] == [5, True, True, True]
