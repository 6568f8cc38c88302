"""Recompute every hash and say what was tampered with."""

from itertools import chain

from django.core.management.base import BaseCommand, CommandError

from treatments.verifying import absent_guards, tampered_amendments, tampered_sessions

CHECKS = [absent_guards, tampered_sessions, tampered_amendments]


class Command(BaseCommand):
    help = (
        "Check that signed sessions and amendments are what was signed, and that the database still guards them. "
        "Names what was tampered with and ends with 1; only reads."
    )

    def handle(self, *args, **options):
        found = 0
        for sentence in chain.from_iterable(check() for check in CHECKS):
            found += 1
            self.stdout.write(sentence)
        if found:
            raise CommandError(f"{found} found. Keep this database as it is and compare it with a backup.")
        self.stdout.write("Every signed record is what was signed.")
