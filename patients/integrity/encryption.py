"""Encrypt what must not be readable in the database alone, such as attachments, with AES-256-GCM.

ATTACHMENT_KEYS lists the secrets, the current one first. Without it, a key is derived from SECRET_KEY. Old secrets stay
in the list, or in SECRET_KEY_FALLBACKS, because what they encrypted stays encrypted with them.
"""

import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.core.checks import Error, Tags, Warning, register

from .keys import keys_for

PURPOSE = b"filiform.attachments"
NONCE_BYTES = 12  # the length that NIST SP 800-38D recommends
SHORTEST_SECRET = 32


class Unreadable(Exception):
    """The content cannot be decrypted. The text of the exception is a sentence that says why."""


def encrypt(content, *, bound_to):
    """(id of the key, encrypted content) of some bytes.

    `bound_to` is a text, such as the id of its record, without which it cannot be decrypted: so the content of two
    records cannot be exchanged.
    """
    key_id, key = next(iter(_keys().items()))
    nonce = os.urandom(NONCE_BYTES)
    return key_id, nonce + AESGCM(key).encrypt(nonce, content, bound_to.encode())


def decrypt(encrypted, *, key_id, bound_to):
    """The bytes that were encrypted. Raises Unreadable if the settings lack the key, or the content was changed."""
    key = _keys().get(key_id)
    if key is None:
        raise Unreadable(f"its key {key_id} is not in ATTACHMENT_KEYS")
    encrypted = bytes(encrypted)
    try:
        return AESGCM(key).decrypt(encrypted[:NONCE_BYTES], encrypted[NONCE_BYTES:], bound_to.encode())
    except (InvalidTag, ValueError) as error:
        raise Unreadable("its encrypted content was changed, or belongs to another record") from error


def _keys():
    return keys_for(PURPOSE, settings.ATTACHMENT_KEYS)


@register(Tags.security)
def check_keys(app_configs, **kwargs):
    """Report an encryption key that is missing in production, or too short."""
    make = "python3 -c 'import secrets; print(secrets.token_urlsafe(64))'"
    if any(len(secret) < SHORTEST_SECRET for secret in settings.ATTACHMENT_KEYS):
        short = f"A secret in ATTACHMENT_KEYS has fewer than {SHORTEST_SECRET} characters."
        return [Error(short, hint=f"Make a long random one: {make}", id="filiform.E001")]
    if not settings.ATTACHMENT_KEYS and not settings.DEBUG:
        missing = "ATTACHMENT_KEYS is not set, so attachments are encrypted with a key derived from SECRET_KEY."
        return [
            Warning(missing, hint=f"Set it to a secret of its own ({make}) and keep a copy.", id="filiform.W001"),
        ]
    return []
