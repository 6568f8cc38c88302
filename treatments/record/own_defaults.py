"""What a new row of a session begins with where nothing is copied."""

from .protocols import lots_by_size


def row_defaults(session):
    """{"needle": key of a lot or "", "technique": value or ""}: what the practitioner of the session has set.

    The lot is one of the size that they have set and can be used on that day; see `lots_by_size`. No query without
    such a size, if the session was loaded with `practitioner__needling_defaults`.
    """
    defaults = getattr(session.practitioner, "needling_defaults", None)
    size = defaults and defaults.needle_size
    needle = lots_by_size(session).get(size) if size else None
    return {"needle": str(needle.pk) if needle else "", "technique": defaults.technique if defaults else ""}
