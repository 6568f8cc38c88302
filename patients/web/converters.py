"""The URL converter of record ids."""

from django.urls import register_converter
from django.urls.converters import IntConverter


class RecordId(IntConverter):
    """A number that fits the database's 64-bit keys, so that a longer one is "not found" instead of an overflow."""

    regex = "[0-9]{1,18}"


register_converter(RecordId, "id")
