"""A small clinic with data on every page, created with the services; and every URL of the app."""

import io
import re
import uuid
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal

from django.core.management import call_command
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone

from clinic.models import Message, VisitReply
from clinic.models.feed import hash_token
from clinic.services import add_to_waiting_list, create_calendar_feed, record_time_off
from patients.models import ErrorMark, PatientMerge
from patients.services import ask_for_merge, open_episode, record_contact, upload_import
from treatments.forms.documents import checked_file
from treatments.forms.pictures import jpeg_of
from treatments.models import AdverseEvent, Exercise, Measurement, Muscle, Snippet
from treatments.safety import Level, SafetyWarning, answer_to
from treatments.services import (
    add_attachment,
    add_exercise,
    add_snippet,
    copy_setup,
    load_catalogue,
    make_protocol,
    mark_in_error,
    prescribe_exercise,
    record_event,
    record_follow_up,
    record_outcome_score,
    save_and_use_protocol,
    save_draft,
    sign_session,
    start_session,
    update_protocol,
)

from . import people
from .clinic.builders import make_appointment
from .patients.builders import agree, make_imported_alert, make_screening
from .treatments.builders import (
    complete,
    make_assessment,
    make_letter,
    make_needle,
    make_needling,
    make_signed_assessment,
    make_signed_letter,
    picture_file,
)

LINK = "secret-of-a-link-to-a-visit"
IMPORTED = b"Surname,First name,Date of birth\nImported,Ida,1980-05-17\n"
EMPTY = re.compile("")
# Parts of account URLs: a link that was never sent, a passkey that does not exist.
OF_ACCOUNTS = {"uidb36": "1", "key": "no-such-key", "pk": 1, "sign_in_id": "8f5f0a3e-55b1-4b5e-9d0c-0d5f2c1b7a11"}
MUSCLES = ["trapezius-upper", "levator-scapulae", "infraspinatus"]


@dataclass
class ClinicFixture:
    front_desk: object
    physiotherapist: object
    other_physiotherapist: object
    admin: object
    patient: object
    stranger: object
    ids: dict
    stranger_ids: dict
    sessions: list = field(default_factory=list)
    assessments: list = field(default_factory=list)  # the patient's signed one and the draft
    letters: list = field(default_factory=list)  # the patient's signed one and the draft

    def url(self, name, **changed):
        """The URL of a page about the patient. `changed` replaces parts, for example with another patient's id."""
        return reverse(name, kwargs={part: (self.ids | changed)[part] for part in addresses()[name]})


def addresses():
    """{URL name: names of its parts} of all pages except Django admin's."""
    return dict(_walk(get_resolver().url_patterns))


def _walk(patterns, parts=()):
    for pattern in patterns:
        here = pattern.pattern
        inside = (*parts, *(here.converters or getattr(here, "regex", EMPTY).groupindex))
        if isinstance(pattern, URLPattern):
            yield pattern.name, inside
        elif isinstance(pattern, URLResolver) and pattern.namespace != "admin":
            yield from _walk(pattern.url_patterns, inside)


def make_clinic_fixture():
    load_catalogue()
    call_command("load_screening_questions", stdout=io.StringIO())
    call_command("load_consent_form", stdout=io.StringIO())
    desk, physiotherapist, admin = people.make_front_desk(), people.make_physiotherapist(), people.make_admin()
    patient = people.make_patient(by=desk, phone="020 7946 0123", occupation="Cellist")
    stranger = people.make_patient(by=desk, given_name="Tomasz", family_name="Wilk")
    for one, name in ((patient, "Aiko"), (stranger, "Bela")):
        double = people.make_patient(by=desk, given_name=name, family_name="Mori")
        ask_for_merge(one, double, by=desk, reason="Registered twice")
    colleague = people.make_physiotherapist("d.okonkwo", first_name="Daniel", last_name="Okonkwo")
    _snippet(by=physiotherapist)
    signed, draft = _treated(patient, by=physiotherapist)
    draft = _use_protocol(_ask(draft, colleague, by=physiotherapist), by=physiotherapist)
    strange_signed, strange_draft = _treated(stranger, by=physiotherapist)
    strange_draft = _use_protocol(strange_draft, by=physiotherapist)
    for session in (signed, strange_signed):
        mark_in_error(
            session.screening, by=physiotherapist, reason="Asked somebody else", asked=colleague, proof="password"
        )
    assessments = _assessed(patient, by=physiotherapist)
    strange_assessments = _assessed(stranger, by=physiotherapist)
    letters = _written_about(patient, by=physiotherapist)
    strange_letters = _written_about(stranger, by=physiotherapist)
    booked = make_appointment(patient, physiotherapist, at=timezone.now() + timedelta(minutes=30))
    reply = _asked_to_move(booked)
    wish = add_to_waiting_list(patient, by=desk, type=booked.type, weekdays=[0, 2], priority=1)
    make_imported_alert(patient, by=admin)
    make_imported_alert(stranger, by=admin)
    away = {"starts_at": timezone.now() + timedelta(days=9), "ends_at": timezone.now() + timedelta(days=10)}
    diary = {
        "time_off_id": record_time_off(by=desk, practitioner=booked.practitioner, **away).pk,
        "appointment_id": booked.pk,
        "practitioner_id": booked.practitioner_id,
        "entry_id": wish.pk,
        "reply_id": reply.pk,
        "message_id": _failed_message(booked).pk,
        "needle_id": make_needle().pk,
        "import_id": upload_import(by=admin, kind="patients", name="patients.csv", content=IMPORTED).pk,
    }
    return ClinicFixture(
        front_desk=desk,
        physiotherapist=physiotherapist,
        other_physiotherapist=colleague,
        admin=admin,
        patient=patient,
        stranger=stranger,
        ids=_ids(patient, draft)
        | {"assessment_id": assessments[1].pk, "letter_id": letters[1].pk}
        | OF_ACCOUNTS
        | diary
        | {"token": create_calendar_feed(physiotherapist.practitioner, by=admin)[1]},
        stranger_ids=_ids(stranger, strange_draft)
        | {"assessment_id": strange_assessments[1].pk, "letter_id": strange_letters[1].pk}
        | diary,
        sessions=[signed, draft, strange_signed, strange_draft],
        assessments=assessments,
        letters=letters,
    )


def _asked_to_move(visit):
    """The patient's request through the link in a reminder."""
    now = timezone.now()
    fields = {"starts_at": visit.starts_at, "channel": "email", "status": "sent", "claimed_at": now, "sent_at": now}
    reminder = Message.objects.create(appointment=visit, token_hash=hash_token(LINK), **fields)
    return VisitReply.objects.create(appointment=visit, message=reminder, kind="move", starts_at=visit.starts_at)


def _failed_message(visit):
    """The confirmation of a visit that was booked days ago, which could not be sent."""
    fields = {"starts_at": visit.starts_at, "channel": "email", "claimed_at": timezone.now() - timedelta(days=9)}
    return Message.objects.create(appointment=visit, kind="booked", status="failed", **fields)


def _ids(patient, session):
    protocol = session.protocol_uses.get().protocol
    return {
        "patient_id": patient.pk,
        "episode_id": session.episode_id,
        "session_id": session.pk,
        "contact_id": patient.contacts.current().get().pk,
        "consent_id": patient.consents.latest_first().first().pk,
        "event_id": AdverseEvent.objects.get(session__patient=patient, type="fainting").pk,
        "score_id": patient.outcome_scores.current().oldest_first().first().pk,
        "slug": MUSCLES[0],
        "version": "of-another-day",
        "kind": "session",
        "record_id": str(session.copied_from_id),
        "protocol_id": protocol.pk,
        "snippet_id": Snippet.objects.get().pk,
        "use_id": session.protocol_uses.get().pk,
        "merge_id": PatientMerge.objects.get(survivor=patient).pk,
        "mark_id": ErrorMark.objects.get(patient=patient).pk,
        "attachment_id": patient.attachments.get().pk,
        "prescription_id": patient.exercise_prescriptions.get().pk,
        "exercise_id": patient.exercise_prescriptions.get().exercise_id,
    }


def _treated(patient, *, by):
    """A patient's signed session of yesterday, with consent, follow-up and events, and a new draft."""
    open_episode(patient, by=by, complaint="Neck pain, right", region="neck")
    make_screening(patient, by=by)
    agree(patient, by=by, given_at=timezone.now() - timedelta(days=2))
    signed = sign_session(fill_with_everything(_start(patient, by=by), by=by, days_ago=1), by=by, proof="PIN")
    heard = [AdverseEvent(type=AdverseEvent.Type.choices[0][0], grade="mild")]
    record_follow_up(signed, by=by, contacted_at=timezone.now(), pain=3, soreness=2, events=heard)
    record_event(signed, by=by, type="fainting", grade="significant")
    _score(signed.episode, by=by)
    add_attachment(patient, by=by, file=checked_file(picture_file()), kind="referral", episode=signed.episode)
    prescribe_exercise(patient, by=by, exercise=_exercise(by=by), dose="3 × 10, twice a day")
    record_contact(patient, by=by, name=f"Femi {patient.family_name}", relationship="next_of_kin", told_about="visits")
    return signed, copy_setup(_start(patient, by=by), by=by, past_events_are_known=True)


def _assessed(patient, *, by):
    """The signed assessment of a patient's episode, and the draft of another."""
    episode = patient.episodes.get()
    drawing = [{"view": "posterior", "points": [[200, 100], [230, 110], [220, 150]]}]
    site = {"region": "neck", "side": "right", "note": "", "pain": 6}
    first = make_signed_assessment(episode, by=by, hypothesis="Posture", drawing=drawing, sites=[site])
    return [first, make_assessment(episode, by=by, pain_now=3)]


def _written_about(patient, *, by):
    """A signed letter about the patient's episode, and the draft of another kind."""
    episode = patient.episodes.get()
    return [make_signed_letter(episode, by=by), make_letter(episode, by=by, kind="discharge")]


def _exercise(*, by):
    """The only exercise of the clinic's list."""
    words = {"name": "Chin tuck", "instructions": "Draw your chin straight back.", "usual_dose": "3 × 10"}
    return Exercise.objects.first() or add_exercise(by=by, picture=jpeg_of(picture_file()), **words)


def _start(patient, *, by):
    return start_session(patient, by=by, session_id=uuid.uuid4())


def _ask(session, colleague, *, by):
    """Ask a colleague to agree to a stop of a draft, as if the patient had been pregnant at an earlier screening."""
    texts = ["Pregnant", "Not here.", "[@za-bn-121]"]
    stop = SafetyWarning("screened-pregnancy", Level.STOP, *texts, colleague_may_agree=True)
    rows = {"needlings": list(session.needlings.all()), "measurements": [], "events": []}
    answers = [answer_to(stop, reason="Far from it", seconded_by=colleague)]
    return save_draft(session, by=by, version=session.version, token=uuid.uuid4(), values={}, answers=answers, **rows)


def _snippet(*, by):
    """The only text for notes, which is shared."""
    words = {"name": "Needled", "field": "note", "text": "Needled the {muscles}.", "is_shared": True}
    return add_snippet(by=by, id=uuid.uuid4(), **words)


def _use_protocol(session, *, by):
    """Make a protocol of a draft's rows and use it there; it is shared, and adds nothing that is not there."""
    made = make_protocol(session, by=by, protocol_id=uuid.uuid4())
    update_protocol(made, by=by, is_shared=True)
    rows = {"needlings": list(session.needlings.all()), "measurements": [], "events": []}
    rows["answers"] = list(session.warning_answers.all())
    page = {"version": session.version, "token": uuid.uuid4(), "values": {}, **rows}
    return save_and_use_protocol(session, by=by, protocol=made, side="right", **page).session


def _score(episode, *, by):
    """Two activities and a total for yesterday, and a total for today that is corrected once."""
    today = timezone.localdate()
    yesterday = {"by": by, "scored_on": today - timedelta(days=1)}
    record_outcome_score(episode, measure="ndi", value=44, **yesterday)
    for activity, value in (("Playing", 3), ("Driving", 5)):
        record_outcome_score(episode, measure="psfs", item=activity, value=value, **yesterday)
    wrong = record_outcome_score(episode, by=by, measure="ndi", value=63, scored_on=today)
    record_outcome_score(
        episode, by=by, measure="ndi", value=36, scored_on=today, replaces=wrong, reason="Digits swapped"
    )


def needles_at(*, rows=3):
    """Unsaved Needlings: the fixture's muscles in turn, each at its first trigger point."""
    muscles = [Muscle.objects.get(slug=MUSCLES[number % len(MUSCLES)]) for number in range(rows)]
    return [make_needling(muscle, trigger_point=muscle.trigger_points.first(), depth_mm=20) for muscle in muscles]


def fill_with_everything(session, *, by, **fields):
    """Save a draft with rows of every kind and text in every field, so that it can be signed."""
    return save_draft(session, by=by, **everything_for(session, **fields))


def everything_for(session, *, rows=3, **values):
    """The arguments of save_draft for such a session."""
    everything = {
        "position": "prone",
        "pain_after": 3,
        "needles_inserted": rows,
        "needles_removed": rows,
        "advice": ["soreness", "chest_signs"],
        "plan": "Again in a week.",
    }
    muscle = Muscle.objects.get(slug=MUSCLES[0])
    pressure = {"kind": "ppt", "unit": "kpa", "before": Decimal("196.1"), "after": Decimal("245.2")}
    measurements = [Measurement(muscle=muscle, side="right", **pressure)]
    return complete(session, needlings=needles_at(rows=rows), measurements=measurements, **(everything | values))
