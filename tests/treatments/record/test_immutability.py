"""What is signed stays as it is, whatever writes: every table of the record, every way of writing."""

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.db.models import ProtectedError

from tests.database.guards import unguarded
from treatments.models import (
    AdverseEvent,
    Amendment,
    Course,
    FollowUp,
    FollowUpAnswers,
    Measurement,
    Needling,
    ProtocolUse,
    SessionContext,
    SessionFact,
    TreatmentSession,
    WarningAnswer,
)
from treatments.services import amend_session, withdraw_draft

pytestmark = pytest.mark.both_engines

# Every table that points at a session: a field to change, and a value. A new table fails until it stands here.
PARTS = {
    Needling: {"depth_mm": 21},
    Measurement: {"after": "250.0"},
    AdverseEvent: {"action": "Nothing"},
    FollowUp: {"pain": 9},
    Amendment: {"text": "Something else"},
    WarningAnswer: {"reason": "Something else"},
    SessionContext: {"patient_age": 9},
}
RECORD = {TreatmentSession: {"note": "Changed"}} | PARTS
ALL = pytest.mark.parametrize("model", RECORD)


@pytest.fixture
def clinic_fixture(clinic_fixture):
    signed = clinic_fixture.sessions[0]
    amend_session(
        signed,
        by=clinic_fixture.physiotherapist,
        proof="PIN",
        text="Left, not right.",
        reason="Wrong side",
        id=signed.pk,
    )
    return clinic_fixture


def of_the_signed(clinic_fixture, model):
    """One row of the signed session."""
    signed = clinic_fixture.sessions[0]
    return model.objects.filter(**({"pk": signed.pk} if model is TreatmentSession else {"session": signed})).first()


def refused(write):
    with pytest.raises(IntegrityError, match="frozen"), transaction.atomic():
        write()


def sql(statement, *values):
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def key(row):
    return row._meta.pk.get_db_prep_value(row.pk, connection)


def column_of(model):
    ((name, value),) = RECORD[model].items()
    return model._meta.get_field(name).column, value


def test_every_table_of_a_session_is_tried_here():
    tables = {relation.related_model for relation in TreatmentSession._meta.related_objects}

    follows_from_sessions = {Course, SessionFact}
    # What the patient answers after the visit never changes, whatever becomes of the session.
    not_of_the_record = {ProtocolUse, FollowUpAnswers}
    assert tables - {TreatmentSession} - follows_from_sessions - not_of_the_record == set(PARTS)


@ALL
def test_saving_is_refused(clinic_fixture, model):
    row = of_the_signed(clinic_fixture, model)
    for name, value in RECORD[model].items():
        setattr(row, name, value)

    refused(row.save)


@ALL
def test_update_is_refused(clinic_fixture, model):
    row = of_the_signed(clinic_fixture, model)

    refused(lambda: model.objects.filter(pk=row.pk).update(**RECORD[model]))


@ALL
def test_bulk_update_is_refused(clinic_fixture, model):
    row = of_the_signed(clinic_fixture, model)
    for name, value in RECORD[model].items():
        setattr(row, name, value)

    refused(lambda: model.objects.bulk_update([row], list(RECORD[model])))


@ALL
def test_deleting_is_refused(clinic_fixture, model):
    row = of_the_signed(clinic_fixture, model)

    with pytest.raises((IntegrityError, ProtectedError)), transaction.atomic():
        row.delete()
    refused(lambda: model.objects.filter(pk=row.pk)._raw_delete(model.objects.db))


@ALL
def test_plain_sql_is_refused(clinic_fixture, model):
    row, (column, value) = of_the_signed(clinic_fixture, model), column_of(model)
    table = model._meta.db_table

    refused(lambda: sql(f"UPDATE {table} SET {column} = %s WHERE {model._meta.pk.column} = %s", value, key(row)))
    refused(lambda: sql(f"DELETE FROM {table} WHERE {model._meta.pk.column} = %s", key(row)))


@pytest.mark.parametrize("model", [Needling, Measurement])
def test_adding_to_a_signed_session_is_refused(clinic_fixture, model):
    draft = model.objects.filter(session=clinic_fixture.sessions[2]).first()
    draft.pk, draft.session = None, clinic_fixture.sessions[0]
    draft._state.adding = True

    refused(lambda: model.objects.bulk_create([draft]))


def test_adding_a_reaction_to_a_signed_session_is_refused(clinic_fixture):
    clinic_fixture.physiotherapist.refresh_from_db()
    late = AdverseEvent(
        session=clinic_fixture.sessions[0],
        type="bruise",
        grade="mild",
        recorded_at=clinic_fixture.sessions[0].signed_at,
        recorded_by=clinic_fixture.physiotherapist,
    )

    refused(late.save)


@pytest.mark.parametrize("model", [Needling, Measurement])
def test_moving_a_row_in_or_out_is_refused(clinic_fixture, model):
    signed, draft = clinic_fixture.sessions[0], clinic_fixture.sessions[1]
    Needling.objects.filter(session=draft).delete()

    refused(lambda: model.objects.filter(session=signed).update(session=draft))


def test_taking_the_signature_off_is_refused(clinic_fixture):
    refused(lambda: TreatmentSession.objects.signed().update(status="draft", signed_at=None, signed_by=None))


def test_a_withdrawn_draft_is_immutable_with_its_rows(clinic_fixture):
    draft = clinic_fixture.sessions[1]
    withdraw_draft(draft, by=clinic_fixture.physiotherapist, proof="PIN", reason="Opened for the wrong patient")

    refused(lambda: TreatmentSession.objects.filter(pk=draft.pk).update(note="Changed"))
    refused(lambda: Needling.objects.filter(session=draft).update(depth_mm=3))


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL has no REPLACE")
def test_replacing_a_row_is_refused(clinic_fixture):
    row = of_the_signed(clinic_fixture, Amendment)
    columns = ", ".join(field.column for field in Amendment._meta.concrete_fields)

    refused(
        lambda: sql(
            f"REPLACE INTO treatments_amendment ({columns}) SELECT {columns} FROM treatments_amendment WHERE id = %s",
            key(row),
        )
    )


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has no TRUNCATE")
@ALL
def test_truncating_is_refused(clinic_fixture, model):
    sql("SET CONSTRAINTS ALL IMMEDIATE")

    refused(lambda: sql(f"TRUNCATE {model._meta.db_table} CASCADE"))


@pytest.mark.parametrize("model", PARTS)
def test_a_form_says_what_the_database_would_refuse(clinic_fixture, model):
    row = of_the_signed(clinic_fixture, model)
    for name, value in RECORD[model].items():
        setattr(row, name, value)

    with pytest.raises(ValidationError) as refusal:
        row.validate_constraints()

    assert "frozen" in [error.code for error in refusal.value.error_dict["__all__"]]


@ALL
def test_the_admin_has_no_way_to_change_a_row(client, clinic_fixture, model):
    client.force_login(clinic_fixture.admin)
    row = of_the_signed(clinic_fixture, model)
    name = f"/admin/treatments/{model._meta.model_name}/"

    answers = [
        client.get(f"{name}add/").status_code,
        client.post(f"{name}{row.pk}/change/", {}).status_code,
        client.post(f"{name}{row.pk}/delete/", {"post": "yes"}).status_code,
        client.post(name, {"action": "delete_selected", "_selected_action": str(row.pk)}).status_code,
    ]

    # A context has no pages of its own in the admin.
    assert answers == ([404] * 4 if model is SessionContext else [403, 403, 403, 200])
    assert model.objects.filter(pk=row.pk).exists()


def test_a_signed_row_can_be_changed_only_while_nothing_guards_it(clinic_fixture):
    row = of_the_signed(clinic_fixture, Needling)

    with unguarded():
        Needling.objects.filter(pk=row.pk).update(depth_mm=21)

    refused(lambda: Needling.objects.filter(pk=row.pk).update(depth_mm=20))


# What the record speaks of -----------------------------------------------------

NAMES = [
    ("needle", {"lot": "L2"}),
    ("needle", {"length_mm": 60}),
    ("needle", {"in_record_since": None}),
    ("muscle", {"slug": "other"}),
    ("muscle", {"name_en": "Other"}),
    ("trigger_point", {"label": "9"}),
]


@pytest.mark.parametrize("name, change", NAMES)
def test_what_a_signed_row_names_keeps_its_words(clinic_fixture, name, change):
    row = of_the_signed(clinic_fixture, Needling)
    named = getattr(row, name) or row.muscle.trigger_points.create(label="1")
    stored = type(named).objects.filter(pk=named.pk)

    refused(lambda: stored.update(**change))
    refused(lambda: sql(f"DELETE FROM {named._meta.db_table} WHERE id = %s", named.pk))


def test_the_rest_of_it_may_be_put_right(clinic_fixture):
    row = of_the_signed(clinic_fixture, Needling)

    assert type(row.needle).objects.filter(pk=row.needle_id).update(is_active=False) == 1
    assert type(row.muscle).objects.filter(pk=row.muscle_id).update(caution="Lung apex") == 1
