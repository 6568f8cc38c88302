"""Constraints of the database other than overlaps."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from clinic.models import Appointment
from tests.clinic.builders import at, make_type

pytestmark = pytest.mark.both_engines

on_sqlite = pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL has a constraint, no triggers")


@pytest.fixture
def visit(patient, physiotherapist):
    def new(clock="10:00", **fields):
        values = {"patient": patient, "practitioner": physiotherapist.practitioner, "type": make_type()}
        times = {"starts_at": at(clock), "ends_at": at(clock) + timedelta(minutes=30)}
        return Appointment(**values | times | fields)

    return new


@pytest.mark.parametrize("reason", [" ", "   "])
def test_a_blank_reason_is_refused(visit, front_desk, reason):
    with pytest.raises(IntegrityError, match="overlap_reason_and_by"), transaction.atomic():
        visit(overlap_reason=reason, overlap_by=front_desk).save()


@pytest.mark.parametrize(("minutes", "is_kept"), [(24 * 60, True), (24 * 60 + 1, False)])
def test_a_visit_longer_than_a_day_is_refused(visit, minutes, is_kept):
    row = visit(ends_at=at("10:00") + timedelta(minutes=minutes))

    if is_kept:
        row.full_clean()
        row.save()
    else:
        with pytest.raises(IntegrityError, match="within_a_day"), transaction.atomic():
            row.save()


def test_the_longest_visit_clashes_until_its_end(visit):
    visit(ends_at=at("10:00") + timedelta(days=1)).save()

    with pytest.raises(IntegrityError, match="no_overlap"), transaction.atomic():
        visit(starts_at=at("10:00") + timedelta(hours=23, minutes=59), ends_at=at("11:00") + timedelta(days=1)).save()


@pytest.mark.parametrize("pk", [-1, 0])
def test_a_row_with_any_key_clashes(visit, pk):
    visit(pk=pk).save(force_insert=True)

    with pytest.raises(IntegrityError, match="no_overlap"), transaction.atomic():
        visit().save()


@on_sqlite
def test_the_constraint_searches_a_bounded_range(db):
    with connection.cursor() as cursor:
        cursor.execute(
            "EXPLAIN QUERY PLAN SELECT 1 FROM clinic_appointment WHERE practitioner_id = 1"
            " AND starts_at < '2030-01-02' AND starts_at >= datetime('2030-01-01', '-1 day')"
            " AND +ends_at > '2030-01-01'"
        )
        plan = " ".join(row[-1] for row in cursor.fetchall())

    assert "practitioner_id=? AND starts_at>? AND starts_at<?" in plan
