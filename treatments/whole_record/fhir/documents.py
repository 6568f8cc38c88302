"""Letters, attachments and drawings, and to whom a letter went."""

import base64
import json

from patients.integrity.seal import sha256_of
from treatments.models import Attachment, Disclosure, Letter, PatientDrawing

from .building import LOCAL, filled, instant, is_in_error

SENT = {"sent": "completed", "unknown": "unknown", "not_sent": "not-done"}


def letter(build, row):
    """A DocumentReference with the text of the letter."""
    status = "preliminary" if row.is_draft else "final"
    yield _document(
        build,
        row,
        doc_status="entered-in-error" if is_in_error(row) else status,
        type=build.choice(row, "kind"),
        date=instant(row.dated_at),
        author=[build.refer(row.practitioner.user)],
        description=row.subject,
        attachment=_inline(row.body, "text/plain", row.subject),
    )


def disclosure(build, row):
    """A Communication: the letter that went to somebody."""
    yield build.resource(
        "Communication",
        row,
        status=SENT[row.state],
        medium=[build.choice(row, "way")],
        subject=build.subject,
        sent=instant(row.disclosed_at),
        sender=build.refer(row.disclosed_by),
        recipient=[filled({"display": ", ".join(filter(None, [row.recipient_name, row.address]))})],
        payload=[{"contentReference": build.refer(row.letter)}],
    )


def attachment(build, row):
    """The content is a file of the package: the list in the folder `attachments` names it by the same SHA-256."""
    yield _document(
        build,
        row,
        identifier=[{"system": f"{LOCAL}.2", "value": row.content_hash}],
        type=build.choice(row, "kind"),
        date=instant(row.added_at),
        author=[build.refer(row.added_by)],
        description=row.title,
        attachment={
            "contentType": row.media_type,
            "size": row.size_bytes,
            "title": str(row),
            "creation": instant(row.dated_on),
            "url": "attachments/list.csv",
        },
    )


def patient_drawing(build, row):
    """A DocumentReference with the points of the drawing as JSON."""
    drawn = json.dumps(row.drawing)
    yield _document(
        build,
        row,
        type=build.local("pain-drawing", "Pain drawing by the patient"),
        identifier=[{"system": f"{LOCAL}.2", "value": sha256_of(drawn)}],
        date=instant(row.drawn_at),
        author=[build.subject],
        attachment=_inline(drawn, "application/json", "Points of the drawing on the body chart"),
    )


def _document(build, row, *, attachment, doc_status="final", **fields):
    return build.resource(
        "DocumentReference",
        row,
        status="entered-in-error" if is_in_error(row) else "current",
        docStatus=doc_status,
        subject=build.subject,
        content=[{"attachment": attachment}],
        **fields,
    )


def _inline(text, media_type, title):
    """The text inside the resource. An empty draft has a title only."""
    content = base64.b64encode(text.encode()).decode()
    return filled({"contentType": f"{media_type}; charset=utf-8", "data": content, "title": title or "Without a title"})


RESOURCES = {
    Letter: letter,
    Disclosure: disclosure,
    Attachment: attachment,
    PatientDrawing: patient_drawing,
}
