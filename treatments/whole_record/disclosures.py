"""To whom anything of a patient's record was given, when, how and by whom."""

from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from patients.models import TrailEntry
from patients.staff import printed_name
from treatments.models import AdverseEvent, Disclosure, EventReport

from .kinds import kind_of

COLUMNS = ["when", "what", "to whom", "how", "recorded by"]


@dataclass(frozen=True)
class Given:
    """One disclosure; `at` is when it was recorded."""

    at: datetime
    what: str
    to: str
    how: str
    by: str

    @property
    def cells(self):
        at = timezone.localtime(self.at).isoformat(timespec="seconds")
        return [at, self.what, self.to, self.how, self.by]


def disclosures_of(patient):
    """A list of Given, oldest first: letters, reports of events, documents by e-mail, and every export and print."""
    found = [*_letters(patient), *_reports(patient), *_of_the_trail(patient)]
    return sorted(found, key=lambda given: given.at)


def _rows(model, patient, *people):
    return kind_of(model).rows(patient).select_related(*people)


def _letters(patient):
    for each in _rows(Disclosure, patient, "letter", "disclosed_by"):
        to = ", ".join(filter(None, [each.recipient_name, each.address]))
        how = (
            each.get_way_display() if each.state == "sent" else f"{each.get_way_display()}, {each.get_state_display()}"
        )
        yield Given(each.disclosed_at, f"Letter: {each.letter.subject}", to, how, printed_name(each.disclosed_by))


def _reports(patient):
    for each in _rows(EventReport, patient, "event", "recorded_by"):
        if each.reported_to:
            to, on = ", ".join(map(str, each.reported_to_labels)), f"Reported on {each.reported_on}"
            yield Given(each.recorded_at, f"Event: {each.event}", to, on, printed_name(each.recorded_by))
    for event in _rows(AdverseEvent, patient, "recorded_by"):
        if event.reported_to:
            by = printed_name(event.recorded_by)
            yield Given(event.recorded_at, f"Event: {event}", event.reported_to, "Reported", by)


def _of_the_trail(patient):
    """Exports and prints, also those with many patients, and documents that were sent to the patient."""
    actions = TrailEntry.Action
    entries = TrailEntry.objects.about(patient).select_related("by")
    for entry in entries.filter(action__in=[actions.EXPORT, actions.PRINT]):
        page = (entry.page or entry.record_type).replace("_", " ")
        what = entry.note or f"{page} {entry.record_id}".strip().capitalize()
        to = entry.changes.get("recipient", [None, ""])[1]
        yield Given(entry.at, what, to, entry.get_action_display(), entry.person)
    for entry in entries.filter(action=actions.CHANGE, record_type="patient"):
        for name, (before, sent) in entry.changes.items():
            if name.startswith("document ") and before is None:
                yield Given(entry.at, sent["name"], sent["to"], "By e-mail to the patient", entry.person)
