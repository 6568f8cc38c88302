"""Pages about exercises: prescribe, print, report, and the clinic's list."""

import uuid

import pytest
from django.urls import reverse

from tests.admin_pages import url_of
from tests.treatments.builders import make_draft, make_exercise, picture_file
from treatments.forms.pictures import jpeg_of
from treatments.models import Exercise, ExercisePrescription, ExerciseReport
from treatments.services import prescribe_exercise, record_exercise_report


@pytest.fixture
def exercise(physiotherapist):
    return make_exercise(by=physiotherapist)


@pytest.fixture
def page(client, patient, physiotherapist):
    client.force_login(physiotherapist)
    return reverse("patient_exercises", args=[patient.pk])


@pytest.fixture
def prescription(patient, physiotherapist, exercise):
    return prescribe_exercise(patient, by=physiotherapist, exercise=exercise, dose="2 × 8")


def sent_by(form, **typed):
    """What the browser sends of a form on the page."""
    return {form.add_prefix(name): form[name].value() or "" for name in form.fields} | {
        form.add_prefix(name): value for name, value in typed.items()
    }


def test_an_exercise_is_prescribed_with_one_tap_on_the_page_and_once_however_often_it_is_sent(client, page, exercise):
    (offered, form), *_ = client.get(page).context["offered"]
    sent = sent_by(form) | {"exercise": offered.pk}

    answers = [client.post(page, sent) for _ in range(2)]

    prescription = ExercisePrescription.objects.get()
    assert [answer.status_code for answer in answers] == [302, 302]
    assert (prescription.exercise, prescription.dose) == (exercise, exercise.usual_dose)
    context = client.get(page).context
    assert [one for one, _ in context["current"]] == [prescription]
    assert context["offered"] == [(exercise, None)]


def test_a_wrong_dose_is_refused_in_its_row_and_kept(client, page, exercise, physiotherapist):
    make_exercise(by=physiotherapist, name="Bridge")
    dose = "x" * 121

    answer = client.post(page, {"id": uuid.uuid4(), "exercise": exercise.pk, "dose": dose})

    forms = dict(answer.context["offered"])
    assert answer.status_code == 422
    assert (forms[exercise]["dose"].value(), list(forms[exercise].errors)) == (dose, ["dose"])
    assert [one.name for one, form in forms.items() if not form.errors] == ["Bridge"]


def test_what_was_retired_meanwhile_is_refused(client, page):
    answer = client.post(page, {"id": uuid.uuid4(), "exercise": "99", "dose": "2 × 8"})

    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == ["exercise"]


def test_the_session_leads_to_the_exercises_and_back(client, page, patient, physiotherapist, exercise):
    draft = make_draft(patient, by=physiotherapist)
    session = reverse("session_edit", args=[patient.pk, draft.pk])
    there = f"{page}?next={session}"

    assert f'href="{there}"' in client.get(session).content.decode()
    assert client.get(there).context["next"] == session
    sent = {"id": uuid.uuid4(), "exercise": exercise.pk, "dose": "2 × 8"}
    assert client.post(there, sent).url == there


def test_what_the_patient_reports_is_recorded_once(client, page, patient, prescription):
    form = client.get(page).context["current"][0][1]
    sent = sent_by(form, how="partly", note="Dizzy at first", ends="on")
    address = reverse("exercise_report", args=[patient.pk, prescription.pk])

    answers = [client.post(address, sent) for _ in range(2)]

    report = ExerciseReport.objects.get()
    assert [answer.url for answer in answers] == [page, page]
    assert (report.how, report.note, report.ends) == ("partly", "Dizzy at first", True)
    context = client.get(page).context
    assert (context["current"], context["past"]) == ([], [prescription])


@pytest.mark.parametrize("how", ["", "not_asked", "other"])
def test_a_report_that_says_nothing_is_refused_and_kept(client, page, patient, prescription, how):
    form = client.get(page).context["current"][0][1]
    address = reverse("exercise_report", args=[patient.pk, prescription.pk])

    answer = client.post(address, sent_by(form, how=how, note="Dizzy at first"))

    assert answer.status_code == 422
    assert answer.context["form"]["note"].value() == "Dizzy at first"
    assert not ExerciseReport.objects.exists()


def test_a_report_is_not_found_under_another_patient(client, page, prescription):
    address = reverse("exercise_report", args=[prescription.patient_id + 1, prescription.pk])

    assert client.post(address, {"how": "done"}).status_code == 404


def test_the_sheet_has_only_current_exercises(client, page, patient, physiotherapist, prescription):
    ended = prescribe_exercise(
        patient, by=physiotherapist, exercise=make_exercise(by=physiotherapist, name="Bridge"), dose="1 × 5"
    )
    record_exercise_report(ended, by=physiotherapist, how="done", ends=True)

    sheet = client.get(reverse("exercises_print", args=[patient.pk]))

    assert sheet.context["prescriptions"] == [prescription]
    assert prescription.exercise.instructions in sheet.content.decode()


@pytest.mark.parametrize("count", [1, 3])
def test_the_page_asks_the_same_number_of_queries_however_long_the_list(
    client, page, patient, physiotherapist, django_assert_num_queries, count
):
    for number in range(count):
        exercise = make_exercise(by=physiotherapist, name=f"Exercise {number}")
        make_exercise(by=physiotherapist, name=f"Other {number}")
        for ends in (True, False):
            prescription = prescribe_exercise(patient, by=physiotherapist, exercise=exercise, dose="2 × 8")
            record_exercise_report(prescription, by=physiotherapist, how="done", ends=ends)
    client.get(page)

    with django_assert_num_queries(14):
        client.get(page)


# The clinic's list -------------------------------------------------------------------------


def test_a_physiotherapist_adds_an_exercise_with_a_picture_and_comes_back(client, page):
    words = {"name": "Wall slide", "instructions": "Slide both arms up.", "usual_dose": "3 × 10"}
    sent = words | {"new_picture": picture_file(), "next": page}

    answer = client.post(reverse("exercise_create"), sent)

    exercise = Exercise.objects.get()
    picture = client.get(reverse("exercise_picture", args=[exercise.pk]))
    assert answer.url == page
    assert picture.headers["Content-Type"] == "image/jpeg"
    assert picture.headers["X-Content-Type-Options"] == "nosniff"
    assert picture.content == bytes(exercise.picture.content)


def test_a_file_that_is_no_picture_is_refused_beside_its_field(client, page):
    words = {"name": "Wall slide", "instructions": "Slide both arms up.", "usual_dose": "3 × 10"}
    file = picture_file("GIF")

    answer = client.post(reverse("exercise_create"), words | {"new_picture": file})

    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == ["new_picture"]
    assert answer.context["form"]["name"].value() == "Wall slide"
    assert not Exercise.objects.exists()


def test_somebody_who_must_choose_a_picture_again_is_told_so(client, page, exercise):
    words = {"name": exercise.name, "instructions": "Slide both arms up.", "usual_dose": "3 × 10"}

    answer = client.post(reverse("exercise_create"), words | {"new_picture": picture_file()})

    assert answer.status_code == 422
    assert answer.context["form"].has_error("new_picture")
    assert Exercise.objects.get() == exercise


def test_an_exercise_without_a_picture_has_no_address_of_one(client, page, exercise):
    assert client.get(reverse("exercise_picture", args=[exercise.pk])).status_code == 404


def test_the_admin_adds_changes_and_retires_exercises(as_admin, admin):
    words = {"name": "Wall slide", "instructions": "Slide both arms up.", "usual_dose": "3 × 10"}
    offered = {"is_offered": "on"}
    picture = {"new_picture": picture_file()}

    as_admin.post(url_of(Exercise, "add"), words | offered | picture)
    first = Exercise.objects.get()
    change = url_of(Exercise, "change", first.pk)
    as_admin.post(change, words | offered)
    assert Exercise.objects.count() == 1

    as_admin.post(change, words | offered | {"usual_dose": "2 × 10"})
    second = Exercise.objects.offered().get()
    assert (second.usual_dose, second.picture, second.added_by) == ("2 × 10", first.picture, admin)

    as_admin.post(url_of(Exercise, "change", second.pk), words)
    assert not Exercise.objects.offered().exists()
    assert Exercise.objects.count() == 2
    assert as_admin.get(change).status_code == 200
    assert as_admin.post(change, words | offered).status_code == 403


def test_the_admin_refuses_a_name_that_is_taken(as_admin, admin):
    make_exercise(by=admin, picture=jpeg_of(picture_file()))
    words = {"name": "chin TUCK", "instructions": "Slide both arms up.", "usual_dose": "3 × 10"}

    answer = as_admin.post(url_of(Exercise, "add"), words | {"is_offered": "on"})

    assert list(answer.context["adminform"].form.errors) == ["name"]
