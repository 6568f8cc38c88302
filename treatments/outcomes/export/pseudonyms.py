"""Names for people and records that mean nothing to whoever has not the clinic's secret key."""

import hmac

from django.utils.crypto import salted_hmac

LETTERS = {"patient": "P", "episode": "E", "session": "S", "practitioner": "T"}
# 64 bits: among a million sessions two share a name once in 40 million exports.
DIGITS = 16


class Pseudonyms:
    """The same person has the same name in every export of the clinic, for as long as SECRET_KEY stays.

    In a file with names the pseudonyms are others: it is no key to the files without.
    """

    def __init__(self, *, identified):
        kind = "identified" if identified else "pseudonymised"
        self._keys = {
            what: salted_hmac(f"treatments.outcomes_export.{kind}", what, algorithm="sha256").digest()
            for what in LETTERS
        }

    def of(self, what, pk):
        """`what` is a key of LETTERS; empty for no row. The letter keeps spreadsheets from reading a number."""
        if pk is None:
            return ""
        return LETTERS[what] + hmac.digest(self._keys[what], str(pk).encode(), "sha256").hex()[:DIGITS]
