from django.core.management.base import BaseCommand

from clinic.management.users import user_named
from clinic.services import disable_account


class Command(BaseCommand):
    help = (
        "Disable an account at once and sign its user out, for example that of an admin whose password was stolen:"
        " in the app, another admin must agree to that."
    )

    def add_arguments(self, parser):
        parser.add_argument("username")

    def handle(self, *, username, **options):
        count = disable_account(user_named(username), by=None)
        self.stdout.write(f"{username} is disabled. Sessions that ended: {count}.")
