"""Attendance by practitioner and kind, lead times, and how courses ended: each by a case made by hand."""

from collections import Counter
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from clinic.models import Appointment
from patients.services import close_episode, open_episode
from tests import people
from tests.clinic.builders import make_appointment, make_type
from tests.treatments.builders import make_signed
from treatments.outcomes.drop_out import SILENT_DAYS, endings_of
from treatments.outcomes.filters import Filters
from treatments.outcomes.visits import attendances_of

pytestmark = pytest.mark.both_engines

EVERYTHING = Filters()


def visit(patient, user, *, days_ago=1, booked_days_before=None, **fields):
    """A visit as the diary would have left it."""
    made = make_appointment(patient, user, at=timezone.now() - timedelta(days=days_ago))
    made.take_place()
    if booked_days_before is not None:
        made.booked_at, made.booked_by = made.starts_at - timedelta(days=booked_days_before), user
    for name, value in fields.items():
        setattr(made, name, value)
    made.save()
    return made


def cancelled(patient, user, *, hours_before, **fields):
    made = visit(patient, user, status="cancelled", cancelled_by=user, cancelled_at=timezone.now(), **fields)
    Appointment.objects.filter(pk=made.pk).update(cancelled_at=made.starts_at - timedelta(hours=hours_before))


def closed_course(patient, *, by, reason, sessions=1, **fields):
    episode = open_episode(patient, by=by, complaint="Stiff neck", region="neck", **fields)
    for _ in range(sessions):
        make_signed(patient, by=by, episode=episode)
    return close_episode(episode, by=by, closing_reason=reason, closing_summary="Done.") if reason else episode


def test_visits_are_counted_by_practitioner_and_by_kind(patient, physiotherapist, other_physiotherapist):
    visit(patient, physiotherapist, status="done", days_ago=9)
    visit(patient, physiotherapist, status="no_show", days_ago=8)
    visit(patient, physiotherapist, status="booked", days_ago=7)
    cancelled(patient, physiotherapist, hours_before=23, days_ago=6)
    cancelled(patient, physiotherapist, hours_before=25, days_ago=5)
    cancelled(patient, physiotherapist, hours_before=1, days_ago=4, is_cancelled_by_clinic=True)
    cancelled(patient, physiotherapist, hours_before=1, days_ago=3, is_booking_undone=True)
    visit(patient, physiotherapist, status="booked", days_ago=-3)
    visit(patient, other_physiotherapist, status="no_show", type=make_type("First visit"), days_ago=2)

    found = attendances_of(EVERYTHING, now=timezone.now())

    assert found.total.counts == (1, 2, 1, 1, 1, 1)
    assert found.total.counts.kept_free == 4
    assert [(line.label, tuple(line.counts), line.patients) for line in found.practitioners] == [
        (str(other_physiotherapist.practitioner), (0, 1, 0, 0, 0, 0), 1),
        (str(physiotherapist.practitioner), (1, 1, 1, 1, 1, 1), 1),
    ]
    assert [(line.label, line.counts.missed) for line in found.kinds] == [("First visit", 1), ("Follow-up", 1)]


def test_no_interval_is_shown_for_fewer_than_ten_patients(front_desk, physiotherapist):
    patients = [people.make_patient(by=front_desk, given_name=f"Person {n}") for n in range(10)]
    for number, patient in enumerate(patients[:9]):
        visit(patient, physiotherapist, status="no_show" if number == 0 else "done", days_ago=number + 1)
    of_nine = attendances_of(EVERYTHING, now=timezone.now()).total
    visit(patients[9], physiotherapist, status="done", days_ago=20)

    of_ten = attendances_of(EVERYTHING, now=timezone.now()).total

    assert of_nine.missed is None
    assert of_ten.missed.low < 0.1 < of_ten.missed.high


def test_one_patient_who_misses_often_widens_the_interval(front_desk, physiotherapist):
    patients = [people.make_patient(by=front_desk, given_name=f"Person {n}") for n in range(12)]
    days = iter(range(1, 100))
    for patient in patients:
        visit(patient, physiotherapist, status="done", days_ago=next(days))
    for _ in range(12):
        visit(patients[0], physiotherapist, status="no_show", days_ago=next(days))
    of_one = attendances_of(EVERYTHING, now=timezone.now()).total.missed
    for number, missed in enumerate(Appointment.objects.filter(status="no_show")):
        Appointment.objects.filter(pk=missed.pk).update(patient=patients[number])

    of_all = attendances_of(EVERYTHING, now=timezone.now()).total.missed

    assert of_one.high - of_one.low > 1.5 * (of_all.high - of_all.low)


def test_the_lead_time_is_in_days_from_booking_to_visit(as_admin, patient, physiotherapist):
    for number, days in enumerate([0, 2, 2, 10]):
        visit(patient, physiotherapist, status="done", days_ago=number + 1, booked_days_before=days)
    visit(patient, physiotherapist, status="done", days_ago=20, booked_days_before=3, afterwards_reason="Forgotten")
    visit(patient, physiotherapist, status="done", days_ago=21)

    (line,) = attendances_of(EVERYTHING, now=timezone.now()).kinds
    page = as_admin.get(reverse("admin:treatments_outcome_attendance"))

    assert "of 4 visits whose booking was recorded" in " ".join(page.content.decode().split())
    assert line.lead_days == Counter({0: 1, 2: 2, 10: 1})
    assert line.lead_quartiles == [1.5, 2.0, 4.0]


def test_filters_select_the_visits_of_a_practitioner_and_a_period(patient, physiotherapist, other_physiotherapist):
    visit(patient, physiotherapist, status="no_show", days_ago=1)
    visit(patient, other_physiotherapist, status="no_show", days_ago=1)
    visit(patient, physiotherapist, status="no_show", days_ago=70)
    month = (timezone.localdate() - timedelta(days=1)).replace(day=1)

    mine = attendances_of(Filters(practitioner=physiotherapist.practitioner.pk, since=month), now=timezone.now())

    assert mine.total.counts.missed == 1


def test_closed_courses_are_counted_by_their_reason(front_desk, physiotherapist):
    patients = [people.make_patient(by=front_desk, given_name=f"Person {n}") for n in range(4)]
    for patient, reason in zip(patients, ["goal_reached", "did_not_return", "unwell", "referred"], strict=True):
        closed_course(patient, by=physiotherapist, reason=reason, planned_sessions=1 if reason == "referred" else 6)

    found = endings_of(EVERYTHING, now=timezone.now())

    assert (found.closed, found.patients, found.drop_outs) == (4, 4, 2)
    assert found.reasons == [
        ("Goals reached", 1, 1),
        ("Referred on", 1, 0),
        ("Did not return", 1, 1),
        ("Unwell after needling", 1, 1),
    ]
    assert found.practitioners == [(str(physiotherapist.practitioner), 4, 1, 2, 0)]


def test_a_course_is_counted_in_the_month_in_which_it_was_closed(patient, physiotherapist):
    closed_course(patient, by=physiotherapist, reason="goal_reached")
    this_month = timezone.localdate().replace(day=1)
    last_month = (this_month - timedelta(days=1)).replace(day=1)

    months = [endings_of(Filters(since=one, until=one), now=timezone.now()) for one in (last_month, this_month)]

    assert [found.closed for found in months] == [0, 1]


def test_an_open_course_without_a_session_or_a_visit_to_come_is_silent(patient, physiotherapist):
    closed_course(patient, by=physiotherapist, reason="")
    later = timezone.now() + timedelta(days=SILENT_DAYS + 1)

    recent, silent = (endings_of(EVERYTHING, now=now) for now in (timezone.now(), later))
    visit(patient, physiotherapist, days_ago=-SILENT_DAYS - 9)
    booked = endings_of(EVERYTHING, now=later)

    assert [(found.open, found.silent) for found in (recent, silent, booked)] == [(1, 0), (1, 1), (1, 0)]


@pytest.mark.parametrize("count", [1, 3])
def test_the_page_asks_the_same_number_of_queries(
    as_admin, front_desk, physiotherapist, django_assert_num_queries, count
):
    for number in range(count):
        patient = people.make_patient(by=front_desk, given_name=f"Person {number}")
        user = people.make_physiotherapist(f"physio.{number}")
        visit(patient, user, status="no_show", type=make_type(f"Kind {number}"), booked_days_before=2)
        closed_course(patient, by=user, reason="goal_reached")

    with django_assert_num_queries(18):
        page = as_admin.get(reverse("admin:treatments_outcome_attendance"))

    assert page.status_code == 200
    assert page.context["endings"].closed == count


def test_the_page_is_for_those_who_review_outcomes(client, physiotherapist, django_user_model):
    address = reverse("admin:treatments_outcome_attendance")
    client.force_login(physiotherapist)
    assert client.get(address).status_code == 302

    client.force_login(django_user_model.objects.create_user("nobody", is_staff=True))
    assert client.get(address).status_code == 403


def test_a_filter_that_is_not_on_the_list_is_refused(as_admin):
    assert as_admin.get(reverse("admin:treatments_outcome_attendance"), {"site": "x"}).status_code == 400
