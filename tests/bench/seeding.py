"""Many patients and one long course of treatment, written in bulk: services would take an hour."""

import itertools
import random
from datetime import date, timedelta

from django.db.models import F
from django.utils import timezone
from faker import Faker

from patients import search
from patients.models import NameGram, Patient
from patients.phones import national_digits
from patients.services import open_episode
from tests.clinic_fixture import needles_at
from treatments.models import Needling, TreatmentSession

LOCALES = ["en_GB", "pl_PL", "de_DE", "es_ES", "fr_FR"]
BATCH = 5000


def names(rng):
    """Endless (given, family) names of five languages."""
    fake = Faker(LOCALES)
    fake.seed_instance(4711)
    given = [fake.first_name() for _ in range(1500)]
    family = [fake.last_name() for _ in range(4000)]
    while True:
        yield rng.choice(given), rng.choice(family)


def add_patients(count, *, first_number):
    """Patients that search finds, with record numbers from first_number on; returns a sample of them."""
    rng = random.Random(first_number)
    source = names(rng)
    sample = []
    for start in range(first_number, first_number + count, BATCH):
        numbers = range(start, min(start + BATCH, first_number + count))
        people = Patient.objects.bulk_create(_patient(number, next(source), rng) for number in numbers)
        grams = ((person, gram) for person in people for gram in search.grams_of(person))
        while batch := list(itertools.islice(grams, BATCH * 2)):
            NameGram.objects.bulk_create(NameGram(patient=person, gram=gram) for person, gram in batch)
        sample += rng.sample(people, 10)
    return rng.sample(sample, 20)


def _patient(number, name, rng):
    phone = f"020 7{rng.randrange(10**6):06d}"
    return Patient(
        record_number=f"P{number:06d}",
        given_name=name[0],
        family_name=name[1],
        born_on=date(1935, 1, 1) + timedelta(days=rng.randrange(30_000)),
        phone=phone,
        phone_key=search.phone_key(phone),
        phone_start=national_digits(phone, "GB"),
    )


def add_course(patient, *, by, sessions, rows=4):
    """Signed sessions of one complaint, one every three days until yesterday, each with a few needled muscles."""
    episode = open_episode(patient, by=by, complaint="Neck pain", region="neck", opened_on=date(2015, 1, 1))
    made = TreatmentSession.objects.bulk_create(
        _session(patient, episode, by, days_ago=1 + 3 * number) for number in range(sessions)
    )
    patterns = needles_at(rows=rows)
    Needling.objects.bulk_create(
        _copy(pattern, session, order) for session in made for order, pattern in enumerate(patterns)
    )
    # As in the app, rows are added to the draft before it is signed. No measured page needs the hash.
    signature = {
        "signed_by": by,
        "signed_name": by.get_full_name(),
        "signed_meaning": TreatmentSession.Meaning.AUTHORED,
        "proved_by_means": "password",
    }
    TreatmentSession.objects.filter(pk__in=[session.pk for session in made]).update(
        status="signed", signed_at=F("started_at"), content_hash="0" * 64, version=2, **signature
    )


def _session(patient, episode, by, *, days_ago):
    return TreatmentSession(
        patient=patient,
        episode=episode,
        practitioner=by.practitioner,
        started_at=timezone.now() - timedelta(days=days_ago),
        position="prone",
        pain_before=6,
        pain_after=3,
        needles_inserted=4,
        needles_removed=4,
        no_reaction=True,
        saved_by=by,
    )


def _copy(pattern, session, order):
    fields = {f.attname: getattr(pattern, f.attname) for f in Needling._meta.concrete_fields if not f.primary_key}
    return Needling(**fields | {"session_id": session.pk, "sort_order": order})
