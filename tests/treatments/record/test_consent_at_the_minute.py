"""Consent and screening are judged at the minute of each row, and late entries cannot step around a withdrawal."""

import uuid
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from patients.models import ScreeningQuestion
from patients.services import take_screening, withdraw_consent
from tests.patients.builders import agree, all_conflicts, decline
from tests.treatments.builders import (
    agree_as,
    complete,
    fill_draft,
    make_answers,
    make_draft,
    make_muscle,
    make_needling,
    make_ready,
    make_signed,
)
from treatments.models import Needling, TreatmentSession, WarningAnswer, with_rows
from treatments.record import sealing
from treatments.record.basis import basis_of
from treatments.record.basis_changes import changes_during, sealed_changes
from treatments.record.completeness import missing
from treatments.record.in_error import sessions_resting_on, why_second_person
from treatments.record.needling_times import moment_at
from treatments.record.reasons_alone import reasons_alone
from treatments.record.sealing import content_hash
from treatments.safety import answer_to, warnings_for
from treatments.safety.late_entry import KEY
from treatments.services import copy_setup, save_draft, sign_session, start_session

pytestmark = pytest.mark.both_engines

MINUTE = timedelta(minutes=1)


def minutes_ago(number):
    return timezone.now().replace(second=0, microsecond=0) - number * MINUTE


ZONE = ZoneInfo("Europe/London")


@pytest.fixture(autouse=True)
def afternoon(time_machine):
    """Minutes before now are on the same day, and the seconds of now do not matter."""
    time_machine.move_to(datetime(2026, 11, 27, 15, 0, 30, tzinfo=ZONE))


@pytest.fixture
def opened(patient, physiotherapist):
    """A draft that was opened 40 minutes ago."""
    make_ready(patient, by=physiotherapist)
    session = start_session(patient, by=physiotherapist, session_id=uuid.uuid4())
    TreatmentSession.objects.filter(pk=session.pk).update(opened_at=minutes_ago(40), started_at=minutes_ago(40))
    return TreatmentSession.objects.get(pk=session.pk)


def neck_row(ago=None, **fields):
    at = {} if ago is None else {"needled_at": minutes_ago(ago)}
    return make_needling(make_muscle(), **(at | fields))


def back_row(ago, **fields):
    return make_needling(
        make_muscle("rhomboid", "Rhomboid", region="upper_back"), needled_at=minutes_ago(ago), **fields
    )


def fill(session, *rows, by, **values):
    return fill_draft(session, by=by, needlings=rows, started_at=session.started_at, **values)


def lacking(session):
    stored = with_rows(TreatmentSession.objects).get(pk=session.pk)
    return [item.label for item in missing(stored)]


def basis(session):
    stored = with_rows(TreatmentSession.objects).get(pk=session.pk)
    return basis_of(stored, stored.needlings.all())


# The time of a row ------------------------------------------------------------------


def test_a_row_gets_its_time_with_its_first_result(opened, physiotherapist):
    set_up = neck_row(insertions=None, twitch="", twitch_count=None)
    saved = fill(opened, set_up, by=physiotherapist)
    assert saved.needlings.get().needled_at is None

    set_up.insertions = 2
    before = timezone.now()
    saved = fill(saved, set_up, by=physiotherapist)

    row = saved.needlings.get()
    assert before <= row.needled_at <= timezone.now()
    assert row.recorded_at == row.needled_at


def test_a_later_save_keeps_the_time(opened, physiotherapist):
    saved = fill(opened, neck_row(20), by=physiotherapist)
    row = saved.needlings.get()

    again = neck_row(depth_mm=11)
    again.pk = row.pk
    fill(saved, again, by=physiotherapist)

    stored = saved.needlings.get()
    assert (stored.depth_mm, stored.needled_at, stored.recorded_at) == (11, row.needled_at, row.recorded_at)


def test_a_time_in_the_future_is_refused(opened, physiotherapist):
    with pytest.raises(ValidationError) as refused:
        fill(opened, neck_row(-30), by=physiotherapist)

    assert list(refused.value.error_dict) == ["needled_at"]


@pytest.mark.parametrize("ago", [46, 24 * 60])
def test_a_time_before_the_visit_stands_against_signing(opened, physiotherapist, ago):
    row = neck_row(ago)

    saved = fill(opened, row, by=physiotherapist)

    targets = [item.target for item in missing(with_rows(TreatmentSession.objects).get(pk=saved.pk))]
    assert f"id_needling-{row.pk}-needled_at" in targets


def test_a_copied_row_has_no_time(patient, physiotherapist):
    make_signed(patient, by=physiotherapist, days_ago=3)

    session = start_session(patient, by=physiotherapist, session_id=uuid.uuid4())

    assert [(row.needled_at, row.recorded_at) for row in session.needlings.all()] == [(None, None)]
    assert copy_setup(session, by=physiotherapist)


def test_the_times_are_sealed_and_old_records_have_none():
    assert {"needled_at", "recorded_at"} <= set(sealing.NEEDLING_FIELDS)
    assert {"opened_at", "late_entry_reason", "basis_changes"} <= set(sealing.SESSION_FIELDS)
    assert Needling().needled_at is None


# Consent during the visit -----------------------------------------------------------


def test_rows_before_a_withdrawal_are_signed_with_the_withdrawal(
    opened, patient, physiotherapist, other_physiotherapist
):
    saved = fill(opened, neck_row(20), by=physiotherapist)
    consent = patient.consents.get()
    withdraw_consent(consent, by=other_physiotherapist, reason="Afraid", withdrawn_at=minutes_ago(10), proof="password")

    signed = sign_session(saved, by=physiotherapist, proof="password")

    (change,) = sealed_changes(signed)
    assert (change.kind, change.at) == ("withdrawal", minutes_ago(10))
    assert change.record == str(signed.consent_id)
    stored = with_rows(TreatmentSession.objects).get(pk=signed.pk)
    assert stored.content_hash == content_hash(stored)
    stored.basis_changes = []
    assert stored.content_hash != content_hash(stored)


@pytest.mark.parametrize("end", ["withdrawn", "declined", "narrower"])
def test_a_row_after_the_end_of_consent_is_named_and_refused(opened, patient, physiotherapist, end):
    before, after = neck_row(20), neck_row(5, side="left")
    saved = fill(opened, before, after, by=physiotherapist)
    if end == "withdrawn":
        withdraw_consent(
            patient.consents.get(), by=physiotherapist, reason="Afraid", withdrawn_at=minutes_ago(10), proof="password"
        )
    elif end == "declined":
        decline(patient, by=physiotherapist, given_at=minutes_ago(10))
    else:
        agree(patient, by=physiotherapist, scope=["thigh"], given_at=minutes_ago(10))

    with pytest.raises(ValidationError, match="row 2, needled"):
        sign_session(saved, by=physiotherapist, proof="password")
    assert [each.number for each in basis(saved).row_problems] == [2]

    saved = fill(saved, before, by=physiotherapist)
    assert sign_session(saved, by=physiotherapist, proof="password").is_signed


def test_a_consent_is_not_in_force_before_it_is_given(patient, opened, physiotherapist):
    decline(patient, by=physiotherapist, given_at=minutes_ago(60))
    agree(patient, by=physiotherapist, given_at=minutes_ago(20))
    early, late = neck_row(30), neck_row(20, side="left")

    saved = fill(opened, early, late, by=physiotherapist)

    assert [each.number for each in basis(saved).row_problems] == [1]


def test_a_region_is_covered_from_the_minute_of_the_consent_that_names_it(opened, patient, physiotherapist):
    agree(patient, by=physiotherapist, scope=["neck"], given_at=minutes_ago(39))
    agree(patient, by=physiotherapist, scope=["neck", "upper_back"], given_at=minutes_ago(15))
    early, late = back_row(20), back_row(10, side="left")
    saved = fill(opened, neck_row(25), early, late, by=physiotherapist)

    assert [each.number for each in basis(saved).row_problems] == [2]

    early.needled_at = minutes_ago(14)
    saved = fill(saved, neck_row(25), early, late, by=physiotherapist)
    assert basis(saved).row_problems == []
    # Rows rest on both consents, so both are sealed.
    assert [change.kind for change in changes_during(basis(saved))] == ["consent", "consent"]


def test_a_session_rests_on_every_consent_that_held_during_it(opened, patient, physiotherapist):
    first = agree(patient, by=physiotherapist, scope=["neck"], given_at=minutes_ago(50))
    agree(patient, by=physiotherapist, scope=["neck", "upper_back"], given_at=minutes_ago(15))
    saved = fill(opened, neck_row(25), back_row(10), by=physiotherapist)
    signed = sign_session(saved, by=physiotherapist, proof="password")

    rests = [list(sessions_resting_on(consent)) for consent in patient.consents.order_by("given_at")]

    assert signed.consent != first
    assert rests == [[], [signed], [signed]]
    assert why_second_person(first)


def test_one_problem_of_all_rows_is_named_once(opened, patient, physiotherapist):
    agree(patient, by=physiotherapist, scope=["neck"], given_at=minutes_ago(39))

    saved = fill(opened, neck_row(20), back_row(10), by=physiotherapist)

    assert [label for label in lacking(saved) if "consent" in label] == ["consent for upper back"]


def test_a_withdrawal_after_signing_changes_nothing(opened, patient, physiotherapist):
    signed = sign_session(fill(opened, neck_row(20), by=physiotherapist), by=physiotherapist, proof="password")

    withdraw_consent(patient.consents.get(), by=physiotherapist, reason="Afraid", proof="password")

    stored = with_rows(TreatmentSession.objects).get(pk=signed.pk)
    assert (stored.basis_changes, stored.content_hash) == ([], content_hash(stored))


# Screening during the visit ---------------------------------------------------------


def screen(patient, *, by, at, **yes):
    answers = {question: (yes.get(question.key, False), "") for question in ScreeningQuestion.objects.asked()}
    return take_screening(patient, by=by, answers=answers, taken_at=at, conflicts=all_conflicts(answers, patient))


def keys(session):
    return {precaution.key for precaution in basis(session).precautions}


def test_rows_before_a_new_screening_keep_what_they_rested_on(opened, patient, physiotherapist):
    first = screen(patient, by=physiotherapist, at=minutes_ago(39), fainting=True)
    saved = fill(opened, neck_row(20), by=physiotherapist)
    screen(patient, by=physiotherapist, at=minutes_ago(10))
    saved = fill(saved, neck_row(20), by=physiotherapist)

    assert keys(saved) == {"fainting"}
    assert any(label.startswith("caution") for label in lacking(saved))

    fill(saved, neck_row(5), by=physiotherapist)
    assert keys(saved) == set()
    assert basis(saved).screening.screening != first


def test_both_screenings_are_sealed(opened, patient, physiotherapist):
    first = screen(patient, by=physiotherapist, at=minutes_ago(39))
    second = screen(patient, by=physiotherapist, at=minutes_ago(10))

    signed = sign_session(
        fill(opened, neck_row(20), neck_row(5, side="left"), by=physiotherapist), by=physiotherapist, proof="password"
    )

    assert [change.record for change in sealed_changes(signed)] == [str(first.pk), str(second.pk)]
    assert signed.screening == second


# Midnight and the change of the clocks ----------------------------------------------


def test_a_screening_that_expires_at_midnight_holds_for_the_rows_before(patient, physiotherapist, time_machine):
    make_ready(patient, by=physiotherapist)
    last_day = patient.screenings.get().valid_until
    started_at = datetime(last_day.year, last_day.month, last_day.day, 23, 40, tzinfo=ZONE)
    time_machine.move_to(started_at)
    session = start_session(patient, by=physiotherapist, session_id=uuid.uuid4())
    time_machine.move_to(started_at + 40 * MINUTE)
    rows = [neck_row(30), neck_row(10, side="left")]

    saved = fill(session, *rows, by=physiotherapist)

    before, after = basis(saved).rows
    assert (before.screening.is_valid, after.screening.is_valid) == (True, False)
    assert [each.number for each in basis(saved).row_problems] == [2]


AUTUMN = datetime(2026, 10, 25, tzinfo=ZONE)  # 02:00 becomes 01:00


@pytest.mark.parametrize(
    ("start", "clock", "expected"),
    [
        (datetime(2026, 11, 27, 11, tzinfo=ZONE), time(11, 52), datetime(2026, 11, 27, 11, 52, tzinfo=ZONE)),
        (datetime(2026, 11, 27, 11, tzinfo=ZONE), time(10, 50), datetime(2026, 11, 27, 10, 50, tzinfo=ZONE)),
        (datetime(2026, 11, 27, 23, 50, tzinfo=ZONE), time(0, 10), datetime(2026, 11, 28, 0, 10, tzinfo=ZONE)),
        (AUTUMN.replace(hour=1, minute=20), time(1, 30), AUTUMN.replace(hour=1, minute=30)),
        (AUTUMN.replace(hour=1, minute=40), time(1, 30), AUTUMN.replace(hour=1, minute=30, fold=1)),
    ],
)
def test_a_typed_time_is_a_moment_of_the_visit(start, clock, expected):
    # Python never calls two times equal if one of them occurs twice, so both are compared in UTC.
    assert moment_at(clock, start) == expected.astimezone(UTC)


def test_a_typed_time_that_the_clocks_skip_is_refused():
    with pytest.raises(ValidationError, match="does not exist"):
        moment_at(time(1, 30), datetime(2026, 3, 29, 0, 50, tzinfo=ZONE))


# Late entries -----------------------------------------------------------------------


def dated_back(session, ago, *rows, by, **values):
    return fill_draft(session, by=by, needlings=rows, started_at=minutes_ago(ago), **values)


@pytest.mark.parametrize(("ago", "is_late"), [(99, False), (102, True)])
def test_a_session_dated_before_its_opening_needs_a_reason(opened, physiotherapist, ago, is_late):
    saved = dated_back(opened, ago, neck_row(ago), by=physiotherapist, late_entry_reason="")

    assert ("reason for the late entry" in lacking(saved)) == is_late
    assert saved.is_late_entry == is_late
    assert (saved in TreatmentSession.objects.late_entries()) == is_late
    if is_late:
        saved = dated_back(saved, ago, neck_row(ago), by=physiotherapist, late_entry_reason="Paper notes")
    assert sign_session(saved, by=physiotherapist, proof="password").is_late_entry == is_late


def test_the_database_refuses_a_late_entry_without_a_reason(patient, physiotherapist):
    draft = make_draft(patient, by=physiotherapist, days_ago=2)
    signed = TreatmentSession.objects.filter(pk=draft.pk)
    seal = {"status": "signed", "signed_at": timezone.now(), "signed_by": physiotherapist}
    seal |= {"signed_name": "Mara", "signed_meaning": "authored", "content_hash": "0" * 64, "proved_by_means": "PIN"}

    with pytest.raises(IntegrityError, match="session_late_entry_with_reason"), transaction.atomic():
        signed.update(**seal, late_entry_reason="")
    with transaction.atomic():
        signed.update(**seal)


def test_the_database_accepts_an_old_record_without_opening_time(patient, physiotherapist):
    draft = make_draft(patient, by=physiotherapist, days_ago=2)
    TreatmentSession.objects.filter(pk=draft.pk).update(opened_at=None, late_entry_reason="")
    draft.refresh_from_db()

    assert not draft.is_late_entry
    assert sign_session(draft, by=physiotherapist, proof="password").is_signed


# A consent that ended before the record was opened ----------------------------------


@pytest.fixture
def withdrawn_before(patient, physiotherapist):
    """Consent was withdrawn ten minutes ago; then a session was opened and dated before."""
    make_ready(patient, by=physiotherapist)
    withdraw_consent(
        patient.consents.get(), by=physiotherapist, reason="Afraid", withdrawn_at=minutes_ago(10), proof="password"
    )
    return start_session(patient, by=physiotherapist, session_id=uuid.uuid4())


def test_a_date_before_a_withdrawal_needs_a_reason_and_a_colleague(
    withdrawn_before, physiotherapist, other_physiotherapist
):
    row = neck_row(20)
    saved = dated_back(withdrawn_before, 30, row, by=physiotherapist)
    assert "reason for the late entry" in lacking(saved)

    values = complete(saved, needlings=[row], started_at=saved.started_at, late_entry_reason="Written on paper")
    (stop,) = [warning for warning in warnings_for(saved, [row]) if warning.key == KEY]
    assert stop.is_stop
    values["answers"] = make_answers(
        warnings_for(saved, [row]), reason="Withdrawn after the visit", seconded_by=other_physiotherapist
    )
    saved = save_draft(saved, by=physiotherapist, **values)
    with pytest.raises(ValidationError, match="waiting for"):
        sign_session(saved, by=physiotherapist, proof="password")
    agree_as(other_physiotherapist, WarningAnswer.objects.get(session=saved, key=KEY))

    signed = sign_session(saved, by=physiotherapist, proof="password")

    assert signed.is_late_entry
    assert [change.kind for change in sealed_changes(signed)] == ["withdrawal"]
    assert signed.warning_answers.filter(key=KEY, seconded_by=other_physiotherapist).exists()


def test_a_date_before_the_consent_that_was_withdrawn_needs_a_colleague_too(
    patient, physiotherapist, other_physiotherapist
):
    """An earlier consent held on that date, but the patient has withdrawn the one that replaced it."""
    make_ready(patient, by=physiotherapist)
    renewed = agree(patient, by=physiotherapist, given_at=minutes_ago(25))
    withdraw_consent(renewed, by=physiotherapist, reason="Afraid", withdrawn_at=minutes_ago(10), proof="password")
    opened = start_session(patient, by=physiotherapist, session_id=uuid.uuid4())

    saved = dated_back(opened, 40, neck_row(35), by=physiotherapist, late_entry_reason="On paper")

    (stop,) = [warning for warning in warnings_for(saved, saved.needlings.all()) if warning.key == KEY]
    assert stop.is_stop
    with pytest.raises(ValidationError, match="Recorded after consent had ended"):
        sign_session(saved, by=physiotherapist, proof="password")


def test_the_agreement_holds_for_the_times_that_the_colleague_saw(
    withdrawn_before, physiotherapist, other_physiotherapist
):
    row = neck_row(20)
    saved = dated_back(withdrawn_before, 30, row, by=physiotherapist)
    values = complete(saved, needlings=[row], started_at=saved.started_at, late_entry_reason="On paper")
    values["answers"] = make_answers(warnings_for(saved, [row]), seconded_by=other_physiotherapist)
    saved = save_draft(saved, by=physiotherapist, **values)
    agree_as(other_physiotherapist, WarningAnswer.objects.get(session=saved, key=KEY))
    row.needled_at = minutes_ago(15)
    save_draft(saved, by=physiotherapist, **values | {"version": saved.version, "token": uuid.uuid4()})

    with pytest.raises(ValidationError, match="waiting for"):
        sign_session(saved, by=physiotherapist, proof="password")


def test_alone_in_a_practice_a_reason_takes_the_place_of_the_colleague(withdrawn_before, physiotherapist):
    row = neck_row(20)
    saved = dated_back(withdrawn_before, 30, row, by=physiotherapist, late_entry_reason="On paper")
    values = complete(saved, needlings=[row], started_at=saved.started_at, late_entry_reason="On paper")
    (warning,) = [each for each in warnings_for(saved, [row]) if each.key == KEY]
    answer = answer_to(warning, reason="The times are on paper", alone_reason="I work alone")
    values["answers"] = [*make_answers(warnings_for(saved, [row])), answer]
    saved = save_draft(saved, by=physiotherapist, **values)

    signed = sign_session(saved, by=physiotherapist, proof="password")

    (shown,) = reasons_alone()
    assert (shown.reason, shown.url) == ("I work alone", signed.get_absolute_url())


def test_a_row_after_the_withdrawal_is_refused_whatever_the_date_of_the_session(withdrawn_before, physiotherapist):
    saved = dated_back(withdrawn_before, 30, neck_row(5), by=physiotherapist, late_entry_reason="On paper")

    assert any("consent" in label for label in lacking(saved))


def test_a_draft_that_was_open_before_the_withdrawal_is_no_way_around_it(opened, patient, physiotherapist):
    """A row that is first recorded long after the withdrawal, and dated before."""
    TreatmentSession.objects.filter(pk=opened.pk).update(opened_at=minutes_ago(200), started_at=minutes_ago(200))
    opened.refresh_from_db()
    withdraw_consent(
        patient.consents.get(), by=physiotherapist, reason="Afraid", withdrawn_at=minutes_ago(90), proof="password"
    )

    saved = fill(opened, neck_row(120), by=physiotherapist)

    assert KEY in {warning.key for warning in warnings_for(saved, saved.needlings.all())}
    assert "reason for the late entry" in lacking(saved)


def test_dating_an_open_draft_back_is_no_way_around_a_withdrawal(opened, patient, physiotherapist):
    """The patient withdrew ten minutes ago, a row is recorded now, and then the visit is dated yesterday."""
    withdraw_consent(
        patient.consents.get(), by=physiotherapist, reason="Afraid", withdrawn_at=minutes_ago(10), proof="password"
    )
    saved = fill(opened, neck_row(), by=physiotherapist)
    assert "consent" in lacking(saved)

    saved = dated_back(saved, 24 * 60, neck_row(24 * 60 - 5), by=physiotherapist)

    assert KEY in {warning.key for warning in warnings_for(saved, saved.needlings.all())}


def test_results_may_be_typed_after_the_patient_has_said_stop(opened, patient, physiotherapist):
    withdraw_consent(
        patient.consents.get(), by=physiotherapist, reason="Afraid", withdrawn_at=minutes_ago(2), proof="password"
    )

    saved = fill(opened, neck_row(5), by=physiotherapist)

    assert sign_session(saved, by=physiotherapist, proof="password").is_signed


def test_a_row_that_is_only_planned_is_named_as_such(opened, patient, physiotherapist):
    withdraw_consent(
        patient.consents.get(), by=physiotherapist, reason="Afraid", withdrawn_at=minutes_ago(2), proof="password"
    )
    planned = neck_row(side="left", insertions=None, twitch="", twitch_count=None)

    saved = fill(opened, neck_row(5), planned, by=physiotherapist)

    assert [label for label in lacking(saved) if label.startswith("row 2, not needled yet")]
