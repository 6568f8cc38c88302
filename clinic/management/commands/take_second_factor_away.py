from django.core.management.base import BaseCommand

from clinic.management.users import user_named
from clinic.services import take_second_factor_away


class Command(BaseCommand):
    help = (
        "Remove the second factor of a user, for example of the only admin who lost the phone and the recovery codes."
    )

    def add_arguments(self, parser):
        parser.add_argument("username")

    def handle(self, *, username, **options):
        count = take_second_factor_away(user_named(username), by=None)
        self.stdout.write(f"Second factors removed: {count}. All sessions of {username} have ended.")
