"""Import patients from another system's CSV file."""

import csv
import io
import json
from pathlib import Path

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from phonenumbers import SUPPORTED_REGIONS

from patients.dates import read_date
from patients.models import Patient
from patients.registry import registry
from patients.search import words
from patients.services import checked_patient, register_patients

# The columns of Synthea's patients.csv, and of phone and email, which Synthea does not have.
DEFAULT_MAPPING = {
    "external_id": "Id",
    "given_name": "FIRST",
    "family_name": "LAST",
    "born_on": "BIRTHDATE",
    "died_on": "DEATHDATE",
    "sex": "GENDER",
    "street": "ADDRESS",
    "city": "CITY",
    "postcode": "ZIP",
    "phone": "PHONE",
    "email": "EMAIL",
}
REQUIRED = ("given_name", "family_name", "born_on")
MAPPABLE = {
    *DEFAULT_MAPPING,
    *("preferred_name", "country", "emergency_contact_name", "emergency_contact_phone"),
    *("general_practitioner", "occupation", "interpreter_language"),
}
SEXES = {"f": "female", "m": "male", "o": "other", "x": "other", "u": "unknown", "": "unknown"}
LOOKED_UP_AT_ONCE = 500


class Command(BaseCommand):
    help = (
        "Import patients from a CSV file in UTF-8 or Latin-1, whose first line has the names of the columns. If a line"
        " is rejected, no patient is imported, except with --partial. You can repeat the import: patients who are"
        " already registered are never changed. They are recognised by the other system's number or, in lines without"
        " one, by names and birth date. Without --mapping the columns must be those of Synthea's patients.csv."
    )

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path)
        parser.add_argument(
            "--mapping",
            nargs="+",
            default=[],
            metavar="FIELD=COLUMN",
            help=f"A JSON file of {{field: column}}, or pairs. Fields: {', '.join(sorted(MAPPABLE))}.",
        )
        parser.add_argument(
            "--phone-country",
            default="",
            metavar="GB",
            help="The country of phone numbers without a country code, as two letters. A clinic with sites in several"
            " countries needs it.",
        )
        parser.add_argument("--partial", action="store_true", help="Import the valid lines and skip the rejected ones.")
        parser.add_argument("--dry-run", action="store_true", help="Only report what would be imported.")

    @transaction.atomic
    def handle(self, *, file, mapping, phone_country, partial, dry_run, **options):
        if phone_country and phone_country not in SUPPORTED_REGIONS:
            raise CommandError(f"“{phone_country}” is not a country. Write two capital letters, such as GB.")
        phone_country = phone_country or registry.phone_country(None)
        columns, lines = read_table(file, read_mapping(mapping))
        good, rejected = check_lines(lines, columns, phone_country)
        new, present = split_registered(good)
        for number, reason in rejected:
            self.stderr.write(f"Line {number}: {reason}")
        refused = bool(rejected) and not partial
        if not dry_run and not refused:
            register_patients([fields for _, fields in new], by=None, phone_country=phone_country)
        verb = "new, not imported" if dry_run or refused else "imported"
        self.stdout.write(f"{len(new)} {verb}, {len(present)} already registered, {len(rejected)} rejected.")
        if refused:
            raise CommandError("No patient was imported. Correct these lines, or import the others with --partial.")


def read_mapping(given):
    """{field: column} from the option --mapping, a JSON file or FIELD=COLUMN pairs; None for the default mapping."""
    if not given:
        return None
    if len(given) == 1 and "=" not in given[0]:
        pairs = _read_json(Path(given[0]))
    else:
        pairs = dict(pair.partition("=")[::2] for pair in given)
    if unknown := set(pairs) - MAPPABLE:
        raise CommandError(
            f"Not a field of a patient: {', '.join(sorted(unknown))}. The fields are: {', '.join(sorted(MAPPABLE))}."
        )
    return pairs


def _read_json(path):
    try:
        pairs = json.loads(path.read_text("utf-8-sig"))
    except (OSError, ValueError) as problem:
        raise CommandError(f"Cannot read the mapping {path}: {problem}") from None
    if not isinstance(pairs, dict) or not all(isinstance(column, str) for column in pairs.values()):
        raise CommandError(f"The mapping {path} must be one JSON object of field and column names.")
    return pairs


def read_table(path, mapping):
    """({field: index of its column, None: number of columns}, [(line number, cells)])."""
    text = _read_text(path)
    # Spreadsheets in many European countries separate columns by semicolons.
    delimiter = max(",;\t", key=text.partition("\n")[0].count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    lines, start = [], 1
    try:
        for cells in reader:
            lines.append((start, [cell.strip() for cell in cells]))
            start = reader.line_num + 1
    except csv.Error as problem:
        raise CommandError(f"Line {start} is not CSV: {problem}.") from None
    lines = [(number, cells) for number, cells in lines if any(cells)]
    if not lines:
        raise CommandError(f"{path} is empty.")
    header = lines.pop(0)[1]
    return {**_places(header, mapping), None: len(header)}, lines


def _read_text(path):
    try:
        raw = path.read_bytes()
    except OSError as problem:
        raise CommandError(f"Cannot read {path}: {problem.strerror}.") from None
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def _places(header, mapping):
    folded = [name.casefold() for name in header]
    wanted = mapping or {f: column for f, column in DEFAULT_MAPPING.items() if column.casefold() in folded}
    needed = {field: wanted.get(field) or DEFAULT_MAPPING[field] for field in REQUIRED} | wanted
    missing = [f"{column} (for {field})" for field, column in needed.items() if column.casefold() not in folded]
    if missing:
        raise CommandError(
            f"The file has no column {', '.join(missing)}. It has: {', '.join(header)}."
            " Name the columns with --mapping, for example --mapping given_name=Forename."
        )
    return {field: folded.index(column.casefold()) for field, column in needed.items()}


def check_lines(lines, columns, phone_country):
    """(valid lines as (line number, fields), rejected lines as (line number, reason))."""
    good, rejected, seen = [], [], {}
    for number, cells in lines:
        try:
            fields = _fields(cells, columns)
            checked_patient(phone_country=phone_country, **fields)
            _refuse_repeated(fields, seen, number)
        except ValidationError as refusal:
            rejected.append((number, _reason(refusal)))
        else:
            good.append((number, fields))
    return good, rejected


def _fields(cells, columns):
    if len(cells) != columns[None]:
        raise ValidationError(f"has {len(cells)} cells where the first line has {columns[None]}.")
    if any("\x00" in cell for cell in cells):
        raise ValidationError("contains a NUL character.")
    fields = {field: cells[place] for field, place in columns.items() if field}
    fields["external_id"] = fields.get("external_id") or None
    for name in ("born_on", "died_on"):
        if written := fields.pop(name, ""):
            fields[name] = _date(name, written)
    if "sex" in fields:
        fields["sex"] = _sex(fields["sex"])
    return fields


def _date(name, written):
    found = read_date(written)
    if not found:
        raise ValidationError({name: f"“{written}” is not a date. Write it like 1979-03-14 or 14/03/1979."})
    return found


def _sex(written):
    sex = SEXES.get(written.lower(), written.lower())
    if sex not in Patient.Sex.values:
        raise ValidationError({"sex": f"“{written}” is not F, M, O or U."})
    return sex


def _refuse_repeated(fields, seen, number):
    key = fields["external_id"] or _person(**fields)
    if key in seen:
        raise ValidationError(f"is the same person as line {seen[key]}.")
    seen[key] = number


def _person(given_name, family_name, born_on, **_):
    return tuple(words(given_name)) or given_name, tuple(words(family_name)) or family_name, born_on


def _reason(refusal):
    if hasattr(refusal, "error_dict"):
        return " ".join(f"{name}: {' '.join(texts)}" for name, texts in refusal.message_dict.items())
    return " ".join(refusal.messages)


def split_registered(good):
    """Split the valid lines into (new patients, patients who are already registered)."""
    taken = set(_stored("external_id", {fields["external_id"] for _, fields in good} - {None}, "external_id"))
    dates = {fields["born_on"] for _, fields in good if not fields["external_id"]}
    people = {_person(*row) for row in _stored("born_on", dates, "given_name", "family_name", "born_on")}
    new, present = [], []
    for number, fields in good:
        is_there = fields["external_id"] in taken if fields["external_id"] else _person(**fields) in people
        (present if is_there else new).append((number, fields))
    return new, present


def _stored(field, values, *names):
    values = sorted(values)
    for start in range(0, len(values), LOOKED_UP_AT_ONCE):
        some = values[start : start + LOOKED_UP_AT_ONCE]
        yield from Patient.objects.filter(**{f"{field}__in": some}).values_list(*names, flat=len(names) == 1)
