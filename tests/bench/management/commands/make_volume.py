from datetime import date
from time import monotonic

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from clinic.models import Practitioner
from patients.models import Patient
from tests.bench.volume import PASSWORD, Scale, fill, summarise
from treatments.models import Needling, TreatmentSession

SEED = 20561


class Command(BaseCommand):
    help = (
        "Fill an empty database with a large invented clinic, for measuring: five years of signed sessions. They are"
        " not written by the services: their hashes are placeholders, so verify_records reports every one of them,"
        " and there are no screenings, consents or audit entries. Never use it for a real clinic."
    )

    def add_arguments(self, parser):
        parser.add_argument(
            "--sessions", type=int, default=1_000_000, help="Default: 1000000. All other numbers follow from it."
        )
        parser.add_argument("--seed", type=int, default=SEED, help="Another number makes a different clinic.")
        parser.add_argument("--until", type=date.fromisoformat, help="The day after the last session. Default: today.")

    def handle(self, *, sessions, seed, until, **options):
        if sessions < 1:
            raise CommandError("Choose at least one session.")
        if Patient.objects.exists() or Practitioner.objects.exists():
            raise CommandError(
                "This database holds patients or practitioners. Nothing was written."
                " Point DATABASE_URL at an empty database."
            )
        begun = monotonic()
        fill(Scale(sessions), seed=seed, until=until or timezone.localdate())
        self._report("written", begun)
        begun = monotonic()
        summarise()
        self._report("summarised", begun)
        self.stdout.write(f"Sign in as admin, desk, p1, p2 ... with {PASSWORD}")

    def _report(self, done, begun):
        counts = f"{TreatmentSession.objects.count():,} sessions with {Needling.objects.count():,} needlings"
        self.stdout.write(f"{counts} of {Patient.objects.count():,} patients {done} in {monotonic() - begun:.0f} s.")
