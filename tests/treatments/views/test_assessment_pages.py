"""The pages of an assessment: writing, both versions, first beside now, signing, the chart."""

import json
import uuid

import pytest
from django.urls import reverse

from patients.services import open_episode
from tests.people import PASSWORD
from tests.treatments.builders import make_assessment, make_signed_assessment
from treatments.models import Assessment


@pytest.fixture
def episode(patient, physiotherapist):
    return open_episode(patient, by=physiotherapist, complaint="Neck pain", region="neck")


@pytest.fixture
def page(client, episode, physiotherapist):
    """Open and post the pages of a draft."""
    client.force_login(physiotherapist)
    return Page(client, make_assessment(episode, by=physiotherapist, pain_now=None, red_flags=""))


class Page:
    def __init__(self, client, draft):
        self.client, self.draft = client, draft

    def url(self, name="assessment_edit"):
        return reverse(name, args=[self.draft.patient_id, self.draft.pk])

    def shown(self):
        """The values that the page sends when nothing is changed."""
        form = self.client.get(self.url()).context["form"]
        values = {bound.html_name: bound.value() for bound in form}
        values["started_at"] = f"{self.draft.started_at:%Y-%m-%dT%H:%M}"
        return {name: value for name, value in values.items() if value not in (None, "", [])}

    def post(self, *, version=None, autosave=False, **values):
        self.draft.refresh_from_db()
        tokens = {"version": version or self.draft.version, "save_token": str(uuid.uuid4()), "whole": "1"}
        headers = {"X-Autosave": "1"} if autosave else {}
        return self.client.post(self.url(), self.shown() | tokens | values, headers=headers)

    def stored(self):
        return Assessment.objects.get(pk=self.draft.pk)


AREA = {"view": "posterior", "points": [[200, 100], [230, 110], [220, 150]]}


def test_what_is_typed_is_stored_and_the_rest_stays_empty(page):
    answer = page.post(
        pain_now="6",
        day_patterns=["stiff_mornings"],
        aggravating="Desk",
        surgery_when="March 2019",
        site_1_region="neck",
        site_1_side="right",
        site_1_pain="6",
        drawing=json.dumps([AREA]),
    )

    stored = page.stored()
    assert (answer.status_code, stored.status) == (302, "draft")
    assert (stored.pain_now, stored.day_patterns, stored.aggravating) == (6, ["stiff_mornings"], "Desk")
    assert (stored.surgery_when, stored.history) == ("2019-03", "")
    assert stored.sites == [{"region": "neck", "side": "right", "note": "", "pain": 6}]
    assert stored.drawing == [AREA]


def test_a_page_sent_as_it_was_opened_changes_no_answer(page):
    page.post(surgery_when="14 Mar 2019", drawing=json.dumps([AREA]), site_1_region="neck", pain_worst="8")
    before = page.stored()

    page.post()

    after = page.stored()
    names = ["surgery_when", "drawing", "sites", "pain_worst", "started_at"]
    assert [getattr(after, name) for name in names] == [getattr(before, name) for name in names]


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"pain_now": "11"}, "pain_now"),
        ({"site_2_pain": "3"}, "site_2_region"),
        ({"site_1_region": "elsewhere"}, "site_1_region"),
        ({"surgery_when": "32 Marvember"}, "surgery_when"),
        ({"surgery_when": "2999"}, "surgery_when"),
        ({"started_at": "2999-01-01T10:00"}, "started_at"),
        ({"drawing": "{"}, "drawing"),
        ({"drawing": '{"view": 1}'}, "drawing"),
        ({"drawing": json.dumps([AREA | {"view": "inside"}])}, "drawing"),
        ({"drawing": json.dumps([AREA | {"view": ["posterior"]}])}, "drawing"),
        ({"drawing": json.dumps([AREA | {"points": [[0, 0], [401, 0], [0, 1]]}])}, "drawing"),
        ({"drawing": json.dumps([AREA | {"points": [[0, 0], [1, -1], [0, 1]]}])}, "drawing"),
        ({"drawing": json.dumps([AREA | {"points": [[0, 0], [1, 1.5], [0, 1]]}])}, "drawing"),
        ({"drawing": json.dumps([AREA | {"points": [[0, 0], [1, 1]]}])}, "drawing"),
        ({"drawing": json.dumps([AREA | {"points": [[1, 1]] * 201}])}, "drawing"),
        ({"drawing": json.dumps([AREA] * 41)}, "drawing"),
        ({"drawing": "[[1, NaN]]"}, "drawing"),
        ({"drawing": "[" * 90_000}, "drawing"),
    ],
)
def test_what_cannot_be_is_refused_beside_its_field_and_everything_else_is_kept(page, values, field):
    answer = page.post(**values, easing="Heat")

    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == [field]
    assert page.stored().easing == "Heat"


def test_an_autosave_says_what_is_missing_and_what_is_wrong(page):
    answer = page.post(autosave=True, pain_now="12", red_flags="found").json()

    assert [item["target"] for item in answer["missing"]] == ["id_red_flags_detail"]
    assert list(answer["errors"]) == ["pain_now"]
    assert answer["version"] == page.stored().version


def test_of_two_versions_the_person_chooses_answer_by_answer(page):
    page.post(easing="Heat", drawing=json.dumps([AREA]))

    refused = page.post(version=page.draft.version, easing="Lying down", drawing="")
    differences = {one.name: one.take_theirs for one in refused.context["differences"]}
    settled = page.post(resolve="1", easing="Lying down", drawing="", **{"choice-2": "drawing"})

    assert (refused.status_code, differences) == (409, {"easing": False, "drawing": True})
    assert settled.status_code == 302
    assert (page.stored().easing, page.stored().drawing) == ("Lying down", [AREA])


def test_a_page_that_arrived_cut_short_is_refused(page):
    sent = {"version": page.draft.version, "save_token": str(uuid.uuid4()), "easing": "Heat"}

    assert page.client.post(page.url(), sent).status_code == 400
    assert page.stored().easing == ""


def test_sign_leads_to_what_is_missing_and_then_to_the_proof(page):
    lacking = page.client.get(page.post(sign="1").url)
    proof = page.client.get(page.post(sign="1", red_flags="none").url)
    sent = {"version": page.stored().version, "password": PASSWORD}
    signed = page.client.post(page.url("assessment_prove"), sent)

    assert (lacking.status_code, [item.target for item in lacking.context["lacking"]]) == (422, ["id_red_flags"])
    assert proof.status_code == 200
    assert (signed.status_code, signed.url) == (302, page.url("assessment_detail"))
    assert page.stored().is_signed


def test_what_was_changed_since_it_was_shown_is_not_signed(page):
    page.post(red_flags="none")
    shown = page.stored().version
    page.post(red_flags="found", red_flags_detail="Night sweats")

    answer = page.client.post(page.url("assessment_prove"), {"version": shown, "password": PASSWORD})

    assert answer.status_code == 422
    assert page.stored().is_draft


def test_a_reassessment_shows_the_first_answer_and_takes_one_over(client, episode, physiotherapist):
    first = make_signed_assessment(episode, by=physiotherapist, pain_now=6, easing="Heat", medication="Ibuprofen")
    client.force_login(physiotherapist)
    page = Page(client, make_assessment(episode, by=physiotherapist, pain_now=3))

    shown = client.get(page.url()).context
    page.post(as_first="easing")

    rows = {row.name: row for part in shown["parts"] for row in part.rows}
    assert shown["first"] == first
    assert (rows["pain_now"].first, rows["pain_now"].change) == ("6", -3)
    assert not rows["red_flags"].can_be_as_first
    assert (page.stored().easing, page.stored().medication) == ("Heat", "")


def test_the_chart_lists_assessments_between_the_sessions(client, episode, physiotherapist):
    signed = make_signed_assessment(episode, by=physiotherapist)
    draft = make_assessment(episode, by=physiotherapist)
    client.force_login(physiotherapist)

    timeline = client.get(reverse("patient_chart", args=[episode.patient_id])).context["page"]

    assert [between.record for between in timeline.earliest] == [draft, signed]
    assert timeline.counting_assessments == [draft, signed]


def test_the_page_corrects_one_answer_and_the_record_shows_both(client, episode, physiotherapist):
    client.force_login(physiotherapist)
    kept = {"findings": "Stiff C5", "sites": [{"region": "neck", "side": "left", "note": "", "pain": 3}]}
    page = Page(client, make_signed_assessment(episode, by=physiotherapist, **kept))
    opened = client.get(page.url("assessment_amend")).context
    shown = {bound.html_name: bound.value() for form in ("form", "corrections") for bound in opened[form]}
    sent = {name: value for name, value in shown.items() if value not in (None, "", [])} | {"seen": "0"}

    wrong = client.post(
        page.url("assessment_amend"), sent | {"pain_now": "11", "reason": "Misheard", "password": PASSWORD}
    )
    client.post(page.url("assessment_amend"), sent | {"pain_now": "4", "reason": "Misheard", "password": PASSWORD})

    amendment = page.stored().amendments.get()
    assert (wrong.status_code, amendment.text) == (422, "Pain now: 4, not 6.")
    record = client.get(page.url("assessment_detail")).content.decode()
    assert "<s>6</s>" in record and "Corrected" in record
    assert "1 amendment" in record
