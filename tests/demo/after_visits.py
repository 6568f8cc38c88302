"""What some of the demo's patients answered through the private link after their visit."""

import uuid
from datetime import timedelta

from clinic.models import ClinicSettings, Message
from clinic.models.feed import hash_token
from patients.services import update_patient
from treatments.chart.follow_ups_due import follow_ups_due
from treatments.record.follow_up_times import LAST
from treatments.services import record_patient_answers

ANSWERS = [
    {"pain": 3, "soreness": 2, "reactions": ["bruise"], "words": "Slept well, the bruise is small."},
    {"warning_signs": ["numbness"], "pain": 5, "soreness": 4, "words": "My little finger tingles."},
    {"pain": 2, "soreness": 1},
]


def answer_after_visits(clinic, now):
    """Every second patient who is due and gets messages has answered, until the ANSWERS are used up.

    No therapist has confirmed the answers yet.
    """
    ClinicSettings.objects.update(sends_questions_after=True)
    # Seeding takes a while: a link that is nearly over would be over before its patient answers.
    for_an_hour = [
        session for session in follow_ups_due(at=now) if session.started_at > now - LAST + timedelta(hours=1)
    ]
    due = [s for s in for_an_hour if s.appointment_id and s.patient.reminder_channel != "none"]
    for number, (session, said) in enumerate(zip(due[::2], ANSWERS, strict=False)):
        patient = update_patient(session.patient, by=clinic.desk, wants_questions_after=True)
        token = f"demo-after-visit-{number}"
        Message.objects.create(
            appointment=session.appointment,
            kind=Message.Kind.AFTER,
            starts_at=session.appointment.starts_at,
            channel=patient.reminder_channel,
            status=Message.Status.SENT,
            attempts=1,
            claimed_at=now,
            sent_at=now,
            token_hash=hash_token(token),
        )
        record_patient_answers(token, born_on=patient.born_on, id=uuid.UUID(int=number + 1), **said)
