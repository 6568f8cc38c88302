"""One hand-over of the tablet for several things, and the pain drawing that the patient makes alone."""

import json
import uuid

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.urls import reverse

from patients.models import PatientAnswers
from patients.services import open_episode
from tests import people
from tests.patients.views.test_tablet import answers_of_patient
from tests.reference_data import have_questions
from tests.treatments.builders import make_assessment, make_signed_assessment
from treatments.models import OutcomeScore, PatientDrawing
from treatments.record.verification import tampered_assessments
from treatments.services import keep_patient_drawing, save_assessment, sign_assessment, withdraw_assessment

DRAWING = [{"view": "posterior", "points": [[200, 100], [230, 110], [220, 150]]}]
OTHER_DRAWING = [{"view": "anterior", "points": [[100, 100], [130, 110], [120, 150]]}]


@pytest.fixture
def episode(patient, physiotherapist):
    return open_episode(patient, by=physiotherapist, complaint="Neck pain", region="neck")


@pytest.fixture
def page(client, patient, episode, physiotherapist):
    """page(name) is the address of a page of the patient, for a therapist who is signed in."""
    have_questions()
    client.force_login(physiotherapist)
    return lambda name, **ids: reverse(name, args=[patient.pk, *ids.values()])


def draw(client, page, drawing=DRAWING):
    sent = {"id": str(uuid.uuid4()), "drawn_by_name": "Ruth Adeyemi", "drawing": json.dumps(drawing)}
    return client.post(page("drawing_by_patient"), sent)


def take_back(client, page, name):
    return client.post(page(name), {"password": people.PASSWORD})


def test_one_hand_over_does_everything_in_a_row(client, page, episode, patient):
    chosen = {"screening": "on", "drawing": "on", "measure": ["nprs", "psfs"], "episode": episode.pk}
    ways = [client.post(page("tablet_hand_over"), chosen).headers["Location"]]
    early = client.get(page("drawing_by_patient")).headers["Location"]
    ways.append(client.post(page("screening_by_patient"), answers_of_patient()).headers["Location"])
    ways.append(client.get(page("screening_by_patient")).headers["Location"])
    items = {"answered_by_name": "Ruth Adeyemi", "psfs_activity_0": "Turn the head", "psfs_0": "4", "leave_out": "yes"}
    ways.append(client.post(page("questionnaire_by_patient"), items).headers["Location"])
    ways.append(draw(client, page).headers["Location"])
    locked = client.get(page("patient_chart")).headers["Location"]
    back = take_back(client, page, "drawing_take_back").headers["Location"]

    assert early == page("screening_by_patient")
    names = ["screening_by_patient", *["questionnaire_by_patient"] * 2, "drawing_by_patient", "drawing_take_back"]
    assert ways == [page(name) for name in names]
    assert locked == page("drawing_by_patient")
    asked = client.get(back)
    assert asked.context["form"].patient_answers == PatientAnswers.objects.get()
    assert asked.context["next"] == page("questionnaire_create")
    confirmed = client.get(page("questionnaire_create"))
    sent = {name: value for name, value in confirmed.context["form"].initial.items() if value}
    sent |= {"id": str(uuid.uuid4()), "measure": ["nprs", "psfs"], "episode": episode.pk, "scored_on": "2026-01-05"}
    recorded = client.post(page("questionnaire_create"), sent)
    assert recorded.headers["Location"] == page("screening_create")  # the next step of the first visit
    assert OutcomeScore.objects.get().item == "Turn the head"


def test_nothing_to_do_is_no_hand_over(client, page):
    answer = client.post(page("tablet_hand_over"), {})

    assert answer.status_code == 422
    assert client.get(page("patient_chart")).status_code == 200


def test_what_is_done_already_is_not_ticked(client, page, patient, physiotherapist):
    before = client.get(page("tablet_hand_over")).context["form"]
    keep(patient, by=physiotherapist)
    client.post(page("tablet_hand_over"), {"screening": "on"})
    client.post(page("screening_by_patient"), answers_of_patient())
    take_back(client, page, "screening_take_back")
    after = client.get(page("tablet_hand_over")).context["form"]

    assert (before["screening"].value(), before["drawing"].value()) == (True, True)
    assert (after["screening"].value(), after["drawing"].value()) == (False, False)


def test_the_patients_page_to_draw_on_has_nothing_of_the_record(client, page, patient, episode):
    client.post(page("tablet_hand_over"), {"drawing": "on"})
    html = client.get(page("drawing_by_patient")).content.decode()

    assert html.count("data-draw-view") == 4
    for hidden in (patient.record_number, "fl-ident", "Find a patient", episode.complaint):
        assert hidden not in html


@pytest.mark.parametrize("drawing", [[], "x", [{"view": "posterior", "points": [[200, 100]]}]])
def test_nothing_or_something_impossible_is_not_kept(client, page, drawing):
    client.post(page("tablet_hand_over"), {"drawing": "on"})

    answer = draw(client, page, drawing)

    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == ["drawing"]
    assert not PatientDrawing.objects.exists()


# The drawing in the assessment ----------------------------------------------------------------------------------------


def keep(patient, *, by, drawing=DRAWING):
    return keep_patient_drawing(patient, by=by, drawing=drawing, drawn_by_name="Ruth Adeyemi", id=uuid.uuid4())


def confirm(draft, patient_drawing, *, by, **values):
    sent = {"version": draft.version, "token": uuid.uuid4(), "values": values}
    return save_assessment(draft, by=by, patient_drawing=patient_drawing, **sent)


def test_the_therapist_confirms_the_drawing_on_the_page_of_the_draft(client, page, patient, episode, physiotherapist):
    draft = make_assessment(episode, by=physiotherapist)
    edit = page("assessment_edit", id=draft.pk)
    form = client.get(edit).context["form"]
    sent = {"version": draft.version, "save_token": str(uuid.uuid4()), "whole": "1", "pain_now": 6}
    sent |= {"started_at": form["started_at"].value().strftime("%Y-%m-%dT%H:%M"), "red_flags": "none"}
    handed = client.post(edit, sent | {"hand_over": "yes", "history": "Fell off a horse"})
    draw(client, page)
    back = take_back(client, page, "drawing_take_back")
    waiting = client.get(edit).context["waiting_drawing"]
    draft.refresh_from_db()
    client.post(edit, sent | {"version": draft.version, "save_token": str(uuid.uuid4()), "take_drawing": waiting.pk})
    shown = client.get(edit)
    draft.refresh_from_db()

    assert handed.headers["Location"] == page("drawing_by_patient")
    assert back.headers["Location"] == edit
    assert (draft.drawing, draft.patient_drawing, draft.differs_from_patient) == (DRAWING, waiting, False)
    assert shown.context["waiting_drawing"] is None
    assert "Drawn by <bdi>Ruth Adeyemi</bdi>" in shown.content.decode()


def test_a_drawing_that_the_therapist_changed_says_so_and_keeps_the_patients(patient, episode, physiotherapist):
    drawing = keep(patient, by=physiotherapist)
    draft = confirm(make_assessment(episode, by=physiotherapist), drawing, by=physiotherapist)
    changed = confirm(draft, None, by=physiotherapist, drawing=OTHER_DRAWING)

    assert (changed.drawing, changed.patient_drawing.drawing) == (OTHER_DRAWING, DRAWING)
    assert changed.differs_from_patient


def test_a_drawing_waits_until_an_assessment_has_it_or_one_is_signed_without(patient, episode, physiotherapist):
    def waiting():
        return list(PatientDrawing.objects.filter(patient=patient).waiting())

    first, second = keep(patient, by=physiotherapist), keep(patient, by=physiotherapist)
    both = waiting()
    draft = confirm(make_assessment(episode, by=physiotherapist), second, by=physiotherapist)
    taken = waiting()
    withdraw_assessment(draft, by=physiotherapist, reason="Wrong complaint", proof="PIN")
    withdrawn = waiting()
    make_signed_assessment(episode, by=physiotherapist)

    assert (both, taken, withdrawn) == ([second, first], [first], [second, first])
    assert waiting() == []


def test_the_drawing_of_another_patient_is_refused(patient, episode, physiotherapist, front_desk):
    stranger = people.make_patient(by=front_desk, given_name="Tomasz", family_name="Wilk")
    drawing = keep(stranger, by=physiotherapist)

    with pytest.raises(ValidationError, match="another patient"):
        confirm(make_assessment(episode, by=physiotherapist), drawing, by=physiotherapist)


@pytest.mark.both_engines
def test_whose_drawing_it_was_is_sealed_and_the_drawing_never_changes(patient, episode, physiotherapist):
    drawing = keep(patient, by=physiotherapist)
    draft = confirm(make_assessment(episode, by=physiotherapist), drawing, by=physiotherapist)
    sealed = sign_assessment(draft, by=physiotherapist, version=draft.version, proof="PIN")

    assert (sealed.patient_drawing, list(tampered_assessments())) == (drawing, [])
    with pytest.raises(IntegrityError, match="patient_drawing_frozen"), transaction.atomic():
        PatientDrawing.objects.update(drawing=OTHER_DRAWING)
    with pytest.raises(IntegrityError, match="assessment_frozen"), transaction.atomic():
        type(sealed).objects.filter(pk=sealed.pk).update(patient_drawing=None)


def test_a_page_sent_twice_keeps_one_drawing(patient, physiotherapist):
    key = uuid.uuid4()
    for _ in range(2):
        keep_patient_drawing(patient, by=physiotherapist, drawing=DRAWING, drawn_by_name="Ruth", id=key)

    assert PatientDrawing.objects.count() == 1
