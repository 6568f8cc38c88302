"""The hash that proves later what was signed."""

import datetime
import hashlib
import json

SESSION_FIELDS = (
    "id patient_id episode_id practitioner_id appointment_id started_at position pain_before pain_after"
    " needles_inserted needles_removed no_reaction co_treatments advice plan note signed_at signed_by_id"
).split()
NEEDLING_FIELDS = (
    "id sort_order muscle_id side trigger_point_id location point_state taut_band needle_id depth_mm technique"
    " frequency_hz insertions twitch twitch_count retention_seconds referred_pain_reproduced response"
).split()
MEASUREMENT_FIELDS = "id sort_order kind muscle_id movement side before after unit".split()
EVENT_FIELDS = "id type grade onset_at action outcome resolved_on reported_to".split()


def content_hash(session):
    """SHA-256, hexadecimal, of the session with its needlings, measurements and reactions in canonical JSON."""
    content = {
        "session": _values(session, SESSION_FIELDS),
        "needlings": _sorted(session.needlings.all(), NEEDLING_FIELDS),
        "measurements": _sorted(session.measurements.all(), MEASUREMENT_FIELDS),
        "events": _sorted(session.reactions, EVENT_FIELDS),
    }
    canonical = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(canonical.encode()).hexdigest()


def _sorted(rows, fields):
    return sorted((_values(row, fields) for row in rows), key=lambda values: values["id"])


def _values(row, fields):
    return {field: _canonical(getattr(row, field)) for field in fields}


def _canonical(value):
    """The same text whatever engine the value came from: decimals without trailing zeros, times in UTC."""
    if value is None or isinstance(value, bool | int | list):
        return value
    if hasattr(value, "utcoffset"):
        return value.astimezone(datetime.UTC).isoformat(timespec="microseconds")
    if hasattr(value, "normalize"):
        return f"{value.normalize():f}"
    return str(value)
