"""The hash that binds a signature to what was agreed, or declined: words, regions, names and drawing."""

import datetime
import hashlib
import json

from patients.models import ConsentForm

AGREED = (
    "id patient_id form_id method scope explained training given_at explained_by_id signing signed_name signature"
    " witness_name guardian_name guardian_relationship"
).split()
# Of a refusal alone, and left out where empty: consents given before there were refusals keep their hashes.
DECLINED = "refusal_words offered_instead".split()


def consent_hash(consent):
    """SHA-256, hexadecimal, of a consent with the text of its form in canonical JSON. Its withdrawal is no part."""
    content = {field: _canonical(getattr(consent, field)) for field in AGREED}
    content |= {field: value for field in DECLINED if (value := getattr(consent, field))}
    content["text"] = [getattr(consent.form, field) for field, _ in ConsentForm.SECTIONS]
    canonical = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(canonical.encode()).hexdigest()


def _canonical(value):
    """The same text whatever engine the value came from: times in UTC, keys as text."""
    if isinstance(value, datetime.datetime):
        return value.astimezone(datetime.UTC).isoformat(timespec="microseconds")
    return value if value is None or isinstance(value, list | int) else str(value)
