"""One's own defaults: the needle and technique of new rows, and texts with placeholders for notes and plans."""

import json
import uuid
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.urls import reverse
from django.utils import timezone

from tests import people
from tests.treatments.builders import make_draft, make_muscle, make_needle, make_needling, make_ready
from tests.treatments.pages import as_posted, edit_url
from tests.treatments.test_protocols import page_of
from treatments.models import Needle, NeedlingDefaults, Snippet, TreatmentSession
from treatments.record.own_defaults import row_defaults
from treatments.record.snippets import PLACEHOLDERS, filled_in
from treatments.services import (
    add_snippet,
    recall_lot,
    retire_snippet,
    save_and_insert_snippet,
    set_own_defaults,
    start_session,
    update_snippet,
)

SIZE = Decimal("0.30"), 40


@pytest.fixture
def physio(db):
    return people.make_physiotherapist()


@pytest.fixture
def patient(physio):
    return people.make_patient(by=physio)


@pytest.fixture
def draft(patient, physio):
    make_ready(patient, by=physio)
    return start_session(patient, by=physio, session_id=uuid.uuid4())


@pytest.fixture
def lot(physio):
    """The only lot of its size, set as the default with pistoning."""
    needle = make_needle()
    set_own_defaults(by=physio, needle_size=SIZE, technique="pistoning")
    return needle


def snippet(by, text="Needled the {muscles} {side}.", **fields):
    words = {"name": "Needled", "field": "note", "text": text} | fields
    return add_snippet(by=by, id=uuid.uuid4(), **words)


def insert(chosen, draft, *, by, **changed):
    return save_and_insert_snippet(draft, by=by, snippet=chosen, **page_of(draft, **changed))


def defaults_of(draft):
    return row_defaults(TreatmentSession.objects.get(pk=draft.pk))


# Defaults of a row -----------------------------------------------------------------


def test_a_row_begins_with_what_its_practitioner_has_set(draft, lot):
    assert defaults_of(draft) == {"needle": str(lot.pk), "technique": "pistoning"}


def test_the_defaults_of_another_do_not_count(draft, lot, physio):
    set_own_defaults(by=physio, needle_size=None, technique="")
    colleague = people.make_physiotherapist("d.okonkwo")
    set_own_defaults(by=colleague, needle_size=SIZE, technique="static")

    assert defaults_of(draft) == {"needle": "", "technique": ""}
    assert NeedlingDefaults.objects.count() == 2


def test_a_lot_that_cannot_be_used_is_not_taken(draft, lot, physio):
    admin = people.make_admin()
    recall_lot(lot, by=admin, reason="Bent tips", recalled_on=timezone.localdate())

    assert defaults_of(draft) == {"needle": "", "technique": "pistoning"}


def test_of_several_lots_of_the_size_the_last_one_used_is_taken(draft, lot, physio, patient):
    size = {"diameter_mm": lot.diameter_mm, "length_mm": lot.length_mm, "maker": lot.maker}
    other = Needle.objects.create(**size, lot="L9", expires_on=timezone.localdate() + timedelta(days=90))
    make_draft(patient, by=physio, needlings=[make_needling(make_muscle(), needle=other)])

    assert defaults_of(draft)["needle"] == str(other.pk)


def test_without_javascript_a_new_row_has_the_defaults(client, draft, lot, physio):
    client.force_login(physio)
    muscle = make_muscle()

    client.post(edit_url(draft), as_posted(draft, action="add", add_muscle=muscle.pk, add_side="left"))

    row = draft.needlings.get()
    assert (row.muscle, row.side, row.needle, row.technique) == (muscle, "left", lot, "pistoning")


def test_the_page_tells_the_browser_and_the_form_sets_the_defaults(client, draft, lot, physio):
    client.force_login(physio)

    page = client.get(reverse("own_defaults"))
    saved = client.post(reverse("own_defaults"), {"needle": "0.30×40", "technique": "static"})
    session = client.get(edit_url(draft))

    assert page.context["form"].initial == {"needle": "0.30×40", "technique": "pistoning"}
    assert saved.status_code == 302
    assert json.loads(session.context["row_defaults"]) == {"needle": str(lot.pk), "technique": "static"}


def test_somebody_who_is_no_practitioner_has_none(db):
    with pytest.raises(ValidationError, match="Only a practitioner"):
        set_own_defaults(by=people.make_user("new", role=people.PHYSIOTHERAPIST), needle_size=None, technique="static")


# Texts -------------------------------------------------------------------------------


def test_placeholders_are_replaced_by_what_the_page_shows(patient):
    session = TreatmentSession(patient=patient, started_at=datetime(2026, 3, 9, 10, tzinfo=UTC))
    upper, lower = make_muscle(), make_muscle("infraspinatus", "Infraspinatus")
    rows = [make_needling(lower, side="left"), make_needling(upper), make_needling(upper, side="left")]

    text = filled_in("{patient}: {muscles}, {side}, on {date}. {muscles}", session, rows)

    muscles = "infraspinatus, upper trapezius"
    assert text == f"{patient.full_name}: {muscles}, left and right, on 9 March 2026. {muscles}"


@pytest.mark.parametrize("text", ["Soreness for two days.", "{patient} came on {date}."])
def test_a_text_that_does_not_speak_of_rows_needs_none(patient, text):
    session = TreatmentSession(patient=patient, started_at=timezone.now())

    assert "{" not in filled_in(text, session, [])


@pytest.mark.parametrize("text", ["The {side} side.", "{muscles}"])
def test_a_text_that_speaks_of_rows_asks_for_one(patient, text):
    session = TreatmentSession(patient=patient, started_at=timezone.now())

    with pytest.raises(ValidationError, match="Add a row first"):
        filled_in(text, session, [])


@pytest.mark.parametrize("wrong", ["{sid}", "{}", "{ side }", "{Patient}"])
def test_an_unknown_placeholder_is_refused_with_a_sentence(client, physio, wrong):
    client.force_login(physio)
    chosen = snippet(physio)

    posted = {"id": uuid.uuid4(), "name": "Mine", "field": "plan", "text": f"On the {wrong}"}
    answer = client.post(reverse("snippet_add"), posted)

    assert answer.status_code == 422
    (sentence,) = answer.context["form"].errors["text"]
    assert sentence.startswith(f"{wrong} is not a placeholder.")
    assert all(f"{{{name}}}" in sentence for name in PLACEHOLDERS)
    with pytest.raises(ValidationError):
        update_snippet(chosen, by=physio, text=wrong)
    assert Snippet.objects.get().text == chosen.text


def test_a_tap_saves_the_page_and_puts_the_text_at_the_end_of_its_field(client, draft, physio):
    client.force_login(physio)
    chosen = snippet(physio, "Again in a week, {patient}.", field="plan")
    url = reverse("session_insert_snippet", args=[draft.patient_id, draft.pk, chosen.pk])
    assert f'formaction="{url}"' in client.get(edit_url(draft)).content.decode()

    client.post(url, as_posted(draft, plan="Rest today.", note="Came by bicycle"))

    draft.refresh_from_db()
    assert draft.plan == f"Rest today.\nAgain in a week, {draft.patient.full_name}."
    assert draft.note == "Came by bicycle"


def test_the_page_sent_twice_inserts_once(draft, physio):
    chosen = snippet(physio, "Soreness for two days.")
    page = page_of(draft)

    for _ in range(2):
        save_and_insert_snippet(draft, by=physio, snippet=chosen, **page)

    draft.refresh_from_db()
    assert draft.note == "Soreness for two days."


def test_colleagues_use_what_is_shared_and_change_nothing(draft, physio):
    colleague = people.make_physiotherapist("d.okonkwo")
    theirs = snippet(colleague, "Rest.")
    with pytest.raises(ValidationError, match="no longer offered"):
        insert(theirs, draft, by=physio)

    update_snippet(theirs, by=colleague, is_shared=True)

    assert insert(theirs, draft, by=physio).note == "Rest."
    for change in (update_snippet, retire_snippet):
        with pytest.raises(PermissionDenied):
            change(theirs, by=physio)


def test_a_retired_text_is_no_longer_offered(client, draft, physio):
    chosen = snippet(physio, "Rest.")
    client.force_login(physio)

    client.post(reverse("snippet_retire", args=[chosen.pk]))

    assert client.get(edit_url(draft)).context["snippets"] == {"note": [], "plan": []}
    assert client.get(reverse("own_defaults")).context["own"] == []
    with pytest.raises(ValidationError):
        insert(chosen, draft, by=physio)


def test_a_private_text_of_another_is_not_found(client, physio):
    theirs = snippet(people.make_physiotherapist("d.okonkwo"))
    client.force_login(physio)

    assert client.get(reverse("snippet_edit", args=[theirs.pk])).status_code == 404
