"""The finder of the session's page: the clinician's own words, groups, and nothing wrong by Enter."""

import random
import uuid

import pytest
from django.templatetags.static import static
from playwright.sync_api import expect

from tests.reference_data import have_catalogue
from tests.treatments.builders import make_ready
from treatments.catalogue.groups import muscle_groups, split_list
from treatments.models import Muscle
from treatments.services import start_session

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def session_page(page, physiotherapist, patient, sign_in):
    have_catalogue()
    make_ready(patient, by=physiotherapist)
    sign_in(physiotherapist)
    draft = start_session(patient, by=physiotherapist, session_id=uuid.uuid4())
    page.goto(f"/patients/{patient.pk}/sessions/{draft.pk}/edit/")
    return page


def found(page, texts):
    """[[side, slugs or names of the hits, the best one], ...] of what is typed, by the page's own search."""
    script = """async ([url, texts]) => {
        const { prepare, search } = await import(url);
        const read = (id) => JSON.parse(document.getElementById(id).textContent);
        const entries = prepare([...read("catalogue"), ...read("muscle-groups")]);
        const name = (entry) => entry?.slug ?? entry?.name ?? null;
        return texts.map((text) => {
            const { side, hits, best } = search(entries, text);
            return [side ?? null, hits.map(name), name(best)];
        });
    }"""
    return page.evaluate(script, [static("js/session/search.js"), texts])


def test_a_random_sixty_words_find_the_right_muscle_or_all_that_could_be_meant(session_page):
    meant = {}
    for muscle in Muscle.objects.filter(kind=Muscle._meta.get_field("kind").default):
        for word in split_list(muscle.search_words):
            meant.setdefault(word.lower(), set()).add(muscle.slug)
    groups = {word.lower(): group.name for group in muscle_groups() for word in group.words}
    words = random.Random(60).sample(sorted(meant), 60)

    for word, (side, hits, best) in zip(words, found(session_page, words), strict=True):
        assert side is None, word
        assert meant[word] <= set(hits), word
        assert best is None or {best} == meant[word] or best == groups.get(word), word


@pytest.mark.parametrize(
    ("typed", "side", "best"),
    [
        ("UT R", "right", "trapezius-upper"),
        ("left infra", "left", "infraspinatus"),
        ("lev r", "right", "levator-scapulae"),
        ("rotator cuff", None, "Rotator cuff"),
        ("TA", None, None),
    ],
)
def test_the_side_is_first_or_last_and_an_ambiguous_word_has_no_best_hit(session_page, typed, side, best):
    (found_side, _, found_best) = found(session_page, [typed])[0]

    assert (found_side, found_best) == (side, best)


def test_enter_opens_a_group_and_then_adds_the_member_that_is_chosen(session_page):
    page = session_page
    page.fill("#muscle-find", "rotator cuff L")
    page.keyboard.press("Enter")
    expect(page.locator("#muscle-hits li")).to_have_count(4)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")

    row = page.locator("details[data-row]")
    expect(row).to_have_attribute("data-muscle", "infraspinatus")
    expect(row.locator("input[name$='-side'][value=left]")).to_be_checked()


def test_enter_adds_nothing_while_several_muscles_could_be_meant(session_page):
    page = session_page
    page.fill("#muscle-find", "TA R")
    page.keyboard.press("Enter")

    expect(page.locator("details[data-row]")).to_have_count(0)
    hits = page.locator("#muscle-hits li")
    expect(hits.filter(has_text="Tibialis anterior")).to_be_visible()
    expect(hits.filter(has_text="Transversus abdominis")).to_be_visible()
