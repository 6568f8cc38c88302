"""What is encrypted in the database: only with the key, only for its record, and also after the key was changed."""

import pytest
from django.core.checks import run_checks

from patients.integrity.encryption import Unreadable, decrypt, encrypt

FIRST, SECOND = "first secret " * 5, "second secret " * 5


@pytest.fixture(autouse=True)
def keys(settings):
    settings.ATTACHMENT_KEYS = [FIRST]


def test_what_was_encrypted_is_readable_again_and_not_in_between():
    key_id, encrypted = encrypt(b"content", bound_to="1")

    assert b"content" not in encrypted
    assert decrypt(encrypted, key_id=key_id, bound_to="1") == b"content"


def test_the_same_content_looks_different_each_time():
    assert encrypt(b"content", bound_to="1") != encrypt(b"content", bound_to="1")


def test_a_new_key_is_used_and_the_old_one_still_reads(settings):
    old_id, old = encrypt(b"old", bound_to="1")
    settings.ATTACHMENT_KEYS = [SECOND, FIRST]
    new_id, new = encrypt(b"new", bound_to="1")

    assert new_id != old_id
    assert decrypt(old, key_id=old_id, bound_to="1") == b"old"
    assert decrypt(new, key_id=new_id, bound_to="1") == b"new"


def test_without_a_key_of_its_own_the_secret_key_is_used_and_its_fallbacks_read(settings):
    settings.ATTACHMENT_KEYS = []
    key_id, encrypted = encrypt(b"content", bound_to="1")
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "another", [settings.SECRET_KEY]

    assert decrypt(encrypted, key_id=key_id, bound_to="1") == b"content"


def test_without_the_key_nothing_is_readable(settings):
    key_id, encrypted = encrypt(b"content", bound_to="1")
    settings.ATTACHMENT_KEYS = [SECOND]

    with pytest.raises(Unreadable):
        decrypt(encrypted, key_id=key_id, bound_to="1")


def test_changed_content_and_that_of_another_record_is_unreadable():
    key_id, encrypted = encrypt(b"content", bound_to="1")
    changed = encrypted[:-1] + bytes([encrypted[-1] ^ 1])

    for stored, record in ((encrypted, "2"), (changed, "1"), (b"", "1"), (encrypted[:5], "1")):
        with pytest.raises(Unreadable):
            decrypt(stored, key_id=key_id, bound_to=record)


@pytest.mark.parametrize(
    ("keys", "debug", "ids"),
    [
        ([], False, ["filiform.W001"]),
        ([], True, []),
        ([FIRST], False, []),
        ([FIRST, "short"], False, ["filiform.E001"]),
    ],
)
def test_a_missing_or_short_key_is_reported(settings, keys, debug, ids):
    settings.ATTACHMENT_KEYS, settings.DEBUG = keys, debug

    assert [found.id for found in run_checks(tags=["security"]) if found.id.startswith("filiform")] == ids
