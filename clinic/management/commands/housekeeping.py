from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.db import connection

DAYS_OF_LOGS = 90


class Command(BaseCommand):
    help = (
        f"Delete expired sessions and logs of sign-ins older than {DAYS_OF_LOGS} days. On SQLite, also count again how"
        " the rows are distributed, from which SQLite plans its queries. PostgreSQL does that by itself."
    )

    def handle(self, **options):
        call_command("clearsessions")
        call_command("axes_reset_logs", age=DAYS_OF_LOGS)
        if connection.vendor == "sqlite":
            count_rows_for_plans()


def count_rows_for_plans():
    """Let SQLite look at up to 1,000 rows of each index. Without that it guesses, and may read a whole table."""
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA analysis_limit = 1000")
        cursor.execute("ANALYZE")
