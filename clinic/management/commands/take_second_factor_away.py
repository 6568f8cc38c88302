from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandError

from clinic.services import take_second_factor_away


class Command(BaseCommand):
    help = "For the only admin, who lost phone and recovery codes: sign-in then asks for the password alone."

    def add_arguments(self, parser):
        parser.add_argument("username")

    def handle(self, *, username, **options):
        user = User.objects.filter(username=username).first()
        if user is None:
            raise CommandError(f"There is no user {username}.")
        count = take_second_factor_away(user, by=None)
        self.stdout.write(f"Taken away: {count}. The sessions of {username} have ended.")
