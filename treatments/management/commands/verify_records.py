"""Recompute every hash and report records that were changed."""

from functools import partial
from itertools import chain
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from patients.audit.chain import broken_links, length_of_trail
from patients.audit.heads import removed_entries, write_heads
from treatments.record.trail_checks import records_unlike_the_trail
from treatments.record.verification import (
    faulty_guards,
    tampered_amendments,
    tampered_assessments,
    tampered_consents,
    tampered_corrections,
    tampered_error_marks,
    tampered_sessions,
)

CHECKS = [
    faulty_guards,
    tampered_consents,
    tampered_sessions,
    tampered_assessments,
    tampered_amendments,
    tampered_corrections,
    tampered_error_marks,
    broken_links,
    records_unlike_the_trail,
]


class Command(BaseCommand):
    help = (
        "Check that signed sessions, assessments, amendments, consents and marks of records in error are unchanged "
        "since they were signed, that the audit trail is complete and agrees with the records, and that the triggers "
        "that protect them are as they should be. Lists every problem and exits with status 1 if there is any. Changes "
        "nothing in the database."
    )

    def add_arguments(self, parser):
        parser.add_argument(
            "--heads",
            type=Path,
            metavar="FILE",
            help="compare the end of every chain of the audit trail with this file of the last check, and write it anew"
            " if there is no problem. Keep it on another machine.",
        )

    def handle(self, *, heads, **options):
        entries, highest = length_of_trail()
        self.stdout.write(f"The audit trail has {entries} entries; the last one has the id {highest}.")
        checks = [*CHECKS, *([partial(removed_entries, heads)] if heads and heads.exists() else [])]
        found, at = 0, timezone.now()
        for sentence in chain.from_iterable(check() for check in checks):
            found += 1
            self.stdout.write(str(sentence))
        if found:
            raise CommandError(f"Problems found: {found}. Do not change this database; compare it with a backup.")
        if heads:
            write_heads(heads, at=at)
        self.stdout.write("Every signed record is unchanged.")
