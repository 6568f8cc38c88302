"""Visits of another system are imported into the diary."""

from datetime import timedelta

import pytest
from django.utils import timezone

from clinic.models import Appointment, Message
from patients.models import FileImport, TrailEntry
from tests.clinic.builders import at, make_appointment, make_hours, make_type, monday
from tests.patients.views.test_imports import choose, decide_all_doubts, page, upload
from tests.people import make_patient

pytestmark = pytest.mark.both_engines

HEADER = "Patient number,Date,Start time,Duration,Therapist,Type,Status\n"


@pytest.fixture
def diary(client, admin, front_desk, physiotherapist):
    """An admin who is signed in, and a patient, a physiotherapist and a type of visit."""
    client.force_login(admin)
    make_type()
    make_hours(physiotherapist)
    client.patient = make_patient(by=front_desk, phone="07700 900123")
    return client


def line(patient, day, clock, *, status="booked", therapist="Solberg", type="Follow-up", number=""):
    return f"{number or patient.record_number},{day:%d/%m/%Y},{clock},45,{therapist},{type},{status}\n"


def upload_visits(client, *lines):
    file_import = upload(client, HEADER + "".join(lines), kind="visits")
    choose(client, file_import, **{"Stored as: Start time": "clock", "order-day": "day"})
    return file_import


def test_past_and_future_visits_are_stored_without_messages(diary, admin, physiotherapist):
    past = timezone.localdate() - timedelta(days=40)
    file_import = upload_visits(
        diary,
        line(diary.patient, past, "10:00", status="attended"),
        line(diary.patient, past, "15:00", status="DNA"),
        line(diary.patient, monday(), "2:30 PM"),
        line(diary.patient, monday(), "16:00", status="cancelled"),
    )

    response = choose(diary, file_import, store=True)

    assert response.status_code == 302
    visits = Appointment.objects.in_time_order()
    assert [visit.status for visit in visits] == ["done", "no_show", "booked", "cancelled"]
    assert (visits[2].starts_at, visits[2].minutes) == (at("14:30"), 45)
    assert visits[2].practitioner == physiotherapist.practitioner
    assert Message.objects.count() == 0
    assert TrailEntry.objects.filter(action="create", record_type="appointment", by=admin).count() == 4


def test_a_clash_is_shown_in_the_preview_and_not_stored(diary, physiotherapist, front_desk):
    other = make_patient(by=front_desk, given_name="Ivo", family_name="Roy")
    make_appointment(other, physiotherapist, at=at("10:00"))
    file_import = upload_visits(
        diary,
        line(diary.patient, monday(), "10:15"),
        line(diary.patient, monday(), "12:00"),
        line(other, monday(), "12:30"),
        line(diary.patient, monday(), "14:00", number="X-9"),
    )

    shown = page(diary, file_import)

    errors = {row.number: row.error for row in shown.context["refused"]}
    assert errors == {
        2: "This physiotherapist is already booked 10:00 to 10:30.",
        4: "This physiotherapist is already booked 12:00 to 12:45.",
        5: "No patient has the number X-9. Import the patients first.",
    }
    assert choose(diary, file_import, store=True).status_code == 422
    assert choose(diary, file_import, store=True, leaves_out_refused="on").status_code == 302
    assert Appointment.objects.filter(starts_at=at("12:00")).count() == 1
    assert Appointment.objects.count() == 2


def test_an_unknown_therapist_is_asked_once(diary, physiotherapist):
    file_import = upload_visits(diary, line(diary.patient, monday(), "10:00", therapist="MS"))

    asked = page(diary, file_import).context["plan"].questions
    key = str(physiotherapist.practitioner.pk)
    choose(diary, file_import, **{"Physiotherapist: MS": key})
    choose(diary, file_import, store=True)

    assert asked == ["Choose what the words stand for: Physiotherapist."]
    assert Appointment.objects.get().practitioner == physiotherapist.practitioner


def test_an_import_of_visits_is_undone_and_repeated(diary):
    file_import = upload_visits(diary, line(diary.patient, monday(), "10:00"))
    choose(diary, file_import, store=True)

    diary.post(file_import.get_absolute_url(), {"undo_reason": "Wrong week"})
    again = upload_visits(diary, line(diary.patient, monday(), "10:00"))
    choose(diary, again, store=True)

    assert [visit.is_booking_undone for visit in Appointment.objects.order_by("pk")] == [True, False]
    assert FileImport.objects.get(pk=file_import.pk).undone_at is not None
    assert Message.objects.count() == 0


def test_rows_without_a_therapist_are_asked_about_once(diary, physiotherapist):
    file_import = upload_visits(
        diary,
        line(diary.patient, monday(), "10:00", therapist=""),
        line(diary.patient, monday(), "11:00", therapist=""),
    )

    asked = page(diary, file_import).context["plan"].questions
    key = str(physiotherapist.practitioner.pk)
    choose(diary, file_import, **{"Physiotherapist: not in the file": key})
    response = choose(diary, file_import, store=True)

    assert asked == ["Choose what the words stand for: Physiotherapist."]
    assert response.status_code == 302
    assert [visit.practitioner for visit in Appointment.objects.all()] == [physiotherapist.practitioner] * 2


def test_a_damaged_name_of_a_therapist_is_refused(diary):
    file_import = upload_visits(diary, line(diary.patient, monday(), "10:00", therapist="NULL"))

    decide_all_doubts(diary, file_import, "keep")
    response = choose(diary, file_import, store=True)

    assert response.status_code == 422
    assert "nobody can choose what this word stands for" in page(diary, file_import).text


def test_a_file_without_a_column_of_types_is_asked_about_once(diary):
    row = line(diary.patient, monday(), "10:00").replace("Follow-up", "")
    file_import = upload(diary, HEADER.replace(",Type", "") + row.replace(",,", ","), kind="visits")
    choose(diary, file_import, **{"Stored as: Start time": "clock", "order-day": "day"})

    shown = page(diary, file_import)
    options = dict(shown.context["form"].fields["word-type-e3b0c44298fc"].choices)
    choose(diary, file_import, **{"Type of visit: not in the file": next(key for key in options if key)})
    choose(diary, file_import, store=True)

    assert Appointment.objects.get().type.name == "Follow-up"
