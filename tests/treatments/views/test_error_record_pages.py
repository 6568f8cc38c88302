"""The page of a signed record that was entered in error, and the way from one record to the next."""

import uuid
from datetime import timedelta

import pytest
from django.utils import timezone

from tests.treatments.builders import make_muscle, make_needling, make_signed
from treatments.record.corrections import Change
from treatments.services import amend_session, confirm_error_mark, mark_in_error, record_event


@pytest.fixture
def as_author(client, physiotherapist):
    client.force_login(physiotherapist)
    return client


def mark(session, by, admin):
    marked = mark_in_error(session, by=by, reason="Wrong chart", asked=admin, proof="PIN")
    return confirm_error_mark(marked, by=admin, proof="passkey")


def correct_depth(session, by, depth_mm):
    row = session.needlings.get()
    change = Change("value", type(row), row.pk, {"depth_mm": depth_mm})
    return amend_session(session, by=by, text="", reason="Typing error", proof="PIN", id=uuid.uuid4(), changes=[change])


@pytest.mark.parametrize("page", ["", "print/"])
def test_the_record_shows_only_what_was_signed_and_how_it_was_marked(as_author, physiotherapist, patient, admin, page):
    signed = make_signed(patient, by=physiotherapist, needlings=[make_needling(make_muscle(), depth_mm=15)])
    correct_depth(signed, physiotherapist, 12)
    marked = mark(signed, physiotherapist, admin)

    answer = as_author.get(f"/patients/{patient.pk}/sessions/{signed.pk}/{page}")

    assert [row.depth_mm for row in answer.context["needlings"]] == [15]
    assert answer.context["session"].error_mark == marked
    shown = answer.content.decode()
    assert shown.count("Wrong chart") == 1
    assert "by passkey" in " ".join(shown.split())
    assert f"/sessions/{signed.pk}/copy/" not in shown


def test_a_record_that_counts_shows_the_corrected_value(as_author, physiotherapist, patient):
    signed = make_signed(patient, by=physiotherapist, needlings=[make_needling(make_muscle(), depth_mm=15)])
    correct_depth(signed, physiotherapist, 12)

    answer = as_author.get(f"/patients/{patient.pk}/sessions/{signed.pk}/")

    assert [row.depth_mm for row in answer.context["needlings"]] == [12]


def test_each_record_leads_to_the_ones_before_and_after_it(as_author, physiotherapist, patient):
    at = timezone.now() - timedelta(days=3)
    oldest, middle, newest = (
        make_signed(patient, by=physiotherapist, started_at=at + timedelta(days=days)) for days in (-2, 0, 2)
    )
    around = {
        session: as_author.get(session.get_absolute_url()).context["neighbours"] for session in (oldest, middle, newest)
    }

    assert around == {oldest: (None, middle), middle: (oldest, newest), newest: (middle, None)}


def test_of_two_records_of_one_moment_each_leads_to_the_other(as_author, physiotherapist, patient):
    at = timezone.now() - timedelta(days=1)
    both = [make_signed(patient, by=physiotherapist, started_at=at) for _ in range(2)]
    both.sort(key=lambda session: session.pk)

    first, second = (as_author.get(session.get_absolute_url()).context["neighbours"] for session in both)

    assert (first, second) == ((None, both[1]), (both[0], None))


def test_the_body_chart_numbers_the_rows_and_leaves_out_what_did_not_happen(as_author, physiotherapist, patient):
    muscles = [make_muscle(), make_muscle("infraspinatus", "Infraspinatus", region="shoulder")]
    signed = make_signed(patient, by=physiotherapist, needlings=[make_needling(muscle) for muscle in muscles])
    first = signed.needlings.order_by("sort_order").first()
    change = Change("did_not_happen", type(first), first.pk)
    amend_session(
        signed, by=physiotherapist, text="", reason="Not done", proof="PIN", id=uuid.uuid4(), changes=[change]
    )

    shown = as_author.get(signed.get_absolute_url()).content.decode()

    assert shown.count('class="pin"') == 1
    assert "<text>2</text>" in shown


def test_an_event_of_a_record_in_error_shows_the_mark(as_author, physiotherapist, patient, admin):
    signed = make_signed(patient, by=physiotherapist)
    event = record_event(signed, by=physiotherapist, type="bruise", grade="mild")
    marked = mark(signed, physiotherapist, admin)

    answer = as_author.get(f"/patients/{patient.pk}/events/{event.pk}/")

    assert answer.context["in_error"] == marked
