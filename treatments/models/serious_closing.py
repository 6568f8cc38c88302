"""What the database asks of the report that closes a serious adverse event, on PostgreSQL and SQLite."""

from django.db import DEFAULT_DB_ALIAS
from django.db.models import Q

from patients.integrity.refused_writes import RefusedWrite
from patients.integrity.trigger_constraints import condition_sql

# The tables are named, because SQLite makes the triggers while a migration remakes tables.
EVER_SERIOUS = """({new}.grade = 'serious'
OR EXISTS (SELECT 1 FROM treatments_adverseevent e WHERE e.id = {new}.event_id AND e.grade = 'serious')
OR EXISTS (SELECT 1 FROM treatments_eventreport r WHERE r.event_id = {new}.event_id AND r.grade = 'serious'))"""
BY_SOMEBODY_INVOLVED = """{new}.recorded_by_id IN (
SELECT e.recorded_by_id FROM treatments_adverseevent e WHERE e.id = {new}.event_id
UNION SELECT p.user_id FROM treatments_adverseevent e JOIN treatments_treatmentsession s ON s.id = e.session_id
JOIN clinic_practitioner p ON p.id IN (s.practitioner_id, s.handed_over_from_id) WHERE e.id = {new}.event_id)"""


class SeriousEventClosed(RefusedWrite):
    """The database refuses to close an event that ever was serious without proof of identity.

    It also refuses that who treated the patient or recorded the event closes it without a reason for acting alone.
    """

    def validate(self, model, instance, exclude=None, using=DEFAULT_DB_ALIAS):
        """Leave this to treatments.record.event_rules, which has a sentence for each field."""

    def fields(self):
        return {"is_closed", "grade", "event", "recorded_by", "proved_by_means", "closed_alone_reason"}

    def why(self):
        return "a serious event is closed by a second clinician who proved who they are"

    def refused(self, event, model, schema_editor, *, new, old):
        if event == "update":
            return "(1 = 0)"  # a report never changes
        is_closed, is_unproved, is_not_alone = (
            f"({condition_sql(condition, model, schema_editor, of=new)})"
            for condition in (Q(is_closed=True), Q(proved_by_means=""), Q(closed_alone_reason=""))
        )
        lacks = f"({is_unproved} OR {is_not_alone} AND {BY_SOMEBODY_INVOLVED.format(new=new)})"
        return f"{is_closed} AND {EVER_SERIOUS.format(new=new)} AND {lacks}"
