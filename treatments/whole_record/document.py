"""The whole record as a document to read: every record in the order of time, its parts and amendments beside it."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time

from django.template.loader import render_to_string
from django.utils import timezone

from clinic.models import Appointment, OtherSiteAccess, PatientSite, WaitingListEntry
from patients.audit.chain import accesses_by_day
from patients.models import (
    BodyMeasure,
    Consent,
    Episode,
    ErrorMark,
    ImportedAlert,
    LegalHold,
    Patient,
    PatientAnswers,
    PatientContact,
    PatientIdentifier,
    PatientMerge,
    Screening,
    ScreeningAnswer,
    TrailEntry,
)
from patients.models.consent import PAD_HEIGHT, PAD_WIDTH
from patients.web.pdf import NoPdf, css_file, pdf_of
from treatments.models import (
    Assessment,
    Attachment,
    ExercisePrescription,
    Letter,
    Needling,
    OutcomeScore,
    PatientDrawing,
    TreatmentSession,
)

from .disclosures import disclosures_of
from .kinds import kind_of, kinds
from .texts import facts_of, title_of

# The time at which each kind of record belongs into the document.
TIMES = {
    ErrorMark: "marked_at",
    BodyMeasure: "measured_on",
    Episode: "opened_on",
    PatientAnswers: "answered_at",
    Screening: "taken_at",
    Consent: "given_at",
    LegalHold: "placed_at",
    ImportedAlert: "recorded_at",
    PatientContact: "recorded_at",
    PatientIdentifier: "recorded_at",
    PatientMerge: "asked_at",
    Appointment: "starts_at",
    WaitingListEntry: "created_at",
    PatientSite: "added_at",
    OtherSiteAccess: "opened_at",
    Assessment: "started_at",
    TreatmentSession: "started_at",
    Attachment: "dated_on",
    ExercisePrescription: "prescribed_at",
    Letter: "opened_at",
    OutcomeScore: "scored_on",
    PatientDrawing: "drawn_at",
}
# Records that are a document of their own, which is shown in full.
DOCUMENTS = {Consent: "patients/_consent_document.html", Letter: "treatments/_letter.html"}
# What the title or the document of such a record says already.
SAID = {
    ScreeningAnswer: {"question", "question_text", "is_yes"},
    Needling: {"muscle", "side"},
    Consent: {field.name for field in Consent._meta.concrete_fields},
    Letter: {"body", "letterhead", "about", "subject", "recipient_name", "recipient_address"},
}
CSS = ("consent-document.css", "copy.css", "letter.css", "whole-record.css")


@dataclass
class Entry:
    """One row with what it says, and the rows that are parts of it."""

    row: object
    kind: str
    title: str
    facts: list
    at: datetime | date | None = None
    document: str = ""
    parts: list = field(default_factory=list)

    @property
    def is_in_error(self):
        return bool(getattr(self.row, "error_mark_id", None))

    @property
    def has_time(self):
        return isinstance(self.at, datetime)


def document_of(patient, about):
    """Yield (name, [content]) of the document: a PDF, or the same as HTML where this server cannot make the PDF.

    Raises nothing for a missing font or library: the reason is then written in the HTML file.
    """
    context = {
        "patient": patient,
        "about": about,
        "people": [facts_of(row, without={"merged_into"}) for row in kind_of(Patient).rows_with_links(patient)],
        "entries": entries_of(patient),
        "disclosures": disclosures_of(patient),
        "looks": accesses_by_day(patient),
        "pad": (PAD_WIDTH, PAD_HEIGHT),
    }
    try:
        pdf = pdf_of(render_to_string("treatments/whole_record_pdf.html", context), "".join(map(css_file, CSS)))
        yield "record.pdf", [pdf]
    except NoPdf as why:
        page = render_to_string("treatments/whole_record_pdf.html", context | {"no_pdf": str(why)})
        yield "record.html", [page.encode()]


def entries_of(patient):
    """A list of Entry of each record of the patient that has a time, oldest first, with all parts."""
    by_row, entries, parts = {}, [], defaultdict(list)
    for kind in kinds():
        if kind.model in (Patient, TrailEntry):
            continue
        for row in _in_order(kind.rows_with_links(patient)):
            entry = by_row[kind.model, row.pk] = _entry(kind, row)
            owner = next((link for link in kind.owners if getattr(row, f"{link}_id")), None)
            if owner is None:
                entries.append(entry)
            else:
                parts[row._meta.get_field(owner).related_model, getattr(row, f"{owner}_id")].append(entry)
    for owner, found in parts.items():
        by_row[owner].parts = found
    return sorted(entries, key=lambda entry: (_moment(entry.at), entry.kind, str(entry.row.pk)))


def _entry(kind, row):
    words = str(kind.model._meta.verbose_name)
    at = getattr(row, TIMES[kind.model]) if kind.model in TIMES else None
    without = {*kind.owners, TIMES.get(kind.model, ""), *SAID.get(kind.model, ())}
    title = f"{title_of(row)}{_correction(row)}"
    return Entry(row, words[:1].upper() + words[1:], title, facts_of(row, without), at, DOCUMENTS.get(kind.model, ""))


def _correction(row):
    """What an amendment did to a row of a session."""
    if not getattr(row, "amendment_id", None):
        return ""
    return f" ({'did not happen' if row.did_not_happen else 'corrected'}: amendment {row.amendment.number})"


def _in_order(rows):
    """Rows by their number where they have one; a corrected row follows the row that was signed."""
    rows = list(rows)
    places = {row.pk: number for number, row in enumerate(sorted(rows, key=_number))}
    return sorted(rows, key=lambda row: (places.get(getattr(row, "original_id", None), places[row.pk]), places[row.pk]))


def _number(row):
    return (getattr(row, "sort_order", 0), getattr(row, "number", 0) or 0, bool(getattr(row, "amendment_id", None)))


def _moment(at):
    """A day comes before the times of that day, and what has no time, such as a site from an upgrade, before all."""
    if at is None:
        return datetime.min.replace(tzinfo=UTC)
    return at if isinstance(at, datetime) else timezone.make_aware(datetime.combine(at, time.min))
