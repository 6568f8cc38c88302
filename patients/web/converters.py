"""What an id in an address looks like."""

from django.urls import register_converter
from django.urls.converters import IntConverter


class RecordId(IntConverter):
    """A number that fits the database's 64-bit keys; a longer one is 'not found', not an overflow."""

    regex = "[0-9]{1,18}"


register_converter(RecordId, "id")
