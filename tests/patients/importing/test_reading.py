"""Files as other programs write them: encodings, separators, title lines, dates, words and damaged cells."""

import io
from datetime import UTC, date, datetime, time

import pytest
import xlsxwriter
from django.core.exceptions import ValidationError
from hypothesis import given, settings
from hypothesis import strategies as st

from patients.importing.dates import DAY_FIRST, MONTH_FIRST, order_of, read_cell_date, read_cell_moment, read_cell_time
from patients.importing.doubts import damage_of, repaired
from patients.importing.encodings import possible, recognise
from patients.importing.fields import PATIENT_FIELDS, likely_columns
from patients.importing.plan import Choices, Plan
from patients.importing.tables import read_table
from patients.importing.values import FAMILY_FIRST, GIVEN_FIRST, needs_name_order, sex_of, split_name
from patients.services.patient_files import PATIENTS

HEADER = ["Surname", "First", "DOB", "Sex"]
WESTERN = ["Zoë Núñez", "Chloë D’Arcy", "Jürgen Müller", "François Lefèvre", "Søren Ærø", "Inês Conceição", "Åsa Weiß"]
POLISH = ["Łukasz Żółć", "Agnieszka Świętek", "Małgorzata Wójcik", "Grażyna Pączek", "Stanisław Śląski"]
CZECH = ["Jiří Dvořák", "Šárka Černá", "Zdeněk Říha", "Božena Němcová", "Tomáš Hůlka"]
TURKISH = ["Ayşe Yılmaz", "Çağlar Şahin", "Gökçe Işık", "İbrahim Doğan", "Hüseyin Çelik"]
RUSSIAN = ["Иван Петров", "Ольга Соколова", "Юлия Шевченко"]
GREEK = ["Γιώργος Παπαδόπουλος", "Ελένη Νικολάου", "Κώστας Δήμου"]
JAPANESE = ["山田 太郎", "鈴木 花子", "高橋 健一"]
CHINESE = ["小明 王", "伟 张", "洋 刘"]
# Ten encodings, each with names that it can write.
ENCODINGS = [
    ("utf-8", [*WESTERN, *POLISH, *GREEK, *JAPANESE]),
    ("utf-8-sig", [*WESTERN, *CZECH, *CHINESE]),
    ("utf-16", [*TURKISH, *RUSSIAN]),
    ("utf-16-le", WESTERN),
    ("cp1252", WESTERN),
    ("mac_roman", WESTERN),
    ("cp1250", [*POLISH, *CZECH]),
    ("cp1251", RUSSIAN),
    ("cp1254", TURKISH),
    ("cp932", JAPANESE),
]
SPELLINGS = ["%Y-%m-%d", "%d/%m/%Y", "%d.%m.%Y", "%m/%d/%Y", "%d %b %Y", "%Y%m%d"]
PEOPLE = st.lists(st.dates(date(1925, 1, 1), date(2024, 12, 31)), min_size=4, max_size=12)


@pytest.mark.parametrize("names", [WESTERN, POLISH, CZECH, TURKISH, RUSSIAN, GREEK])
def test_the_encoding_of_a_list_of_names_is_recognised(names):
    text = "Name;Born\n" + "\n".join(f"{name};1.2.1980" for name in names)
    fitting = []
    for encoding in ["utf-8", "cp1252", "mac_roman", "cp1250", "mac_latin2", "cp1251", "cp1253", "cp1254"]:
        try:
            raw = text.encode(encoding)
        except UnicodeEncodeError:
            continue
        fitting.append(encoding)
        assert raw.decode(recognise(raw).encoding) == text, encoding

    assert len(fitting) >= 2


def test_the_sample_of_an_encoding_shows_the_words_with_accents():
    found = possible("Name\nO’Hara\nŠimonková\nSmith".encode("cp1252"))

    assert (found[0].encoding, found[0].sample, found[0].is_certain) == ("cp1252", ("O’Hara", "Šimonková"), False)
    assert "mac_roman" in [each.encoding for each in found]


def test_a_few_damaged_bytes_leave_a_file_unicode():
    raw = "Zoë Núñez, Chloë, Jürgen, François, Søren, Inês, Åsa, Weiß, Mária".encode() + b"\xff"

    assert (recognise(raw).encoding, recognise(raw).damaged) == ("utf-8", 1)


@pytest.mark.django_db
@settings(max_examples=60, deadline=None)
@given(data=st.data(), born=PEOPLE)
def test_patients_in_any_encoding_and_layout_are_read_back(data, born):
    encoding, names = data.draw(st.sampled_from(ENCODINGS))
    separator, spelling = data.draw(st.sampled_from(",;\t|")), data.draw(st.sampled_from(SPELLINGS))
    newline = data.draw(st.sampled_from(["\n", "\r\n", "\r"]))
    first = data.draw(st.sampled_from(["", f"sep={separator}{newline}", f"Patients of the clinic{newline}{newline}"]))
    names = [names[place % len(names)] for place in range(max(len(names), len(born)))]
    born = [born[place % len(born)] for place in range(len(names))]
    people = [(*reversed(name.split(" ", 1)), day) for name, day in zip(names, born, strict=True)]
    lines = [separator.join(["Surname", "First name", "Date of birth", "Fax"])]
    lines += [separator.join([family, given, day.strftime(spelling)]) for family, given, day in people]

    table = read_table((first + newline.join(lines)).encode(encoding))
    order = MONTH_FIRST if spelling.startswith("%m") else DAY_FIRST
    plan = Plan(PATIENTS, table, Choices(date_orders={"born_on": order}))

    read = [row.values for row in plan.rows]
    assert [(row["family_name"], row["given_name"], row["born_on"]) for row in read] == people
    assert plan.date_orders["born_on"].decided in ("", order)


def test_a_spreadsheet_is_read_with_its_dates():
    content = io.BytesIO()
    with xlsxwriter.Workbook(content, {"in_memory": True}) as book:
        book.add_worksheet("Notes")
        sheet = book.add_worksheet("Patients")
        sheet.write_row(0, 0, ["Report of 3 March"])
        sheet.write_row(2, 0, HEADER)
        sheet.write_row(3, 0, ["Müller", "Zoë"])
        sheet.write_datetime(3, 2, date(1979, 3, 14), book.add_format({"num_format": "mm/dd/yyyy"}))
        sheet.write_row(4, 0, ["O’Hara", 4711, 28928])

    table = read_table(content.getvalue())

    assert (table.header, table.titles) == (HEADER[:3] + ["Sex"], 1)
    assert table.rows == [(4, ["Müller", "Zoë", "1979-03-14", ""]), (5, ["O’Hara", "4711", "28928", ""])]


def test_lines_are_filled_up_or_refused_and_quotes_kept():
    table = read_table(b'a,b,c\n1\n"2;\n3",="007",4\n5,6,7,8\n')

    assert table.rows == [(2, ["1", "", ""]), (3, ["2;\n3", "007", "4"])]
    assert table.long == [(5, "has 4 cells where the header has 3.")]


@pytest.mark.parametrize(
    ("raw", "sentence"),
    [
        (b"", "This file is empty"),
        (b"PK\x03\x04 no archive", "damaged"),
        (b"\xd0\xcf\x11\xe0 no workbook", "cannot be read as a spreadsheet"),
        (b"a,b\n1,\x00\n", "NUL character"),
        (b'a,b\n"1,2' + b"x" * 3000, "Is a quote missing"),
    ],
)
def test_a_file_without_a_table_gets_a_sentence(raw, sentence):
    with pytest.raises(ValidationError, match=sentence):
        read_table(raw)


@pytest.mark.parametrize(
    ("texts", "decided"),
    [
        (["03/05/2003", "11/08/1994"], ""),
        (["03/05/2003", "03/15/2003"], MONTH_FIRST),
        (["03/05/2003", "15.3.2003"], DAY_FIRST),
        (["15/03/2003", "03/15/2003"], ""),
        (["2003-03-15", "05/05/2003"], DAY_FIRST),
    ],
)
def test_the_order_of_day_and_month_is_that_of_the_column(texts, decided):
    assert order_of(texts).decided == decided


def test_dates_of_other_systems_are_read():
    texts = "1979-03-14|19790314|19790314103000|14/03/1979|14 maart 1979|14. März 1979|28928|March 14, 1979"
    texts += (
        "|14-mrt-79|14 mars 1979|14 de marzo de 1979|14/03/1979 00:00:00|1979-03-14T00:00:00Z|14.3.79|14 marca 1979"
    )

    assert {read_cell_date(text, DAY_FIRST) for text in texts.split("|")} == {date(1979, 3, 14)}
    for wrong in ["1979", "31/02/1979", "00/00/0000", "14/03", "03/15/1979", "later"]:
        assert read_cell_date(wrong, DAY_FIRST) is None


def test_times_of_other_systems_are_read():
    texts = "14:30|14.30|14h30|2:30 PM|2:30pm|1430|14:30:00|0.6041666667"

    assert {read_cell_time(text) for text in texts.split("|")} == {time(14, 30)}
    assert [read_cell_time(text) for text in ["25:00", "14:70", "13:00 pm", "soon"]] == [None] * 4
    assert read_cell_moment("03/15/2026 2:30 PM", MONTH_FIRST) == datetime(2026, 3, 15, 14, 30)
    assert read_cell_moment("2026-03-15T14:30:00Z", "") == datetime(2026, 3, 15, 14, 30, tzinfo=UTC)
    assert read_cell_moment("2026-03-15", "") is None


def test_words_for_sex_depend_on_the_column():
    def sexes(words):
        return [sex_of(word, set(words)) for word in words]

    assert sexes(["M", "V"]) == ["male", "female"]
    assert sexes(["m", "w", "divers"]) == ["male", "female", "other"]
    assert sexes(["H", "M"]) == ["male", "female"]
    assert sexes(["H", "F"]) == ["male", "female"]
    assert sexes(["1", "2", "9"]) == ["male", "female", "unknown"]
    assert sexes(["0", "1"]) == ["", ""]
    assert sexes(["Not specified", "Non-binary", "Zebra"]) == ["unknown", "other", ""]


@pytest.mark.parametrize(
    ("text", "given_first", "family_first"),
    [
        ("Müller, Hans Peter", ("Hans Peter", "Müller"), ("Hans Peter", "Müller")),
        ("Jan van der Berg", ("Jan", "van der Berg"), ("van der Berg", "Jan")),
        ("van Dijk Anna", ("van Dijk", "Anna"), ("Anna", "van Dijk")),
        ("Dr. Anna Maria Rossi", ("Anna Maria", "Rossi"), ("Maria Rossi", "Anna")),
        ("Sukarno", ("", "Sukarno"), ("", "Sukarno")),
    ],
)
def test_a_whole_name_is_split(text, given_first, family_first):
    assert (split_name(text, GIVEN_FIRST), split_name(text, FAMILY_FIRST)) == (given_first, family_first)


def test_the_order_of_names_is_asked_only_if_a_comma_does_not_decide():
    assert not needs_name_order(["Müller, Hans", "Sukarno"])
    assert needs_name_order(["Müller, Hans", "Hans Müller"])


@pytest.mark.parametrize(
    "text", ["#####", "4.47701E+11", "NULL", r"\N", "#N/A", "M�ller", "M?ller", "MÃ¼ller", "O\x92Hara"]
)
def test_damaged_cells_are_recognised(text):
    assert damage_of(text)


@pytest.mark.parametrize(
    "text", ["Null", "Müller", "O’Hara", "07700 900117", "What?", "Ångström", "Đặng", "E10 5RT", "山田"]
)
def test_sound_cells_are_not_doubted(text):
    assert damage_of(text) is None


def test_garbled_letters_can_be_repaired():
    assert repaired("ZoÃ« NÃºÃ±ez") == "Zoë Núñez"


@pytest.mark.parametrize(
    ("header", "columns"),
    [
        ("Id,BIRTHDATE,FIRST,LAST,GENDER,ZIP", "external_id,born_on,given_name,family_name,sex,postcode"),
        ("Name,Vorname,Geburtsdatum,PLZ", "family_name,given_name,born_on,postcode"),
        ("id,nome,dataNascimento", "external_id,full_name,born_on"),
        ("Naam,Geboortedatum,Geslacht", "full_name,born_on,sex"),
        ("Nom,Prénom,Date de naissance,Téléphone", "family_name,given_name,born_on,phone"),
    ],
)
def test_columns_are_recognised_by_their_names(header, columns):
    header = header.split(",")
    table = read_table((",".join(header) + "\n" + ",".join("x" * len(header))).encode())

    found = Plan(PATIENTS, table, Choices()).columns

    assert {name: found[name] for name in columns.split(",")} == dict(zip(columns.split(","), header, strict=True))
    assert set(likely_columns(PATIENT_FIELDS, header).values()) <= set(header)


def planned(text, **choices):
    return Plan(PATIENTS, read_table(text.encode()), Choices(**choices))


@pytest.mark.django_db
def test_birth_dates_known_in_part_are_read_and_empty_ones_are_decided():
    text = "First,Last,DOB\nRuth,Adeyemi,14/03/1979\nIda,Lund,1979\nOle,Lund,about 1950\nUma,Shah,\n"

    asking = planned(text)
    decided = planned(text, doubts=dict.fromkeys(asking.doubts, "empty"))

    assert asking.questions == ["Decide what to do with doubtful cells: 1 kind."]
    assert [str(row.birth) for row in decided.ready] == [
        "14 Mar 1979",
        "1979 (only year known)",
        "about 1950 (estimated)",
        "birth date not known",
    ]


@pytest.mark.django_db
def test_a_file_with_ages_or_without_birth_dates_can_be_imported():
    ages = planned("First,Last,Age\nRuth,Adeyemi,45\n")
    without = planned("First,Last\nRuth,Adeyemi\n")

    assert [row.birth.precision for row in ages.ready] == ["about"]
    assert without.questions == ["Choose a column for: Birth date."]
    (row,) = planned("First,Last\nRuth,Adeyemi\n", has_no_birth_dates=True).ready
    assert row.birth.precision == "unknown"


@pytest.mark.django_db
def test_a_whole_name_of_one_word_is_one_name():
    text = "Name,DOB\nSukarno,14/03/1979\n"

    (key,) = planned(text).doubts
    (row,) = planned(text, doubts={key: "keep"}).ready

    assert row.name == "SUKARNO"
