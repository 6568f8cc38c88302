import environ
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, connection
from tqdm import tqdm

from clinic.platform.backup.other_engine import (
    CannotCopy,
    copied_models,
    copy_rows,
    differing_tables,
    use_source,
)
from clinic.platform.database_settings import database_settings


class Command(BaseCommand):
    help = (
        "Copy every record from an SQLite database into the empty PostgreSQL database of DATABASE_URL, compare all rows"
        " of all tables, and run verify_records there. The SQLite database is only read. Stop the app first."
    )

    def add_arguments(self, parser):
        parser.add_argument("source", help="such as sqlite:////var/lib/filiform/filiform.sqlite3")

    def handle(self, *, source, **options):
        try:
            use_source(database_settings(environ.Env.db_url_config(source), None)["default"])
            if connection.introspection.table_names():
                raise CannotCopy("This database has tables. Set DATABASE_URL to an empty PostgreSQL database.")
            call_command("migrate", verbosity=0, interactive=False, stdout=self.stdout)
            tables = len(copied_models())
            with tqdm(total=2 * tables, unit="table", disable=None, leave=False) as progress:
                copy_rows(lambda table: progress.update())
                sentences = list(differing_tables(lambda table: progress.update()))
        except CannotCopy as problem:
            raise CommandError(str(problem)) from None
        except DatabaseError as error:
            raise CommandError(f"Nothing was copied. {type(error).__name__}: {error}") from None
        for sentence in sentences:
            self.stdout.write(sentence)
        if sentences:
            raise CommandError(f"The copy is not what it should be. Tables that differ: {len(sentences)}.")
        self.stdout.write(f"All rows of {tables} tables are the same in both databases.")
        call_command("verify_records", stdout=self.stdout)
