from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from clinic.platform.backup.archive import create_key


class Command(BaseCommand):
    help = (
        "Create a pair of keys for backups. Writes the private key to FILE and prints the public key for"
        " BACKUP_RECIPIENTS. Keep the private key away from this machine, in two places: without it no backup can be"
        " read."
    )
    requires_system_checks = []

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path)

    def handle(self, *, file, **options):
        try:
            public = create_key(file)
        except FileExistsError:
            raise CommandError(f"{file} exists already. A key is never overwritten; choose another name.") from None
        except OSError as error:
            raise CommandError(f"The key could not be written: {error}.") from None
        self.stdout.write(public)
