"""The keys that entries of the audit trail are sealed with. They come from the settings and are never in the database.

SEAL_KEYS lists them, the current one first. Without it, one is derived from SECRET_KEY. Old keys stay in the list, or
SECRET_KEY_FALLBACKS, so that what they sealed can be verified.
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


def _keys():
    return _derived(tuple(settings.SEAL_KEYS), settings.SECRET_KEY, tuple(settings.SECRET_KEY_FALLBACKS))


@lru_cache(maxsize=4)
def _derived(seal_keys, secret_key, fallbacks):
    keys = [hmac.new(PURPOSE, secret.encode(), sha256).digest() for secret in (*seal_keys, secret_key, *fallbacks)]
    return {sha256(PURPOSE + key).hexdigest()[:8]: key for key in keys}
