"""The strip of running timers: on every page of the physiotherapist whose timers they are, and of nobody else."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from tests.markup import on_one_line
from tests.people import make_patient
from tests.treatments.builders import make_draft, make_muscle, make_needling
from treatments.models import TreatmentSession
from treatments.services import withdraw_draft

URL = "/today/timers/"


def running(patient, by, **fields):
    """A draft whose second row has a running timer of five minutes."""
    started_at = timezone.now() - timedelta(minutes=2)
    timed = make_needling(
        make_muscle("soleus", "Soleus"),
        side="left",
        **{"retention_seconds": 300, "retention_started_at": started_at} | fields,
    )
    return make_draft(patient, by=by, needlings=[make_needling(make_muscle()), timed])


def shown(client, user):
    client.force_login(user)
    return client.get(URL).context["timers"]


def test_a_running_timer_names_patient_and_row_and_links_to_the_row(client, patient, physiotherapist):
    session = running(patient, physiotherapist)

    (row,) = shown(client, physiotherapist)
    page = on_one_line(client.get(URL))

    assert (row.session, row.sort_order, row.retention_seconds) == (session, 1, 300)
    for part in (patient.name, "14 Mar 1979", patient.record_number, "row 2, left soleus", 'data-planned="300"'):
        assert part in page
    assert f'href="{session.get_absolute_url()}#id_needling-{row.pk}-retention_seconds"' in page


def test_two_couches_show_both(client, patient, front_desk, physiotherapist):
    other = make_patient(by=front_desk, given_name="Tomasz", family_name="Wilk")
    sessions = {running(patient, physiotherapist), running(other, physiotherapist)}

    assert {row.session for row in shown(client, physiotherapist)} == sessions


def test_nobody_sees_the_timers_of_another(client, patient, physiotherapist, other_physiotherapist, front_desk):
    running(patient, physiotherapist)

    assert shown(client, other_physiotherapist) == []
    client.force_login(front_desk)
    assert client.get(URL).status_code == 403


def test_a_stopped_timer_and_one_of_a_withdrawn_draft_are_gone(client, patient, physiotherapist):
    running(patient, physiotherapist, retention_started_at=None)
    withdraw_draft(running(patient, physiotherapist), by=physiotherapist, proof="PIN", reason="Wrong patient")

    assert shown(client, physiotherapist) == []


def test_every_page_of_a_physiotherapist_has_the_strip_and_no_other_page(client, physiotherapist, front_desk):
    for user, has_strip in ((physiotherapist, True), (front_desk, False)):
        client.force_login(user)
        for page in ("/diary/", "/patients/", "/account/"):
            assert ("data-timers-list" in client.get(page, follow=True).content.decode()) is has_strip


@pytest.mark.parametrize("count", [1, 3])
def test_the_strip_asks_the_same_number_of_queries_however_many_timers_run(
    client, count, front_desk, physiotherapist, django_assert_num_queries
):
    for number in range(count):
        running(make_patient(by=front_desk, given_name=f"Ruth {number}"), physiotherapist)
    client.force_login(physiotherapist)
    client.get(URL)

    with django_assert_num_queries(4):  # who it is, may they, the timers, the drafts
        assert len(client.get(URL, headers={"X-Passive": "1"}).context["timers"]) == count


def drafts(client, user, *, here=""):
    client.force_login(user)
    answer = client.get(URL, headers={"HX-Request": "true", "HX-Current-URL": f"http://testserver{here}"})
    return [draft.patient for draft in answer.context["drafts"]]


@pytest.fixture
def two_couches(patient, front_desk, physiotherapist):
    """A draft of this patient and one of another, in this order."""
    other = make_patient(by=front_desk, given_name="Tomasz", family_name="Wilk")
    return [make_draft(one, by=physiotherapist, needlings=[make_needling(make_muscle())]) for one in (patient, other)]


def test_each_of_two_drafts_leads_to_the_other(client, two_couches, physiotherapist):
    first, second = two_couches

    assert drafts(client, physiotherapist) == [first.patient, second.patient]
    assert drafts(client, physiotherapist, here=first.get_absolute_url()) == [second.patient]
    assert drafts(client, physiotherapist, here=f"{second.get_absolute_url()}#needling") == [first.patient]
    for page in ("session_sign", "session_prove"):
        assert drafts(client, physiotherapist, here=reverse(page, args=[second.patient_id, second.pk])) == [
            first.patient
        ]
    assert f'href="{second.get_absolute_url()}"' in client.get(URL).content.decode()


def test_one_draft_alone_is_not_shown_nor_one_that_rests_nor_one_of_another(
    client, two_couches, physiotherapist, other_physiotherapist
):
    first, second = two_couches
    assert drafts(client, other_physiotherapist) == []

    TreatmentSession.objects.filter(pk=second.pk).update(saved_at=timezone.now() - timedelta(hours=2))

    assert drafts(client, physiotherapist) == []


def test_a_draft_with_a_running_timer_is_shown_once(client, two_couches, patient, physiotherapist):
    first, second = two_couches
    row = first.needlings.get()
    row.retention_started_at = timezone.now()
    row.save()

    assert drafts(client, physiotherapist) == [second.patient]
    assert [timer.session for timer in shown(client, physiotherapist)] == [first]
