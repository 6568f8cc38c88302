"""Rebuild the summaries for the outcome pages."""

from django.core.management.base import BaseCommand

from patients.integrity.progress import shown_in_terminal
from treatments.models import Course, SessionSummary
from treatments.services import rebuild_summaries


class Command(BaseCommand):
    help = (
        "Rebuild the summaries for the outcome pages from all signed sessions. Run it after other software has "
        "written to the database. Signing blocks during the rebuild."
    )

    def handle(self, *args, **options):
        with shown_in_terminal():
            rebuild_summaries()
        courses, cells = Course.objects.count(), SessionSummary.objects.count()
        self.stdout.write(f"Rebuilt. Courses: {courses}; monthly summaries: {cells}.")
