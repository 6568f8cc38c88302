"""Django calls `flush` after each test that commits. A command of an installed app takes the place of Django's own."""

from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
from django.core.management.base import BaseCommand
from django.db import DEFAULT_DB_ALIAS, connections, transaction

from tests.database.guards import unguarded

# The rows that `migrate` leaves behind: a model stands after those that it refers to.
FILLED_BY_MIGRATE = [ContentType, Permission, Group, Group.permissions.through]
rows_of_migrate = {}


def remember_rows_of_migrate():
    """Call once, when the test database has just been migrated."""
    rows_of_migrate.update({model: list(model._base_manager.all()) for model in FILLED_BY_MIGRATE})


class Command(BaseCommand):
    help = "Empty the test database, immutable rows too, and put back the roles and permissions that migrate made."
    # What django.test passes to Django's own command. The rest means nothing here.
    stealth_options = ("database", "interactive", "reset_sequences", "allow_cascade", "inhibit_post_migrate")

    def handle(self, *, database=DEFAULT_DB_ALIAS, **options):
        connection = connections[database]
        with transaction.atomic(using=database):
            with unguarded(connection):
                _delete_every_row(connection)
            for model, rows in rows_of_migrate.items():
                model._base_manager.using(database).bulk_create(rows)


def _delete_every_row(connection):
    """PostgreSQL: TRUNCATE takes ten times as long as DELETE from small tables. The lock waits for other writers."""
    tables = connection.introspection.django_table_names(only_existing=True, include_views=False)
    names = [connection.ops.quote_name(table) for table in tables]
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            # Rows go in any order: foreign keys are checked when all of them are gone.
            cursor.execute("SET CONSTRAINTS ALL DEFERRED")
            cursor.execute(f"LOCK TABLE {', '.join(names)} IN SHARE ROW EXCLUSIVE MODE")
        for name in names:
            cursor.execute(f"DELETE FROM {name}")
