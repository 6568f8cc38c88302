"""Reads a file of any format as a table."""

from .bundles import looks_like_json, read_bundle
from .tables import read_table


def read_file(raw, kind, *, encoding="", separator=""):
    """The Table in the bytes of a file with rows of this Kind. Raises ValidationError with a sentence if there is none.

    An `encoding` or `separator` that a person chose is used instead of the recognised one. A bundle has neither.
    """
    if looks_like_json(raw):
        return read_bundle(raw, kind)
    return read_table(raw, encoding=encoding, separator=separator)
