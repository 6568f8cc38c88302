"""All tables of the export: what they hold, who can be identified, and what is recorded of it."""

import csv
import io
import zipfile
from collections import Counter
from datetime import datetime, time, timedelta

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse
from django.utils import timezone

from patients.audit.chain import broken_links
from patients.models import TrailEntry
from patients.services import close_episode, open_episode
from tests import people
from tests.clinic.builders import make_appointment, make_type
from tests.treatments.builders import make_muscle, make_needling, make_signed
from treatments.models import AdverseEvent, Measurement, Threshold
from treatments.outcomes.export.archive import (
    FEWEST_ALIKE,
    SUPPRESSED,
    dictionary_of_tables,
    export_tables,
    patients_in_tables,
)
from treatments.outcomes.export.column import MISSING
from treatments.outcomes.filters import Filters
from treatments.outcomes.visits import attendances_of
from treatments.services import record_follow_up, record_outcome_score

pytestmark = pytest.mark.both_engines


BESIDE = {"dictionary", "codes", "thresholds", "stricta"}


def tables(filters=None, *, identified=False, kind="zip"):
    """{name of a table: its rows as dicts} of the ZIP file, without what is beside the tables."""
    found = every_table(filters, identified=identified, kind=kind)
    return {name: rows for name, rows in found.items() if name not in BESIDE}


def every_table(filters=None, *, identified=False, kind="zip"):
    facts = {"identified": identified, "filters_in_words": "All sessions"}
    with export_tables(filters or Filters(), kind=kind, **facts) as file, zipfile.ZipFile(file) as archive:
        texts = {name.removesuffix(".csv"): archive.read(name).decode("utf-8-sig") for name in archive.namelist()}
    return {name: list(csv.DictReader(io.StringIO(text))) for name, text in texts.items()}


@pytest.fixture
def course(patient, physiotherapist):
    """A closed course with everything that a table can hold, and a missed visit of a kind that looks like a formula."""
    episode = open_episode(patient, by=physiotherapist, complaint="Xyzzy", region="neck")
    muscles = [make_muscle(), make_muscle("infraspinatus", "Infraspinatus", region="shoulder")]
    session = make_signed(
        patient,
        by=physiotherapist,
        episode=episode,
        needlings=[make_needling(muscle) for muscle in muscles],
        measurements=[Measurement(kind="ppt", muscle=muscles[0], side="left", unit="kpa", before=200, after=250)],
        events=[AdverseEvent(type="bruise", grade="mild")],
    )
    asked = {"contacted_at": timezone.now(), "pain": 3, "soreness": 2}
    record_follow_up(session, by=physiotherapist, **asked, note="Xyzzy")
    record_outcome_score(episode, by=physiotherapist, measure="lefs", value=40, scored_on=timezone.localdate())
    missed = make_appointment(patient, physiotherapist, at=timezone.now() - timedelta(days=1))
    missed.take_place()
    missed.status, missed.type, missed.no_show_reason = "no_show", make_type("=1+1"), "Xyzzy"
    missed.save()
    return close_episode(episode, by=physiotherapist, closing_reason="improved", closing_summary="Xyzzy")


def test_every_table_holds_what_was_recorded(course):
    found = tables()

    assert {name: len(rows) for name, rows in found.items()} == {
        "sessions": 1,
        "needlings": 2,
        "measurements": 1,
        "events": 1,
        "follow_ups": 1,
        "scores": 1,
        "courses": 1,
        "attendance": 1,
    }
    (measured,), (event,), (asked,) = found["measurements"], found["events"], found["follow_ups"]
    assert (measured["muscle"], measured["side"], measured["before"], measured["after"]) == (
        "Upper trapezius", "Left", "200.0", "250.0",
    )  # fmt: skip
    assert (event["type"], event["grade"], event["later"]) == ("Bruise", "Mild", "No")
    assert (asked["pain"], asked["soreness"]) == ("3", "2")
    assert found["scores"][0]["value"] == "40.0"
    assert (found["courses"][0]["closing_reason"], found["courses"][0]["sessions"]) == (
        "Improved, goals partly reached", "1",
    )  # fmt: skip
    assert found["attendance"][0]["status"] == "Did not come"


def test_the_tables_are_related_by_pseudonyms(course):
    found = tables()
    (session,) = found["sessions"]

    for name in ("needlings", "measurements", "events", "follow_ups"):
        assert {row["session"] for row in found[name]} == {session["session"]}
    assert {row["episode"] for name in ("scores", "courses") for row in found[name]} == {session["episode"]}
    assert {row["patient"] for name in ("courses", "attendance") for row in found[name]} == {session["patient"]}


def test_free_text_is_in_no_table_and_a_formula_is_text(course):
    found = tables(identified=True)

    assert "Xyzzy" not in str(found)
    assert found["attendance"][0]["kind"] == "'=1+1"


def test_names_are_only_in_the_tables_with_names(course, patient):
    assert patient.family_name not in str(tables())
    assert patient.family_name in str(tables(identified=True)["sessions"])


def test_what_few_patients_have_in_common_is_suppressed_without_names(front_desk, physiotherapist):
    born_on = timezone.localdate() - timedelta(days=365 * 40 + 100)
    for number in range(FEWEST_ALIKE + 1):
        alike = people.make_patient(by=front_desk, given_name=f"Person {number}", born_on=born_on, sex="female")
        complaint = {"complaint": "Stiff neck", "region": "neck", "diagnosis_code": "M54.2" if number else "M54.5"}
        make_signed(alike, by=physiotherapist, episode=open_episode(alike, by=physiotherapist, **complaint))
    other = people.make_patient(by=front_desk, given_name="Tomasz", born_on=born_on, sex="male")
    make_signed(other, by=physiotherapist)

    shown = Counter((row["age_band"], row["diagnosis_code"]) for row in tables()["sessions"])
    with_names = {row["age_band"] for row in tables(identified=True)["sessions"]}

    assert shown == {
        ("40 to 44", "M54.2"): FEWEST_ALIKE,
        ("40 to 44", SUPPRESSED): 1,
        (SUPPRESSED, SUPPRESSED): 1,
    }
    assert with_names == {"40 to 44"}


def test_one_patient_with_many_sessions_is_still_one(patient, physiotherapist):
    for _ in range(FEWEST_ALIKE + 1):
        make_signed(patient, by=physiotherapist)

    assert {row["sex"] for row in tables()["sessions"]} == {SUPPRESSED}


def test_filters_select_what_is_exported(course, physiotherapist, other_physiotherapist):
    found = tables(Filters(practitioner=other_physiotherapist.practitioner.pk))

    assert not any(found.values())


def test_the_dictionary_explains_every_column(course):
    for identified in (False, True):
        explained = {
            (row[0], row[1])
            for row in dictionary_of_tables(identified=identified, filters_in_words="All sessions")
            if len(row) == 5 and row[1] and row[3]
        }
        found = tables(identified=identified)
        assert explained - {("Table", "Column")} == {(name, column) for name in found for column in found[name][0]}


def test_an_excel_file_has_a_sheet_for_each_table(course):
    facts = {"identified": False, "filters_in_words": "All sessions"}

    with export_tables(Filters(), kind="xlsx", **facts) as file, zipfile.ZipFile(file) as book:
        names = book.read("xl/workbook.xml").decode()

    assert [name in names for name in ("dictionary", *tables())] == [True] * 9


def test_an_export_is_in_the_trail_of_each_patient_and_the_chains_hold(as_admin, course, front_desk, physiotherapist):
    visitor = people.make_patient(by=front_desk, given_name="Lan")
    make_appointment(visitor, physiotherapist, at=timezone.now())
    stranger = people.make_patient(by=front_desk, given_name="Isla")

    response = as_admin.get(reverse("admin:treatments_outcome_export_tables_zip"))

    export = TrailEntry.objects.get(action="export")
    assert zipfile.is_zipfile(io.BytesIO(b"".join(response.streaming_content)))
    found = [export in TrailEntry.objects.about(one) for one in (course.patient, visitor, stranger)]
    assert found == [True, True, False]
    assert patients_in_tables(Filters()) == {course.patient_id, visitor.pk}
    assert list(broken_links()) == []


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_an_export_of_one_table_is_in_the_trail_of_each_patient_too(as_admin, course, front_desk, kind):
    stranger = people.make_patient(by=front_desk, given_name="Isla")

    as_admin.get(reverse(f"admin:treatments_outcome_export_{kind}"))

    export = TrailEntry.objects.get(action="export")
    assert [export in TrailEntry.objects.about(one) for one in (course.patient, stranger)] == [True, False]


def test_tables_with_names_need_their_own_permission(as_admin, admin):
    address = reverse("admin:treatments_outcome_export_tables_zip_with_names")
    assert as_admin.get(address).status_code == 403

    admin.user_permissions.add(Permission.objects.get(codename="identify_outcome"))

    assert as_admin.get(address).status_code == 200
    assert as_admin.get(address, {"site": "x"}).status_code == 400


def test_the_days_before_a_visit_are_local_days_as_on_the_page(patient, physiotherapist):
    visit = make_appointment(patient, physiotherapist, at=_local_time(1, 9))
    visit.take_place()
    visit.booked_at, visit.booked_by = _local_time(2, 22), physiotherapist
    visit.save()

    (row,) = tables()["attendance"]

    assert row["lead_days"] == "1"
    assert attendances_of(Filters(), now=timezone.now()).total.lead_days == {1: 1}


def _local_time(days_ago, hour):
    """A moment at this hour, so many days ago, in the time zone of the clinic."""
    day = timezone.localdate() - timedelta(days=days_ago)
    return timezone.make_aware(datetime.combine(day, time(hour)))


def test_the_codes_and_the_thresholds_are_beside_the_tables(db):
    values = {"measure": "nprs", "kind": "mcid", "value": 2, "unit": "points", "population": "Adults", "slug": "two"}
    Threshold.objects.create(**values, regions="neck low_back", baseline_low=4, baseline_high=10)
    names = {"identified": False, "filters_in_words": "All sessions"}

    with export_tables(Filters(), kind="zip", **names) as file, zipfile.ZipFile(file) as archive:
        codes, thresholds = (archive.read(f"{name}.csv").decode("utf-8-sig") for name in ("codes", "thresholds"))

    listed = [tuple(row.values()) for row in csv.DictReader(io.StringIO(codes))]
    assert {("courses", "closing_reason", "Did not return"), ("sessions", "sex", "Female")} <= set(listed)
    assert ("needlings", "point_state", "Latent") in listed
    (row,) = csv.DictReader(io.StringIO(thresholds))
    assert (row["value"], row["regions"], row["first_score_from"]) == ("2.0", "Neck; Low back", "4")


def test_the_dictionary_says_how_to_compute_each_panel_from_tables_that_are_in_the_file():
    rows = dictionary_of_tables(identified=False, filters_in_words="All sessions")

    recipes = dict(row for row in rows if len(row) == 2)
    named = {words.partition(":")[0] for words in recipes.values()}
    described = {row[0] for row in rows if len(row) == 5}
    assert {"Responders", "After the visit", "Attendance"} <= recipes.keys()
    assert {table for words in named for table in words.split(" and ")} <= described


def test_the_items_of_stricta_name_columns_and_count_what_is_filled_in(course):
    found = every_table()

    counts = {(row["table"], row["column"]): (row["rows"], row["filled"]) for row in found["stricta"]}
    assert counts["needlings", "insertions"] == ("2", "2")
    assert counts["courses", "sessions"] == ("1", "1")
    for (table, column), (rows, filled) in counts.items():
        if table:
            assert int(rows) == len(found[table])
            assert int(filled) == sum(row[column] not in ("", MISSING) for row in found[table])
    assert {row["stricta"] for row in found["stricta"] if not row["table"]} == {"6a, 6b"}
