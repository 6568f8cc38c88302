"""What somebody can do who owns the database but has no key: verify_records names each of it.

Rows are changed with the triggers off, and the hashes that need no key are computed again.
"""

import io
import json
from datetime import date

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from patients.audit.chain import CONTENT, entry_content, entry_hash
from patients.audit.recording import add_audit_entry
from patients.models import Patient, ScreeningAnswer, TrailEntry
from patients.models.trail import chain_of
from tests.database.guards import unguarded
from treatments.models import (
    AdverseEvent,
    EventReport,
    FollowUp,
    OutcomeScore,
    TreatmentSession,
    with_rows,
)
from treatments.record.corrections import with_amendments
from treatments.record.sealing import content_hash
from treatments.services import report_event

pytestmark = pytest.mark.both_engines


def problems(*arguments):
    """What verify_records prints about problems; [] if it finds none."""
    out = io.StringIO()
    try:
        call_command("verify_records", *arguments, stdout=out)
    except CommandError:
        return out.getvalue().splitlines()[1:]
    return []


def rewrite_follow_up(clinic):
    FollowUp.objects.filter(session__patient=clinic.patient).update(pain=1)


def rewrite_score(clinic):
    OutcomeScore.objects.filter(patient=clinic.patient).update(value=1)


def downgrade_event(clinic):
    AdverseEvent.objects.filter(session__patient=clinic.patient, appeared_later=True).update(grade="mild", action="")


def delete_reports(clinic):
    EventReport.objects.filter(event__session__patient=clinic.patient)._raw_delete("default")


def flip_answer(clinic):
    answers = ScreeningAnswer.objects.filter(screening__patient=clinic.patient)
    ScreeningAnswer.objects.filter(pk=answers.latest("pk").pk).update(is_yes=True, detail="Forged")


def change_identity(clinic):
    Patient.objects.filter(pk=clinic.patient.pk).update(family_name="Other", born_on=date(1950, 1, 1))


def rewrite_session_and_its_hash(clinic):
    TreatmentSession.objects.filter(pk=clinic.sessions[0].pk).update(note="Nothing happened")
    forged = with_amendments(with_rows(TreatmentSession.objects)).get(pk=clinic.sessions[0].pk)
    TreatmentSession.objects.filter(pk=forged.pk).update(content_hash=content_hash(forged))


def blame_somebody_else(clinic):
    """Change an entry in the middle of a chain, and compute the whole chain again as far as that goes without a key."""
    entries = list(TrailEntry.objects.filter(chain=chain_of(clinic.patient.pk)).order_by("number"))
    entries[len(entries) // 2].by_name = "j.whelan"
    previous = ""
    for entry in entries:
        content = entry_content(*(getattr(entry, name) for name in CONTENT))
        entry.previous_hash, entry.hash = previous, entry_hash(content, entry.number, previous)
        previous = entry.hash
        entry.save(update_fields=["by_name", "previous_hash", "hash"])


def pretend_there_was_no_key(clinic):
    blame_somebody_else(clinic)
    TrailEntry.objects.filter(chain=chain_of(clinic.patient.pk)).update(key_id="")


def delete_session(clinic):
    _delete_with_what_belongs_to_it(TreatmentSession, [clinic.sessions[0].pk])


def _delete_with_what_belongs_to_it(model, keys):
    if keys:
        links = model._meta.get_fields(include_hidden=True)
        for link in (link for link in links if link.auto_created and (link.one_to_many or link.one_to_one)):
            rows = link.related_model._base_manager.filter(**{f"{link.field.name}__in": keys})
            _delete_with_what_belongs_to_it(link.related_model, list(rows.values_list("pk", flat=True)))
        model._base_manager.filter(pk__in=keys)._raw_delete("default")


def delete_trail_of_patient(clinic):
    TrailEntry.objects.filter(patient=clinic.patient)._raw_delete("default")


@pytest.mark.parametrize(
    "manipulate",
    [
        rewrite_follow_up,
        rewrite_score,
        downgrade_event,
        delete_reports,
        delete_session,
        flip_answer,
        change_identity,
        rewrite_session_and_its_hash,
        blame_somebody_else,
        pretend_there_was_no_key,
        delete_trail_of_patient,
    ],
    ids=lambda function: function.__name__,
)
def test_a_manipulation_is_found(clinic_fixture, manipulate):
    event = AdverseEvent.objects.get(session__patient=clinic_fixture.patient, appeared_later=True, type="fainting")
    by, today = clinic_fixture.physiotherapist, timezone.localdate()
    report_event(event, by=by, number=1, action="Sat down", grade="mild", follow_up_due_on=today)
    assert problems() == []

    with unguarded():
        manipulate(clinic_fixture)

    assert problems()


def test_entries_cut_off_the_end_are_found_with_the_heads_of_the_last_check(clinic_fixture, tmp_path):
    heads = tmp_path / "heads"
    assert problems("--heads", str(heads)) == []
    read = TrailEntry.objects.filter(chain=chain_of(None)).order_by("-number").first()

    with unguarded():
        TrailEntry.objects.filter(pk=read.pk)._raw_delete("default")

    assert problems() == []
    before = heads.read_text()
    assert problems("--heads", str(heads))
    assert heads.read_text() == before  # so that the next check finds it too


@pytest.mark.parametrize("change", ["one entry less", "another key", "not JSON"])
def test_heads_that_were_changed_are_not_trusted(clinic_fixture, tmp_path, change):
    heads = tmp_path / "heads"
    assert problems("--heads", str(heads)) == []
    content = json.loads(heads.read_text())
    if change == "one entry less":
        content["chains"].popitem()
    elif change == "another key":
        content["key_id"] = "00000000"
    heads.write_text("" if change == "not JSON" else json.dumps(content))

    assert problems("--heads", str(heads))


def test_keys_are_rotated(clinic_fixture, settings):
    old = settings.SECRET_KEY
    settings.SEAL_KEYS = ["a new key of the clinic"]
    add_audit_entry(TrailEntry.Action.LOGIN, by=clinic_fixture.admin)  # after an entry with the old key
    assert problems() == []

    settings.SECRET_KEY = "another secret key " * 4
    assert any("the settings lack its key" in line for line in problems())

    settings.SECRET_KEY_FALLBACKS = [old]
    assert problems() == []


FORGED = {
    "sqlite": [
        "DROP TRIGGER session_frozen_update",
        "CREATE TRIGGER session_frozen_update BEFORE UPDATE ON treatments_treatmentsession BEGIN SELECT 1; END",
    ],
    "postgresql": [
        "CREATE OR REPLACE FUNCTION session_frozen() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'"
    ],
}
REPLICA_ONLY = [
    "SET CONSTRAINTS ALL IMMEDIATE",
    "ALTER TABLE treatments_treatmentsession ENABLE REPLICA TRIGGER session_frozen",
]


@pytest.mark.parametrize("statements", [FORGED[connection.vendor], REPLICA_ONLY], ids=["forged", "replica only"])
def test_a_guard_that_does_nothing_is_found(db, statements):
    if statements is REPLICA_ONLY and connection.vendor == "sqlite":
        pytest.skip("SQLite has no replicas")
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)

    assert any("session_frozen" in line for line in problems())
