"""The keys with which pages encrypt what waits in a browser until the server has it.

They are derived for each user and day from SECRET_KEY, put into the pages of this user only, and stored nowhere. Only
those of the last days are given out, so nobody can read older drafts in a browser.
"""

import base64
import hmac
import json
from datetime import timedelta
from hashlib import sha256

from django.utils import timezone

from patients.integrity.keys import keys_for

PURPOSE = b"filiform.drafts"
# How long a draft can wait in a browser, today included. Our own choice, without a source.
KEPT_DAYS = 8


def draft_keys(user, *, now=None):
    """{id: key of 32 bytes in base64} of a user, the key of today first. The id holds the day and the secret's id."""
    today = timezone.localdate(now)
    found = {}
    for days in range(KEPT_DAYS):
        day = (today - timedelta(days=days)).isoformat()
        for secret_id, secret in keys_for(PURPOSE, ()).items():
            key = hmac.new(secret, f"{user.pk} {day}".encode(), sha256).digest()
            found[f"{day} {secret_id}"] = base64.b64encode(key).decode()
    return found


def draft_keys_as_json(user):
    """The keys for a page of this user."""
    return json.dumps(draft_keys(user))
