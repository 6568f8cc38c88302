"""A muscle outside the regions that the patient agreed to: the session leads to a consent that covers it."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from patients.services import open_episode
from tests.markup import on_one_line
from tests.patients.builders import agree, make_form
from tests.treatments.builders import make_muscle, make_ready
from tests.treatments.pages import row, save, start
from treatments.services import withdraw_draft


@pytest.fixture
def desk(client, physiotherapist, patient):
    """A signed-in physiotherapist with a screened patient who agreed to needling of the neck."""
    make_form()
    open_episode(patient, by=physiotherapist, complaint="Neck pain", region="neck")
    agree(patient, by=physiotherapist, scope=["neck"], given_at=timezone.now() - timedelta(days=1))
    make_ready(patient, by=physiotherapist)
    make_muscle("levator-scapulae", "Levator scapulae")
    make_muscle("infraspinatus", "Infraspinatus", region="shoulder")
    client.force_login(physiotherapist)
    return client


def ticked(client, patient):
    page = client.get(reverse("consent_create", args=[patient.pk]))
    return page.context["form"]["scope"].value()


def test_the_consent_page_ticks_the_regions_of_the_muscles_in_a_draft(desk, patient, physiotherapist):
    before = ticked(desk, patient)
    draft = start(desk, patient)
    save(desk, draft, **row(muscle="infraspinatus"))

    assert (before, ticked(desk, patient)) == (["neck"], ["neck", "shoulder"])


def test_the_consent_page_ticks_no_region_of_a_withdrawn_draft(desk, patient, physiotherapist):
    draft = start(desk, patient)
    save(desk, draft, **row(muscle="infraspinatus"))
    draft.refresh_from_db()
    withdraw_draft(draft, by=physiotherapist, reason="Wrong patient", proof="PIN")

    assert ticked(desk, patient) == ["neck"]


def test_an_automatic_save_asks_for_a_consent_that_covers_the_new_muscle(desk, patient):
    draft = start(desk, patient)
    again = f"{reverse('consent_create', args=[patient.pk])}?next={draft.get_absolute_url()}"

    covered = save(desk, draft, **row(muscle="levator-scapulae")).json()["consent"]
    draft.refresh_from_db()
    uncovered = save(desk, draft, **row(muscle="infraspinatus")).json()["consent"]

    assert (again in covered, again in uncovered) == (False, True)
    assert "The consent does not cover: Shoulder. Ask again." in uncovered


def test_the_consent_page_names_the_neighbours_of_the_regions(desk, patient):
    page = on_one_line(desk.get(reverse("consent_create", args=[patient.pk])))

    assert "Tick every region that may be needled. Next to these: head and face, shoulder, upper back." in page
