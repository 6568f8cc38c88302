"""The keys of what waits in a browser are different for each user and day, and given out for some days."""

import base64
import json
from datetime import timedelta

from django.utils import timezone

from clinic.accounts.draft_keys import KEPT_DAYS, draft_keys, draft_keys_as_json


def test_every_user_and_day_has_its_own_key(physiotherapist, front_desk):
    keys = list(draft_keys(physiotherapist).values()) + list(draft_keys(front_desk).values())

    assert len(set(keys)) == 2 * KEPT_DAYS
    assert {len(base64.b64decode(key)) for key in keys} == {32}


def test_a_key_is_the_same_on_every_page_until_it_is_not_given_any_more(physiotherapist):
    now = timezone.now()
    ((current, key), *_) = draft_keys(physiotherapist, now=now).items()

    for days in range(KEPT_DAYS):
        assert draft_keys(physiotherapist, now=now + timedelta(days=days))[current] == key
    assert current not in draft_keys(physiotherapist, now=now + timedelta(days=KEPT_DAYS))


def test_a_changed_secret_opens_what_was_kept_before(physiotherapist, settings):
    before = draft_keys(physiotherapist)
    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], "another secret key " * 4

    after = json.loads(draft_keys_as_json(physiotherapist))

    assert before.items() <= after.items()
    assert next(iter(after)) not in before
