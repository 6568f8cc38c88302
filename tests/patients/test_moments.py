"""A consent and a screening are judged to the minute: a table of moments around their limits."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patients.consents import assess_consent, consent_state, last_consent
from patients.models import Consent, ConsentForm, Patient, Screening
from patients.moments import minute_of
from patients.precautions import Screened, ScreeningState, last_screening, screening_state
from patients.services import withdraw_consent
from tests.patients.builders import agree, decline

ZONE = ZoneInfo("Europe/London")
GIVEN = datetime(2026, 3, 28, 10, 0, 20, tzinfo=ZONE)  # the clocks change in the night after it
WITHDRAWN = datetime(2026, 3, 28, 11, 57, 40, tzinfo=ZONE)
PATIENT = Patient(born_on=datetime(1979, 3, 14).date())


def consent(**fields):
    made = Consent(method="written", scope=["neck"], given_at=GIVEN, form=ConsentForm(version=1), **fields)
    made.newest_version = 1
    return made


def is_valid(consents, at, regions=("neck",)):
    return assess_consent(last_consent(consents, at=at), PATIENT, at=at, regions=regions).is_valid


@pytest.mark.parametrize(
    ("at", "valid"),
    [
        ("09:50:00", False),
        ("09:59:59", False),
        ("10:00:00", True),
        ("10:00:20", True),
        ("11:56:59", True),
        ("11:57:00", False),
        ("11:57:40", False),
        ("23:59:59", False),
    ],
)
def test_a_consent_holds_from_the_minute_it_is_given_to_the_minute_before_it_is_withdrawn(at, valid):
    at = datetime.fromisoformat(f"2026-03-28T{at}").replace(tzinfo=ZONE)

    assert is_valid([consent(withdrawn_at=WITHDRAWN)], at) == valid


@pytest.mark.parametrize(("days", "valid"), [(0, True), (1, True), (365, True), (366, False)])
def test_a_consent_holds_to_the_end_of_its_last_local_day(settings, days, valid):
    settings.CONSENT_VALID_DAYS = 365
    last_minute = datetime(2026, 3, 28, 23, 59, tzinfo=ZONE) + timedelta(days=days)

    assert is_valid([consent()], last_minute) == valid


@given(st.lists(st.integers(-90, 90), min_size=1, max_size=5), st.integers(-120, 120))
def test_the_last_consent_of_that_minute_counts(minutes, ago):
    consents = [consent(pk=number) for number, _ in enumerate(minutes)]
    for each, minute in zip(consents, minutes, strict=True):
        each.given_at = GIVEN + timedelta(minutes=minute)
    consents.sort(key=lambda each: each.given_at, reverse=True)
    at = GIVEN + timedelta(minutes=ago)

    found = last_consent(consents, at=at)

    known = [each.given_at for each in consents if minute_of(each.given_at) <= at]
    assert (found and found.given_at) == max(known, default=None)


@given(st.integers(-3000, 3000))
def test_a_screening_counts_from_its_minute_to_the_end_of_its_last_day(minutes):
    screening = Screening(taken_at=GIVEN, valid_until=GIVEN.date() + timedelta(days=1))
    at = (GIVEN + timedelta(minutes=minutes)).astimezone(ZONE)
    counted = last_screening([Screened(screening, [])], at=at)

    is_valid = ScreeningState(at.date(), counted).is_valid

    assert is_valid == (minute_of(GIVEN) <= at and at.date() <= screening.valid_until)


@pytest.mark.django_db
@pytest.mark.both_engines
def test_the_database_answers_by_the_minute_too(patient, physiotherapist, time_machine):
    time_machine.move_to(GIVEN + timedelta(days=1))
    agree(patient, by=physiotherapist, given_at=GIVEN)

    for seconds, valid in [(-21, False), (-20, True), (0, True), (39, True)]:
        assert consent_state(patient, at=GIVEN + timedelta(seconds=seconds)).is_valid == valid
    assert screening_state(patient, at=GIVEN).screening is None


@pytest.mark.django_db
@pytest.mark.both_engines
def test_a_refusal_replaces_the_consent_from_its_own_minute(patient, physiotherapist, time_machine):
    time_machine.move_to(GIVEN + timedelta(days=1))
    first = agree(patient, by=physiotherapist, given_at=GIVEN)
    decline(patient, by=physiotherapist, given_at=WITHDRAWN)
    withdraw_consent(
        first, by=physiotherapist, reason="Afraid", withdrawn_at=WITHDRAWN + timedelta(hours=1), proof="password"
    )

    assert consent_state(patient, at=WITHDRAWN - timedelta(minutes=1)).is_valid
    assert consent_state(patient, at=WITHDRAWN).is_declined
