"""Items 1b and 5 of STRICTA in the export: whether reasons were recorded, and the training of who needled."""

import csv
import io
import uuid
from datetime import date, timedelta

import pytest
from django.utils import timezone

from clinic.models import Practitioner, TrainingCourse
from patients.services import open_episode
from tests import people
from tests.treatments.builders import make_draft, make_signed, make_signed_assessment
from tests.treatments.outcomes.test_export_tables import every_table
from treatments.models import Protocol, ProtocolUse
from treatments.outcomes.export import export_csv
from treatments.outcomes.export.column import FEWEST_ALIKE, MISSING, SUPPRESSED
from treatments.outcomes.export.columns import columns
from treatments.outcomes.filters import Filters
from treatments.record.corrections import Change
from treatments.services import amend_assessment, amend_session, sign_session

pytestmark = pytest.mark.both_engines

TRAINING = ("years_of_needling", "years_in_practice", "training_courses", "course_hours", "training_hours")


def rows_of_file(*, identified=False):
    text = "".join(export_csv(Filters().sessions(), identified=identified))
    return list(csv.DictReader(io.StringIO(text[1:])))


def training_of(row):
    return [row[name] for name in TRAINING]


def train(user, *, courses=(), **values):
    """Record the training of a practitioner: values of the practitioner, and (completed on, hours) of courses."""
    practitioner = user.practitioner
    Practitioner.objects.filter(pk=practitioner.pk).update(**values)
    for completed_on, hours in courses:
        TrainingCourse.objects.create(
            practitioner=practitioner, title="Xyzzy course", completed_on=completed_on, hours=hours
        )
    return practitioner


@pytest.fixture
def episode(patient, physiotherapist):
    return open_episode(patient, by=physiotherapist, complaint="Stiff neck", region="neck")


# Training -------------------------------------------------------------------------


def test_without_records_the_training_is_missing_not_zero(patient, physiotherapist):
    train(physiotherapist, needling_training_hours=None)
    make_signed(patient, by=physiotherapist)

    for identified in (False, True):
        (row,) = rows_of_file(identified=identified)
        assert training_of(row) == [MISSING] * 5


def test_training_is_as_on_the_day_of_the_session(patient, physiotherapist):
    today = timezone.localdate()
    known = {"needling_since": today.year - 6, "qualified_in": today.year + 1, "needling_training_hours": 80}
    train(physiotherapist, courses=[(today - timedelta(days=5), 24), (today - timedelta(days=1), 16)], **known)
    for days_ago in (8, 4, 0):
        make_signed(patient, by=physiotherapist, days_ago=days_ago)

    rows = sorted(rows_of_file(identified=True), key=lambda row: row["started_at"])

    assert [row["training_courses"] for row in rows] == ["0", "1", "2"]
    assert [row["course_hours"] for row in rows] == ["0", "24", "40"]
    assert rows[-1]["years_of_needling"] == "6"
    assert {row["years_in_practice"] for row in rows} == {MISSING}
    assert {row["training_hours"] for row in rows} == {"80"}


def test_hours_that_no_course_has_are_missing(patient, physiotherapist):
    train(physiotherapist, courses=[(date(2020, 1, 1), None)])
    make_signed(patient, by=physiotherapist)

    (row,) = rows_of_file(identified=True)

    assert (row["training_courses"], row["course_hours"]) == ("1", MISSING)


def test_without_names_the_training_of_few_practitioners_is_suppressed(patient, physiotherapist):
    train(physiotherapist, courses=[(date(2020, 1, 1), 24)], needling_since=2015, needling_training_hours=80)
    make_signed(patient, by=physiotherapist)

    (row,), (with_names,) = rows_of_file(), rows_of_file(identified=True)

    assert training_of(row) == [SUPPRESSED, MISSING, SUPPRESSED, SUPPRESSED, SUPPRESSED]
    assert SUPPRESSED not in training_of(with_names)
    assert "Xyzzy" not in str([row, with_names])


def test_without_names_what_five_practitioners_share_is_shown_in_bands(patient, physiotherapist):
    this_year = timezone.localdate().year
    therapists = [physiotherapist]
    therapists += [people.make_physiotherapist(f"therapist-{number}") for number in range(FEWEST_ALIKE)]
    for number, therapist in enumerate(therapists):
        hours = 20 if number else 300
        train(therapist, needling_since=this_year - 7, needling_training_hours=hours)
        make_signed(patient, by=therapist)

    shown = [(row["years_of_needling"], row["training_hours"]) for row in rows_of_file()]

    assert sorted(shown) == [("5 to 9", "20 to 49")] * FEWEST_ALIKE + [("5 to 9", SUPPRESSED)]


def test_the_code_list_has_every_word_of_the_new_columns(patient, physiotherapist):
    train(physiotherapist, courses=[(date(2020, 1, 1), 24)], needling_since=2015)
    make_signed(patient, by=physiotherapist)

    found = every_table()

    listed = {(row["column"], row["value"]) for row in found["codes"] if row["table"] == "sessions"}
    for name in (*TRAINING, "reasons", "hypothesis", "protocol"):
        assert {(name, row[name]) for row in found["sessions"]} <= listed
    assert ("years_of_needling", "5 to 9") in listed
    assert ("course_hours", "200 and over") in listed


def test_the_table_of_stricta_counts_no_cell_that_is_missing(patient, physiotherapist):
    train(physiotherapist, needling_training_hours=80)
    make_signed(patient, by=physiotherapist)

    counts = {(row["stricta"], row["column"]): row["filled"] for row in every_table()["stricta"]}

    assert counts["5", "training_hours"] == "1"
    assert (counts["5", "years_of_needling"], counts["1b", "reasons"], counts["1b", "protocol"]) == ("0", "0", "1")


# Reasons --------------------------------------------------------------------------


def test_reasons_are_recorded_or_missing_and_their_text_stays_out(patient, physiotherapist):
    make_signed(patient, by=physiotherapist, rationale="Xyzzy: taut band")
    make_signed(patient, by=physiotherapist, rationale="")

    for identified in (False, True):
        rows = rows_of_file(identified=identified)
        assert sorted(row["reasons"] for row in rows) == ["Yes", MISSING]
        assert "Xyzzy" not in str(rows)


def test_reasons_that_an_amendment_added_count(patient, physiotherapist):
    session = make_signed(patient, by=physiotherapist, rationale="")
    change = Change("change", values={"rationale": "Xyzzy: taut band"})
    amend_session(
        session, by=physiotherapist, text="", reason="Left out", changes=[change], proof="PIN", id=uuid.uuid4()
    )

    (row,) = rows_of_file()

    assert row["reasons"] == "Yes"
    assert "Xyzzy" not in str(row)


def test_a_working_hypothesis_counts_from_the_assessment_on(patient, physiotherapist, episode):
    make_signed(patient, by=physiotherapist, episode=episode, days_ago=0)
    assessed = timezone.now() - timedelta(minutes=20)  # after the session above began
    make_signed_assessment(episode, by=physiotherapist, started_at=assessed, hypothesis="Xyzzy")
    make_signed(patient, by=physiotherapist, episode=episode, started_at=timezone.now())
    make_signed(patient, by=physiotherapist)

    rows = rows_of_file()

    assert sorted(row["hypothesis"] for row in rows) == ["Yes", MISSING, MISSING]
    assert "Xyzzy" not in str(rows)


def test_a_working_hypothesis_that_was_removed_by_an_amendment_is_missing(patient, physiotherapist, episode):
    assessed = timezone.now() - timedelta(minutes=50)
    signed = make_signed_assessment(episode, by=physiotherapist, started_at=assessed, hypothesis="Myofascial pain")
    make_signed(patient, by=physiotherapist, episode=episode)
    assert [row["hypothesis"] for row in rows_of_file()] == ["Yes"]

    change = Change("change", values={"hypothesis": ""})
    amend_assessment(
        signed, by=physiotherapist, text="", reason="Other patient", changes=[change], proof="PIN", id=uuid.uuid4()
    )

    assert [row["hypothesis"] for row in rows_of_file()] == [MISSING]


def test_the_use_of_a_protocol_counts_unless_it_was_undone(patient, physiotherapist):
    protocol = Protocol.objects.create(name="Stiff neck", owner=physiotherapist)
    for undone_at in (None, timezone.now()):
        draft = make_draft(patient, by=physiotherapist)
        undone_by = physiotherapist if undone_at else None
        used = {"used_at": timezone.now(), "used_by": physiotherapist}
        ProtocolUse.objects.create(session=draft, protocol=protocol, **used, undone_at=undone_at, undone_by=undone_by)
        sign_session(draft, by=physiotherapist, proof="PIN")

    assert sorted(row["protocol"] for row in rows_of_file()) == ["No", "Yes"]


def test_the_meaning_of_each_new_column_says_what_missing_is():
    for identified in (False, True):
        of_session, _ = columns(identified=identified)
        meanings = {one.name: one.meaning for one in of_session}
        for name in (*TRAINING, "reasons", "hypothesis"):
            assert MISSING in meanings[name]
            assert (SUPPRESSED in meanings[name]) == (name in TRAINING and not identified)
