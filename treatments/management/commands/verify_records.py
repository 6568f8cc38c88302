"""Recompute every hash and say what was tampered with."""

from itertools import chain

from django.core.management.base import BaseCommand, CommandError

from patients.audit.chain import broken_links, length_of_trail
from treatments.record.verification import absent_triggers, tampered_amendments, tampered_consents, tampered_sessions

CHECKS = [absent_triggers, tampered_consents, tampered_sessions, tampered_amendments, broken_links]


class Command(BaseCommand):
    help = (
        "Check that signed sessions, amendments and consents are what was signed, that the audit trail is whole, and "
        "that the database still guards them. Names what was tampered with and ends with 1; only reads. Says how "
        "long the trail is, because its end can be cut off without a trace in the trail itself."
    )

    def handle(self, *args, **options):
        entries, highest = length_of_trail()
        self.stdout.write(f"The audit trail has {entries} entries; the last one has the id {highest}.")
        found = 0
        for sentence in chain.from_iterable(check() for check in CHECKS):
            found += 1
            self.stdout.write(str(sentence))
        if found:
            raise CommandError(f"{found} found. Keep this database as it is and compare it with a backup.")
        self.stdout.write("Every signed record is what was signed.")
