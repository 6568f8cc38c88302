import io
import re
from datetime import date

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction
from django.db.models import Avg, Count, F

from clinic.models import Practitioner
from patients.integrity.trigger_constraints import faulty_triggers
from patients.models import Episode, NameGram, Patient
from patients.search import find_patients
from patients.services import register_patient
from tests.bench.volume import invented
from tests.bench.volume.unguarded import unguarded
from tests.demo.visits import REACTIONS
from tests.treatments.builders import make_needle
from treatments.models import AdverseEvent, Needling, TreatmentSession

UNTIL = date(2026, 6, 10)


def make(sessions, **options):
    call_command("make_volume", sessions=sessions, until=UNTIL, **options)


def rows(model, *names):
    return list(model.objects.order_by(*names).values_list(*names))


def contents():
    """The rows that were made, without keys that the database assigns."""
    return [
        rows(Patient, "record_number", "given_name", "family_name", "born_on", "sex"),
        rows(Episode, "patient__record_number", "region", "diagnosis_code", "opened_on", "closed_on"),
        rows(TreatmentSession, "pk", "started_at", "practitioner__user__username", "pain_before", "pain_after"),
        rows(Needling, "pk", "session", "muscle__slug", "side", "needle__lot", "depth_mm", "twitch_count"),
        rows(AdverseEvent, "pk", "needling", "type", "grade"),
    ]


def indexes():
    models = [model for app in ("patients", "treatments") for model in apps.get_app_config(app).get_models()]
    with connection.cursor() as cursor:
        found = [connection.introspection.get_constraints(cursor, model._meta.db_table) for model in models]
    return [sorted(names) for names in found]


@pytest.fixture(scope="class")
def kept_volume(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock(), transaction.atomic():
        before, printed = indexes(), io.StringIO()
        make(100, stdout=printed)
        yield {"indexes_before": before, "printed": printed.getvalue()}
        transaction.set_rollback(True)


@pytest.mark.both_engines
class TestOfOneHundredSessions:
    """Made once: these tests only read, each in a savepoint of one transaction."""

    @pytest.fixture
    def volume(self, kept_volume, db):
        return kept_volume

    def test_make_volume_counts_what_it_promises(self, volume):
        assert (TreatmentSession.objects.signed().count(), TreatmentSession.objects.count()) == (100, 100)
        assert (Patient.objects.count(), Practitioner.objects.count()) == (5, 4)
        assert 3 < Needling.objects.count() / 100 < 5
        assert "100 sessions" in volume["printed"]

    def test_make_volume_is_legal_for_the_database(self, volume):
        connection.check_constraints()

        assert faulty_triggers(connection) == []
        assert indexes() == volume["indexes_before"]

    def test_make_volume_makes_what_could_have_been(self, volume):
        sessions = TreatmentSession.objects.annotate(rows=Count("needlings"))

        assert not sessions.filter(needles_inserted__lt=F("rows")).exists()
        assert not sessions.filter(started_at__gte=F("signed_at")).exists()
        assert not sessions.exclude(started_at__week_day__in=range(2, 7)).exists()
        assert not Episode.objects.filter(opened_on__gt=F("treatment_sessions__started_at__date")).exists()
        assert not TreatmentSession.objects.exclude(patient=F("episode__patient")).exists()
        assert not Needling.objects.exclude(muscle__region=F("session__episode__region")).exists()
        assert not Needling.objects.exclude(trigger_point__muscle=F("muscle")).exists()
        assert not Needling.objects.filter(depth_mm__gt=F("needle__length_mm")).exists()
        assert not Needling.objects.filter(needle__expires_on__lt=F("session__started_at__date")).exists()
        assert not AdverseEvent.objects.exclude(needling__session=F("session")).exists()
        assert not TreatmentSession.objects.exclude(no_reaction=True).filter(events=None).exists()
        means = TreatmentSession.objects.aggregate(before=Avg("pain_before"), after=Avg("pain_after"))
        assert 0.5 < means["before"] - means["after"] < 2.5


def test_make_volume_of_a_million_has_forty_practitioners():
    scale = invented.Scale(1_000_000)

    assert (scale.patients, scale.practitioners) == (50_000, 40)


def test_make_volume_is_the_same_for_the_same_seed(db):
    made = []
    for seed in (1, 1, 2):
        with transaction.atomic():
            make(40, seed=seed)
            made.append(contents())
            transaction.set_rollback(True)

    assert made[0] == made[1]
    assert made[0] != made[2]


@pytest.mark.both_engines
def test_make_volume_leaves_signed_sessions_immutable(transactional_db):
    make(30)
    session = TreatmentSession.objects.first()

    with pytest.raises(IntegrityError):
        TreatmentSession.objects.filter(pk=session.pk).update(note="Later")
    with pytest.raises(IntegrityError):
        session.needlings.all().delete()
    with pytest.raises(IntegrityError):
        Needling.objects.create(session=session, muscle=session.needlings.first().muscle, side="left")


def test_make_volume_has_reactions_as_often_as_published(db):
    make(1000)
    with_event = AdverseEvent.objects.values("session").distinct().count()

    assert 0.14 < with_event / 1000 < 0.21
    assert AdverseEvent.objects.filter(type__in=REACTIONS).count() == AdverseEvent.objects.count()
    assert AdverseEvent.objects.open().count() < 5


def test_make_volume_has_codes_that_the_form_would_take():
    pattern = re.compile(Episode._meta.get_field("diagnosis_code").validators[0].regex)
    codes = " ".join(codes for _, _, codes in invented.COMPLAINTS.values()).split()

    assert [code for code in codes if not pattern.match(code)] == []
    assert len(codes) == len(set(codes)) == 40
    assert sum(share for share, *_ in invented.COMPLAINTS.values()) == 100


def test_make_volume_makes_people_who_can_be_found_and_joined(db, front_desk):
    make(100)
    patient = Patient.objects.first()

    newcomer = register_patient(by=front_desk, given_name="Noor", family_name="Haddad", born_on="1990-02-01")

    assert patient in find_patients(f"{patient.given_name} {patient.family_name}")
    assert newcomer.record_number == "P000006"
    assert NameGram.objects.filter(patient=newcomer).exists()


def test_make_volume_lets_its_people_sign_in(db, client):
    make(10)

    client.post("/login/", {"username": "p1", "password": invented.PASSWORD})

    assert client.get("/today/").status_code == 200


def test_make_volume_refuses_a_database_with_patients(patient):
    with pytest.raises(CommandError, match="holds patients or practitioners. Nothing was written"):
        make(10)

    assert (Patient.objects.count(), TreatmentSession.objects.count()) == (1, 0)


@pytest.mark.parametrize("sessions", [0, -5])
def test_make_volume_refuses_no_sessions(db, sessions):
    with pytest.raises(CommandError, match="at least one session"):
        make(sessions)


@pytest.mark.both_engines
def test_a_failure_leaves_nothing_behind_and_the_guards_on(transactional_db):
    before = indexes()

    with pytest.raises(ZeroDivisionError), unguarded([Needling, TreatmentSession]):
        make_needle()
        raise ZeroDivisionError

    assert make_needle().expires_on
    assert faulty_triggers(connection) == []
    assert indexes() == before


@pytest.mark.both_engines
def test_an_owner_of_tables_who_is_no_superuser_can_do_it_too(db, monkeypatch):
    monkeypatch.setattr("tests.bench.volume.unguarded._without_foreign_keys", lambda: False)

    make(20)

    assert TreatmentSession.objects.count() == 20
    assert faulty_triggers(connection) == []
