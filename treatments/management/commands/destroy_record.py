"""Destroy the record of one patient, after two admins have agreed to it."""

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.db import IntegrityError, ProgrammingError

from patients.models import Destruction
from patients.staff import printed_name
from treatments.services import carry_out_destruction

BACKUPS = "Backups made before now still hold the record, until they are rotated out. Delete the others by hand."


class Command(BaseCommand):
    help = (
        "Destroy the record with this number, for ever: all its rows, and the content of its entries in the audit "
        "trail. One admin must have asked for it and another accepted it in the last 30 days, and the retention rules "
        "must still allow it. On PostgreSQL, run this as the owner of the tables. Prints the number of the certificate."
    )

    def add_arguments(self, parser):
        parser.add_argument("record_number")
        parser.add_argument(
            "--confirm",
            metavar="RECORD_NUMBER",
            help="the same number again, instead of typing it when the command asks.",
        )

    def handle(self, *, record_number, confirm, **options):
        destruction = Destruction.objects.accepted().with_people().filter(record_number=record_number).first()
        if destruction is None:
            raise CommandError(f"No second admin has accepted the destruction of {record_number} in the last 30 days.")
        self.stdout.write(
            f"{printed_name(destruction.asked_by)} asked to destroy the record {record_number}, and"
            f" {printed_name(destruction.decided_by)} accepted it. Reason: {destruction.reason}"
        )
        if confirm is None:
            confirm = input("This cannot be undone. Type the record number to destroy it: ")
        if confirm.strip() != record_number:
            raise CommandError("The number is not the same. Nothing was destroyed.")
        try:
            certificate = carry_out_destruction(destruction)
        except ValidationError as refusal:
            raise CommandError(f"Nothing was destroyed. {' '.join(refusal.messages)}") from refusal
        except ProgrammingError as refusal:
            why = "Run this as the owner of the tables: docs/database-roles.md."
            raise CommandError(f"Nothing was destroyed. {why} {refusal}") from refusal
        except IntegrityError as refusal:
            why = "Something else refers to this record, or it was changed at the same time."
            raise CommandError(f"Nothing was destroyed. {why} {refusal}") from refusal
        self.stdout.write(f"The record {record_number} was destroyed. {BACKUPS}")
        self.stdout.write(f"Certificate {certificate.number} is in the admin, under Certificates of destruction.")
