"""Import patients from another system's file. The browser does the same under /imports/, with a preview."""

import json
from dataclasses import replace
from pathlib import Path

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from phonenumbers import SUPPORTED_REGIONS

from patients.importing.dates import DAY_FIRST, MONTH_FIRST
from patients.importing.doubts import DECISIONS, LEAVE_OUT
from patients.importing.encodings import NAMES
from patients.importing.fields import BIRTH, DATE
from patients.importing.files import read_file
from patients.importing.kinds import DECISIONS_ON_PAIRS, LATER, NEW, SAME
from patients.importing.plan import Choices, Plan
from patients.importing.values import FAMILY_FIRST, GIVEN_FIRST
from patients.integrity.progress import shown_in_terminal
from patients.models import Patient
from patients.registry import registry
from patients.services import store_table
from patients.services.patient_parts import PARTS

SHOWN = 5


class Command(BaseCommand):
    help = (
        "Import patients from a CSV, Excel or OpenDocument file whose columns have names. The encoding, the separator,"
        " the columns and the order of day and month are recognised. What is not certain has to be chosen with an"
        " option; until then, and if a line is rejected, no patient is imported. You can repeat the import: lines that"
        " were imported before, and numbers of the other system that a patient already has, are recognised, and"
        " registered patients are never changed. National and insurance numbers and next of kin are imported in the"
        " browser only."
    )

    def add_arguments(self, parser):
        names = ", ".join(field.name for field in _kind().fields)
        parser.add_argument("file", type=Path)
        parser.add_argument(
            "--mapping",
            nargs="+",
            default=[],
            metavar="FIELD=COLUMN",
            help="A JSON file of {field: column}, or pairs, beside the columns that are recognised."
            f" Fields: {names}.",
        )
        parser.add_argument("--encoding", choices=NAMES, default="", help="The encoding, if another one is recognised.")
        parser.add_argument(
            "--date-order", choices=[DAY_FIRST, MONTH_FIRST], help="Which comes first in dates such as 03/04/1990."
        )
        parser.add_argument(
            "--name-order", choices=[GIVEN_FIRST, FAMILY_FIRST], default="", help="Which is first in a whole name."
        )
        parser.add_argument(
            "--sex", nargs="+", default=[], metavar="WORD=SEX", help=f"SEX is one of {', '.join(Patient.Sex.values)}."
        )
        parser.add_argument(
            "--doubtful",
            choices=DECISIONS,
            help="What to do with all doubtful cells, such as 4.47E+11. Without it they are listed and nothing is"
            " imported.",
        )
        parser.add_argument(
            "--decide",
            nargs="+",
            default=[],
            metavar="LINE=DECISION",
            help="For lines that may be registered already: “7=new”, “7=P000012” for the patient that it is, or"
            " “7=later:P000012” to register it and put both on the list of records to merge. “all=new” is for all.",
        )
        parser.add_argument(
            "--phone-country",
            default="",
            metavar="GB",
            help="The country of phone numbers without a country code, as two letters. A clinic with sites in several"
            " countries needs it.",
        )
        parser.add_argument(
            "--no-birth-dates",
            action="store_true",
            help="The file has no birth dates and no ages. Birth dates are stored as not known.",
        )
        parser.add_argument("--partial", action="store_true", help="Import the valid lines and skip the rejected ones.")
        parser.add_argument("--dry-run", action="store_true", help="Only report what would be imported.")

    def handle(self, *, file, dry_run, **options):
        raw = _read(file)
        with shown_in_terminal():
            self._import(raw, file, dry_run, options)

    def _import(self, raw, file, dry_run, options):
        try:
            table = read_file(raw, _kind(), encoding=options["encoding"])
            plan = Plan(_kind(), table, _choices(table, options))
        except ValidationError as refusal:
            raise CommandError(f"{file}: {' '.join(refusal.messages)}") from None
        if not plan.missing_fields:
            _take_decisions(plan, options["decide"])
            plan = Plan(plan.kind, table, plan.choices)
        self._report(plan)
        questions = plan.questions
        if not dry_run and not questions:
            store_table(plan, by=None, name=file.name, size=len(raw))
        self._count(plan, "new, not imported" if dry_run or questions else "imported")
        if questions:
            raise CommandError("No patient was imported. " + " ".join(questions))

    def _report(self, plan):
        table = plan.table
        for recognised in table.encodings[:1]:
            sample = f", with {', '.join(recognised.sample)}" if recognised.sample else ""
            self.stdout.write(f"Read as {recognised.name}{sample}.")
        if plan.missing_fields:
            self.stdout.write(f"The columns are: {', '.join(table.header)}.")
            return
        for name, order in plan.date_orders.items():
            self.stdout.write(f"{plan.kind.field(name).label}: {plan.order(name)} first. {order.words}")
        for row in plan.ready[:SHOWN]:
            stored = ", ".join(str(value) for value in row.values.values() if value)
            self.stdout.write(f"Line {row.number} would be stored as: {stored}")
        for row in plan.refused:
            self.stderr.write(f"Line {row.number}: {row.error}")
        for found in plan.doubts.values():
            row, doubt = found[0]
            lines = ", ".join(str(row.number) for row, _ in found[:SHOWN])
            self.stderr.write(
                f"Line {lines}{', …' * (len(found) > SHOWN)}: {doubt.field}: “{doubt.text}”. {doubt.sentence}"
            )
        for row in plan.pairs:
            for candidate in row.candidates if not row.decision else ():
                self.stderr.write(f"Line {row.number} may be {candidate.record.record_number}: {candidate.why}.")

    def _count(self, plan, verb):
        rows = [] if plan.missing_fields else plan.rows
        ready = sum(row.is_ready for row in rows)
        present = sum(row.matched is not None or _is_same(row) for row in rows)
        self.stdout.write(f"{ready} {verb}, {present} already registered, {len(rows) - ready - present} rejected.")


def _kind():
    """Patients without the fields that name the person who recorded them: nobody is named for a command."""
    kind = registry.import_kinds["patients"]
    return replace(kind, fields=[field for field in kind.fields if field.name not in PARTS])


def _is_same(row):
    return bool(row.decision) and row.decision[0] == SAME


def _read(path):
    try:
        return path.read_bytes()
    except OSError as problem:
        raise CommandError(f"Cannot read {path}: {problem.strerror}.") from None


def _choices(table, options):
    country = options["phone_country"]
    if country and country not in SUPPORTED_REGIONS:
        raise CommandError(f"“{country}” is not a country. Write two capital letters, such as GB.")
    choices = Choices(encoding=options["encoding"], name_order=options["name_order"])
    choices.phone_country = country or registry.phone_country(None)
    choices.has_no_birth_dates = options["no_birth_dates"]
    choices.leaves_out_refused = options["partial"]
    if given := _mapping(options["mapping"]):
        choices.columns = {**Plan(_kind(), table, Choices()).columns, **_in_header(given, table.header)}
        if "full_name" in given:
            choices.columns = {k: v for k, v in choices.columns.items() if k not in ("given_name", "family_name")}
        elif given.keys() & {"given_name", "family_name"}:
            choices.columns.pop("full_name", None)
    if order := options["date_order"]:
        choices.date_orders = {field.name: order for field in _kind().fields if field.type in (DATE, BIRTH)}
    choices.words = {"sex": dict(_pairs(options["sex"], "--sex"))}
    if wrong := set(choices.words["sex"].values()) - set(Patient.Sex.values):
        raise CommandError(f"Not a sex: {', '.join(sorted(wrong))}. Write one of {', '.join(Patient.Sex.values)}.")
    decision = options["doubtful"] or (LEAVE_OUT if options["partial"] else "")
    if decision:
        found = Plan(_kind(), table, choices)
        allowed = {} if found.missing_fields else found.doubts
        choices.doubts = {key: decision for key, rows in allowed.items() if decision in rows[0][1].options}
    return choices


def _in_header(given, header):
    """{field: column as the file writes it}. Upper and lower case do not matter."""
    names = {name.casefold(): name for name in header}
    if missing := [f"{column} (for {field})" for field, column in given.items() if column.casefold() not in names]:
        raise CommandError(f"The file has no column {', '.join(missing)}. It has: {', '.join(header)}.")
    return {field: names[column.casefold()] for field, column in given.items()}


def _mapping(given):
    if len(given) == 1 and "=" not in given[0]:
        pairs = _read_json(Path(given[0]))
    else:
        pairs = dict(_pairs(given, "--mapping"))
    fields = {field.name for field in _kind().fields}
    if unknown := set(pairs) - fields:
        raise CommandError(
            f"Not a field of a patient: {', '.join(sorted(unknown))}. The fields are: {', '.join(sorted(fields))}."
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


def _pairs(given, option):
    for pair in given:
        name, equals, value = pair.partition("=")
        if not equals:
            raise CommandError(f"{option}: write {pair}= and a value.")
        yield name, value


def _take_decisions(plan, given):
    """Put the decisions about lines that may be registered already into the choices of the plan."""
    decided = dict(_pairs(given, "--decide"))
    for row in plan.pairs:
        decision = decided.get(str(row.number), decided.get("all", ""))
        word, _, number = decision.rpartition(":")
        chosen = next((c for c in row.candidates if c.record.record_number == number), None)
        if decision == NEW:
            plan.choices.pairs[str(row.number)] = [NEW, ""]
        elif chosen and word in ("", LATER):
            plan.choices.pairs[str(row.number)] = [word or SAME, str(chosen.record.pk)]
        elif decision:
            raise CommandError(
                f"Line {row.number}: write {', '.join(DECISIONS_ON_PAIRS)}: “{decision}” is no decision."
            )
