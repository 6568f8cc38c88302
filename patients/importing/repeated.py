"""Recognises rows that were imported before, without keeping their content."""

import hmac
import json
from hashlib import sha256

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder

from patients.integrity.keys import keys_for
from patients.integrity.portions import portions
from patients.models import ImportedRow

PURPOSE = b"filiform.imported-rows"
LOOKED_UP_AT_ONCE = 500


def fingerprints(kind, values):
    """The keyed hashes of a row's values, with the current key first. Without the key nobody can test guesses."""
    given = {name: value for name, value in values.items() if value not in ("", None)}
    content = json.dumps([kind, given], sort_keys=True, cls=DjangoJSONEncoder).encode()
    keys = keys_for(PURPOSE, settings.SEAL_KEYS).values()
    return [hmac.new(key, content, sha256).hexdigest() for key in keys]


def find_imported(kind, rows):
    """Set the `fingerprint` of these Rows, and `matched` of those that an import which was not undone has stored."""
    wanted = {}
    for row in rows:
        found = fingerprints(kind.key, row.values)
        row.fingerprint = found[0]
        wanted |= dict.fromkeys(found, row)
    records = {}
    for some in portions(list(wanted), LOOKED_UP_AT_ONCE):
        imported = ImportedRow.objects.filter(fingerprint__in=some, file_import__undone_at=None)
        records |= dict(imported.values_list("fingerprint", "record_id"))
    stored = {}
    for some in portions(sorted(set(records.values())), LOOKED_UP_AT_ONCE):
        stored |= {str(pk): record for pk, record in kind.model.objects.in_bulk(some).items()}
    for fingerprint, record_id in records.items():
        wanted[fingerprint].matched = stored.get(record_id)
