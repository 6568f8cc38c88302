"""The kind of file that has visits: how its rows are checked, compared with the diary, stored and taken back."""

from django.core.exceptions import ValidationError
from django.utils import timezone

from clinic.diary import local_time
from clinic.diary.booking_rules import outside_hours, reasons_against
from clinic.diary.clashes import clash_messages, clashes_among, clashes_of
from clinic.models import Appointment, AppointmentChange, AppointmentType, Message, Practitioner
from clinic.permissions import may_book, require_diary_of
from patients.audit.recording import add_audit_entry
from patients.importing import known_patients
from patients.importing.fields import CHOICE, DATE, MOMENT, TEXT, TIME, ImportField, plain
from patients.importing.kinds import Kind
from patients.importing.known_patients import KnownPatients, refuse_unnamed
from patients.importing.persons import only_user_named
from patients.integrity.authorization import require_permission
from patients.integrity.changes import changes_between
from patients.integrity.portions import portions
from patients.models import TrailEntry

from .booking import new_appointment
from .changes import record_change, undo_state
from .site_access import add_sites
from .slots import lock_diary, lock_rows, refuse_length, save_appointment
from .visit_bundles import visits

Status = Appointment.Status
AT_ONCE = 500
FIELDS = [
    *known_patients.FIELDS,
    ImportField("starts", "Start, day and time", "start,starts at,start time,appointment start,datetime,begin", MOMENT),
    ImportField("day", "Day", "date,appointment date,datum,fecha,data,jour", DATE),
    ImportField("clock", "Time", "time,appointment time,uhrzeit,zeit,heure,tijd,hora,ora", TIME),
    ImportField("minutes", "Length in minutes", "duration,length,dauer,duree,duur,duracion"),
    ImportField(
        "practitioner",
        "Physiotherapist",
        "therapist,practitioner,clinician,provider,physio,behandler,therapeut,praticien,terapeuta",
        CHOICE,
        is_required=True,
        is_identity=True,
    ),
    ImportField(
        "type",
        "Type of visit",
        "appointment type,visit type,service,treatment,reason,kind,art,leistung",
        CHOICE,
        is_required=True,
        is_identity=True,
    ),
    ImportField("status", "Status", "appointment status,state,zustand,estado,stato,statut", CHOICE),
    ImportField("note", "Note for the front desk", "notes,comment,comments,bemerkung,notiz", TEXT),
]
WORDS_FOR_STATUS = {
    Status.BOOKED: "booked confirmed scheduled pending planned active gebucht bestatigt geplant",
    Status.DONE: "done completed complete attended arrived fulfilled finished seen abgeschlossen erledigt",
    Status.NO_SHOW: "noshow dna missed didnotattend didnotarrive failedtoattend nichterschienen",
    Status.CANCELLED: "cancelled canceled cancellation deleted abgesagt storniert annule geannuleerd",
}
STATUSES = {word: status for status, listed in WORDS_FOR_STATUS.items() for word in listed.split()}


def _check(values, *, phone_country):
    """Refuse a row that cannot be a visit, whoever its patient is."""
    refuse_unnamed(values)
    if "starts" not in values and not {"day", "clock"} <= values.keys():
        raise ValidationError("Give the start, or the day and the time.")
    minutes = values.get("minutes", "")
    if minutes and not (minutes.isascii() and minutes.isdecimal()):
        raise ValidationError({"minutes": "This is not a number of minutes."})
    if minutes:
        try:
            refuse_length(int(minutes))
        except ValidationError as refusal:
            raise ValidationError({"minutes": refusal.messages}) from refusal
    if len(values.get("note", "")) > Appointment._meta.get_field("note").max_length:
        raise ValidationError({"note": "This note is too long."})


def _match(rows):
    """Find the patient of each row, and refuse rows that clash with the diary or with each other."""
    people, practitioners, types = KnownPatients(rows), _by_key(Practitioner), _by_key(AppointmentType)
    visits = []
    for row in rows:
        if row.matched or row.error or not {"practitioner", "type"} <= row.values.keys():
            continue
        try:
            row.visit = _visit(row.values, people.of(row.values), practitioners, types)
            _refuse_impossible(row.visit)
        except ValidationError as refusal:
            row.error = " ".join(refusal.messages)
        else:
            visits.append((row.visit, row))
    taken = []
    for visit, row in sorted(visits, key=lambda pair: (pair[0].starts_at, pair[1].number)):
        if not visit.is_active:
            continue
        taken = [other for other in taken if other.ends_at > visit.starts_at]
        clashes = clashes_of(visit) or clashes_among(visit, taken)
        if clashes:
            row.error = " ".join(clash_messages(clashes))
        else:
            taken.append(visit)


def _visit(values, patient, practitioners, types):
    practitioner, type = practitioners[values["practitioner"]], types[values["type"]]
    zone = practitioner.site.zone
    starts = values.get("starts") or timezone.datetime.combine(values["day"], values["clock"])
    starts_at = starts if starts.tzinfo else local_time.local_instant(starts, zone)
    minutes = int(values["minutes"]) if values.get("minutes") else type.minutes
    visit = new_appointment(
        by=None, patient=patient, practitioner=practitioner, type=type, starts_at=starts_at, room=None, minutes=minutes
    )
    is_over = visit.ends_at <= timezone.now()
    visit.status = values.get("status") or (Status.DONE if is_over else Status.BOOKED)
    if is_over and visit.status == Status.BOOKED:
        visit.status = Status.DONE
    visit.note = values.get("note", "")
    return visit


def _refuse_impossible(visit):
    """Raise ValidationError for a future visit that could not be booked, and for a past one that cannot have been."""
    day, patient = local_time.local_day(visit.starts_at, visit.zone), visit.patient
    if visit.ends_at > timezone.now():
        if visit.status == Status.BOOKED:
            for _, sentence in reasons_against(visit):
                raise ValidationError(sentence)
        elif visit.status != Status.CANCELLED:
            raise ValidationError("This visit is not over yet, so it is booked or cancelled.")
    elif patient.is_born_after(day) or (patient.died_on and patient.died_on < day):
        raise ValidationError("The patient was not alive on this day.")


def _store(rows, *, by, phone_country, file_import):
    """Put the visits of these rows into the diary. Nobody gets a message about them."""
    require_permission(may_book, by)
    visits = [row.visit for row in rows]
    lock_diary(*visits)
    for visit in visits:
        require_diary_of(by, visit.practitioner)
        visit.booked_by = by
        if visit.status == Status.CANCELLED:
            visit.cancelled_at, visit.cancelled_by = visit.booked_at, by
            visit.cancellation_reason = "Cancelled in the other system"
        if visit.status == Status.BOOKED and outside_hours([visit])[0]:
            visit.outside_hours_at, visit.outside_hours_by = timezone.now(), by
        if visit.ends_at <= timezone.now():
            visit.afterwards_reason = f"Imported from {file_import.name}"[:200]
        add_sites(visit.patient, [visit.practitioner.site_id], by=by)
        save_appointment(visit)
        add_audit_entry(TrailEntry.Action.CREATE, by=by, record=visit, changes=changes_between(None, visit))
    return visits


def _undo(rows, *, by):
    """Take the visits of these ImportedRows out of the diary and of every count. The rows stay."""
    keys = [int(row.record_id) for row in rows]
    for some in portions(keys, AT_ONCE):
        if _is_built_upon(some):
            raise ValidationError("Some of the visits were changed or treated since, so the import cannot be undone.")
    for some in portions(keys, AT_ONCE):
        for visit in lock_rows(Appointment.objects.filter(pk__in=some)):
            before = undo_state(visit)
            visit.status, visit.is_booking_undone = Status.CANCELLED, True
            visit.cancelled_at, visit.cancelled_by = timezone.now(), by
            visit.cancellation_reason = "The import was undone"
            save_appointment(visit)
            record_change(visit, AppointmentChange.Kind.UNBOOKED, by=by, before=before)


def _is_built_upon(keys):
    """Whether a row of any app, except messages that only repeat the visit, refers to one of these visits."""
    links = [link for link in Appointment._meta.related_objects if link.related_model is not Message]
    return any(link.related_model._base_manager.filter(**{f"{link.field.name}__in": keys}).exists() for link in links)


def _practitioners():
    return [(str(p.pk), str(p)) for p in Practitioner.objects.select_related("user").filter(is_active=True)]


def _types():
    return [(str(type.pk), type.name) for type in AppointmentType.objects.filter(is_active=True)]


def _guess_practitioner(word, column):
    practitioners = Practitioner.objects.select_related("user").filter(is_active=True)
    by_user = {practitioner.user: practitioner for practitioner in practitioners}
    user = only_user_named(word, by_user)
    return str(by_user[user].pk) if user else ""


def _guess_type(word, column):
    return next((pk for pk, name in _types() if plain(name) == plain(word)), "")


def _guess_status(word, column):
    return STATUSES.get(plain(word), "")


def _statuses():
    return [(status.value, status.label) for status in WORDS_FOR_STATUS]


def _by_key(model):
    related = ["user", "site"] if model is Practitioner else []
    return {str(row.pk): row for row in model.objects.select_related(*related)}


VISITS = Kind(
    key="visits",
    label="Visits",
    model=Appointment,
    fields=FIELDS,
    check=_check,
    match=_match,
    store=_store,
    join=lambda row, record, by, file_import: {},
    undo=_undo,
    options={"practitioner": _practitioners, "type": _types, "status": _statuses},
    guesses={"practitioner": _guess_practitioner, "type": _guess_type, "status": _guess_status},
    resources=("Appointment",),
    from_bundle=visits,
)
