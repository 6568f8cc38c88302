"""Who wrote, signed, changed or read what: signatures, amendments, marks of errors, and the audit trail."""

import base64

from clinic.models import AppointmentChange
from patients.models import ErrorMark, TrailEntry
from treatments.models import Amendment, Assessment, Letter, TreatmentSession
from treatments.record.in_error import record_of

from .building import TERMINOLOGY, coded, filled, instant

SIGNATURE = {
    "system": "urn:iso-astm:E1762-95:2013",
    "code": "1.2.840.10065.1.12.1.1",
    "display": "Author's Signature",
}
ACTIONS = {
    "read": "R", "print": "R", "export": "R", "create": "C", "delete": "D", "change": "U", "sign": "U", "amend": "U",
    "withdraw": "U", "in_error": "U", "hand_over": "U", "permission_change": "U",
}  # fmt: skip


def signature(build, row):
    """The signature of a session, an assessment or a letter, with the hash that it covers."""
    if row.signed_at:
        yield _provenance(
            build,
            row,
            "signature",
            target=row,
            at=row.signed_at,
            who=build.refer(row.signed_by),
            activity=coded(f"{TERMINOLOGY}/v3-DocumentCompletion", "LA", "legally authenticated"),
            signature=[_signature(build, row.signed_by, row.signed_at, row.content_hash)],
        )


def amendment(build, row):
    """An amendment is a text beside the original, which stays as it was signed."""
    yield _provenance(
        build,
        row,
        "",
        target=row.session or row.assessment,
        at=row.signed_at,
        who=build.refer(row.signed_by),
        reason=[{"text": text} for text in (row.reason, *map(str, row.corrections.all()))],
        activity=coded(f"{TERMINOLOGY}/v3-DataOperation", "APPEND", "append", text=row.text),
        signature=[_signature(build, row.signed_by, row.signed_at, row.content_hash)],
    )


def error_mark(build, row):
    """A Provenance of the record that was marked as entered in error, with the reason."""
    marked = record_of(row.kind, row.record_id, patient_id=row.patient_id)
    yield _provenance(
        build,
        row,
        "",
        target=marked or row.patient,
        at=row.marked_at,
        who=build.refer(row.marked_by),
        reason=[{"text": row.reason}],
        activity=build.local("entered-in-error", "Marked as entered in error"),
    )


def appointment_change(build, row):
    """A Provenance of the visit that was changed."""
    yield _provenance(
        build,
        row,
        "",
        target=row.appointment,
        at=row.made_at,
        who=build.refer(row.made_by),
        activity=build.choice(row, "kind"),
    )


def _provenance(build, row, part, *, target, at, who, **fields):
    return build.resource(
        "Provenance",
        row,
        part,
        target=[build.refer(target)],
        occurredDateTime=instant(at),
        recorded=instant(at),
        agent=[{"type": coded(f"{TERMINOLOGY}/provenance-participant-type", "author", "Author"), "who": who}],
        **fields,
    )


def _signature(build, by, at, content_hash):
    """The seal is the SHA-256 of the record in its canonical form, not a signature with a certificate."""
    data = base64.b64encode(content_hash.encode()).decode()
    who = build.refer(by)
    return {"type": [SIGNATURE], "when": instant(at), "who": who, "sigFormat": "text/plain", "data": data}


def trail_entry(build, row):
    """An AuditEvent."""
    agent = {"altId": row.by_name, "name": row.person, "requestor": True, "who": row.by and build.refer(row.by)}
    if row.address:
        agent["network"] = {"address": row.address, "type": "2"}
    yield build.resource(
        "AuditEvent",
        row,
        type={"system": f"{TERMINOLOGY}/audit-event-type", "code": "rest", "display": "RESTful Operation"},
        subtype=[build.choice(row, "action")["coding"][0]],
        action=ACTIONS.get(row.action, "E"),
        recorded=instant(row.at),
        outcome="4" if row.action == "refused" else "0",
        outcomeDesc=row.note,
        agent=[filled(agent)],
        source={"observer": {"display": "Filiform"}},
        entity=[filled({"what": build.subject, "name": f"{row.record_type} {row.record_id}".strip()})],
    )


SIGNATURES = dict.fromkeys((TreatmentSession, Assessment, Letter), signature)
RESOURCES = {
    Amendment: amendment,
    ErrorMark: error_mark,
    AppointmentChange: appointment_change,
    TrailEntry: trail_entry,
}
