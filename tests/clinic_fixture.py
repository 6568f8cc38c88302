"""One small clinic with something on every page, made through the services; and every address of the app."""

import io
import re
import uuid
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal

from django.core.management import call_command
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone

from clinic.models import Appointment, AppointmentType
from clinic.services import add_to_waiting_list, create_calendar_feed
from patients.models import ScreeningQuestion
from patients.services import open_episode, take_screening
from treatments.models import AdverseEvent, Measurement, Muscle, Needle, Needling
from treatments.safety import Level, SafetyWarning, answer_to, warnings_for
from treatments.services import (
    copy_setup,
    load_catalogue,
    record_event,
    record_follow_up,
    record_outcome_score,
    save_draft,
    sign_session,
    start_session,
)

from . import people
from .patients.builders import agree

EMPTY = re.compile("")
# Of accounts: a link that nobody was sent, a passkey that nobody has.
OF_ACCOUNTS = {"uidb36": "1", "key": "no-such-key", "pk": 1}
MUSCLES = ["trapezius-upper", "levator-scapulae", "infraspinatus"]


@dataclass
class World:
    front_desk: object
    physiotherapist: object
    other_physiotherapist: object
    admin: object
    patient: object
    stranger: object
    ids: dict
    stranger_ids: dict
    sessions: list = field(default_factory=list)

    def url(self, name, **changed):
        """The address of a page about the patient; a changed id makes it another's or nobody's."""
        return reverse(name, kwargs={part: (self.ids | changed)[part] for part in addresses()[name]})


def addresses():
    """{name: names of the parts of the address} of the project's own pages, Django admin's left out."""
    return dict(_walk(get_resolver().url_patterns))


def _walk(patterns, parts=()):
    for pattern in patterns:
        here = pattern.pattern
        inside = (*parts, *(here.converters or getattr(here, "regex", EMPTY).groupindex))
        if isinstance(pattern, URLPattern):
            yield pattern.name, inside
        elif isinstance(pattern, URLResolver) and pattern.namespace != "admin":
            yield from _walk(pattern.url_patterns, inside)


def make_world():
    load_catalogue()
    call_command("load_screening_questions", stdout=io.StringIO())
    call_command("load_consent_form", stdout=io.StringIO())
    desk, physiotherapist, admin = people.make_front_desk(), people.make_physiotherapist(), people.make_admin()
    patient = people.make_patient(by=desk, phone="020 7946 0123", occupation="Cellist")
    stranger = people.make_patient(by=desk, given_name="Tomasz", family_name="Wilk")
    colleague = people.make_physiotherapist("d.okonkwo", first_name="Daniel", last_name="Okonkwo")
    signed, draft = _treated(patient, by=physiotherapist)
    draft = _ask(draft, colleague, by=physiotherapist)
    strange_signed, strange_draft = _treated(stranger, by=physiotherapist)
    booked = book(patient, physiotherapist, at=timezone.now() + timedelta(minutes=30))
    wish = add_to_waiting_list(patient, by=desk, type=booked.type, weekdays=[0, 2], priority=1)
    diary = {
        "appointment_id": booked.pk,
        "practitioner_id": booked.practitioner_id,
        "entry_id": wish.pk,
        "needle_id": needle().pk,
    }
    return World(
        front_desk=desk,
        physiotherapist=physiotherapist,
        other_physiotherapist=colleague,
        admin=admin,
        patient=patient,
        stranger=stranger,
        ids=_ids(patient, draft)
        | OF_ACCOUNTS
        | diary
        | {"token": create_calendar_feed(physiotherapist.practitioner, by=admin)[1]},
        stranger_ids=_ids(stranger, strange_draft) | diary,
        sessions=[signed, draft, strange_signed, strange_draft],
    )


def _ids(patient, session):
    return {
        "patient_id": patient.pk,
        "episode_id": session.episode_id,
        "session_id": session.pk,
        "consent_id": patient.consents.latest_first().first().pk,
        "event_id": AdverseEvent.objects.get(session__patient=patient, type="fainting").pk,
        "score_id": patient.outcome_scores.standing().in_time().first().pk,
        "slug": MUSCLES[0],
    }


def _treated(patient, *, by):
    """Screened and agreed the day before, treated and signed yesterday, called this morning, and started again now."""
    open_episode(patient, by=by, complaint="Neck pain, right", region="neck")
    screen(patient, by=by)
    agree(patient, by=by, given_at=timezone.now() - timedelta(days=2))
    signed = sign_session(fill(start(patient, by=by), by=by, days_ago=1), by=by)
    heard = [AdverseEvent(type=AdverseEvent.Type.choices[0][0], grade="mild")]
    record_follow_up(signed, by=by, contacted_at=timezone.now(), pain=3, soreness=2, events=heard)
    record_event(signed, by=by, type="fainting", grade="significant")
    _score(signed.episode, by=by)
    return signed, copy_setup(start(patient, by=by), by=by, past_events_are_known=True)


def _ask(session, colleague, *, by):
    """Ask a colleague to agree to a stop of a draft, as it stood before the patient was screened anew."""
    said = ["Pregnant", "Not here.", "[@za-bn-121]"]
    stop = SafetyWarning("screened-pregnancy", Level.STOP, *said, may_be_seconded=True)
    rows = {"needlings": list(session.needlings.all()), "measurements": [], "events": []}
    answers = [answer_to(stop, reason="Far from it", seconded_by=colleague)]
    return save_draft(session, by=by, version=session.version, token=uuid.uuid4(), values={}, answers=answers, **rows)


def _score(episode, *, by):
    """Two activities and a total the day before, the total again today, once corrected."""
    today = timezone.localdate()
    yesterday = {"by": by, "scored_on": today - timedelta(days=1)}
    record_outcome_score(episode, measure="ndi", value=44, **yesterday)
    for activity, value in (("Playing", 3), ("Driving", 5)):
        record_outcome_score(episode, measure="psfs", item=activity, value=value, **yesterday)
    wrong = record_outcome_score(episode, by=by, measure="ndi", value=63, scored_on=today)
    record_outcome_score(
        episode, by=by, measure="ndi", value=36, scored_on=today, replaces=wrong, reason="Digits swapped"
    )


def screen(patient, *, by):
    questions = ScreeningQuestion.objects.asked()
    answers = {question: (question.key == "fainting", "") for question in questions}
    return take_screening(patient, by=by, answers=answers, taken_at=timezone.now() - timedelta(days=2))


def start(patient, *, by, appointment=None):
    return start_session(patient, by=by, session_id=uuid.uuid4(), appointment=appointment)


def fill(session, *, by, days_ago=0, rows=3):
    """Save everything that signing needs."""
    return save_draft(session, by=by, **complete(session, days_ago=days_ago, rows=rows))


def complete(session, *, days_ago=0, rows=3):
    """What save_draft takes of a session that can be signed."""
    values = {
        "started_at": timezone.now() - timedelta(days=days_ago),
        "position": "prone",
        "consent_confirmed": True,
        "pain_before": 6,
        "pain_after": 3,
        "needles_inserted": rows,
        "needles_removed": rows,
        "no_reaction": True,
        "advice": ["soreness", "chest_signs"],
        "plan": "Again in a week.",
    }
    needlings = [needling(number) for number in range(rows)]
    warnings = warnings_for(session, needlings, on=timezone.localdate(values["started_at"]))
    return {
        "version": session.version,
        "token": uuid.uuid4(),
        "values": values,
        "needlings": needlings,
        "answers": [answer_to(w, reason="Discussed, technique adapted") for w in warnings if not w.is_advice],
        "measurements": [
            Measurement(
                kind="ppt", unit="kpa", muscle=_muscle(0), side="right", before=Decimal("196.1"), after=Decimal("245.2")
            )
        ],
        "events": [],
    }


def needling(number=0):
    muscle = _muscle(number)
    return Needling(
        muscle=muscle,
        side="right",
        trigger_point=muscle.trigger_points.first(),
        needle=needle(),
        depth_mm=20,
        technique=Needling.Technique.choices[0][0],
        insertions=2,
        twitch="yes",
        twitch_count=3,
    )


def _muscle(number):
    return Muscle.objects.get(slug=MUSCLES[number % len(MUSCLES)])


def needle():
    lot = {"maker": "Seirin", "diameter_mm": "0.30", "length_mm": 40, "lot": "4471"}
    return Needle.objects.get_or_create(**lot, defaults={"expires_on": timezone.localdate() + timedelta(days=400)})[0]


def book(patient, physiotherapist, *, at, minutes=30):
    kind = AppointmentType.objects.get_or_create(name="Follow-up", defaults={"minutes": minutes})[0]
    return Appointment.objects.create(
        patient=patient,
        practitioner=physiotherapist.practitioner,
        type=kind,
        starts_at=at,
        ends_at=at + timedelta(minutes=minutes),
    )
