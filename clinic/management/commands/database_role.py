import os

from django.core.management.base import BaseCommand, CommandError
from django.db import ProgrammingError, connection, transaction

from clinic.platform.database_roles import create_role, dangers, grant_rights

PASSWORD = "APP_ROLE_PASSWORD"  # noqa: S105 - the name of the variable


class Command(BaseCommand):
    help = (
        "On PostgreSQL: give a role the rights that the web application needs, and no others. Run it as the owner of"
        " the tables after every `migrate`. With --check: say what the role of this connection may do but should"
        " not, and exit with status 1 if there is anything."
    )

    def add_arguments(self, parser):
        what = parser.add_mutually_exclusive_group(required=True)
        what.add_argument("role", nargs="?", help="the role that the web application connects as")
        what.add_argument("--check", action="store_true", help="check the role of this connection; change nothing")
        parser.add_argument(
            "--create",
            action="store_true",
            help=f"first create the role, or change its password; the password is in the environment as {PASSWORD}",
        )

    def handle(self, *, role, check, create, **options):
        if connection.vendor != "postgresql":
            raise CommandError("SQLite has no roles. Protect the database file with file permissions.")
        if check:
            self._check()
            return
        if create and not os.environ.get(PASSWORD):
            raise CommandError(f"Set {PASSWORD} in the environment to the password of the role.")
        try:
            with transaction.atomic():
                if create:
                    create_role(role, password=os.environ[PASSWORD])
                grant_rights(role)
        except ProgrammingError as error:
            raise CommandError(
                f"PostgreSQL refused: {str(error).splitlines()[0]}. Connect as the owner of the tables; a role that"
                " does not exist yet is created with --create."
            ) from error
        self.stdout.write(f"The role {role} has the rights that the application needs, and no others.")

    def _check(self):
        found = dangers()
        for sentence in found:
            self.stdout.write(sentence)
        if found:
            raise CommandError("The web application should connect as a role without these rights.")
        self.stdout.write("The role of this connection cannot change the tables, their triggers or the audit trail.")
