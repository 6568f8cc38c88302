"""Import files from other systems: upload, choose, store as a whole, discard, and undo as a whole."""

from dataclasses import asdict
from datetime import timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from patients.audit.recording import add_audit_entry
from patients.importing.files import read_file
from patients.importing.kinds import LATER, SAME
from patients.importing.plan import Choices
from patients.importing.stored import kind_of, like_before, plan_of
from patients.integrity.authorization import needs
from patients.integrity.encryption import encrypt
from patients.models import FileImport, ImportedRow, TrailEntry
from patients.permissions import may_ask_for_merges, may_import_files
from patients.registry import registry
from patients.services.merge_requests import ask_for_merge

Action = TrailEntry.Action
ROWS_A_BATCH = 1000
# An uploaded file that nobody stored or discarded is deleted with the next upload after these days.
DAYS_KEPT = 14
# What a file with the same columns starts with. Doubts and pairs are decided for each file.
REMEMBERED = ("columns", "date_orders", "name_order", "words", "phone_country", "identifier_kind", "identifier_issuer")


@needs(may_import_files)
@transaction.atomic
def upload_import(*, by, kind, name, content):
    """Keep an uploaded file, encrypted, until it is stored or discarded. Returns the FileImport.

    It starts with the choices of the last file with the same columns. Raises ValidationError if the file has no table.
    """
    file_import = _new_import(kind, name, content, by)
    table = read_file(content, kind_of(file_import))
    _delete_old_files(by)
    if before := like_before(kind, table.header):
        file_import.choices = {key: before.choices[key] for key in REMEMBERED if key in before.choices}
    file_import.key_id, file_import.encrypted = encrypt(content, bound_to=str(file_import.pk))
    file_import.full_clean()
    file_import.save()
    changes = {"name": ["", file_import.name], "rows": [None, len(table.rows)]}
    add_audit_entry(Action.CREATE, by=by, record=file_import, changes=changes, note="File uploaded")
    return file_import


@needs(may_import_files)
@transaction.atomic
def choose_for_import(file_import, *, by, choices):
    """Save what somebody chose for a file: `choices` is a Choices. Nothing else is stored. Returns the FileImport."""
    file_import = _locked(file_import)
    _refuse_unless_waiting(file_import)
    before, file_import.choices = file_import.choices, asdict(choices)
    file_import.save(update_fields=["choices"])
    # Only which choices, because they contain words of the file.
    changed = sorted(name for name, chosen in file_import.choices.items() if chosen != before.get(name))
    add_audit_entry(Action.CHANGE, by=by, record=file_import, changes={"choices": ["", ", ".join(changed)]})
    return file_import


@needs(may_import_files)
@transaction.atomic
def store_import(file_import, *, by):
    """Store all rows of a file and delete the file. Returns the FileImport, with `counts`.

    Raises ValidationError with what somebody still has to decide, or with why a row was refused. Then nothing is
    stored.
    """
    file_import = _locked(file_import)
    _refuse_unless_waiting(file_import)
    return _store(file_import, plan_of(file_import), by)


@needs(may_import_files, allow_system=True)
@transaction.atomic
def store_table(plan, *, by, name, size):
    """Store all rows of a Plan whose file was not uploaded, for a command. Returns and raises as store_import."""
    file_import = _new_import(plan.kind.key, name, b"", by)
    file_import.size_bytes = size
    file_import.choices = asdict(plan.choices)
    file_import.save()
    return _store(file_import, plan, by)


@needs(may_import_files)
@transaction.atomic
def discard_import(file_import, *, by):
    """Delete the content of a file that was not stored. Returns the FileImport."""
    file_import = _locked(file_import)
    _refuse_unless_waiting(file_import)
    return _delete_content(file_import, by, "File deleted without storing it")


@needs(may_import_files)
@transaction.atomic
def undo_import(file_import, *, by, reason):
    """Take back everything that an import stored. Returns the FileImport.

    Raises ValidationError without a reason, and if something was recorded or changed since about one of the records.
    """
    file_import = _locked(file_import)
    if file_import.stored_at is None or file_import.undone_at is not None:
        raise ValidationError("This import is not stored, or it was already undone. Reload the page.", code="closed")
    if not reason.strip():
        raise ValidationError({"undo_reason": "Explain why the import is undone."})
    kind_of(file_import).undo(list(file_import.rows.all()), by=by)
    file_import.undone_at, file_import.undone_by, file_import.undo_reason = timezone.now(), by, reason.strip()
    file_import.full_clean()
    file_import.save()
    changes = {"undo_reason": ["", file_import.undo_reason]}
    add_audit_entry(Action.WITHDRAW, by=by, record=file_import, changes=changes, note="Import undone")
    return file_import


def _new_import(kind, name, content, by):
    if kind not in registry.import_kinds:
        raise ValidationError("Choose what the file contains.")
    now = timezone.now()
    return FileImport(
        kind=kind, name=name[:200], size_bytes=len(content), uploaded_at=now, uploaded_by=by, choices=asdict(Choices())
    )


def _locked(file_import):
    return FileImport.objects.select_for_update(of=["self"]).get(pk=file_import.pk)


def _refuse_unless_waiting(file_import):
    if not file_import.is_waiting:
        raise ValidationError("This file was already stored or discarded. Reload the page.", code="closed")


def _store(file_import, plan, by):
    if questions := plan.questions:
        raise ValidationError(questions, code="undecided")
    kind, rows = plan.kind, plan.rows
    ready = [row for row in rows if row.is_ready]
    joined = [row for row in rows if row.decision and row.decision[0] == SAME and not row.is_left_out]
    records = kind.store(ready, by=by, phone_country=plan.choices.phone_country, file_import=file_import)
    stored = [_imported(file_import, row, record) for row, record in zip(ready, records, strict=True)]
    for row in joined:
        record = row.decision[1].record
        stored.append(
            _imported(file_import, row, record, before=kind.join(row, record, by=by, file_import=file_import))
        )
    ImportedRow.objects.bulk_create(stored, batch_size=ROWS_A_BATCH)
    _ask_later(file_import, ready, records, by)
    file_import.counts = {
        "stored": len(ready),
        "same": len(joined),
        "later": sum(bool(row.decision) and row.decision[0] == LATER for row in ready),
        "already": sum(row.matched is not None for row in rows),
        "left_out": sum(row.is_left_out for row in rows),
    }
    file_import.header, file_import.stored_at, file_import.stored_by = plan.table.header, timezone.now(), by
    return _delete_content(file_import, by, f"{len(ready)} rows stored, file deleted")


def _imported(file_import, row, record, before=None):
    return ImportedRow(
        file_import=file_import,
        number=row.number,
        fingerprint=row.fingerprint,
        record_id=str(record.pk),
        is_new=before is None,
        before=before or {},
    )


def _ask_later(file_import, rows, records, by):
    """Put the pairs that somebody will decide later on the list of records to merge."""
    for row, record in zip(rows, records, strict=True):
        if row.decision and row.decision[0] == LATER and may_ask_for_merges(by):
            candidate = row.decision[1]
            reason = f"Row {row.number} of {file_import.name}: {candidate.why}"[:300]
            ask_for_merge(candidate.record, record, by=by, reason=reason)


def _delete_content(file_import, by, note):
    file_import.encrypted, file_import.key_id = None, ""
    # Which row somebody thought to be which patient is in the imported rows; the words may be those of patients.
    words = file_import.choices.get("words", {})
    of_patients = {field.name for field in kind_of(file_import).fields if field.stand_in}
    kept = {name: words[name] for name in words if name not in of_patients}
    file_import.choices = {**file_import.choices, "pairs": {}, "doubts": {}, "words": kept}
    file_import.full_clean()
    file_import.save()
    changes = {"content": ["encrypted", "deleted"], "counts": [None, file_import.counts]}
    add_audit_entry(Action.CHANGE, by=by, record=file_import, changes=changes, note=note)
    return file_import


def _delete_old_files(by):
    limit = timezone.now() - timedelta(days=DAYS_KEPT)
    for old in FileImport.objects.waiting().filter(uploaded_at__lt=limit).select_for_update(of=["self"]):
        _delete_content(old, by, f"File deleted, because nobody stored it in {DAYS_KEPT} days")
