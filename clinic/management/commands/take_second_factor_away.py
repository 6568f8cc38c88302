from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandError

from clinic.services import take_second_factor_away


class Command(BaseCommand):
    help = (
        "Remove the second factor of a user, for example of the only admin who lost the phone and the recovery codes."
    )

    def add_arguments(self, parser):
        parser.add_argument("username")

    def handle(self, *, username, **options):
        user = User.objects.filter(username=username).first()
        if user is None:
            raise CommandError(f"There is no user named {username}.")
        count = take_second_factor_away(user, by=None)
        self.stdout.write(f"Second factors removed: {count}. All sessions of {username} have ended.")
