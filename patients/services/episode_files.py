"""The kind of file that has episodes of care: how its rows are checked, stored and taken back."""

from django.core.exceptions import ValidationError

from patients.importing import bundle_rows, known_patients
from patients.importing.complaints import reason_of, region_of, side_of, with_side
from patients.importing.doubts import FIRST_DAY, LAST_DAY
from patients.importing.fields import CHOICE, DATE, PERIOD, ImportField
from patients.importing.kinds import Kind
from patients.importing.known_patients import KnownPatients, refuse_unnamed
from patients.importing.persons import only_user_named
from patients.models import BodyRegion, Episode, Patient
from patients.models.birth import BirthPrecision
from patients.models.onset import OnsetPrecision
from patients.registry import registry
from patients.services.episodes import checked_episode, open_imported_episodes, take_back_imported_episodes
from patients.staff import printed_name, users_who_may

PRECISION = {4: OnsetPrecision.YEAR, 7: OnsetPrecision.MONTH, 10: OnsetPrecision.DAY}
FIELDS = [
    *known_patients.FIELDS,
    ImportField(
        "complaint",
        "Complaint",
        "condition,problem,diagnosis,description,episode,presenting complaint,chief complaint,reason,case,beschwerde,"
        "diagnose,motif,plainte,klacht,motivo,diagnostico,diagnosi",
        is_required=True,
        is_identity=True,
    ),
    ImportField(
        "region",
        "Body region",
        "region,body part,bodypart,area,body site,korperregion,zone",
        CHOICE,
        is_required=True,
        stand_in="complaint",
    ),
    ImportField("side", "Side", "laterality,seite,cote,zijde,lado,lato", CHOICE),
    ImportField(
        "opened_on",
        "Opened",
        "start,start date,started,opened,open date,opened at,date opened,begin,onset of care,date,period start,beginn,"
        "debut,datum,inicio,inizio",
        DATE,
        is_required=True,
        is_identity=True,
        part=FIRST_DAY,
    ),
    ImportField("onset_on", "Since when", "onset,onset date,since,injury date,date of injury,seit,depuis", PERIOD),
    ImportField(
        "lead",
        "Lead",
        "therapist,practitioner,clinician,provider,physio,behandler,therapeut,praticien,terapeuta,care manager",
        CHOICE,
        is_required=True,
    ),
    ImportField("diagnosis_code", "ICD-10 code", "code,icd,icd10,icd 10,diagnosis code,icd code"),
    ImportField("referred_by", "Referred by", "referrer,referral,uberweiser,zuweiser,verwijzer"),
    ImportField("goals", "Goals", "goal,ziele,objectifs,doelen,objetivos"),
    ImportField(
        "closed_on",
        "Closed",
        "stop,end,end date,ended,closed,close date,date closed,discharged,discharge date,resolved,period end,ende,fin,"
        "einde,fine",
        DATE,
        part=LAST_DAY,
    ),
    ImportField("closing_reason", "Reason for closing", "close reason,discharge reason,outcome,reason closed", CHOICE),
    ImportField("closing_summary", "Closing summary", "summary,discharge summary,closing notes,outcome notes"),
]


def _complete(values):
    if "complaint" in values:
        values["complaint"] = with_side(values["complaint"], values.get("side"))


def _check(values, *, phone_country):
    """Refuse a row that cannot be an episode of any patient."""
    refuse_unnamed(values)
    if values.get("closed_on") is None and (values.get("closing_reason") or values.get("closing_summary")):
        raise ValidationError("There is a reason or a summary of the closing, but no day on which it was closed.")
    checked_episode(Patient(birth_precision=BirthPrecision.UNKNOWN), **_details(values))


def _details(values):
    """The values of a row as fields of an Episode."""
    names = ("region", "opened_on", "closed_on", "closing_reason", "closing_summary", "diagnosis_code")
    details = {name: values[name] for name in (*names, "complaint", "referred_by", "goals") if name in values}
    if onset := values.get("onset_on"):
        details |= {"onset_on": f"{onset}-01-01"[:10], "onset_precision": PRECISION[len(onset)]}
    return details | ({"lead_id": int(values["lead"])} if "lead" in values else {})


def _match(rows):
    """Find the patient of each row, and refuse what cannot be of this patient."""
    people = KnownPatients(rows)
    for row in rows:
        if row.matched or row.error or not {"region", "lead"} <= row.values.keys():
            continue
        try:
            row.episode = checked_episode(people.of(row.values), **_details(row.values))
        except ValidationError as refusal:
            row.error = " ".join(refusal.messages)


def _store(rows, *, by, phone_country, file_import):
    return open_imported_episodes([row.episode for row in rows], by=by)


def _undo(rows, *, by):
    take_back_imported_episodes([int(row.record_id) for row in rows], by=by)


def _leads():
    return [(str(user.pk), printed_name(user)) for user in _who_may_treat()]


def _who_may_treat():
    may = users_who_may(registry.treating_permission, include_superusers=False)
    return may.order_by("last_name", "first_name", "pk")


def _guess_lead(word, column):
    lead = only_user_named(word, _who_may_treat())
    return str(lead.pk) if lead else ""


def _sides():
    return [("left", "Left"), ("right", "Right"), ("both", "Both sides")]


EPISODES = Kind(
    key="episodes",
    label="Episodes of care",
    model=Episode,
    fields=FIELDS,
    check=_check,
    match=_match,
    store=_store,
    join=lambda row, record, by, file_import: {},
    undo=_undo,
    options={
        "region": lambda: BodyRegion.choices,
        "side": _sides,
        "lead": _leads,
        "closing_reason": lambda: Episode.ClosingReason.choices,
    },
    guesses={"region": region_of, "side": side_of, "lead": _guess_lead, "closing_reason": reason_of},
    complete=_complete,
    resources=("EpisodeOfCare", "Condition"),
    from_bundle=bundle_rows.episodes,
)
