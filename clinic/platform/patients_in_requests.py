"""Of which patients a request asks: for the audit trail, and for the records that people of one site may open."""

from django.contrib.admin.utils import unquote
from django.core.exceptions import ValidationError

from clinic.models import Appointment, Message, VisitReply, WaitingListEntry
from patients.audit.chain import patient_id_of
from patients.models import PatientMerge
from patients.web.posted import key_in_address

# Parts of addresses that name a record of a patient, where the address does not name the patient.
PARTS = (
    ("appointment_id", Appointment.objects, "patient_id"),
    ("entry_id", WaitingListEntry.objects, "patient_id"),
    ("message_id", Message.objects, "appointment__patient_id"),
    ("reply_id", VisitReply.objects, "appointment__patient_id"),
)
# Parameters that name a patient: whom to book, whose relative to register, which other record to merge.
PARAMETERS = ("patient", "relative", "other")


def patient_id_in(parts):
    """The key of the patient whom the parts of an address name, or None."""
    if "patient_id" in parts:
        return parts["patient_id"]
    for part, rows, patient in PARTS:
        if part in parts:
            return rows.filter(pk=parts[part]).values_list(patient, flat=True).first()
    return None


def patient_ids_asked_for(request, view, parts):
    """The keys of all patients whose records this request would show or change, in the order of the address."""
    found = [patient_id_in(parts)]
    if "merge_id" in parts:
        pairs = PatientMerge.objects.filter(pk=parts["merge_id"]).values_list("survivor", "duplicate")
        found += [key for pair in pairs for key in pair]
    for asked in (request.GET, request.POST):
        found += [key_in_address(asked.get(name)) for name in PARAMETERS]
    model_admin = getattr(view, "model_admin", None)
    if model_admin and "object_id" in parts:
        found.append(patient_id_of(_object_of(request, model_admin, unquote(parts["object_id"]))))
    return list(dict.fromkeys(filter(None, found)))


def _object_of(request, model_admin, key):
    try:
        return model_admin.get_object(request, key)
    except (ValueError, ValidationError, OverflowError):
        return None
