"""The kind of visit on the session's page, and what is missing when it is signed, through the test client."""

import pytest

from tests.treatments.pages import as_posted, edit_url, save, start, targets_of_summary
from tests.treatments.views.test_session_pages import complete, sign, stored
from treatments.models import TreatmentSession


@pytest.mark.parametrize("kind", TreatmentSession.VisitKind.values)
def test_each_link_to_what_is_missing_leads_to_a_field_of_the_page(client, physiotherapist, patient, catalogue, kind):
    client.force_login(physiotherapist)
    answer = sign(client, start(client, patient), visit_kind=kind)

    page, targets = answer.content.decode(), targets_of_summary(answer)
    assert answer.status_code == 422 and targets
    assert [target for target in targets if page.count(f'id="{target}"') != 1] == []


def test_the_kind_is_saved_like_any_field_and_a_page_without_it_keeps_it(client, draft):
    save(client, draft, visit_kind="unwell", visit_reason="Fever")
    save(client, draft, visit_kind=None, note="later")

    session = stored(draft)
    assert (session.visit_kind, session.visit_reason, session.note) == ("unwell", "Fever", "later")


def test_an_unknown_kind_gets_a_sentence_and_keeps_the_rest(client, draft):
    answer = save(client, draft, visit_kind="tea", note="kept")

    assert answer.status_code == 422
    assert answer.json()["errors"].keys() == {"visit_kind"}
    assert (stored(draft).visit_kind, stored(draft).note) == ("needling", "kept")


@pytest.mark.parametrize("stopped_at", ["2199-01-01T10:00", "2001-01-01T10:00", "yesterday"])
def test_an_impossible_time_of_stopping_gets_a_sentence(client, draft, stopped_at):
    answer = save(client, draft, visit_kind="stopped", stopped_at=stopped_at, note="kept")

    assert answer.json()["errors"].keys() == {"stopped_at"}
    assert (stored(draft).stopped_at, stored(draft).note) == (None, "kept")


def test_two_versions_show_the_kinds_in_words(client, draft):
    mine = as_posted(draft, visit_kind="unwell")
    save(client, draft, visit_kind="refused")

    page = client.post(edit_url(draft), mine)

    assert [(one.name, one.mine, one.theirs) for one in page.context["differences"]] == [
        ("visit_kind", "Unwell", "Refused")
    ]


def test_one_button_removes_the_needling_of_a_visit_that_has_none(client, draft, needle):
    save(client, draft, **complete(needle) | {"visit_kind": "unwell", "visit_reason": "Fever"})
    assert stored(draft).needlings.count() == 1
    assert sign(client, draft).status_code == 422

    save(client, draft, autosave=False, action="clear_needling")

    session = stored(draft)
    assert (session.needlings.count(), session.needles_inserted, session.needles_removed) == (0, None, None)
    assert sign(client, draft).status_code == 302


def test_the_record_and_the_patients_copy_say_what_visit_it_was(client, draft):
    assert sign(client, draft, visit_kind="refused", visit_reason="Wants no needles").status_code == 302
    record, copy, paper = (
        client.get(f"/patients/{draft.patient_id}/sessions/{draft.pk}/{page}").content.decode()
        for page in ("", "copy/", "print/")
    )

    for page in (record, paper):
        assert stored(draft).get_visit_kind_display() in page and "Wants no needles" in page
    assert "You decided against needling today" in " ".join(copy.split())
    assert "dry needling visit" not in copy
