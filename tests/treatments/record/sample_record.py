"""A record with fixed keys and times, in memory: its hash is the same for ever."""

import uuid
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

from patients.models import Consent, Screening, ScreeningAnswer
from treatments.models import (
    AdverseEvent,
    Amendment,
    Measurement,
    Muscle,
    Needle,
    Needling,
    SessionContext,
    TreatmentSession,
    TriggerPoint,
    WarningAnswer,
)

BY = 5
AT = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)


def sample_session():
    """Signed, with every kind of row, value and alphabet that a record can hold."""
    session = TreatmentSession(
        id=uuid.UUID(int=1),
        patient_id=3,
        episode_id=4,
        complaint="Neck pain, “left” – since März",
        practitioner_id=6,
        appointment_id=8,
        started_at=AT.astimezone(timezone(timedelta(hours=2))),
        position="prone",
        pain_before=6,
        pain_after=0,
        needles_inserted=2,
        needles_removed=2,
        consent_confirmed=True,
        co_treatments=["heat", "exercise"],
        advice=["soreness"],
        plan='Again in a week\nif "better"',
        signed_at=datetime(2026, 11, 24, 10, 0, 0, 123456, tzinfo=UTC),
        signed_by_id=BY,
        signed_name="Mara Sølberg",
        signed_meaning="authored",
    )
    SessionContext(session=session, is_derived=True)  # which records of that time got later
    session.screening = _screening()
    session.consent = Consent(id=uuid.UUID(int=9), content_hash="c" * 64)
    session._prefetched_objects_cache = {
        "needlings": _needlings(session),
        "measurements": [
            Measurement(
                id=uuid.UUID(int=31),
                session=session,
                sort_order=0,
                kind="rom",
                movement="flexion",
                side="left",
                before=Decimal("40.0"),
                after=Decimal("47.5"),
                unit="deg",
            ),
            Measurement(
                id=uuid.UUID(int=30),
                session=session,
                sort_order=1,
                kind="ppt",
                muscle_id=2,
                side="right",
                before=Decimal("200"),
                unit="kPa",
            ),
        ],
        "events": [
            AdverseEvent(
                id=uuid.UUID(int=40),
                session=session,
                type="bruise",
                grade="mild",
                needling_id=uuid.UUID(int=21),
                onset_at=AT,
                action="Pressed",
                outcome="resolved",
                resolved_on=date(2026, 11, 25),
                recorded_at=AT,
                recorded_by_id=BY,
            ),
            AdverseEvent(id=uuid.UUID(int=41), session=session, type="fainting", appeared_later=True, recorded_at=AT),
        ],
        "warning_answers": [
            WarningAnswer(
                id=uuid.UUID(int=50),
                session=session,
                needling_id=uuid.UUID(int=20),
                key="lung",
                level="stop",
                title="Lung",
                sentence="Near the lung.",
                source="S1",
                reason="Angled away",
                acknowledged_at=AT,
                acknowledged_by_id=BY,
                seconded_by_id=11,
                seconded_at=AT,
            ),
        ],
    }
    return session


def _needlings(session):
    needle = Needle(
        id=12, maker="Acme", diameter_mm=Decimal("0.30"), length_mm=50, lot="L1", expires_on=date(2028, 1, 31)
    )
    muscle, point = Muscle(id=2, slug="upper-trapezius"), TriggerPoint(id=7, label="TrP1")
    first = Needling(
        id=uuid.UUID(int=20),
        session=session,
        sort_order=0,
        muscle=muscle,
        side="left",
        trigger_point=point,
        point_state="active",
        taut_band=True,
        needle=needle,
        depth_mm=20,
        technique="electrical",
        frequency_hz=Decimal("2.50"),
        insertions=3,
        twitch="yes",
        twitch_count=2,
        retention_seconds=600,
        retention_started_at=AT,
        referred_pain_reproduced="yes",
        response="eased",
    )
    second = Needling(id=uuid.UUID(int=21), session=session, sort_order=1, muscle=muscle, side="right", location="C7")
    return [second, first]


def _screening():
    screening = Screening(id=60, taken_at=AT, taken_by_id=BY, valid_until=date(2027, 11, 24))
    screening._prefetched_objects_cache = {
        "answers": [
            ScreeningAnswer(id=63, question_id=1, question_text="Bleeding?", is_yes=True, detail="Warfarin"),
            ScreeningAnswer(id=61, question_id=2, question_text="Fainting?", is_yes=False),
            ScreeningAnswer(id=62, question_id=3, question_text="Implant?", is_yes=None),
            ScreeningAnswer(id=64, question_id=4, question_text="Skin?", is_yes=True, side="left", regions=["neck"]),
        ]
    }
    return screening


def sample_amendment():
    return Amendment(
        id=uuid.UUID(int=70),
        session_id=uuid.UUID(int=1),
        number=2,
        text="Left, not right – sorry.",
        reason="Wrong side",
        signed_at=AT,
        signed_by_id=BY,
        signed_name="Mara Sølberg",
        previous_hash="a" * 64,
    )
