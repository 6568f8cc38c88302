"""The session's page is small, because browsers keep what is the same on every page."""

import json
import re
import uuid

import pytest

from tests.treatments.pages import edit_url, row, save
from treatments.models import Muscle, TriggerPoint


def address_of(client, draft):
    """Where the page loads its parts from."""
    return re.search(r'src="(/sessions/parts/[^"]+)"', client.get(edit_url(draft)).content.decode())[1]


def parts_at(client, address):
    text = client.get(address).content.decode()
    return json.loads(text.removeprefix("globalThis.sessionParts = ").removesuffix(";"))


def rows(number, needle):
    muscles = ["trapezius-upper", "levator-scapulae", "infraspinatus"]
    fields = {"depth_mm": "20", "needle": needle.pk, "technique": "pistoning", "twitch": "yes", "insertions": "2"}
    made = [
        row(each, muscle=muscles[each % 3], side=["left", "right"][each % 2], **fields) for each in range(1, number + 1)
    ]
    return {name: value for one in made for name, value in one.items()} | {
        "needling": [str(uuid.UUID(int=each)) for each in range(1, number + 1)]
    }


@pytest.mark.parametrize(("number", "most"), [(3, 80_000), (12, 110_000)])
def test_a_page_is_small(client, draft, needle, number, most):
    save(client, draft, **rows(number, needle))

    page = client.get(edit_url(draft)).content

    assert page.count(b"data-row=") == number
    assert len(page) < most


def test_a_browser_keeps_the_parts_until_the_catalogue_changes(client, draft):
    muscle = Muscle.objects.get(slug="infraspinatus")
    old = address_of(client, draft)
    assert client.get(old)["Cache-Control"] == "private, max-age=31536000, immutable"

    muscle.caution = "Suprascapular nerve in its notch"
    muscle.save()
    new = address_of(client, draft)
    TriggerPoint.objects.create(muscle=muscle, label="A new point")

    assert new != old
    assert "immutable" not in client.get(old)["Cache-Control"]
    latest = address_of(client, draft)
    found = next(each for each in parts_at(client, latest)["muscles"] if each["slug"] == muscle.slug)
    assert latest not in (old, new)
    assert found["caution"] == muscle.caution
    assert "A new point" in [point["label"] for point in found["points"]]


def test_a_row_arrives_as_its_values_and_without_javascript_with_its_fields(client, draft, needle):
    save(client, draft, **rows(1, needle))
    depth = f'name="needling-{uuid.UUID(int=1)}-depth_mm"'

    small, plain = (client.get(edit_url(draft) + more).content.decode() for more in ("", "?plain"))

    assert f'<input type="hidden" {depth} value="20">' in small
    assert '<noscript><meta http-equiv="refresh" content="0; url=?plain"></noscript>' in small
    assert re.search(rf'{depth} type="text"[^>]*value="20"', plain)
    assert "<noscript>" not in plain
    assert "/sessions/parts/" not in plain


def test_a_retired_muscle_of_a_row_is_sent_with_the_page(client, draft, needle):
    save(client, draft, **rows(1, needle))
    muscle = draft.needlings.get().muscle
    muscle.is_active = False
    muscle.save()

    page = client.get(edit_url(draft)).content.decode()

    own = json.loads(re.search(r'<script id="own-muscles"[^>]*>(.*?)</script>', page)[1])
    assert [each["slug"] for each in own] == [muscle.slug]
    assert muscle.slug not in [each["slug"] for each in parts_at(client, address_of(client, draft))["muscles"]]
