"""Send patients what they take home."""

from django.core.exceptions import ValidationError
from django.db import transaction

from clinic.diary.messages import why_no_document
from clinic.diary.messaging import NotSent, messenger
from patients.audit.recording import add_audit_entry
from patients.integrity.authorization import needs
from patients.integrity.seal import sha256_of_bytes
from patients.models import Patient, TrailEntry
from treatments.permissions import may_send_documents

SUBJECT = "Your document from {site}"
TEXT = """Hello,

The attached file is from {site}. It is for you alone.
{call}
Please do not reply to this message. If you do not want messages like this one, please tell us.
"""


@needs(may_send_documents)
def send_document(patient, *, by, site, name, pdf, id):
    """Send a PDF to the patient by e-mail, once for each `id`, which the page chooses.

    Returns "", or a sentence if it was not sent or nobody can know whether it was. Raises ValidationError if the
    patient cannot get e-mail. It is in the audit trail before it is sent, and no transaction is open meanwhile, so a
    slow mail server makes nobody else wait.
    """
    key = f"document {id}"
    with transaction.atomic():
        patient = Patient.objects.select_for_update().get(pk=patient.pk)
        if earlier := TrailEntry.objects.filter(patient=patient, changes__has_key=key).order_by("pk").last():
            return earlier.changes[key][1].get("problem", "")
        if why := why_no_document(patient, site):
            raise ValidationError(f"The e-mail was not sent: {why}")
        email = messenger("email")
        sent = {"name": name, "to": patient.email, "sha256": sha256_of_bytes(pdf)}
        add_audit_entry(TrailEntry.Action.CHANGE, by=by, record=patient, changes={key: [None, sent]})
    call = f"\nIf you have questions, call {site.phone}.\n" if site.phone else ""
    texts = {"subject": SUBJECT.format(site=site.name), "text": TEXT.format(site=site.name, call=call)}
    problem, _ = deliver(email, to=sent["to"], reference=f"document-{id}", document=(name, pdf), **texts)
    if problem:
        changes = {key: [sent, {"problem": problem}]}
        add_audit_entry(TrailEntry.Action.CHANGE, by=by, record=patient, changes=changes)
    return problem


def deliver(email, **message):
    """Send a message with this messenger. Returns ("", False), or (problem, whether it was certainly not sent)."""
    try:
        email.send(**message)
    except NotSent as refusal:
        return f"The e-mail was not sent. {refusal}", True
    except Exception as failure:  # the type only: the text may contain the address
        return f"It is not known whether it was sent: {type(failure).__name__}. Ask whether it arrived.", False
    return "", False
