"""Copy the set-up of the last signed session into a draft."""

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from patients.audit.recording import add_audit_entry
from patients.integrity.authorization import needs, require
from patients.integrity.changes import changes_between, field_values, row_changes
from patients.models import TrailEntry
from treatments.models import Needling, TreatmentSession
from treatments.permissions import may_write_sessions
from treatments.record.authorship import may_write
from treatments.record.corrections import as_corrected, with_amendments
from treatments.record.fields import NEEDLING, SESSION, names
from treatments.safety import events_against_copying

# A new session copies only the set-up. Findings and results (pain, insertions, twitch, events, consent) start blank.
SETUP_FIELDS = names(NEEDLING, "copied")
SETUP_OF_SESSION = names(SESSION, "copied")


@needs(may_write_sessions)
@transaction.atomic
def copy_setup(session, *, by, past_events_are_known=False):
    """Copy muscles, points, needles, depth and technique of this complaint's last signed session. Returns the session.
    Values that an amendment has corrected are copied as corrected.

    Nothing is copied when there is no earlier session or this one already has needling rows, nor after an adverse
    event that safety.events_against_copying() names, unless the person has been shown it: `past_events_are_known`.
    """
    require(may_write(by, session), "Only the physiotherapist who wrote this session can copy into it.")
    last = _last_session_before(session)
    if last is None or session.needlings.exists():
        return session
    if not past_events_are_known and events_against_copying(session, last):
        return session
    today = timezone.localdate(session.started_at)
    before = field_values(session)
    rows = last.needlings.filter(muscle__is_active=True).select_related("needle")
    copies = Needling.objects.bulk_create(_copy_of_row(row, session, today) for row in rows)
    session.copied_from = last
    counting = as_corrected(last)
    for field in SETUP_OF_SESSION:
        setattr(session, field, getattr(counting, field))
    session.saved_by = by
    session.save(update_fields=["copied_from", *SETUP_OF_SESSION, "saved_by", "saved_at"])
    changes = changes_between(before, session) | row_changes([], copies)
    add_audit_entry(TrailEntry.Action.CHANGE, by=by, record=session, changes=changes, note="Set-up copied")
    return session


def _last_session_before(session):
    earlier = (
        TreatmentSession.objects.counting()
        .signed()
        .of_complaint(session.counted_episode_id)
        .filter(patient_id=session.patient_id, started_at__lte=session.started_at)
        .exclude(pk=session.pk)
    )
    needled = Needling.objects.filter(session=OuterRef("pk"))
    return with_amendments(earlier.filter(Exists(needled))).latest_first().first()


def _copy_of_row(row, session, today):
    fields = ["sort_order", "muscle", "side", *SETUP_FIELDS]
    copy = Needling(session=session, **{field: getattr(row, field) for field in fields})
    copy.retention_seconds = row.planned_retention
    if copy.needle and not copy.needle.is_usable_on(today):
        copy.needle = None
    return copy
