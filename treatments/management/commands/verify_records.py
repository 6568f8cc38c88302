"""Recompute every hash and report records that were changed."""

from functools import partial
from itertools import chain
from pathlib import Path

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from clinic.platform.database_roles import dangers
from patients.audit.chain import broken_links, length_of_trail
from patients.audit.heads import removed_entries, write_heads
from patients.integrity.progress import shown_in_terminal, without_bars
from treatments.models import RecordCheck, TreatmentSession
from treatments.record.attached import unreadable_attachments
from treatments.record.trail_checks import records_unlike_the_trail
from treatments.record.verification import (
    faulty_guards,
    missing_constraints,
    missing_record_numbers,
    tampered_amendments,
    tampered_assessments,
    tampered_consents,
    tampered_corrections,
    tampered_error_marks,
    tampered_letters,
    tampered_sessions,
)
from treatments.retention.certificates import tampered_certificates
from treatments.services.summary_rebuild import summaries_unlike_a_recount

CHECKS = [
    faulty_guards,
    missing_constraints,
    missing_record_numbers,
    tampered_consents,
    tampered_sessions,
    tampered_assessments,
    tampered_letters,
    tampered_amendments,
    tampered_corrections,
    tampered_error_marks,
    tampered_certificates,
    unreadable_attachments,
    broken_links,
    records_unlike_the_trail,
]


def _not_proved(*, is_compared, recount):
    """What a check without problems does not prove."""
    if not is_compared:
        yield "that the last entries of each chain are still there, and that this is not an older copy. Use --heads."
    if not recount:
        yield "that the summaries for the outcome pages count what was signed. Use --recount."
    yield "that nobody who has the keys changed a record and its entries."
    yield "that appointments, drafts and contact details are as they were entered: their changes are in the trail."


class Command(BaseCommand):
    help = (
        "Check that signed sessions, assessments, letters, amendments, consents and marks of records in error are "
        "unchanged since they were signed, that every attachment can be read and is what was attached, that the audit "
        "trail is complete and agrees with the records, and that the triggers that protect them are as they should be. "
        "Lists every problem and exits with status 1 if there is any. Keeps only the time and the counts of the check, "
        "for the start page of the admin."
    )

    def add_arguments(self, parser):
        parser.add_argument(
            "--heads",
            type=Path,
            metavar="FILE",
            help="compare the end of every chain of the audit trail with this file of the last check, and write it anew"
            " if there is no problem. Keep it on another machine.",
        )

        parser.add_argument(
            "--recount",
            action="store_true",
            help="compare the summaries for the outcome pages with a recount of all signed sessions. Signing blocks"
            " during the recount.",
        )

        parser.add_argument(
            "--mail",
            metavar="ADDRESS",
            help="e-mail the file of --heads to this address after a check without problems.",
        )

    def handle(self, *, heads, recount, mail, **options):
        if mail and not (heads and settings.EMAIL_URL):
            raise CommandError("--mail needs --heads, and EMAIL_URL in the settings.")
        entries, highest = length_of_trail()
        self.stdout.write(f"The audit trail has {entries} entries; the last one has the id {highest}.")
        is_compared = bool(heads and heads.exists())
        checks = [*CHECKS, *([partial(removed_entries, heads)] if is_compared else [])]
        checks += [summaries_unlike_a_recount] if recount else []
        found, at = 0, timezone.now()
        with shown_in_terminal():
            for sentence in chain.from_iterable(check() for check in checks):
                found += 1
                with without_bars():
                    self.stdout.write(str(sentence))
        for sentence in dangers():
            self.stdout.write(f"{sentence} See docs/database-roles.md.")
        self._keep(at, entries, found)
        if found:
            raise CommandError(f"Problems found: {found}. Do not change this database; compare it with a backup.")
        if heads:
            write_heads(heads, at=at)
        if mail:
            self._mail(heads, mail)
        for sentence in _not_proved(is_compared=is_compared, recount=recount):
            self.stdout.write(f"Not proved: {sentence}")
        self.stdout.write("Every signed record is unchanged.")

    def _mail(self, heads, address):
        """Send the heads to somebody who cannot change the database, so that a later check can use them."""
        text = "Keep the attached file. verify_records --heads compares the audit trail with it."
        message = EmailMessage("Heads of the audit trail of Filiform", text, to=[address])
        message.attach(heads.name, heads.read_text(), "application/json")
        try:
            message.send()
        except OSError as refusal:  # smtplib's errors are OSErrors
            raise CommandError(f"The records are unchanged, but {heads} could not be e-mailed: {refusal}") from refusal

    def _keep(self, at, entries, problems):
        signed = TreatmentSession.objects.signed().count()
        RecordCheck.objects.create(checked_at=at, signed_sessions=signed, audit_entries=entries, problems=problems)
