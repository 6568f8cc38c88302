"""What was done to this patient before, shown on the session page beside today's rows."""

from dataclasses import dataclass, field

from treatments.models import Needling, TreatmentSession
from treatments.record.corrections import is_amended, with_sessions_as_corrected

RECENT_ROWS = 200


@dataclass
class History:
    """The latest earlier treatment of a patient, from signed sessions only.

    `last` is the latest earlier session of the same episode, or None; `last_rows` are its Needlings. `last_times` is
    {(muscle id, side): latest earlier Needling with its session}, whatever the episode.
    """

    last: TreatmentSession | None = None
    last_rows: list = field(default_factory=list)
    last_times: dict = field(default_factory=dict)


def history_before(session):
    """The History of a session, taken from the patient's latest RECENT_ROWS needlings, with corrected values.

    One query, and two more if any of their sessions has been amended.
    """
    earlier = (
        Needling.objects.needled()
        .filter(session__patient_id=session.patient_id, session__started_at__lte=session.started_at)
        .filter(session__status=TreatmentSession.Status.SIGNED)
        .exclude(session=session)
    )
    rows = earlier.annotate(amended=is_amended("session")).select_related(
        "session__episode", "muscle", "trigger_point", "needle"
    )
    history = History()
    for row in with_sessions_as_corrected(
        rows.order_by("-session__started_at", "-session_id", "sort_order")[:RECENT_ROWS]
    ):
        history.last_times.setdefault((row.muscle_id, row.side), row)
        if history.last is None and row.session.counted_episode_id == session.counted_episode_id:
            history.last = row.session
        if row.session == history.last:
            history.last_rows.append(row)
    return history
