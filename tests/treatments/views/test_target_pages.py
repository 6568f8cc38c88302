"""Other targets and free entries on the session's page, and the admin who lets a free entry count as an entry."""

import re

import pytest

from tests.treatments.builders import make_needling, make_signed
from tests.treatments.pages import as_posted, edit_url, row, save
from treatments.catalogue.free_entries import free_text, read_free_entry
from treatments.models import Muscle, Needling, SessionSummary
from treatments.outcomes.facts import MUSCLE

WORDS = "Knot at the graft, lower end"


def base(slug="other-structure"):
    return Muscle.objects.get(slug=slug)


def free_text_row(text, **fields):
    """The fields of a row whose muscle is the text that stands for a free entry."""
    fields = row(**fields)
    return fields | {f"needling-{fields['needling'][0]}-muscle": text}


def signed_free_entry(patient, physiotherapist, words=WORDS, slug="other-tendon"):
    muscle = read_free_entry(free_text(slug, "thigh", words), [base(slug)])
    make_signed(patient, by=physiotherapist, needlings=[make_needling(muscle)])
    return Muscle.objects.get(kind="free")


def test_a_row_in_own_words_is_saved_by_the_browsers_text_and_stays_itself(client, draft):
    text = free_text("other-scar", "leg", WORDS)

    first = save(client, draft, **free_text_row(text, depth_mm="5"))
    again = save(client, draft, **free_text_row(text, depth_mm="6"))
    by_key = save(client, draft, **free_text_row(Muscle.objects.get(kind="free").pk, depth_mm="7"))

    assert [first.status_code, again.status_code, by_key.status_code] == [200] * 3
    stored = Needling.objects.get()
    assert (stored.muscle.name_en, stored.muscle.region, stored.depth_mm) == (WORDS, "leg", 7)
    page = client.get(edit_url(draft))
    assert [form.shown_muscle for form in page.context["record"].needlings] == [stored.muscle]


def test_a_bad_row_in_own_words_gets_a_sentence_and_blocks_only_itself(client, draft):
    answer = save(client, draft, pain_before="4", **free_text_row(free_text("other-scar", "", WORDS)))

    assert answer.status_code == 422
    assert "region" in next(iter(answer.json()["errors"].values()))[0]
    draft.refresh_from_db()
    assert (draft.pain_before, draft.needlings.count()) == (4, 0)


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"add_words": "ab"}, "3 to 80"),
        ({"add_region": ""}, "region"),
        ({"add_base": ""}, "kind"),
        ({"add_words": "Diaphragm"}, "not needled"),
        ({"add_words": "x" * 81}, "80"),
    ],
)
def test_without_javascript_words_that_are_no_target_come_back_with_a_sentence(client, draft, typed, sentence):
    asked = {"add_words": WORDS, "add_base": "other-structure", "add_region": "thigh", "free_side": "left"} | typed

    answer = save(client, draft, autosave=False, action="add_free", **asked)

    assert answer.status_code == 422
    form = answer.context["record"].free_entry
    assert sentence in str(form.errors["add_words"]) + str(form.errors)
    assert {name: form[name].value() for name in asked} == asked
    assert not Needling.objects.exists()


def test_without_javascript_a_row_in_own_words_is_added(client, draft):
    asked = {"add_words": WORDS, "add_base": "other-structure", "add_region": "thigh", "free_side": "left"}

    answer = save(client, draft, autosave=False, action="add_free", **asked)

    assert answer.status_code == 302
    assert [(r.muscle.name_en, r.side) for r in Needling.objects.all()] == [(WORDS, "left")]


def test_an_entry_without_a_region_cannot_be_a_row(client, draft):
    answer = save(client, draft, **row(muscle="burn-scar"))

    assert answer.status_code == 422
    assert not Needling.objects.exists()


def test_the_page_asks_for_pelvic_consent_only_while_a_row_needs_it(client, draft):
    assert not client.get(edit_url(draft)).context["record"].needs_pelvic_consent

    save(client, draft, **row(muscle="levator-ani"))
    assert client.get(edit_url(draft)).context["record"].needs_pelvic_consent

    answer = save(client, draft, pelvic_consent="on", chaperone="accepted", chaperone_name="Ada Berg")
    assert answer.status_code == 200
    draft.refresh_from_db()
    assert (draft.pelvic_consent, draft.chaperone, draft.chaperone_name) == (True, "accepted", "Ada Berg")

    save(client, draft, chaperone="declined", chaperone_name="Ada Berg")
    draft.refresh_from_db()
    assert (draft.chaperone, draft.chaperone_name) == ("declined", "")


def test_both_versions_of_a_row_in_own_words_can_be_compared(client, draft):
    text = free_text("other-scar", "leg", WORDS)
    save(client, draft, **free_text_row(text))
    stale = as_posted(draft, **free_text_row(text, depth_mm="9"))
    save(client, draft, **free_text_row(text, depth_mm="4"))

    answer = client.post(edit_url(draft), stale)

    assert answer.status_code == 409
    assert [(d.mine, d.theirs) for d in answer.context["differences"]] == [("9", "4")]


def test_an_admin_lets_a_free_entry_count_as_an_entry(client, admin, patient, physiotherapist, catalogue):
    free = signed_free_entry(patient, physiotherapist)
    client.force_login(admin)
    url = f"/admin/treatments/muscle/{free.pk}/change/"

    wrong = client.post(url, {"counts_as": base("achilles-tendon").pk})  # of another region
    answer = client.post(url, {"counts_as": base("adductor-tendon").pk, "name_en": "Other words", "region": "leg"})

    assert (wrong.status_code, answer.status_code) == (200, 302)
    assert wrong.context["adminform"].form.errors["counts_as"]
    free.refresh_from_db()
    assert (free.counts_as.slug, free.name_en, free.region) == ("adductor-tendon", WORDS, "thigh")
    keys = SessionSummary.objects.filter(axis=MUSCLE, sessions__gt=0).values_list("key", flat=True)
    assert set(keys) == {str(free.counts_as_id)}


def test_an_admin_cannot_make_a_free_entry_or_let_a_muscle_count_as_another(client, admin, catalogue):
    client.force_login(admin)

    form = client.get("/admin/treatments/muscle/add/").context["adminform"].form

    assert "counts_as" not in form.fields
    assert "free" not in dict(form.fields["kind"].choices)


def test_the_history_of_an_entry_has_the_free_entries_that_count_as_it(client, patient, physiotherapist, catalogue):
    free = signed_free_entry(patient, physiotherapist)
    entry = base("adductor-tendon")
    Muscle.objects.filter(pk=free.pk).update(counts_as=entry)
    client.force_login(physiotherapist)

    for slug in (free.slug, entry.slug):
        page = client.get(f"/patients/{patient.pk}/muscles/{slug}/").context["page"]
        assert [needling.muscle_id for needling in page] == [free.pk]


def test_notes_and_warnings_at_a_row_link_to_their_sources(client, draft):
    deep = {"muscle": "rhomboid-major", "depth_mm": "22"}  # a published finding speaks against it, and another for it
    save(client, draft, **row(**deep))
    rows = row(**deep) | row(2, muscle="rectus-capitis-posterior-major")  # it has a remark with a source
    save(client, draft, **rows | {"needling": [*row()["needling"], *row(2)["needling"]]})

    page = client.get(edit_url(draft) + "?plain").content.decode()

    notes = re.findall(r"data-remark[^>]*>.*?</p>", page, re.S)
    assert sum('href="/sources/#rcpmaj-2025"' in note and "hidden>" not in note for note in notes) == 1
    assert 'href="/sources/#valera-calero-rhomboid"' in page
    assert "[@" not in page + client.get(f"/patients/{draft.patient_id}/sessions/{draft.pk}/").content.decode()
