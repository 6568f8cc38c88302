"""The visits in a FHIR bundle as rows of a file: {column: text}, with the names that the fields have on pages."""

from datetime import datetime

from patients.importing.bundles import listed, part, text, words_of

PEOPLE = ("Practitioner", "PractitionerRole")
NO_TIME = {"waitlist", "proposed"}


def visits(bundle):
    """The rows of the kind Visits: each Appointment with a time."""
    return [(number, _visit(bundle, one)) for number, one in bundle.of_type("Appointment") if _has_time(one)]


def _has_time(one):
    """A wish for a visit has no time."""
    return bool(text(one, "start")) and text(one, "status") not in NO_TIME


def _visit(bundle, one):
    actors = [part(each, "actor") for each in listed(one, "participant")]
    with_patient = [actor for actor in actors if _type_of(bundle, actor) == "Patient"]
    treating = [actor for actor in actors if _type_of(bundle, actor) in PEOPLE]
    start, end = text(one, "start"), text(one, "end")
    return {
        "Number of the patient": bundle.patient_number(part(with_patient, 0)),
        "Start, day and time": start,
        "Length in minutes": text(one, "minutesDuration") or _minutes(start, end),
        "Physiotherapist": next(filter(None, map(bundle.person_name, treating)), ""),
        "Type of visit": words_of(part(one, "serviceType", 0)) or words_of(part(one, "appointmentType")),
        "Status": text(one, "status"),
        "Note for the front desk": text(one, "comment") or text(one, "description"),
    }


def _type_of(bundle, actor):
    """The type of the resource of a participant, also of one that is not in the bundle."""
    known = text(bundle.referred(actor), "resourceType")
    return known or text(actor, "type") or "".join(text(actor, "reference").split("/")[-2:-1])


def _minutes(start, end):
    try:
        length = datetime.fromisoformat(end) - datetime.fromisoformat(start)
    except (TypeError, ValueError):  # no times, or only one of them with a time zone
        return ""
    return str(round(length.total_seconds() / 60))
