"""The steps of a first visit: when there are any, which are done, which is next, and where a saved page leads."""

import json
import uuid

import pytest
from django.urls import reverse

from patients.consents import current_form
from patients.models import BodyRegion, Consent, Patient, ScreeningQuestion
from patients.services import close_episode, open_episode, update_patient
from tests.patients.builders import STROKES, decline, make_form
from tests.reference_data import have_questions
from tests.treatments.builders import make_assessment, make_draft, make_ready, make_signed, make_signed_assessment
from treatments.chart.first_visit import first_visit_of, with_visit_facts
from treatments.services import withdraw_assessment


@pytest.fixture
def by(physiotherapist):
    return physiotherapist


def open_neck(patient, by):
    return open_episode(patient, by=by, complaint="Neck pain", region="neck")


def states(patient, by):
    visit = first_visit_of(by, patient)
    return visit and " ".join(step.state for step in visit.steps)


def test_a_new_patient_has_only_the_registration_done(patient, by):
    visit = first_visit_of(by, patient)

    assert [step.key for step in visit.steps] == [
        "registration", "episode", "screening", "consent", "assessment", "session",
    ]  # fmt: skip
    assert states(patient, by) == "done open open open open open"
    assert visit.next.key == "episode"


def test_each_record_that_is_made_is_a_step_done(patient, by):
    episode = open_neck(patient, by)
    after_episode = states(patient, by)
    make_ready(patient, by=by)
    after_consent = states(patient, by)
    draft = make_assessment(episode, by=by)
    begun = states(patient, by)
    withdraw_assessment(draft, by=by, reason="Wrong complaint", proof="PIN")
    withdrawn = states(patient, by)
    make_signed_assessment(episode, by=by)
    make_assessment(episode, by=by)
    signed = states(patient, by)
    make_draft(patient, by=by, episode=episode)

    assert after_episode == "done done open open open open"
    assert (after_consent, withdrawn) == ("done done done done open open",) * 2
    assert (begun, signed) == ("done done done done half open", "done done done done done open")
    assert states(patient, by) == "done done done done done half"


def test_a_refusal_is_no_consent(patient, by):
    decline(patient, by=by)

    assert states(patient, by) == "done open open open open open"


def test_the_visit_is_no_first_one_once_a_session_of_the_episode_is_signed(patient, by):
    episode = open_neck(patient, by)
    make_signed(patient, by=by, episode=episode, days_ago=1)
    repeat = first_visit_of(by, patient)
    close_episode(episode, by=by, closing_reason="goal_reached", closing_summary="Well.")
    closed = first_visit_of(by, patient)
    open_episode(patient, by=by, complaint="Knee pain", region="thigh")

    assert (repeat, closed) == (None, None)
    assert states(patient, by) == "done done done done open open"


def test_a_patient_treated_without_a_complaint_has_no_first_visit_any_more(patient, by):
    make_draft(patient, by=by)
    begun = states(patient, by)
    make_signed(patient, by=by, days_ago=1)

    assert begun == "done open done done open half"
    assert first_visit_of(by, patient) is None


@pytest.mark.parametrize("role", ["front_desk", "admin"])
def test_only_people_who_treat_see_the_steps(request, patient, role):
    assert first_visit_of(request.getfixturevalue(role), patient) is None


def test_who_is_not_treated_any_more_has_no_steps(patient, by, front_desk):
    assert first_visit_of(by, update_patient(patient, by=front_desk, is_active=False)) is None


@pytest.mark.parametrize(
    ("here", "next", "words"),
    [
        ("", "episode", "Next: episode"),
        ("registration", "episode", "Next: episode"),
        ("episode", "screening", "Skip to screening"),
        ("screening", "consent", "Skip to consent"),
        ("consent", "session", "Skip to session"),  # an assessment needs an episode
    ],
)
def test_a_step_can_be_skipped(patient, by, here, next, words):
    visit = first_visit_of(by, patient, here=here)

    assert (visit.next.key, visit.next_label) == (next, words)


@pytest.mark.parametrize(
    ("here", "next", "words"),
    [
        ("episode", "screening", "Next: screening"),  # done before, so no step is skipped
        ("assessment", "session", "Next: session"),
        ("", "screening", "Next: screening"),
    ],
)
def test_an_assessment_may_stay_half_done(patient, by, here, next, words):
    make_assessment(open_neck(patient, by), by=by)
    visit = first_visit_of(by, patient, here=here)

    assert (visit.next.key, visit.next_label) == (next, words)


def test_what_was_left_half_done_is_continued(patient, by):
    episode = open_neck(patient, by)
    make_ready(patient, by=by)
    draft = make_assessment(episode, by=by)

    visit = first_visit_of(by, patient)

    assert (visit.next.address, visit.next_label) == (draft.get_absolute_url(), "Continue: assessment")


def test_the_facts_take_one_query_and_none_beside_the_page_of_a_repeat_visit(patient, by, django_assert_num_queries):
    make_signed(patient, by=by, episode=open_neck(patient, by), days_ago=1)
    loaded = with_visit_facts(Patient.objects).get(pk=patient.pk)
    by.has_perm("treatments.add_treatmentsession")

    with django_assert_num_queries(1):
        first_visit_of(by, patient)
    with django_assert_num_queries(0):
        first_visit_of(by, loaded)


# Where a saved page leads ---------------------------------------------------------------------------------------------


@pytest.fixture
def post(client, patient, by):
    """post(name, fields) sends a page of the patient and returns where it leads."""
    make_form()
    have_questions()
    client.force_login(by)

    def post(name, fields):
        return client.post(reverse(name, args=[patient.pk]), fields).headers.get("Location")

    return post


def episode_fields(by):
    return {"complaint": "Neck pain", "region": "neck", "planned_sessions": 6, "lead": by.pk, "opened_on": "5 Jan 2026"}


def screening_fields():
    questions = ScreeningQuestion.objects.asked()
    asked = " ".join(str(question.pk) for question in questions)
    return {f"answer_{question.key}": "no" for question in questions} | {"asked": asked}


def consent_fields():
    named = {"consent_id": str(uuid.uuid4()), "form_id": current_form().pk, "method": "written"}
    signed = {"signing": "drawn", "signature": json.dumps(STROKES)}
    return named | signed | {"scope": BodyRegion.values, "explained": Consent.NEEDED_POINTS}


def test_each_page_leads_to_the_next(post, client, patient, by):
    def page(name):
        return reverse(name, args=[patient.pk])

    after_episode = post("episode_create", episode_fields(by))
    after_screening = post("screening_create", screening_fields())
    after_consent = post("consent_create", consent_fields())
    consent = Consent.objects.get()
    shown = client.get(after_consent)

    assert (after_episode, after_screening) == (page("screening_create"), page("consent_create"))
    assert after_consent == consent.get_absolute_url()  # an assessment begins with a button, which is there
    assert shown.context["first_visit"].next.key == "assessment"
    assert reverse("assessment_start", args=[patient.pk, patient.episodes.get().pk]) in shown.content.decode()


def test_a_page_opened_from_a_session_leads_back_to_it(post, patient, by):
    open_neck(patient, by)

    assert post("screening_create", screening_fields() | {"next": "/today/"}) == "/today/"


def test_a_repeat_visit_has_neither_steps_nor_other_ways(post, client, patient, by):
    episode = open_neck(patient, by)
    make_signed(patient, by=by, episode=episode, days_ago=1)
    names = ("patient_chart", "patient_detail", "screening_create", "consent_create")

    shown = [client.get(reverse(name, args=[patient.pk])).context["first_visit"] for name in names]

    assert shown == [None] * 4
    assert post("screening_create", screening_fields()) == reverse("patient_chart", args=[patient.pk])


@pytest.mark.parametrize(("role", "next"), [("physiotherapist", "episode_create"), ("front_desk", "patient_detail")])
def test_registration_leads_a_therapist_to_the_episode(client, request, role, next):
    client.force_login(request.getfixturevalue(role))
    typed = {"given_name": "Ines", "family_name": "Roth", "born_on": "2 May 1984", "sex": "female"}

    answer = client.post(reverse("patient_create"), typed | {"reminder_channel": "none"})

    assert answer.headers["Location"] == reverse(next, args=[Patient.objects.get().pk])
