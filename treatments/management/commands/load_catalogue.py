from pathlib import Path

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from treatments.services import load_catalogue
from treatments.services.catalogue import CATALOGUE


class Command(BaseCommand):
    help = """Load muscles, other targets, trigger points and thresholds.

    Safe to repeat: rows that the clinic edited or reviewed are kept.
    """

    def add_arguments(self, parser):
        parser.add_argument("--folder", type=Path, default=CATALOGUE, help="The folder with the CSV files.")

    def handle(self, *, folder, **options):
        try:
            files = load_catalogue(folder=folder)
        except ValidationError as refusal:
            raise CommandError(f"Nothing was loaded. {' '.join(refusal.messages)}") from refusal
        for loaded in files:
            self.stdout.write(
                f"{loaded.file_name}: {loaded.created} created, {loaded.updated} updated,"
                f" {loaded.unchanged} unchanged, {len(loaded.kept)} kept because the clinic edited or reviewed them"
                f" ({loaded.filled} of them got names or identifiers that they lacked)"
            )
            for name in loaded.kept:
                self.stdout.write(f"  kept: {name}")
