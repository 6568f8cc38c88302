"""Recompute every hash and report records that were changed."""

from itertools import chain

from django.core.management.base import BaseCommand, CommandError

from patients.audit.chain import broken_links, length_of_trail
from treatments.record.verification import (
    faulty_guards,
    tampered_amendments,
    tampered_consents,
    tampered_corrections,
    tampered_error_marks,
    tampered_sessions,
)

CHECKS = [
    faulty_guards,
    tampered_consents,
    tampered_sessions,
    tampered_amendments,
    tampered_corrections,
    tampered_error_marks,
    broken_links,
]


class Command(BaseCommand):
    help = (
        "Check that signed sessions, amendments, consents and marks of records in error are unchanged since they were "
        "signed, that the audit trail is complete, and that the database triggers that protect them exist. Lists every "
        "problem and exits with status 1 if there is any. Changes nothing. Also reports the length of the audit trail, "
        "because entries removed from its end leave no trace in the trail itself."
    )

    def handle(self, *args, **options):
        entries, highest = length_of_trail()
        self.stdout.write(f"The audit trail has {entries} entries; the last one has the id {highest}.")
        found = 0
        for sentence in chain.from_iterable(check() for check in CHECKS):
            found += 1
            self.stdout.write(str(sentence))
        if found:
            raise CommandError(f"Problems found: {found}. Do not change this database; compare it with a backup.")
        self.stdout.write("Every signed record is unchanged.")
