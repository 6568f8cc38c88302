"""The secrets of the settings, as keys with ids. They come from the environment and are never in the database.

SEAL_KEYS lists those that entries of the audit trail are sealed with, the current one first. Without it, one is derived
from SECRET_KEY. Old keys stay in the list, or SECRET_KEY_FALLBACKS, so that what they sealed can be verified.
"""

import hmac
from functools import lru_cache
from hashlib import sha256

from django.conf import settings

PURPOSE = b"filiform.seal"


def current_key_id():
    """The id of the key that new entries are sealed with: eight hexadecimal digits that do not reveal it."""
    return next(iter(_keys()))


def is_known(key_id):
    """Whether the settings have the key with this id."""
    return key_id in _keys()


def keyed(content, key_id):
    """HMAC-SHA-256 of a text with the key of this id, in hexadecimal. Raises KeyError for a key that is not set."""
    return hmac.new(_keys()[key_id], content.encode(), sha256).hexdigest()


def keys_for(purpose, secrets):
    """{id: key of 32 bytes} derived for this purpose from these secrets, then from SECRET_KEY and its fallbacks."""
    return _derived(purpose, (*secrets, settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS))


def _keys():
    return keys_for(PURPOSE, settings.SEAL_KEYS)


@lru_cache(maxsize=8)
def _derived(purpose, secrets):
    keys = [hmac.new(purpose, secret.encode(), sha256).digest() for secret in secrets]
    return {sha256(purpose + key).hexdigest()[:8]: key for key in keys}
