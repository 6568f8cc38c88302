"""Every word that clinicians use finds the right first hit, or all muscles that could be meant, by the page's search.

It runs in the Node that Playwright brings along.
"""

import csv
import json
import subprocess
from pathlib import Path

import pytest
from django.conf import settings
from playwright._impl._driver import compute_driver_executable

from treatments.catalogue.lookup import Catalogue
from treatments.evidence.groups import muscle_groups
from treatments.models import Muscle

WORDS = Path(__file__).with_name("muscle_words.csv")
SEARCH = settings.BASE_DIR / "static" / "js" / "session" / "search.js"
SCRIPT = """
const entries = prepare(given.entries);
const key = (entry) => entry?.slug ?? null;
const results = given.words.map((word) => {
  const { side, hits, best } = search(entries, word);
  return [side ?? null, hits.map(key), key(best)];
});
process.stdout.write(JSON.stringify(results));
"""


def search_all(words):
    """[[side, slugs of the hits, slug of the best hit], ...] of what is typed."""
    groups = [
        {"slug": group.key, "name": group.title, "words": [group.title, *group.words], "members": group.members}
        for group in muscle_groups()
    ]
    given = json.dumps({"entries": [*Catalogue(on=None).as_json(), *groups], "words": words})
    script = f"const given = {given};\n{SEARCH.read_text(encoding='utf-8').replace('export ', '')}\n{SCRIPT}"
    node = str(compute_driver_executable()[0])
    ran = subprocess.run([node, "-"], input=script, text=True, capture_output=True, check=True)
    return json.loads(ran.stdout)


def test_every_word_finds_its_muscle_first_or_all_that_could_be_meant(catalogue):
    with WORDS.open(newline="", encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines))
    meant = {}
    for row in rows:
        word = meant.setdefault(row["word"].casefold(), (set(), set()))
        word[0].update({row["muscle"], *row["also_muscles"].split()})
        word[1].update(row["also_groups"].split())
    wrong, first = {}, 0
    for (word, (muscles, groups)), (side, hits, best) in zip(meant.items(), search_all(list(meant)), strict=True):
        # Without a best hit, Enter adds nothing: the person chooses from the list.
        is_right = muscles <= set(hits) and (best in {None, *groups} or {best} == muscles)
        if side is not None or not is_right:
            wrong[word] = (sorted(muscles), sorted(groups), side, hits[:4], best)
        first += hits[0] in muscles | groups

    assert wrong == {}
    assert first > 0.98 * len(meant) > 700


@pytest.mark.parametrize("field", ["synonyms", "search_words", "display_name", "name_en"])
def test_every_name_of_the_catalogue_finds_its_entry(catalogue, field):
    entries = [muscle for muscle in Muscle.objects.active() if getattr(muscle, field)]
    words = [
        (entry.slug, word.strip()) for entry in entries for word in getattr(entry, field).split(";") if word.strip()
    ]

    found = search_all([word for _, word in words])

    assert [(slug, word) for (slug, word), (_, hits, _) in zip(words, found, strict=True) if slug not in hits] == []


@pytest.mark.parametrize("typed", ["iliopsoas", "levator ani", "popliteus"])
def test_what_is_named_exactly_so_comes_first(catalogue, typed):
    ((_, hits, _),) = search_all([typed])

    assert hits[0] == typed.replace(" ", "-")


@pytest.mark.parametrize(
    ("typed", "side", "best"),
    [
        ("UT R", "right", "trapezius-upper"),
        ("left infra", "left", "infraspinatus"),
        ("lev r", "right", "levator-scapulae"),
        ("rotator cuff", None, "rotator-cuff"),
        ("TA", None, None),
    ],
)
def test_the_side_is_first_or_last_and_an_ambiguous_word_has_no_best_hit(catalogue, typed, side, best):
    (found_side, _, found_best) = search_all([typed])[0]

    assert (found_side, found_best) == (side, best)
