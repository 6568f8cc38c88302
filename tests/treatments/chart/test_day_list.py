from datetime import datetime, time, timedelta

import pytest
from django.utils import timezone

from clinic.models import Appointment, AppointmentType
from clinic.roles import PHYSIOTHERAPIST
from patients.services import open_episode, record_body_measure
from tests import people
from tests.markup import on_one_line
from tests.treatments.builders import make_draft, make_muscle, make_needling, make_signed
from treatments.chart.day_list import unsigned_notes, visits_on
from treatments.services import hand_over_draft

pytestmark = pytest.mark.both_engines

NAMES = [("Lan", "Nguyen"), ("Jonas", "Schmitt"), ("Isla", "Macleod"), ("Elena", "Rossi")]


@pytest.fixture
def signed_in(client, physiotherapist):
    client.force_login(physiotherapist)
    return client


@pytest.fixture
def four_patients(front_desk):
    return [people.make_patient(by=front_desk, given_name=given, family_name=family) for given, family in NAMES]


def book(patient, user, hour, *, day=None, status="booked", **fields):
    kind = AppointmentType.objects.get_or_create(name="Needling", defaults={"minutes": 30})[0]
    starts_at = timezone.make_aware(datetime.combine(day or timezone.localdate(), time(hour)))
    return Appointment.objects.create(
        patient=patient,
        practitioner=user.practitioner,
        type=kind,
        starts_at=starts_at,
        ends_at=starts_at + timedelta(minutes=30),
        status=status,
        **fields,
    )


def page(client, url="/today/", **headers):
    response = client.get(url, headers=headers)
    assert response.status_code == 200
    return on_one_line(response)


@pytest.mark.parametrize("count", [1, 3])
def test_today_asks_the_database_twenty_one_times(
    signed_in, four_patients, physiotherapist, count, django_assert_num_queries
):
    for hour, patient in enumerate(four_patients[:count], start=9):
        episode = open_episode(patient, by=physiotherapist, complaint="Neck pain", region="neck")
        appointment = book(patient, physiotherapist, hour)
        make_draft(patient, by=physiotherapist, episode=episode, appointment=appointment)

    # One each for past events, similar names, marks that wait, whom to ask after a visit, what patients answered
    # after one, and whether practitioners may book.
    with django_assert_num_queries(22):
        page(signed_in)


@pytest.mark.parametrize("count", [1, 3])
def test_today_list_asks_the_database_nine_times(
    signed_in, four_patients, physiotherapist, count, django_assert_num_queries
):
    for hour, patient in enumerate(four_patients[:count], start=9):
        open_episode(patient, by=physiotherapist, complaint="Neck pain", region="neck")
        book(patient, physiotherapist, hour)

    with django_assert_num_queries(11):  # one of them for past events, one for similar names
        page(signed_in, **{"HX-Request": "true"})


def test_today_shows_my_visits_in_time_order(signed_in, four_patients, physiotherapist, other_physiotherapist):
    book(four_patients[0], physiotherapist, 15)
    book(four_patients[1], physiotherapist, 9)
    book(four_patients[2], other_physiotherapist, 10)
    book(four_patients[3], physiotherapist, 10, day=timezone.localdate() + timedelta(days=1))

    html = page(signed_in)

    assert html.index("SCHMITT, Jonas") < html.index("NGUYEN, Lan")
    assert "MACLEOD" not in html
    assert "ROSSI" not in html
    assert "2 visits" in html


def test_today_says_since_when_somebody_is_here(signed_in, four_patients, physiotherapist):
    at = timezone.make_aware(datetime.combine(timezone.localdate(), time(14, 22)))
    book(four_patients[0], physiotherapist, 14, status="arrived", arrived_at=at)

    assert "Here since 14:22" in page(signed_in)


@pytest.mark.parametrize(
    ("status", "words"),
    [("booked", "Booked"), ("in_session", "In session"), ("done", "Done"), ("no_show", "Did not come")],
)
def test_today_writes_the_status_in_words(signed_in, four_patients, physiotherapist, status, words):
    book(four_patients[0], physiotherapist, 9, status=status)

    assert words in page(signed_in)


def test_today_counts_the_session_of_the_plan(patient, physiotherapist):
    episode = open_episode(patient, by=physiotherapist, complaint="Neck pain", region="neck", planned_sessions=3)
    make_signed(patient, by=physiotherapist, days_ago=9, episode=episode)
    make_signed(patient, by=physiotherapist, days_ago=5, episode=episode)
    book(patient, physiotherapist, 9, day=timezone.localdate() + timedelta(days=1))

    (visit,) = visits_on(timezone.localdate() + timedelta(days=1), physiotherapist.practitioner)

    assert (visit.number, visit.episode, visit.is_last_planned) == (3, episode, True)


def test_today_counts_a_past_visit_by_its_own_session(patient, physiotherapist):
    episode = open_episode(patient, by=physiotherapist, complaint="Neck pain", region="neck")
    day = timezone.localdate() - timedelta(days=5)
    appointment = book(patient, physiotherapist, 9, day=day)
    starts = timezone.make_aware(datetime.combine(day, time(9)))
    make_signed(patient, by=physiotherapist, episode=episode, started_at=starts, appointment=appointment)
    make_signed(patient, by=physiotherapist, days_ago=1, episode=episode)

    (visit,) = visits_on(day, physiotherapist.practitioner)

    assert visit.number == 1


def test_today_marks_who_is_here_before_who_is_expected(four_patients, physiotherapist):
    book(four_patients[0], physiotherapist, 9, status="no_show")
    book(four_patients[1], physiotherapist, 10)
    book(four_patients[2], physiotherapist, 11, status="arrived")

    visits = visits_on(timezone.localdate(), physiotherapist.practitioner)

    assert [visit.is_next for visit in visits] == [False, False, True]


def test_today_offers_start_continue_or_view(signed_in, four_patients, physiotherapist):
    book(four_patients[0], physiotherapist, 9)
    draft = make_draft(four_patients[1], by=physiotherapist, appointment=book(four_patients[1], physiotherapist, 10))
    signed = make_signed(four_patients[2], by=physiotherapist, appointment=book(four_patients[2], physiotherapist, 11))
    book(four_patients[3], physiotherapist, 12, status="no_show")

    html = page(signed_in, **{"HX-Request": "true"})

    assert html.count("</form>") == 1
    assert f"/patients/{four_patients[0].pk}/sessions/start/" in html
    assert draft.get_absolute_url() in html
    assert "Continue" in html
    assert signed.get_absolute_url() in html
    assert "View" in html


def test_a_visit_whose_draft_was_handed_over_is_read_not_continued(
    signed_in, four_patients, physiotherapist, other_physiotherapist
):
    draft = make_draft(four_patients[0], by=physiotherapist, appointment=book(four_patients[0], physiotherapist, 9))
    hand_over_draft(draft, by=physiotherapist, proof="PIN", to=other_physiotherapist.practitioner)

    html = page(signed_in, **{"HX-Request": "true"})

    assert "Continue" not in html
    assert "Handed over to Daniel Okonkwo" in html
    assert f'href="/patients/{four_patients[0].pk}/sessions/{draft.pk}/"' in html


def test_today_shows_alerts(signed_in, front_desk, physiotherapist):
    child = people.make_patient(by=front_desk, born_on=timezone.localdate() - timedelta(days=3700))
    book(child, physiotherapist, 9)

    assert "Under 16: guardian" in page(signed_in)


def test_today_of_nobody_says_what_to_do(signed_in):
    html = page(signed_in)

    assert "You have no visits on this day" in html
    assert "Nothing is waiting for your signature" in html


def test_today_of_another_day_starts_nothing(signed_in, four_patients, physiotherapist):
    tomorrow = timezone.localdate() + timedelta(days=1)
    book(four_patients[0], physiotherapist, 9, day=tomorrow)

    html = page(signed_in, f"/today/?day={tomorrow}")

    assert "NGUYEN, Lan" in html
    assert "sessions/start/" not in html
    assert f"?day={tomorrow + timedelta(days=1)}" in html


@pytest.mark.parametrize("day", ["soon", "2026-02-30", "0001-01-01", "9999-12-31", "20261121x"])
def test_today_of_an_unreadable_day_is_today(signed_in, day):
    html = page(signed_in, f"/today/?day={day}")

    assert "The date in the address is not valid" in html
    assert 'aria-current="date"' in html


def test_today_refreshes_its_list_alone(signed_in, four_patients, physiotherapist):
    book(four_patients[0], physiotherapist, 9)

    assert 'hx-trigger="every 30s"' in page(signed_in)
    assert "<html" not in page(signed_in, **{"HX-Request": "true"})


def test_unsigned_notes_are_oldest_first_with_what_is_missing(four_patients, physiotherapist, other_physiotherapist):
    fresh = make_draft(four_patients[0], by=physiotherapist)
    old = make_draft(four_patients[1], by=physiotherapist, days_ago=2, pain_after=None)
    make_signed(four_patients[2], by=physiotherapist, days_ago=3)
    make_draft(four_patients[3], by=other_physiotherapist, days_ago=4)

    notes = unsigned_notes(physiotherapist.practitioner)

    assert [note.session for note in notes] == [old, fresh]
    assert [[item.label for item in note.missing] for note in notes] == [["pain after"], []]
    assert [(note.is_late, note.days) for note in notes] == [(True, 2), (False, 0)]


@pytest.mark.parametrize("count", [1, 3])
def test_unsigned_notes_read_the_build_of_all_patients_at_once(
    four_patients, physiotherapist, count, django_assert_num_queries
):
    muscle = make_muscle("rhomboid-major", "Rhomboid major", region="upper_back", pneumothorax_risk=True)
    for patient in four_patients[:count]:
        record_body_measure(patient, by=physiotherapist, measured_on=timezone.localdate(), height_cm=180, weight_kg=80)
        make_draft(patient, by=physiotherapist, needlings=[make_needling(muscle, depth_mm=22)])

    with django_assert_num_queries(9):  # of them one for the build and one for reviews of what is published
        notes = unsigned_notes(physiotherapist.practitioner)

    assert len(notes) == count


def test_today_lists_what_is_to_sign(signed_in, four_patients, physiotherapist):
    make_draft(four_patients[0], by=physiotherapist)
    make_draft(four_patients[1], by=physiotherapist, days_ago=2, pain_after=None)

    html = page(signed_in)

    assert 'id="unsigned"' in html
    assert "late: 2 days · pain after" in " ".join(html.split())
    assert "ready to sign" in html


def test_today_tells_a_user_who_is_no_practitioner_what_to_ask_for(client, db):
    client.force_login(people.make_user("n.new", role=PHYSIOTHERAPIST))

    html = page(client)

    assert "not set up as a practitioner" in html
    assert "n.new" in html


@pytest.mark.parametrize("role", ["front_desk", "admin"])
def test_today_is_for_those_who_treat(client, request, role):
    client.force_login(request.getfixturevalue(role))

    assert client.get("/today/").status_code == 403


def test_today_begins_with_who_is_here_and_ends_with_what_is_over(signed_in, four_patients, physiotherapist):
    arrived = {"status": "arrived", "arrived_at": timezone.now()}
    for patient, hour, fields in zip(
        four_patients, (8, 9, 10, 11), ({"status": "done"}, {"status": "no_show"}, {}, arrived), strict=True
    ):
        book(patient, physiotherapist, hour, **fields)

    today = signed_in.get("/today/").context["visits"]

    assert [visit.appointment.status for visit in today] == ["arrived", "booked", "done", "no_show"]


def test_another_day_is_in_order_of_time(signed_in, four_patients, physiotherapist):
    yesterday = timezone.localdate() - timedelta(days=1)
    for patient, hour, status in zip(four_patients, (8, 9), ("done", "booked"), strict=False):
        book(patient, physiotherapist, hour, day=yesterday, status=status)

    visits = signed_in.get("/today/", {"day": yesterday.isoformat()}).context["visits"]

    assert [visit.appointment.status for visit in visits] == ["done", "booked"]
