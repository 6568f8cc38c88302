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
@transaction.atomic
def send_document(patient, *, by, site, name, pdf, id):
    """Send a PDF to the patient by e-mail, once for each `id`, which the page chooses.

    Returns "", or a sentence if nobody can know whether it was sent. Raises ValidationError if the patient did not
    choose e-mail, or if it certainly was not sent.
    """
    patient = Patient.objects.select_for_update().get(pk=patient.pk)
    key = f"document {id}"
    if TrailEntry.objects.filter(patient=patient, changes__has_key=key).exists():
        return ""
    if why := why_no_document(patient, site):
        raise ValidationError(f"The e-mail was not sent: {why}")
    sent = {"name": name, "to": patient.email, "sha256": sha256_of_bytes(pdf)}
    call = f"\nIf you have questions, call {site.phone}.\n" if site.phone else ""
    texts = {"subject": SUBJECT.format(site=site.name), "text": TEXT.format(site=site.name, call=call)}
    try:
        messenger("email").send(to=patient.email, reference=f"document-{id}", document=(name, pdf), **texts)
    except NotSent as refusal:
        raise ValidationError(f"The e-mail was not sent. {refusal}") from refusal
    except Exception as failure:  # the type only: the text may contain the address
        sent["problem"] = f"It is not known whether it was sent: {type(failure).__name__}"
    add_audit_entry(TrailEntry.Action.CHANGE, by=by, record=patient, changes={key: [None, sent]})
    return f"{sent['problem']}. Ask the patient before you send it again." if "problem" in sent else ""
