"""The rows of the export, made from signed sessions in constant memory."""

import json
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from zoneinfo import ZoneInfo

from django.db.models import Case, Exists, F, OuterRef, Subquery, When
from django.db.models.functions import Coalesce

from patients.models.patient_key import person
from patients.web.spreadsheet import cell
from treatments.models import AdverseEvent, Correction, Measurement, Needling, TreatmentSession
from treatments.models.catalogue import TargetKind
from treatments.record.correction_values import in_export
from treatments.record.fields import NEEDLING

from .columns import columns
from .pseudonyms import Pseudonyms
from .reasons import add_reasons
from .training import Training, TrainingOfPractitioners

READ_WITH_CARE = (
    "Read with care. Before-and-after figures of one clinic have no control group."
    " Natural course and regression to the mean are part of every change."
)
SESSIONS_AT_ONCE = 1000
# What the export says of an episode, unless it was entered in error.
OF_EPISODE = {
    f"episode_{name}": Case(When(episode__error_mark=None, then=F(f"episode__{field}")))
    for name, field in {
        "region": "region",
        "condition": "condition",
        "code": "diagnosis_code",
        "code_system": "code_system",
    }.items()
}
# One patient in the export, also where some of their sessions were signed under a record that was merged.
OF_PERSON = {"person": person()} | {
    f"person_{name}": Coalesce(f"patient__merged_into__{name}", f"patient__{name}")
    for name in ("record_number", "family_name", "given_name", "born_on", "birth_precision", "sex")
}
SESSION_FIELDS = (
    "pk person counted_episode practitioner started_at ended_at opened_at late_entry_reason visit_kind departure"
    " position approach rationale pain_before pain_after needles_inserted co_treatments"
    " person_record_number person_family_name person_given_name person_born_on person_birth_precision person_sex"
    " episode_region episode_condition episode_code episode_code_system"
    " practitioner__user__first_name practitioner__user__last_name"
    " practitioner__user__username context__site context__site__name context__timezone"
    " context__took_place_on context__patient_age"
).split()
NEEDLING_FIELDS = ["session"]
NEEDLING_FIELDS += [
    name for field in NEEDLING for export in field.exports for name in [export.read or field.name, *export.also_read]
]


@dataclass(slots=True)
class ExportedVisit:
    """The values for the columns of a session. `began` is in the time zone that its site had at the signature."""

    session: tuple
    began: datetime
    pseudonyms: Pseudonyms
    events: list = field(default_factory=list)
    later_events: list = field(default_factory=list)
    measurements: list = field(default_factory=list)
    worst_grade: str = ""
    as_signed: list = field(default_factory=list)
    corrections: int = 0
    has_hypothesis: bool = False
    has_protocol: bool = False
    training: Training | None = None

    @property
    def practitioner_name(self):
        session = self.session
        name = f"{session.practitioner__user__first_name} {session.practitioner__user__last_name}".strip()
        return name or session.practitioner__user__username


def rows_of(sessions, *, identified):
    """Yield batches of rows; a batch is a list of rows, a row a list of cells.

    `sessions` is any queryset of TreatmentSession; only signed ones that count are exported. One query reads all
    sessions, two or three the training of who needled, and six more are needed for each thousand. Without names the
    sessions are in the order of their random keys, so that the order does not reveal their dates.
    """
    of_session, of_needling = ([column.of for column in group] for group in columns(identified=identified))
    no_needling = [""] * len(of_needling)
    for visits in visits_of(sessions, identified=identified):
        needlings = _needlings(visits, sessions.db)
        rows = []
        for key, visit in visits.items():
            start = [cell(of(visit)) for of in of_session]
            rows += [start + [cell(of(row)) for of in of_needling] for row in needlings[key]] or [start + no_needling]
        yield rows


def visits_of(sessions, *, identified):
    """Yield {key: ExportedVisit} of a thousand sessions at a time, in the order of `rows_of`."""
    pseudonyms = Pseudonyms(identified=identified)
    trainings = TrainingOfPractitioners(sessions, identified=identified)
    for batch in _batches(_walk(sessions, identified)):
        visits = {session.pk: _visit(session, pseudonyms) for session in batch}
        _add_corrections(visits, sessions.db)
        _add_events(visits, sessions.db)
        _add_measurements(visits, sessions.db)
        add_reasons(visits, sessions.db)
        for visit in visits.values():
            visit.training = trainings.on(visit.session.practitioner, visit.session.context__took_place_on)
        yield visits


def count_rows(sessions):
    """The number of rows of the file without its header."""
    keys = sessions.counting().signed().order_by().values("pk")
    needlings = Needling.objects.using(sessions.db).needled()
    without = TreatmentSession.objects.using(sessions.db).filter(
        ~Exists(needlings.filter(session=OuterRef("pk"))), pk__in=keys
    )
    return needlings.filter(session__in=keys).count() + without.count()


def _walk(sessions, identified):
    earlier = TreatmentSession.objects.counting().signed().with_needling()
    earlier = earlier.filter(episode=OuterRef("counted_episode"))
    first = Subquery(earlier.order_by("started_at").values("context__took_place_on")[:1])
    order = ["started_at", "pk"] if identified else ["pk"]
    rows = sessions.counting().signed().with_counted_episode().order_by(*order)
    rows = rows.annotate(first_day=first, **OF_EPISODE, **OF_PERSON)
    return rows.values_list(*SESSION_FIELDS, "first_day", named=True).iterator(SESSIONS_AT_ONCE)


def _batches(rows):
    while batch := list(islice(rows, SESSIONS_AT_ONCE)):
        yield batch


def _visit(session, pseudonyms):
    return ExportedVisit(session, session.started_at.astimezone(ZoneInfo(session.context__timezone)), pseudonyms)


def _add_corrections(visits, using):
    """Give corrected sessions their corrected values, and list what was signed; free text is left out."""
    corrections = Correction.objects.using(using).filter(amendment__session__in=list(visits))
    for one in corrections.order_by("amendment__number", "number").select_related("amendment", "needling__muscle"):
        visit = visits[one.amendment.session_id]
        visit.corrections += 1
        if one.row_id is None and one.field in SESSION_FIELDS:
            value = TreatmentSession._meta.get_field(one.field).to_python(json.loads(one.value))
            visit.session = visit.session._replace(**{one.field: value})
        if words := in_export(one):
            visit.as_signed.append(words)


def _add_events(visits, using):
    grades = AdverseEvent.Grade.values
    events = (
        AdverseEvent.objects.using(using)
        .counting()
        .with_state()
        .filter(session__in=list(visits))
        .order_by("type", "pk")
    )
    for key, type_, later, grade in events.values_list("session", "type", "appeared_later", "present_grade"):
        visit = visits[key]
        (visit.later_events if later else visit.events).append(AdverseEvent.Type(type_).label)
        visit.worst_grade = max(visit.worst_grade, grade, key=lambda one: grades.index(one) if one else -1)


def _add_measurements(visits, using):
    """For example "Range of motion: Neck rotation, active, right, 52 to 60 °". A free entry is not named."""
    rows = Measurement.objects.using(using).filter(session__in=list(visits)).select_related("muscle")
    for row in rows.order_by("session", "sort_order", "pk"):
        name = row.get_kind_display() if row.muscle and row.muscle.kind == TargetKind.FREE else str(row)
        side = f", {row.get_side_display().lower()}" if row.side else ""
        values = f"{row.before_in_unit or 'not measured'} to {row.after_in_unit or 'not measured'}"
        visits[row.session_id].measurements.append(f"{name}{side}, {values} {row.get_unit_display()}")


def _needlings(visits, using):
    """{key of a session: its needlings in order}."""
    found = defaultdict(list)
    rows = Needling.objects.using(using).needled().filter(session__in=list(visits))
    for row in rows.order_by("session", "sort_order", "pk").values_list(*NEEDLING_FIELDS, named=True):
        found[row.session].append(row)
    return found
