"""Every table of the clinic as lines of JSON in a ZIP archive, and back into an empty database of either engine."""

import io
import json
import zipfile
from contextlib import contextmanager
from hashlib import sha256

from django.apps import apps
from django.contrib.auth import get_user_model
from django.contrib.contenttypes.models import ContentType
from django.core.management.color import no_style
from django.core.serializers.base import DeserializationError
from django.db import connection, transaction
from django.db.migrations.recorder import MigrationRecorder
from django.db.models import BinaryField
from django.utils.dateparse import parse_datetime

from patients.integrity.rows_as_json import ROWS_AT_ONCE, lines_of, rows_in
from patients.integrity.trigger_constraints import restore_triggers, trigger_constraints
from patients.models import Patient, TrailEntry

from .digests import FILES_AT_ONCE, differences

FORMAT, MANIFEST = "filiform-clinic-1", "manifest.json"
# Whoever is signed in signs in again on the new server.
NOT_EXPORTED = {"sessions.session", "usersessions.usersession", "clinic.tabletsignin"}


class BadExport(ValueError):
    """The file is no export of a clinic, is damaged, or does not fit this database. Its message is a sentence."""


def exported_models():
    """The models whose tables are exported, links of many rows to many included, in the order of their tables."""
    models = [model for model in apps.get_models(include_auto_created=True) if not model._meta.proxy]
    models = [model for model in models if model._meta.label_lower not in NOT_EXPORTED]
    return sorted(models, key=lambda model: model._meta.db_table)


def files_of_clinic(*, made_at, report=lambda table: None):
    """Yield (name, iterable of bytes) of a file for each table, and last of the manifest that names what they hold.

    The manifest has the number and the SHA-256 of the rows of each table. Call it while the database keeps one state:
    see `one_state` in clinic.platform.backup.snapshot. A few rows are in memory at the same time.
    """
    tables = {}
    for model in exported_models():
        report(model._meta.db_table)
        yield f"tables/{model._meta.db_table}.jsonl", _counted(model, tables)
    recorded = MigrationRecorder(connection).migration_qs.order_by("pk")
    manifest = {
        "format": FORMAT,
        "made_at": made_at.isoformat(),
        "migrations": [[*named, at.isoformat()] for *named, at in recorded.values_list("app", "name", "applied")],
        "tables": tables,
    }
    yield MANIFEST, [json.dumps(manifest, indent=1).encode()]


def load_clinic(file, report=lambda table: None):
    """Load the archive `file` into the default database, all of it or nothing, and return its manifest.

    The database must have the tables of the same version and no patients, users or audit trail. All rows are compared
    with what was exported before they are kept. Raises BadExport.
    """
    with _opened(file) as archive, transaction.atomic():
        manifest = _manifest(archive)
        _refuse_unless_fitting(manifest)
        with _without_triggers():
            _empty()
            for model in exported_models():
                report(model._meta.db_table)
                with archive.open(f"tables/{model._meta.db_table}.jsonl") as binary:
                    for row in rows_in(io.TextIOWrapper(binary, encoding="utf-8")):
                        row.save_base(raw=True, force_insert=True)
        _keep_times_of_migrations(manifest)
        _continue_numbering()
        ContentType.objects.clear_cache()
        if found := list(differences(manifest["tables"], _digests())):
            raise BadExport(" ".join(found))
    return manifest


def _counted(model, tables):
    """The lines of a table as bytes; afterwards `tables` has their number and their SHA-256."""
    digest, count = sha256(), 0
    at_once = FILES_AT_ONCE if any(isinstance(field, BinaryField) for field in model._meta.fields) else ROWS_AT_ONCE
    rows = model._base_manager.order_by("pk").iterator(chunk_size=at_once)
    for lines in lines_of(rows, at_once=at_once):
        content = lines.encode()
        digest.update(content)
        count += content.count(b"\n")
        yield content
    tables[model._meta.db_table] = {"rows": count, "sha256": digest.hexdigest()}


def _digests():
    tables = {}
    for model in exported_models():
        for _ in _counted(model, tables):
            pass
    return tables


@contextmanager
def _opened(file):
    try:
        with zipfile.ZipFile(file) as archive:
            yield archive
    except (zipfile.BadZipFile, OSError, KeyError, UnicodeDecodeError, DeserializationError) as error:
        raise BadExport(f"{file} is not a complete export of a clinic: {error}.") from error


def _manifest(archive):
    try:
        manifest = json.loads(archive.read(MANIFEST))
    except ValueError as error:
        raise BadExport(f"The manifest of the export cannot be read: {error}.") from None
    if manifest.get("format") != FORMAT:
        raise BadExport("This file is not an export of a clinic by Filiform.")
    return manifest


def _refuse_unless_fitting(manifest):
    """Rows fit only tables of the version that exported them, and are never mixed with others."""
    exported = {(app, name) for app, name, _ in manifest["migrations"]}
    here = set(MigrationRecorder(connection).applied_migrations())
    if exported != here:
        named = ", ".join(sorted(".".join(each) for each in exported ^ here)[:5])
        raise BadExport(
            "This database was made by another version than the export. Install the version that exported it, import,"
            f" and then upgrade. Migrations that differ: {named}."
        )
    for model in (Patient, get_user_model(), TrailEntry):
        if model._base_manager.exists():
            raise BadExport(
                f"This database is not empty: it has {model._meta.verbose_name_plural}. Set DATABASE_URL to a new"
                " database and run `manage.py migrate` first."
            )


@contextmanager
def _without_triggers():
    """Triggers refuse rows as they come, one by one, such as the parts of a session that is signed already.

    They are made again from what the models declare, in the same transaction, so a failure leaves them as they were.
    """
    quote, pairs = connection.ops.quote_name, [p for app in apps.get_app_configs() for p in trigger_constraints(app)]
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            for name in (name for _, constraint in pairs for name in constraint.trigger_names("sqlite")):
                cursor.execute(f"DROP TRIGGER IF EXISTS {quote(name)}")
        else:
            for table in sorted({model._meta.db_table for model, _ in pairs}):
                cursor.execute(f"ALTER TABLE {quote(table)} DISABLE TRIGGER USER")
        yield
        if connection.vendor == "postgresql":
            # Foreign keys are checked now: a check that waits would keep the tables locked.
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    for app in apps.get_app_configs():
        restore_triggers(app, connection)


def _empty():
    """Remove what `migrate` made, such as roles and permissions: the export has its own."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        for model in exported_models():
            table = connection.ops.quote_name(model._meta.db_table)
            cursor.execute(f"DELETE FROM {table}")  # noqa: S608 - a quoted name of our own


def _keep_times_of_migrations(manifest):
    """Since when the audit trail has keys is the time of a migration, so it moves with the clinic."""
    applied = MigrationRecorder.Migration._meta.get_field("applied")
    with connection.cursor() as cursor:
        for app, name, at in manifest["migrations"]:
            value = applied.get_db_prep_save(parse_datetime(at), connection)
            sql = "UPDATE django_migrations SET applied = %s WHERE app = %s AND name = %s"
            cursor.execute(sql, [value, app, name])


def _continue_numbering():
    """PostgreSQL gives new rows the next number after those that were loaded; SQLite does that by itself."""
    with connection.cursor() as cursor:
        for sql in connection.ops.sequence_reset_sql(no_style(), exported_models()):
            cursor.execute(sql)
