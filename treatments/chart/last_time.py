"""What was done to this patient before, as the session's page shows it beside today's rows."""

from dataclasses import dataclass, field

from treatments.models import Needling, TreatmentSession

RECENT_ROWS = 200


@dataclass
class History:
    """`last`: the latest earlier signed session of this complaint, or None; `last_rows`: its Needlings;
    `last_times`: {(muscle id, side): latest earlier signed Needling, with its session} of any complaint."""

    last: TreatmentSession | None = None
    last_rows: list = field(default_factory=list)
    last_times: dict = field(default_factory=dict)


def history_before(session):
    """The History of a session, from the patient's latest rows. One query."""
    earlier = (
        Needling.objects.needled()
        .filter(session__patient_id=session.patient_id, session__started_at__lte=session.started_at)
        .filter(session__status=TreatmentSession.Status.SIGNED)
        .exclude(session=session)
    )
    rows = earlier.select_related("session", "muscle", "trigger_point", "needle")
    history = History()
    for row in rows.order_by("-session__started_at", "-session_id", "sort_order")[:RECENT_ROWS]:
        history.last_times.setdefault((row.muscle_id, row.side), row)
        if history.last is None and row.session.episode_id == session.episode_id:
            history.last = row.session
        if row.session == history.last:
            history.last_rows.append(row)
    return history
