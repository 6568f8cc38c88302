"""The kinds of file that have allergies and other alerts: how rows are checked, stored and taken back."""

from uuid import uuid5

from django.core.exceptions import ValidationError

from patients.imported_alerts import says_none
from patients.importing import bundle_rows, known_patients
from patients.importing.doubts import KEEP, LEAVE_OUT, Doubt
from patients.importing.fields import PERIOD, ImportField
from patients.importing.kinds import Kind
from patients.importing.known_patients import KnownPatients, refuse_unnamed
from patients.integrity.portions import portions
from patients.models import ImportedAlert, TrailEntry
from patients.models.patient_key import person
from patients.services.imported_alerts import end_imported_alerts, record_imported_alerts

AT_ONCE = 500
SAYS_NONE = "This says that there is none. Only a screening can record that, so an import does not store it."
SINCE = "since,onset,onset date,start,start date,date,recorded,recorded date,noted,identified,datum,seit,depuis,fecha"
FIELDS_OF_ALLERGIES = [
    *known_patients.FIELDS,
    ImportField(
        "words",
        "Substance",
        "allergy,allergies,allergen,allergic to,description,agent,causative agent,allergie,allergene,alergia,allergia",
        is_required=True,
        is_identity=True,
    ),
    ImportField("reaction", "Reaction", "description1,manifestation,symptom,symptoms,reaktion,reaccion,reazione"),
    ImportField("severity", "Severity", "severity1,criticality,schweregrad,severite,gravedad,ernst,gravita"),
    ImportField("noted_on", "Known since", SINCE, PERIOD),
]
FIELDS_OF_ALERTS = [
    *known_patients.FIELDS,
    ImportField(
        "words",
        "Alert",
        "alerts,warning,flag,flags,precaution,red flag,text,description,message,note,hinweis,warnung,alerte,alerta",
        is_required=True,
        is_identity=True,
    ),
    ImportField("severity", "Severity", "priority,level,criticality,prioritat"),
    ImportField("noted_on", "Known since", SINCE, PERIOD),
]
DETAILS = ("words", "reaction", "severity", "noted_on")


def _doubts(values):
    """A row that says that there is no allergy, which somebody has to decide about."""
    if says_none(values.get("words", "x")):
        yield Doubt("words", SAYS_NONE, values["words"], (LEAVE_OUT, KEEP))


def _check(values, *, phone_country):
    refuse_unnamed(values)
    alert = ImportedAlert(**_details(values))
    alert.clean_fields(exclude=["patient", "kind", "file_name", "recorded_at", "recorded_by"])


def _details(values):
    return {name: values[name] for name in DETAILS if name in values}


def _match(kind, rows):
    """Find the patient of each row, and refuse what the patient has already, or another row of the file has."""
    people, seen = KnownPatients(rows), {}
    for row in rows:
        if row.matched or row.error:
            continue
        try:
            row.patient = people.of(row.values)
        except ValidationError as refusal:
            row.error = " ".join(refusal.messages)
            continue
        first = seen.setdefault((row.patient.person_id, row.values["words"].casefold()), row)
        if first is not row:
            row.error = f"This is the same as row {first.number}."
    known = _current(kind, {row.patient.pk for row in seen.values()})
    for (person_id, words), row in seen.items():
        row.matched = known.get((person_id, words))


def _current(kind, patients):
    """{(person id, words): ImportedAlert} of what these patients have already."""
    found = {}
    for some in portions(sorted(patients), AT_ONCE):
        alerts = ImportedAlert.objects.current().filter(kind=kind, patient__in=some).annotate(person=person())
        found |= {(alert.person, alert.words.casefold()): alert for alert in alerts}
    return found


def _store(kind, rows, *, by, file_import):
    alerts = [
        ImportedAlert(
            pk=uuid5(file_import.pk, f"{kind} {row.number}"),
            patient=row.patient,
            kind=kind,
            file_name=file_import.name,
            **_details(row.values),
        )
        for row in rows
    ]
    return record_imported_alerts(alerts, by=by)


def _undo(rows, *, by):
    """End the alerts of these ImportedRows, unless a clinician has decided about one of them."""
    keys = [row.record_id for row in rows if row.is_new]
    changed = TrailEntry.objects.filter(record_type=ImportedAlert._meta.model_name, record_id__in=keys)
    if changed.exclude(action__in=[*TrailEntry.READINGS, TrailEntry.Action.CREATE]).exists():
        raise ValidationError(
            "Somebody has confirmed or ended some of them since, so the import cannot be undone.", code="depends"
        )
    end_imported_alerts(keys, by=by, reason="The import was undone.")


def _kind_of(kind, label, fields, resource, from_bundle):
    return Kind(
        key=label.lower(),
        label=label,
        model=ImportedAlert,
        fields=fields,
        check=_check,
        match=lambda rows: _match(kind, rows),
        store=lambda rows, by, phone_country, file_import: _store(kind, rows, by=by, file_import=file_import),
        join=lambda row, record, by, file_import: {},
        undo=_undo,
        options={},
        guesses={},
        doubts=_doubts,
        resources=(resource,),
        from_bundle=from_bundle,
    )


Alert = ImportedAlert.Kind
ALLERGIES = _kind_of(Alert.ALLERGY, "Allergies", FIELDS_OF_ALLERGIES, "AllergyIntolerance", bundle_rows.allergies)
ALERTS = _kind_of(Alert.ALERT, "Alerts", FIELDS_OF_ALERTS, "Flag", bundle_rows.alerts)
