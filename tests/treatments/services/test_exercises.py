"""The clinic's list of exercises, what is prescribed from it, and what patients report."""

from io import BytesIO

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, transaction
from django.utils import timezone
from PIL import Image

from patients.services import update_patient
from tests.treatments.builders import make_exercise, picture_file
from treatments.forms.pictures import jpeg_of
from treatments.models import Exercise, ExercisePicture, ExercisePrescription, ExerciseReport
from treatments.services import (
    add_exercise,
    mark_in_error,
    prescribe_exercise,
    record_exercise_report,
    retire_exercise,
    revise_exercise,
)

pytestmark = pytest.mark.both_engines


@pytest.fixture
def exercise(physiotherapist):
    return make_exercise(by=physiotherapist)


@pytest.fixture
def prescription(patient, physiotherapist, exercise):
    return prescribe_exercise(patient, by=physiotherapist, exercise=exercise, dose="2 × 8")


def test_a_prescription_keeps_the_words_and_the_picture_that_the_patient_was_given(patient, physiotherapist, admin):
    first = make_exercise(by=physiotherapist, picture=jpeg_of(picture_file()))
    prescription = prescribe_exercise(patient, by=physiotherapist, exercise=first, dose="2 × 8")

    new = revise_exercise(first, by=admin, name="CHIN TUCK", instructions="Lying down.", usual_dose="1 × 5")

    prescription.refresh_from_db()
    assert list(Exercise.objects.offered()) == [new]
    assert prescription.exercise.instructions == "Draw your chin straight back."
    assert new.picture == first.picture
    assert prescription in patient.exercise_prescriptions.current()


def test_a_name_is_on_the_list_once(physiotherapist, admin, exercise):
    with pytest.raises(ValidationError):
        make_exercise(by=physiotherapist, name="chin TUCK")
    with pytest.raises(DatabaseError), transaction.atomic():
        Exercise.objects.bulk_create(
            [Exercise(name="chin TUCK", instructions="x", usual_dose="x", added_at=exercise.added_at, added_by=admin)]
        )

    retire_exercise(exercise, by=admin)
    assert make_exercise(by=physiotherapist, name="chin TUCK").retired_at is None


def test_a_retired_exercise_is_not_prescribed_and_not_retired_again(patient, physiotherapist, admin, exercise):
    retire_exercise(exercise, by=admin)

    with pytest.raises(ValidationError):
        prescribe_exercise(patient, by=physiotherapist, exercise=exercise, dose="2 × 8")
    with pytest.raises(ValidationError):
        revise_exercise(exercise, by=admin, name="Other", instructions="Other.", usual_dose="1 × 5")


def test_an_exercise_is_prescribed_again_only_after_it_has_ended(patient, physiotherapist, exercise, prescription):
    with pytest.raises(ValidationError):
        prescribe_exercise(patient, by=physiotherapist, exercise=exercise, dose="3 × 8")

    record_exercise_report(prescription, by=physiotherapist, how="partly", note="Sore after it", ends=True)
    again = prescribe_exercise(patient, by=physiotherapist, exercise=exercise, dose="3 × 8")

    assert list(patient.exercise_prescriptions.current()) == [again]
    assert list(patient.exercise_prescriptions.past()) == [prescription]


def test_nothing_is_prescribed_to_somebody_who_died(patient, physiotherapist, front_desk, exercise):
    update_patient(patient, by=front_desk, died_on=timezone.localdate())

    with pytest.raises(ValidationError):
        prescribe_exercise(patient, by=physiotherapist, exercise=exercise, dose="2 × 8")


def test_a_report_without_an_end_leaves_the_exercise_current(patient, physiotherapist, prescription):
    record_exercise_report(prescription, by=physiotherapist, how="done")

    assert list(patient.exercise_prescriptions.current()) == [prescription]


def test_an_end_that_was_entered_in_error_does_not_count(patient, physiotherapist, prescription):
    end = record_exercise_report(prescription, by=physiotherapist, how="not_asked", ends=True)
    with pytest.raises(ValidationError):
        record_exercise_report(prescription, by=physiotherapist, how="done")

    mark_in_error(end, by=physiotherapist, reason="Another exercise was meant", proof="PIN")

    assert list(patient.exercise_prescriptions.current()) == [prescription]
    assert record_exercise_report(prescription, by=physiotherapist, how="done")


def test_a_prescription_that_was_entered_in_error_is_past_and_takes_no_report(patient, physiotherapist, prescription):
    mark_in_error(prescription, by=physiotherapist, reason="Another patient was meant", proof="PIN")

    assert list(patient.exercise_prescriptions.current()) == []
    with pytest.raises(ValidationError):
        record_exercise_report(prescription, by=physiotherapist, how="done")


def test_not_asked_is_only_for_an_end(physiotherapist, prescription):
    with pytest.raises(ValidationError):
        record_exercise_report(prescription, by=physiotherapist, how="not_asked")

    assert not ExerciseReport.objects.exists()


def test_the_database_refuses_to_change_or_delete_any_of_it(physiotherapist, admin, prescription):
    record_exercise_report(prescription, by=physiotherapist, how="done")
    retired = make_exercise(by=physiotherapist, name="Bridge", picture=jpeg_of(picture_file()))
    retire_exercise(retired, by=admin)
    changes = {
        "exercise_frozen": Exercise.objects.update,
        "exercise_stays_retired": Exercise.objects.filter(pk=retired.pk).update,
        "exercise_picture_frozen": ExercisePicture.objects.update,
        "exercise_prescription_frozen": ExercisePrescription.objects.update,
        "exercise_report_frozen": ExerciseReport.objects.update,
    }
    fields = [{"name": "Other"}, {"retired_at": None, "retired_by": None}, {"content": b"\xff\xd8\xff"}]
    fields += [{"dose": "9 × 9"}, {"how": "not_done"}]

    for (constraint, update), changed in zip(changes.items(), fields, strict=True):
        with pytest.raises(DatabaseError, match=constraint), transaction.atomic():
            update(**changed)
    for model in (Exercise, ExercisePicture, ExercisePrescription, ExerciseReport):
        with pytest.raises(DatabaseError, match="frozen"), transaction.atomic():
            model.objects.all()._raw_delete("default")


# Pictures ----------------------------------------------------------------------------------


def read(content):
    return Image.open(BytesIO(content))


@pytest.mark.parametrize("format", ["PNG", "JPEG"])
def test_a_picture_is_written_anew_small_upright_and_without_metadata(format):
    exif = Image.Exif()
    exif[0x0112], exif[0x010E] = 6, "Ruth at home"  # turned by 90 degrees; a description

    content = jpeg_of(picture_file(format, size=(2400, 1200), exif=exif))

    image = read(content)
    assert (image.format, image.size) == ("JPEG", (600, 1200))
    assert (dict(image.getexif()), b"Ruth" in content) == ({}, False)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "I;16"])
def test_a_picture_of_every_kind_of_colour_is_read(mode):
    file = BytesIO()
    Image.new(mode, (8, 8)).save(file, "PNG")

    image = read(jpeg_of(SimpleUploadedFile("p.png", file.getvalue())))

    assert image.mode == "RGB"
    if mode in ("LA", "RGBA"):  # transparent is white on paper
        assert min(image.getpixel((4, 4))) > 250


def broken_files():
    whole = picture_file(size=(400, 400)).read()
    yield "text", b"<svg onload=alert(1)>"
    yield "page", b"<html><script>alert(1)</script>"
    yield "gif", picture_file("GIF").read()
    yield "cut off", whole[: len(whole) // 2]
    yield "damaged", whole[:50] + b"\0" * 60 + whole[110:]
    yield "only the beginning of a JPEG", b"\xff\xd8\xff\xe0\x00\x10JFIF\x00"
    yield "huge", picture_file(size=(9000, 6000)).read()
    yield "large", b"\x89PNG\r\n\x1a\n" + b"\0" * (10 * 1024 * 1024)


@pytest.mark.parametrize("content", [pytest.param(content, id=name) for name, content in broken_files()])
def test_what_is_no_picture_is_refused(content):
    with pytest.raises(ValidationError):
        jpeg_of(SimpleUploadedFile("picture.jpg", content, content_type="image/jpeg"))


def test_a_service_stores_nothing_that_is_no_jpeg(physiotherapist):
    with pytest.raises(ValidationError):
        add_exercise(by=physiotherapist, name="A", instructions="B", usual_dose="C", picture=b"<svg></svg>")

    assert not Exercise.objects.exists()
