"""Make the summaries behind the outcome pages anew from the signed sessions."""

from django.core.management.base import BaseCommand

from treatments.models import Course, SessionSummary
from treatments.services import rebuild_summaries


class Command(BaseCommand):
    help = (
        "Count all signed sessions anew for the outcome pages. Needed only after a site got another time zone, a "
        "practitioner another site, or rows came from elsewhere than Filiform; nobody signs meanwhile."
    )

    def handle(self, *args, **options):
        rebuild_summaries()
        self.stdout.write(f"{Course.objects.count()} courses, {SessionSummary.objects.count()} cells.")
