from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandError

from clinic.services import disable_account


class Command(BaseCommand):
    help = (
        "Disable an account at once and sign its user out, for example that of an admin whose password was stolen:"
        " in the app, another admin must agree to that."
    )

    def add_arguments(self, parser):
        parser.add_argument("username")

    def handle(self, *, username, **options):
        user = User.objects.filter(username=username).first()
        if user is None:
            raise CommandError(f"There is no user named {username}.")
        count = disable_account(user, by=None)
        self.stdout.write(f"{username} is disabled. Sessions that ended: {count}.")
