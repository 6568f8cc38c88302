import json
from datetime import date
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from patients.models import Patient
from patients.search import find_patients
from patients.services import update_patient

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
    return out.getvalue().strip(), err.getvalue().strip()


def test_synthea_lines_are_imported_completely(table):
    out, _ = run(table(HEADER, JORGE, MAUDE))

    maude = Patient.objects.get(external_id="ac71")
    assert out == "2 imported, 0 already registered, 0 rejected."
    assert (maude.given_name, maude.family_name, maude.sex) == ("Maudé482", "Wunsch504", "female")
    assert (maude.born_on, maude.died_on, maude.street) == (date(1939, 9, 20), date(2009, 1, 2), "418 Olson\nLanding")
    assert find_patients("maude") == [maude]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "latin-1"])
def test_other_encodings_are_read(table, encoding):
    run(table(HEADER, MAUDE, encoding=encoding))

    assert Patient.objects.get().given_name == "Maudé482"


@pytest.mark.parametrize("comma", [";", "\t"])
def test_other_separators_are_read(table, comma):
    out, _ = run(table(HEADER.replace(",", comma), JORGE.replace(",", comma)))

    assert out == "1 imported, 0 already registered, 0 rejected."
    assert Patient.objects.get().city == "Visalia"


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
    ("a,1979-02-31,,,R,A,,F,,,,", "Line 3: born_on: “1979-02-31” is not a date"),
    ("a,,,,R,A,,F,,,,", "Line 3: born_on:"),
    ("a,1979-03-14,,,,A,,F,,,,", "Line 3: given_name:"),
    ("a,1979-03-14,1970-01-01,,R,A,,F,,,,", "Line 3: died_on: The date of death is before"),
    ("a,1979-03-14,,,R,A,,?,,,,", "Line 3: sex:"),
    ("593a,1979-03-14,,,R,A,,F,,,,", "Line 3: is the same person as line 2."),
    ("a,1979-03-14", "Line 3: has 2 cells where the first line has 12."),
    ("a,1979-03-14,,,R\0,A,,F,,,,", "Line 3: contains a NUL"),
    (f"a,1979-03-14,,,{'R' * 101},A,,F,,,,", "Line 3: given_name:"),
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
        (["Name,Age", "Ruth,3"], [], "The file has no column FIRST (for given_name)"),
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
