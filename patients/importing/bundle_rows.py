"""The rows of a FHIR bundle for each kind of file: {column: text}, with the names that the fields have on pages."""

from patients.models.identifier import KINDS

from .bundles import (
    best_name,
    code_of,
    given_names,
    listed,
    name_for,
    number_of,
    part,
    text,
    texts,
    whole_name,
    words_of,
)

# Extensions of the birth date: why it is missing, and in Filiform's bundles how exactly it is known.
ABSENT = "http://hl7.org/fhir/StructureDefinition/data-absent-reason"
PRECISION = "urn:oid:2.25.191990539481939917829407803945287361094.2"
WHOLE, FAMILY, GIVEN = "Whole name, to be split", "Family name", "Given name"
SYSTEMS = {kind.system: kind.label for kind in KINDS.values() if kind.system}
NATIONAL = "National or insurance number"
ICD10 = ("icd-10", "icd10")
LEFT, RIGHT, BOTH = "7771000", "24028007", "51440002"
SIDES = {LEFT: "left", RIGHT: "right", BOTH: "both"}
# A day that a bundle does not say although it must have been, so that somebody decides about it.
NO_DAY = "not given"


def patients(bundle):
    """The rows of the kind Patients: each Patient."""
    rows = [(number, _patient(one)) for number, one in bundle.of_type("Patient")]
    if any(row[FAMILY] or row[GIVEN] for _, row in rows):  # then a name without parts is a single name
        for _, row in rows:
            row[FAMILY] = row[FAMILY] or ("" if row[GIVEN] else row[WHOLE])
            row[WHOLE] = ""
    _name_identifiers(rows)
    return rows


def _patient(one):
    name, contact = best_name(one), part(one, "contact", 0)
    family, given = text(name, "family"), given_names(name)
    address = next((a for a in listed(one, "address") if text(a, "use") != "old"), {})
    lines = texts(address, "line")
    return {
        "Number in the other system": number_of(one),
        FAMILY: family,
        GIVEN: given,
        WHOLE: "" if family or given else text(name, "text"),
        "Name at birth": whole_name(name_for(one, "maiden")),
        "Title": text(name, "prefix", 0),
        "Preferred name": _preferred(one, name),
        "Birth date": _birth_date(one),
        "Date of death": text(one, "deceasedDateTime") or (NO_DAY if part(one, "deceasedBoolean") is True else ""),
        "Sex": text(one, "gender"),
        "Phone": _telecom(one, "phone") or _telecom(one, "sms"),
        "E-mail": _telecom(one, "email"),
        "Street": ", ".join(lines) or ("" if text(address, "city") else text(address, "text")),
        "City": text(address, "city"),
        "Postcode": text(address, "postalCode"),
        "Country": text(address, "country"),
        "Emergency contact": whole_name(part(contact, "name")),
        "Phone of the emergency contact": _telecom(contact, "phone"),
        "GP": text(one, "generalPractitioner", 0, "display"),
        "Language": words_of(part(one, "communication", 0, "language")),
    } | _identifiers(one)


def _identifiers(one):
    """Each other number in a column of its system."""
    found = {}
    for identifier in listed(one, "identifier"):
        system, value = text(identifier, "system"), text(identifier, "value")
        label = SYSTEMS.get(system) or words_of(part(identifier, "type")) or system
        if value and value != number_of(one):
            found.setdefault(f"Number: {label or 'of an unknown system'}", value)
    return found


def _name_identifiers(rows):
    """If all numbers are of one known system, its column has the usual name, so that nobody has to assign it."""
    national = {f"Number: {label}" for label in SYSTEMS.values()} & {name for _, row in rows for name in row}
    if len(national) == 1:
        (name,) = national
        for _, row in rows:
            row[NATIONAL] = row.pop(name, "")


def _preferred(one, name):
    other = name_for(one, "usual") or name_for(one, "nickname")
    return "" if other is name else given_names(other) or text(other, "text")


def _birth_date(one):
    more = listed(one, "_birthDate", "extension")
    known = next((text(each, "valueString") for each in more if text(each, "url") == PRECISION), "")
    absent = any(text(each, "url") == ABSENT for each in more)
    about = known.partition(" (")[0] if known.startswith("about ") else ""
    return about or text(one, "birthDate") or ("not known" if absent else "")


def _telecom(one, system):
    found = [each for each in listed(one, "telecom") if text(each, "system") == system and text(each, "use") != "old"]
    found.sort(key=lambda each: (text(each, "use") != "mobile", text(each, "rank") or "9"))
    return text(found, 0, "value")


def episodes(bundle):
    """Each EpisodeOfCare with its Condition, and each Condition that belongs to none."""
    rows, used = [], set()
    for number, one in bundle.of_type("EpisodeOfCare"):
        condition = bundle.referred(part(one, "diagnosis", 0, "condition"))
        used.add(id(condition))
        end = text(one, "period", "end") or (NO_DAY if text(one, "status") in ("finished", "cancelled") else "")
        whose = {
            "Number of the patient": bundle.patient_number(part(one, "patient")),
            "Lead": bundle.person_name(part(one, "careManager")),
            "Opened": text(one, "period", "start"),
            "Closed": end,
        }
        rows.append((number, whose | _condition(condition, words_of(part(one, "type", 0)))))
    for number, one in bundle.of_type("Condition"):
        if id(one) not in used:
            ended = code_of(part(one, "clinicalStatus")) in ("inactive", "resolved", "remission")
            whose = {
                "Number of the patient": bundle.patient_number(part(one, "subject")),
                "Lead": bundle.person_name(part(one, "asserter")) or bundle.person_name(part(one, "recorder")),
                "Opened": text(one, "recordedDate") or text(one, "onsetDateTime"),
                "Closed": text(one, "abatementDateTime") or (NO_DAY if ended else ""),
            }
            rows.append((number, whose | _condition(one)))
    return rows


def _condition(one, otherwise=""):
    places = listed(one, "bodySite")
    codes = {text(coding, "code") for place in places for coding in listed(place, "coding")}
    icd = [coding for coding in listed(one, "code", "coding") if any(s in text(coding, "system") for s in ICD10)]
    return {
        "Complaint": words_of(part(one, "code")) or otherwise,
        "Body region": words_of(part(places, 0)),
        "Side": next((side for code, side in SIDES.items() if code in codes), ""),
        "Since when": text(one, "onsetDateTime") or text(one, "onsetPeriod", "start"),
        "ICD-10 code": text(icd, 0, "code"),
    }


def allergies(bundle):
    """The rows of the kind Allergies: each AllergyIntolerance that holds."""
    rows = []
    for number, one in bundle.of_type("AllergyIntolerance"):
        reactions = listed(one, "reaction")
        if code_of(part(one, "clinicalStatus")) in ("inactive", "resolved"):
            continue
        signs = (words_of(sign) for reaction in reactions for sign in listed(reaction, "manifestation"))
        severe = next(filter(None, (text(reaction, "severity") for reaction in reactions)), "")
        row = {
            "Number of the patient": bundle.patient_number(part(one, "patient")),
            "Substance": words_of(part(one, "code")) or words_of(part(reactions, 0, "substance")),
            "Reaction": ", ".join(filter(None, signs)),
            "Severity": severe or text(one, "criticality") or text(one, "note", 0, "text"),
            "Known since": text(one, "onsetDateTime") or text(one, "recordedDate"),
        }
        rows.append((number, row))
    return rows


def alerts(bundle):
    """The rows of the kind Alerts: each Flag that is active."""
    return [
        (
            number,
            {
                "Number of the patient": bundle.patient_number(part(one, "subject")),
                "Alert": words_of(part(one, "code")),
                "Known since": text(one, "period", "start"),
            },
        )
        for number, one in bundle.of_type("Flag")
        if text(one, "status") in ("active", "")
    ]
