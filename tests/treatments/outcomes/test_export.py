import csv
import io
import tracemalloc
import zipfile
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace

import pytest
import time_machine
from django.contrib.auth.models import Permission, User
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.db import connection
from django.db.models import CharField, TextField
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from clinic.models import Site
from patients.models import Episode, Patient
from patients.models.birth import whole_years
from patients.services import open_episode, update_patient
from patients.web.spreadsheet import cell
from tests import people
from tests.database.guards import unguarded
from tests.treatments.builders import make_draft, make_muscle, make_needling, make_signed
from treatments.models import AdverseEvent, Muscle, Needling, TreatmentSession
from treatments.outcomes.export import dictionary_csv, export_csv, export_xlsx, files, rows
from treatments.outcomes.export.columns import columns
from treatments.outcomes.export.rows import ExportedVisit, count_rows
from treatments.services import record_event, record_outcomes_export

pytestmark = pytest.mark.both_engines

MARK = "Xyzzy"


def everything():
    return TreatmentSession.objects.signed()


def read(sessions=None, **options):
    """The CSV file as a list of dicts."""
    text = "".join(export_csv(everything() if sessions is None else sessions, **({"identified": False} | options)))
    assert text.startswith("\ufeff")
    return list(csv.DictReader(io.StringIO(text[1:])))


@pytest.fixture
def signed(patient, physiotherapist):
    muscles = [make_muscle(), make_muscle("infraspinatus", "Infraspinatus", region="shoulder")]
    rows = [make_needling(muscle) for muscle in muscles]
    return make_signed(patient, by=physiotherapist, needlings=rows, days_ago=3)


# Rows -----------------------------------------------------------------------------


def test_export_has_a_row_a_needling_with_the_sessions_columns_repeated(signed):
    one, two = read()

    assert (one["muscle"], two["muscle"]) == ("Upper trapezius", "Infraspinatus")
    assert (one["needling"], two["needling"]) == ("1", "2")
    assert one["session"] == two["session"]
    assert (one["pain_before"], one["pain_after"], one["pain_change"]) == ("6", "4", "-2")
    assert (one["needle_diameter"], one["depth"], one["twitch"], one["twitch_count"]) == ("0.3", "15", "Yes", "3")
    assert one["muscle_region"] == "Neck"


def test_export_has_a_row_for_a_session_without_needlings(patient, physiotherapist):
    set_up_only = make_needling(make_muscle(), insertions=None, twitch="", twitch_count=None)
    session = make_bare(make_signed(patient, by=physiotherapist, days_ago=3), set_up_only)

    (row,) = read(TreatmentSession.objects.filter(pk=session.pk))

    assert (row["pain_change"], row["needling"], row["muscle"], row["depth"]) == ("-2", "", "", "")
    assert count_rows(everything()) == 1


def make_bare(session, row):
    """As an older version or another system may have left it: nothing but a set-up row."""
    with unguarded():
        session.warning_answers.all().delete()
        session.needlings.all().delete()
        row.session = session
        row.save()
    return session


def test_export_holds_exactly_the_sessions_of_the_queryset_once_and_whole(signed, patient, physiotherapist):
    make_signed(patient, by=physiotherapist, days_ago=1)
    needled = everything().filter(needlings__muscle__slug__in=["infraspinatus", "trapezius-upper"])

    rows = read(needled.filter(needlings__muscle__slug="infraspinatus"))

    assert [row["muscle"] for row in rows] == ["Upper trapezius", "Infraspinatus"]
    assert len(read(needled)) == 3
    assert count_rows(needled) == 3


def test_export_leaves_drafts_out(signed, patient, physiotherapist):
    make_draft(patient, by=physiotherapist)

    assert len(read(TreatmentSession.objects.all())) == 2


def test_export_counts_days_of_an_episode_and_tells_events(patient, physiotherapist):
    opened_on = timezone.localdate() - timedelta(days=20)
    episode = open_episode(
        patient, by=physiotherapist, complaint=MARK, region="low_back", diagnosis_code="M54.5", opened_on=opened_on
    )
    bruise = AdverseEvent(type="bruise", grade="mild")
    for days_ago, events in ((10, [bruise]), (3, [])):
        last = make_signed(patient, by=physiotherapist, days_ago=days_ago, episode=episode, events=events)
    record_event(last, by=physiotherapist, type="fainting", grade="significant")

    first, second = sorted(read(), key=lambda row: int(row["days_since_first_session"]))

    assert (first["days_since_first_session"], second["days_since_first_session"]) == ("0", "7")
    assert (first["events"], first["later_events"], first["worst_grade"]) == ("Bruise", "", "mild")
    assert (second["events"], second["later_events"], second["worst_grade"]) == ("", "Fainting", "significant")
    assert (first["region"], first["diagnosis_code"]) == ("Low back", "M54.5")
    assert first["episode"] == second["episode"] != ""


def test_export_says_month_and_age_by_the_clock_of_the_site(patient, physiotherapist):
    Site.objects.update(timezone="Pacific/Auckland")
    late = datetime(2026, 1, 31, 13, tzinfo=UTC)
    with time_machine.travel(late + timedelta(hours=1), tick=False):
        make_signed(patient, by=physiotherapist, started_at=late)

    assert [(row["month"], row["age_band"]) for row in read()] == [("2026-02", "45 to 49")]
    assert read(identified=True)[0]["started_at"] == "2026-02-01 02:00"


@pytest.mark.parametrize(("years", "band"), [(0, "0 to 4"), (44, "40 to 44"), (45, "45 to 49"), (95, "90 and over")])
def test_export_says_age_in_bands(front_desk, physiotherapist, years, band):
    today = timezone.localdate()
    patient = people.make_patient(by=front_desk, born_on=date(today.year - years, 1, 1))
    visit = visit_of(patient, timezone.localtime())

    assert column("age_band").of(visit) == band


def column(name):
    return next(one for group in columns(identified=True) for one in group if one.name == name)


def visit_of(patient, began):
    age = whole_years(patient.born_on, began.date())
    return ExportedVisit(SimpleNamespace(context__patient_age=age), began, None)


# Who it is ------------------------------------------------------------------------


def test_export_by_default_holds_nothing_that_identifies(marked):
    text = "".join(export_csv(everything(), identified=False))

    day = timezone.localtime(marked.started_at)
    assert MARK not in text
    assert marked.patient.record_number not in text
    assert f"{marked.patient.born_on}" not in text
    assert f"{day:%Y-%m-%d}" not in text
    assert str(marked.pk) not in text
    assert marked.pk.hex not in text


def test_export_with_names_says_who_and_when_but_no_free_text(marked):
    (row,) = read(identified=True)

    patient = marked.patient
    who = [row["record_number"], row["family_name"], row["given_name"], row["birth_date"]]
    assert who == [patient.record_number, f"{MARK}-family_name", f"{MARK}-given_name", str(patient.born_on)]
    assert row["practitioner_name"] == f"{MARK}-first_name {MARK}-last_name"
    assert row["started_at"] == f"{timezone.localtime(marked.started_at):%Y-%m-%d %H:%M}"
    assert sum(MARK in value for value in row.values()) == 4


# Words of the catalogue, and codes that the database checks.
NOT_MARKED = set(
    "status withdrawal_reason signed_meaning content_hash record_number timezone diagnosis_code phone_key".split()
)


@pytest.fixture
def marked(patient, physiotherapist):
    """A signed session in which every text that somebody can write holds the mark."""
    episode = open_episode(patient, by=physiotherapist, complaint="Neck", region="neck", onset_on=date(2020, 1, 1))
    bruise = AdverseEvent(type="bruise", grade="mild")
    make_signed(patient, by=physiotherapist, days_ago=3, episode=episode, events=[bruise], chaperone="accepted")
    with unguarded():
        for model in (Patient, Episode, TreatmentSession, Needling, AdverseEvent, User, Site):
            written = model.objects.filter(pk=physiotherapist.pk) if model is User else model.objects.all()
            written.update(**{name: f"{MARK}-{name}"[: length or 99] for name, length in texts_of(model)})
    return TreatmentSession.objects.get()


def texts_of(model):
    for field in model._meta.concrete_fields:
        is_free = isinstance(field, CharField | TextField) and not field.choices and not field.is_relation
        if is_free and field.name not in NOT_MARKED:
            yield field.name, field.max_length


def test_the_marked_session_is_marked_where_people_write(marked):
    names = {name for model in (Patient, Episode, TreatmentSession, Needling) for name, _ in texts_of(model)}

    assert {"family_name", "street", "complaint", "goals", "note", "plan", "location", "response"} <= names
    assert MARK in marked.note


def test_pseudonyms_are_stable_and_others_with_another_key(signed, settings):
    before = read()

    assert read() == before
    settings.SECRET_KEY = "another" * 8
    after = read()
    for name, letter in (("session", "S"), ("patient", "P"), ("practitioner", "T")):
        assert before[0][name] != after[0][name]
        assert before[0][name][0] == letter
        assert len(before[0][name]) == 17


def test_a_file_with_names_is_no_key_to_the_files_without(signed):
    assert read()[0]["patient"] != read(identified=True)[0]["patient"]


def test_pseudonyms_tell_patients_apart(signed, front_desk, physiotherapist):
    other = people.make_patient(by=front_desk, given_name="Noor", family_name="Haddad")
    make_signed(other, by=physiotherapist, days_ago=2)

    assert len({row["patient"] for row in read()}) == 2
    assert len({row["practitioner"] for row in read()}) == 1


# Formulas -------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1", "\uff1d1"])
def test_a_cell_that_would_be_a_formula_is_text(text):
    assert cell(text) == f"'{text}"


@pytest.mark.parametrize(("value", "shown"), [(-2, -2), (0, 0), (2.5, 2.5), (None, ""), ("ab-c", "ab-c")])
def test_numbers_stay_numbers(value, shown):
    assert cell(value) == shown
    assert type(cell(value)) is type(shown)


def test_export_neutralises_a_name_that_is_a_formula(signed, front_desk):
    update_patient(signed.patient, by=front_desk, family_name="=HYPERLINK(1)")
    with unguarded():
        Muscle.objects.update(name_en="@evil")

    row = read(identified=True)[0]

    assert (row["family_name"], row["muscle"]) == ("'=HYPERLINK(1)", "'@evil")


# Dictionary -----------------------------------------------------------------------


@pytest.mark.parametrize("identified", [False, True])
def test_the_dictionary_explains_each_column_of_the_header(signed, identified):
    text = dictionary_csv(identified=identified, filters_in_words="Neck; 2026")
    rows = list(csv.reader(io.StringIO(text[1:])))
    explained = rows[rows.index(["Column", "Unit", "Meaning", "Identifies a person"]) + 1 :]

    assert [row[0] for row in explained] == list(read(identified=identified)[0])
    assert all(row[2] for row in explained)
    assert ("Yes" in {row[3] for row in explained}) is identified


def test_the_dictionary_says_on_top_how_to_read_and_what_was_chosen():
    text = dictionary_csv(identified=False, filters_in_words="Neck; 2026")

    first, second, third = list(csv.reader(io.StringIO(text[1:])))[:3]
    assert "regression to the mean" in first[0]
    assert "Pseudonymised" in second[0]
    assert third == ["Sessions: Neck; 2026"]


def test_names_of_columns_are_given_once():
    names = files.header(identified=True)

    assert len(names) == len(set(names))


# Excel ----------------------------------------------------------------------------


def read_xlsx(**options):
    """{name of the file inside: its text}."""
    usual = {"identified": False, "filters_in_words": "All"}
    with export_xlsx(everything(), **(usual | options)) as file, zipfile.ZipFile(file) as book:
        return {name: book.read(name).decode() for name in book.namelist()}


def test_xlsx_holds_rows_and_dictionary_on_two_sheets(signed):
    book = read_xlsx(filters_in_words="Neck & shoulder")

    assert "Sessions" in book["xl/workbook.xml"]
    rows, words = book["xl/worksheets/sheet1.xml"], book["xl/worksheets/sheet2.xml"]
    assert rows.count("<row ") == 3
    assert "Infraspinatus" in rows
    assert "<v>-2</v>" in rows
    assert "regression to the mean" in words
    assert "Neck &amp; shoulder" in words


def test_xlsx_holds_no_formula(signed, front_desk):
    update_patient(signed.patient, by=front_desk, family_name="=1+1")

    book = read_xlsx(identified=True)

    assert "'=1+1" in book["xl/worksheets/sheet1.xml"]
    assert not [name for name, text in book.items() if "<f>" in text]


def test_xlsx_refuses_more_rows_than_a_sheet_holds(signed, monkeypatch):
    monkeypatch.setattr(files, "ROWS_OF_A_SHEET", 3)
    with export_xlsx(everything(), identified=False, filters_in_words="All"):
        pass

    monkeypatch.setattr(files, "ROWS_OF_A_SHEET", 2)
    with pytest.raises(
        ValidationError, match="An Excel sheet can have 2 rows; this file would have 3. Download the CSV"
    ):
        export_xlsx(everything(), identified=False, filters_in_words="All")


# How much it costs ----------------------------------------------------------------


@pytest.fixture
def many(db):
    call_command("make_volume", sessions=1000, until=date(2026, 6, 10))


def peak_of(sessions):
    """Bytes that an export needs at most, besides what is there already."""
    tracemalloc.start()
    try:
        for _ in export_csv(sessions, identified=False):
            pass
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_export_needs_no_more_memory_for_more_sessions(many, monkeypatch):
    monkeypatch.setattr(rows, "SESSIONS_AT_ONCE", 100)
    few = everything().filter(pk__in=everything().order_by("pk").values("pk")[:250])
    peak_of(few)

    assert peak_of(everything()) < 1.5 * peak_of(few)


def test_export_asks_the_database_a_constant_number_of_questions_a_batch(many, monkeypatch):
    monkeypatch.setattr(rows, "SESSIONS_AT_ONCE", 200)

    with CaptureQueriesContext(connection) as captured:
        assert len(read()) == Needling.objects.count()

    # Walking, the days of practitioners (on PostgreSQL cursors, which are not captured), their training without courses
    # in two, then six for each of five batches; one is ours.
    assert len(captured) in (33, 35)


# The trail ------------------------------------------------------------------------


def test_record_outcomes_export_tells_what_left(admin, patient):
    admin.user_permissions.add(Permission.objects.get(codename="identify_outcome"))

    facts = {"identified": True, "filters_in_words": "Neck; 2026", "count": 12345}
    entry = record_outcomes_export(by=admin, file_format="CSV", patient_ids=[patient.pk], **facts)

    assert (entry.action, entry.by, entry.record_type) == ("export", admin, "outcome")
    assert entry.note == "12,345 sessions as CSV, with names: Neck; 2026"
    assert entry.changes == {
        "format": [None, "CSV"],
        "names": [None, True],
        "sessions": [None, 12345],
        "filters": [None, "Neck; 2026"],
    }


@pytest.mark.parametrize("text", ["Anna;=1+1", "a|@SUM(A1)", "\ufeff=1", "\u200b=1", "Anna\t-1"])
def test_text_cannot_become_a_formula_behind_a_separator_or_an_invisible_character(text):
    assert cell(text) == f"'{text}"
