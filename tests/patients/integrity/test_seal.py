"""The canonical text of each kind of value. These expectations must never change."""

import uuid
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from django.db import connection

from patients.integrity.seal import SHA256_SQL, ascii_canonical, canonical, plain, sha256_of, short_time
from patients.models import Consent

pytestmark = pytest.mark.both_engines

EAST = timezone(timedelta(hours=2))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, None),
        (True, True),
        (False, False),
        (0, 0),
        ([1, "b"], [1, "b"]),
        ("Zoë", "Zoë"),
        (Consent.Method.VERBAL, "verbal"),
        (Decimal("2.50"), "2.5"),
        (Decimal("200.000"), "200"),
        (Decimal("1E+2"), "100"),
        (date(2026, 11, 25), "2026-11-25"),
        (datetime(2026, 11, 25, 9, 30, tzinfo=EAST), "2026-11-25T07:30:00.000000+00:00"),
        (datetime(2026, 11, 25, 9, 30, 0, 5, tzinfo=UTC), "2026-11-25T09:30:00.000005+00:00"),
        (uuid.UUID(int=7), "00000000-0000-0000-0000-000000000007"),
    ],
)
def test_plain_values(value, text):
    assert plain(value) == text


def test_the_two_forms_differ_in_letters_outside_ascii_only():
    content = {"b": ["Zoë", 1], "a": None}

    assert canonical(content) == '{"a":null,"b":["Zoë",1]}'
    assert ascii_canonical(content) == '{"a":null,"b":["Zo\\u00eb",1]}'


def test_a_short_time_has_a_fraction_only_if_there_is_one():
    assert short_time(datetime(2026, 11, 25, 9, 30, tzinfo=EAST)) == "2026-11-25T07:30:00+00:00"
    assert short_time(datetime(2026, 11, 25, 9, 30, 0, 120_000, tzinfo=UTC)) == "2026-11-25T09:30:00.120000+00:00"


def test_the_database_computes_the_same_hash(db):
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {SHA256_SQL[connection.vendor].format('%s')}", ["Zoë “Z”"])

        assert cursor.fetchone() == (sha256_of("Zoë “Z”"),)
