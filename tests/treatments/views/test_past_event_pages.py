"""How pages show what earlier needling caused, and ask before they copy the set-up."""

import uuid
from datetime import timedelta

import pytest
from django.utils import timezone

from patients.models import ScreeningAnswer
from tests.people import PASSWORD
from tests.treatments import pages
from tests.treatments.builders import make_muscle, make_needling, make_signed
from tests.treatments.chart.test_day_list import book
from treatments.models import AdverseEvent, TreatmentSession
from treatments.services import record_event


@pytest.fixture
def signed(patient, physiotherapist):
    rhomboid = make_muscle("rhomboid-major", "Rhomboid major", region="upper_back", pneumothorax_risk=True)
    return make_signed(patient, by=physiotherapist, days_ago=2, needlings=[make_needling(rhomboid, side="left")])


@pytest.fixture
def event(signed, physiotherapist):
    return record_event(signed, by=physiotherapist, type="pneumothorax", grade="serious")


@pytest.fixture
def signed_in(client, physiotherapist):
    client.force_login(physiotherapist)
    return client


def text(response):
    assert response.status_code == 200
    return response.content.decode()


def set_up_url(session):
    return f"/patients/{session.patient_id}/sessions/{session.pk}/set-up/"


@pytest.mark.parametrize("page", ["", "chart/", "screening/", "consents/new/", "muscles/rhomboid-major/"])
def test_the_banner_names_an_open_event_and_leads_to_it(signed_in, patient, event, page):
    html = text(signed_in.get(f"/patients/{patient.pk}/{page}"))

    assert f'href="/patients/{patient.pk}/events/{event.pk}/"' in html
    assert "Pneumothorax" in html


def test_the_front_desk_sees_nothing_of_an_event(client, front_desk, patient, event):
    client.force_login(front_desk)

    assert "Pneumothorax" not in text(client.get(f"/patients/{patient.pk}/"))


def test_the_day_list_names_an_open_event(signed_in, patient, physiotherapist, event):
    book(patient, physiotherapist, 9)

    html = " ".join(text(signed_in.get("/today/", headers={"HX-Request": "true"})).split())

    assert f'fl-tag--danger" href="/patients/{patient.pk}/events/{event.pk}/"' in html


def test_a_note_to_sign_lacks_an_answer_to_an_open_event(signed_in, patient, physiotherapist, event):
    pages.start(signed_in, patient)

    assert "caution: Pneumothorax" in text(signed_in.get("/today/"))


def test_the_session_asks_before_it_copies_and_copies_after_the_answer(signed_in, patient, event):
    draft = pages.start(signed_in, patient)
    asked = text(signed_in.get(pages.edit_url(draft)))

    answer = signed_in.post(set_up_url(draft), pages.as_posted(draft, pain_before="5", note="Seen by the hospital"))
    after = text(signed_in.get(pages.edit_url(draft)))

    draft = TreatmentSession.objects.get(pk=draft.pk)
    assert f'formaction="{set_up_url(draft)}"' in asked
    assert answer.headers["Location"] == pages.edit_url(draft)
    assert (draft.pain_before, draft.note) == (5, "Seen by the hospital")
    assert [row.muscle.slug for row in draft.needlings.all()] == ["rhomboid-major"]
    assert "setup-question" not in after
    assert "Not here: left rhomboid major" in after


def test_a_set_up_without_events_is_copied_without_a_question(signed_in, patient, signed):
    draft = pages.start(signed_in, patient)

    assert draft.needlings.exists()
    assert "setup-question" not in text(signed_in.get(pages.edit_url(draft)))


def test_a_wrong_value_beside_the_answer_copies_nothing(signed_in, patient, event):
    draft = pages.start(signed_in, patient)

    answer = signed_in.post(set_up_url(draft), pages.as_posted(draft, pain_before="11"))

    assert answer.status_code == 422
    assert not draft.needlings.exists()


def test_an_answer_from_an_old_page_shows_both_versions(signed_in, patient, event):
    draft = pages.start(signed_in, patient)
    data = pages.as_posted(draft, note="Mine")
    pages.save(signed_in, draft, note="Another")

    answer = signed_in.post(set_up_url(draft), data)

    assert answer.status_code == 409
    assert not draft.needlings.exists()


def test_the_screening_proposes_yes_for_a_serious_event_and_the_person_decides(signed_in, patient, event):
    form = signed_in.get(f"/patients/{patient.pk}/screening/").context["form"]

    data = {name: value for name in form.fields if (value := form[name].value())} | {"answer_prior_reaction": "no"}
    asked = signed_in.post(f"/patients/{patient.pk}/screening/", data).context["form"].conflicts
    signed_in.post(f"/patients/{patient.pk}/screening/", data | {"both_right": [conflict.key for conflict in asked]})
    again = signed_in.get(f"/patients/{patient.pk}/screening/")

    assert form["answer_prior_reaction"].value() == "yes"
    assert form["detail_prior_reaction"].value().startswith("Pneumothorax")
    answer = ScreeningAnswer.objects.filter(question__key="prior_reaction").order_by("-screening__taken_at").first()
    assert answer.is_yes is False
    assert again.context["form"]["answer_prior_reaction"].value() == "no"
    assert "In the record:" in text(again)


def test_the_screening_only_mentions_a_significant_event(signed_in, patient, signed, physiotherapist):
    record_event(signed, by=physiotherapist, type="fainting", grade="significant")

    page = signed_in.get(f"/patients/{patient.pk}/screening/")

    assert page.context["form"]["answer_prior_reaction"].value() == "no"
    assert "In the record:" in text(page)


def test_no_change_since_leads_to_the_questions_after_a_serious_event(signed_in, patient, event):
    answer = signed_in.post(f"/patients/{patient.pk}/screening/confirm/", follow=True)

    assert "Recorded since the last screening: Pneumothorax" in text(answer)


def test_closing_ones_own_serious_event_is_refused_beside_the_box(signed_in, event, other_physiotherapist):
    told = {
        "number": 1,
        "grade": "serious",
        "action": "Hospital",
        "outcome": "Well",
        "is_closed": "on",
        "password": PASSWORD,
    }

    answer = signed_in.post(
        f"/patients/{event.session.patient_id}/events/{event.pk}/report/", told | {"id": uuid.uuid4()}
    )

    assert answer.status_code == 422
    assert "closed by a second clinician, who neither" in answer.content.decode()
    assert AdverseEvent.objects.open().exists()


def test_closing_alone_asks_for_the_reason_where_nobody_else_works(signed_in, event):
    url = f"/patients/{event.session.patient_id}/events/{event.pk}/report/"
    told = {
        "number": 1,
        "grade": "serious",
        "action": "Hospital",
        "outcome": "Well",
        "is_closed": "on",
        "password": PASSWORD,
    }
    told["resolved_on"] = (timezone.localdate() - timedelta(days=1)).isoformat()

    refused = signed_in.post(url, told | {"id": uuid.uuid4()})
    closed = signed_in.post(url, told | {"id": uuid.uuid4(), "closed_alone_reason": "I work alone"}, follow=True)

    assert 'name="closed_alone_reason"' in refused.content.decode()
    assert "Closed without a second clinician" in text(closed)
    assert not AdverseEvent.objects.open().exists()
