import json
from datetime import date
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from patients.models import Patient
from patients.search import find_patients
from patients.services import update_patient
from tests.people import make_patient

pytestmark = pytest.mark.both_engines

HEADER = "Id,BIRTHDATE,DEATHDATE,SSN,FIRST,LAST,MAIDEN,GENDER,ADDRESS,CITY,STATE,ZIP"
JORGE = "593a,2021-08-22,,999-75-6624,Jorge Luis88,Vela532,,M,568 Hills Branch Unit 86,Visalia,California,93291"
MAUDE = 'ac71,1939-09-20,2009-01-02,999-16-9876,Maudé482,Wunsch504,Bauch,F,"418 Olson\nLanding",Long Beach,California,'


@pytest.fixture
def table(tmp_path, db):
    def write(*lines, encoding="utf-8"):
        path = tmp_path / "patients.csv"
        path.write_bytes("\n".join(lines).encode(encoding))
        return str(path)

    return write


def run(*arguments, **options):
    out, err = StringIO(), StringIO()
    call_command("import_patients", *arguments, stdout=out, stderr=err, **options)
    return out.getvalue().strip().splitlines()[-1], err.getvalue().strip()


def test_synthea_lines_are_imported_completely(table):
    out, _ = run(table(HEADER, JORGE, MAUDE))

    maude = Patient.objects.get(external_id="ac71")
    assert out == "2 imported, 0 already registered, 0 rejected."
    assert (maude.given_name, maude.family_name, maude.sex) == ("Maudé482", "Wunsch504", "female")
    assert (maude.born_on, maude.died_on, maude.street) == (date(1939, 9, 20), date(2009, 1, 2), "418 Olson\nLanding")
    assert find_patients("maude") == [maude]


def test_a_repeated_import_adds_and_changes_nobody(table, front_desk):
    path = table(HEADER, JORGE, MAUDE)
    run(path)
    update_patient(Patient.objects.get(external_id="593a"), by=front_desk, city="Leeds")

    out, _ = run(path)

    assert out == "0 imported, 2 already registered, 0 rejected."
    assert Patient.objects.get(external_id="593a").city == "Leeds"


def test_without_numbers_patients_are_recognised_by_names_and_birth_date(table):
    path = table("FIRST,LAST,BIRTHDATE", "Ruth,Adeyemi,14/03/1979", "Łukasz,Özil,1.2.1980")
    run(path)

    out, _ = run(path)

    assert out == "0 imported, 2 already registered, 0 rejected."


BAD = [
    ("a,1979-02-31,,,R,A,,F,,,,", "Line 3: born_on: “1979-02-31”. This is not a day that exists"),
    ("a,,,,R,A,,F,,,,", "Line 3: born_on: “”. There is no birth date"),
    ("a,1979-03-14,,,,A,,F,,,,", "Line 3: given_name: “A”. There is one name only"),
    ("a,1979-03-14,1970-01-01,,R,A,,F,,,,", "Line 3: died_on: “1970-01-01”. The date of death is before"),
    ("593a,1979-03-14,,,R,A,,F,,,,", "Line 3: This is the same person as row 2."),
    ("a,1979-03-14", "Line 3: Family name:"),
    ("a,1979-03-14,,,R,A,,F,,,,,,,x", "Line 3: has 15 cells where the header has 12."),
    ("a,1979-03-14,,,R\ufffd,A,,F,,,,", "Line 3: given_name: “R\ufffd”. Letters were lost"),
    (f"a,1979-03-14,,,{'R' * 101},A,,F,,,,", "Line 3: Given name:"),
]


@pytest.mark.parametrize(("line", "reason"), BAD)
def test_a_rejected_line_is_named_and_nobody_is_imported(table, line, reason):
    err = StringIO()

    with pytest.raises(CommandError):
        call_command("import_patients", table(HEADER, JORGE, line), stdout=StringIO(), stderr=err)

    assert err.getvalue().startswith(reason)
    assert Patient.objects.count() == 0


def test_partial_imports_the_valid_lines(table):
    out, err = run(table(HEADER, JORGE, BAD[0][0]), "--partial")

    assert out == "1 imported, 0 already registered, 1 rejected."
    assert err.startswith("Line 3:")


def test_a_dry_run_imports_nobody(table):
    out, _ = run(table(HEADER, JORGE), "--dry-run")

    assert out == "1 new, not imported, 0 already registered, 0 rejected."
    assert Patient.objects.count() == 0


def test_columns_are_named_by_pairs_or_by_a_file(table, tmp_path):
    path = table("Forename,Surname,DOB,Mobile", "Ruth,Adeyemi,14/03/1979,07700 900123")
    mapping = {"given_name": "Forename", "family_name": "Surname", "born_on": "DOB", "phone": "Mobile"}
    (tmp_path / "mapping.json").write_text(json.dumps(mapping))

    run(path, "--mapping", *(f"{field}={column}" for field, column in mapping.items()))
    out, _ = run(path, "--mapping", str(tmp_path / "mapping.json"))

    assert out == "0 imported, 1 already registered, 0 rejected."
    assert Patient.objects.get().phone == "07700 900123"


@pytest.mark.parametrize(
    ("lines", "options", "sentence"),
    [
        (["Name,Shoes", "Ruth,3"], [], "Choose a column for: Birth date."),
        (["Name,DOB", "Ruth,3"], ["--mapping", "phone=Tel"], "The file has no column Tel (for phone)"),
        ([""], [], "is empty"),
        ([HEADER], ["--mapping", "shoe_size=Id"], "Not a field of a patient: shoe_size"),
        ([HEADER], ["--mapping", "/nowhere.json"], "Cannot read the mapping"),
    ],
)
def test_an_unreadable_file_gets_an_error_message(table, lines, options, sentence):
    with pytest.raises(CommandError, match=sentence.replace("(", r"\(").replace(")", r"\)")):
        run(table(*lines), *options)


def test_a_missing_file_gets_an_error_message(db):
    with pytest.raises(CommandError, match="Cannot read /nowhere.csv: No such file"):
        run("/nowhere.csv")


REGISTERED = ["Patient ID,First Name,Last Name,Date of Birth,Mobile", "CL-4711,Ruth,Adeyemi,14/03/1979,07700 900417"]


def test_somebody_who_was_registered_by_hand_is_not_registered_a_second_time(table, front_desk):
    ruth = make_patient(by=front_desk, given_name="Ruth", family_name="Adeyemi", born_on=date(1979, 3, 14))
    path, err = table(*REGISTERED), StringIO()

    with pytest.raises(CommandError, match="who may be registered already: 1 row"):
        call_command("import_patients", path, stdout=StringIO(), stderr=err)
    out, _ = run(path, "--decide", f"2={ruth.record_number}")

    ruth.refresh_from_db()
    assert f"Line 2 may be {ruth.record_number}: same name, same birth date" in err.getvalue()
    assert (out, ruth.external_id) == ("0 imported, 1 already registered, 0 rejected.", "CL-4711")


def test_two_patients_with_one_name_are_both_imported_if_somebody_says_so(table, front_desk):
    make_patient(by=front_desk, given_name="Ruth", family_name="Adeyemi", born_on=date(1979, 3, 14))

    run(table(*REGISTERED), "--decide", "2=new")

    assert Patient.objects.filter(family_name="Adeyemi").count() == 2


def test_american_dates_are_never_taken_for_european_ones(table):
    path = table("First,Last,Born", "Mateo,Santos,03/05/2003", "Kenji,Tan,11/08/1994")

    with pytest.raises(CommandError, match="Choose the order of day and month: Birth date"):
        run(path)
    run(path, "--date-order", "month")

    assert list(Patient.objects.values_list("born_on", flat=True)) == [date(2003, 3, 5), date(1994, 11, 8)]


def test_words_for_sex_and_the_order_of_names_are_asked(table):
    path = table("Naam;Geboortedatum;Geslacht", "Jan van der Berg;14 maart 1979;M", "Anna Bakker;14-2-80;zij")

    with pytest.raises(CommandError, match="Choose which name is first. Choose what the words stand for: Sex."):
        run(path)
    run(path, "--name-order", "given", "--sex", "zij=female")

    people = Patient.objects.values_list("given_name", "family_name", "sex")
    assert set(people) == {("Jan", "van der Berg", "male"), ("Anna", "Bakker", "female")}
