"""Make the summaries behind the outcome pages anew from the signed sessions."""

from django.core.management.base import BaseCommand

from treatments.models import Course, SessionSummary
from treatments.services import rebuild_summaries


class Command(BaseCommand):
    help = (
        "Count all signed sessions anew for the outcome pages. Needed only when rows came from elsewhere than "
        "Filiform, or when a site got another time zone or a practitioner another site: until then what was counted "
        "stays in the month of the old clock. Who signs meanwhile waits."
    )

    def handle(self, *args, **options):
        rebuild_summaries()
        self.stdout.write(f"{Course.objects.count()} courses, {SessionSummary.objects.count()} cells.")
