import os
from datetime import date, timedelta
from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.template.loader import render_to_string
from django.utils import timezone

from clinic.models import Site
from patients.web.pdf import NoPdf, css_file, pdf_of
from treatments.chart.emergency_sheet import emergency_sheet
from treatments.services import record_emergency_sheet

NAME, KEEP_DAYS = "emergency-sheet-{}", 7


class Command(BaseCommand):
    help = (
        "Write tomorrow's visits with phone numbers, and each patient's alerts and last plan, to EMERGENCY_FOLDER as"
        " HTML and PDF, to be read while the server is down. Run it every evening. Sheets of days more than a week ago"
        " are deleted. Every patient on the sheet has an entry in the audit trail."
    )

    def add_arguments(self, parser):
        parser.add_argument("--day", type=date.fromisoformat, help="another day than tomorrow, such as 2026-03-14")

    def handle(self, *, day, **options):
        folder = Path(settings.EMERGENCY_FOLDER)
        if not settings.EMERGENCY_FOLDER or not folder.is_dir():
            raise CommandError("Set EMERGENCY_FOLDER to an existing folder, on another machine if possible.")
        day = day or timezone.localdate() + timedelta(days=1)
        sites = [(site, emergency_sheet(site, day)) for site in Site.objects.filter(is_demo=False).order_by("name")]
        visits = [visit for _, people in sites for _, visits in people for visit in visits]
        record_emergency_sheet(by=None, day=day, patient_ids=[visit.appointment.patient_id for visit in visits])
        context = {"day": day, "sites": sites, "now": timezone.now()}
        html, css = render_to_string("treatments/emergency_sheet.html", context), css_file("emergency-sheet.css")
        try:
            # A file of its own: a browser shows it without the server, so its style must be inside.
            page = html.replace("</head>", f"<style>{css}</style></head>")
            self._write(folder / f"{NAME.format(day)}.html", page.encode())
            try:
                self._write(folder / f"{NAME.format(day)}.pdf", pdf_of(html, css))
            except NoPdf as why:
                self.stderr.write(f"{why} The sheet was written as HTML only.")
            self._delete_old(folder)
        except OSError as error:
            raise CommandError(f"The sheet could not be written: {error}.") from None
        self.stdout.write(f"{day}: {len(visits)} visits in {folder}.")

    def _write(self, path, content):
        """Replace the file at once, so that nobody opens half of it. Only its owner and group may read it."""
        new = path.with_suffix(".new")
        with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o640), "wb") as file:
            file.write(content)
        new.replace(path)

    def _delete_old(self, folder):
        oldest = timezone.localdate() - timedelta(days=KEEP_DAYS)
        for path in folder.glob(f"{NAME.format('????-??-??')}.*"):
            if path.stem < NAME.format(oldest):
                path.unlink()
