"""All forms of a session's page: its own fields, rows, reactions and warnings, from the database or from a POST."""

import uuid
from copy import copy
from functools import cached_property

from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from patients.build import build_of
from treatments import safety
from treatments.catalogue.lookup import Catalogue, LazyRows
from treatments.chart.last_time import history_before
from treatments.evidence import groups, not_needled
from treatments.evidence.depth import DepthsFor
from treatments.evidence.reviews import reviews_in_force
from treatments.models import AdverseEvent
from treatments.record.agreed_rows import answers_for_rows
from treatments.record.basis import basis_of
from treatments.record.completeness import needs_pelvic_consent
from treatments.record.repeated_answers import answers_of_last_time
from treatments.record.second_person import may_agree_to_stops_of
from treatments.safety.past_events import past_events_of

from .fields import row_ids
from .free_entry import FreeEntryForm
from .measurement import MeasurementForm
from .needling import NeedlingForm
from .reaction import ReactionForm
from .session import SessionForm
from .warning import WarningForm

ADD_FREE = "add_free"
# The kinds of facts on the page: depth, groups of muscles, what is not needled, and what warnings state.
REVIEWED = ("depth", groups.KIND, not_needled.KIND, *safety.REVIEWED)


class SessionRecord:
    """The forms of a session's page. Rows have ids from the browser, so a row that is sent twice is stored once."""

    def __init__(self, session, data=None):
        self.session = session
        self.data = data

    @cached_property
    def started_at(self):
        """When the visit began, as the page shows it."""
        if self.data is None:
            return self.session.started_at
        self.form.is_valid()
        return self.form.cleaned_data.get("started_at", self.session.started_at)

    @cached_property
    def catalogue(self):
        day = timezone.localdate(self.started_at)
        return Catalogue(day, self.session.needlings.all(), self.session.measurements.all())

    @cached_property
    def form(self):
        episodes = LazyRows([self.session.episode], self.session.patient.episodes.counting)
        if self.data is None:
            return SessionForm.of(self.session, episodes)
        return SessionForm(self.data, session=self.session, episodes=episodes)

    @cached_property
    def needlings(self):
        return self._rows("needling", NeedlingForm, self.session.needlings)

    @cached_property
    def measurements(self):
        return self._rows("measurement", MeasurementForm, self.session.measurements)

    def _rows(self, name, form_class, stored):
        if self.data is None:
            return [form_class.of(row, self.catalogue) for row in stored.all()]
        before = {row.pk: row for row in stored.all()}
        known = {"catalogue": self.catalogue} | ({"started_at": self.started_at} if name == "needling" else {})
        return [form_class(self.data, row_id=pk, stored=before.get(pk), **known) for pk in row_ids(self.data, name)]

    @cached_property
    def reactions(self):
        return [self._reaction(type_) for type_ in AdverseEvent.Type]

    @cached_property
    def seen_reactions(self):
        """The forms of the reactions that were posted; saving needs no others."""
        seen = [type_ for type_ in AdverseEvent.Type if f"reaction-{type_.value}-seen" in self.data]
        return [self._reaction(type_) for type_ in seen]

    def _reaction(self, type_):
        stored = self._stored_events.get(type_)
        if self.data is None:
            return ReactionForm.of(stored, type_) if stored else ReactionForm.blank(type_)
        return ReactionForm(self.data, type_=type_, stored=stored)

    @cached_property
    def _stored_events(self):
        return {event.type: event for event in self.session.reactions}

    @cached_property
    def history(self):
        """The earlier treatment that the page shows beside the rows."""
        return history_before(self.session)

    @cached_property
    def screened(self):
        """The ScreeningState at the end of the visit, and the precautions of every screening since the first row."""
        return self.basis.screening_now, self.basis.precautions

    @cached_property
    def past_events(self):
        """All PastEvents of the patient."""
        return past_events_of(self.session.patient)

    @cached_property
    def build(self):
        """The patient's Build on the day of the visit."""
        return build_of(self.session.patient, on=self.catalogue.on)

    @cached_property
    def depths(self):
        """What is known about the depth of each muscle, for this patient in the position that the page shows."""
        return DepthsFor(self.build, self.reviews, self.form["position"].value() or "")

    @cached_property
    def reviews(self):
        """The reviews in force of all published facts that the page shows."""
        return reviews_in_force(*REVIEWED)

    @cached_property
    def basis(self):
        """The Basis of the session with the rows as they are shown."""
        return basis_of(self._dated_session, self._shown_needlings)

    @property
    def _dated_session(self):
        """The session with the start that the page shows, unsaved."""
        session = copy(self.session)
        session.started_at = self.started_at
        return session

    @property
    def _shown_needlings(self):
        return self.session.needlings.all() if self.data is None else self.stored_needlings

    @property
    def known(self):
        """Loaded data for warnings_for. The earlier rows are loaded only on a page that shows the history."""
        earlier = list(self.history.last_times.values()) if self.data is None else None
        known = {"on": self.catalogue.on, "precautions": self.screened[1], "earlier": earlier}
        known |= {"past_events": self.past_events, "consents": self.basis.consents}
        return known | {
            "build": SimpleLazyObject(lambda: self.build),
            "reviews": SimpleLazyObject(lambda: self.reviews),
        }

    @cached_property
    def warnings(self):
        """A WarningForm for each warning about the rows as they are shown."""
        found = safety.warnings_for(self.session, self._shown_needlings, **self.known)
        answers = answers_for_rows(self.session.warning_answers.all(), self._shown_needlings)
        # Offer only people who have the permission to agree.
        colleagues = LazyRows([], may_agree_to_stops_of(self.session).select_related("user").all)
        asking = {"colleagues": colleagues, "is_alone": lambda: not colleagues.all()}
        author = self.session.practitioner.user_id
        statuses = safety.pair_with_answers(found, answers, author_id=author, is_alone=asking["is_alone"])
        forms = [WarningForm(self.data, warning=d.warning, stored=d.answer, **asking) for d in statuses]
        return _with_repeated_advice(forms)

    @property
    def needs_pelvic_consent(self):
        return needs_pelvic_consent(self._shown_needlings)

    @property
    def open_warnings(self):
        """The WarningStatuses that prevent signing the page as it is shown."""
        return [status for form in self.warnings if (status := form.status).is_open]

    @property
    def repeatable(self):
        """The open cautions of the page, each with the answer of last time that can be given again."""
        return answers_of_last_time(self.session, self.open_warnings, self._shown_needlings)

    @property
    def forms(self):
        return [self.form, *self.needlings, *self.measurements, *self.reactions, *self.warnings]

    @property
    def posted_forms(self):
        return [self.form, *self.needlings, *self.measurements, *self.seen_reactions, *self.warnings]

    @cached_property
    def free_entry(self):
        """The form that adds a row in own words. It is bound only if its button was pressed, and then read."""
        is_asked = self.data is not None and self.data.get("action") == ADD_FREE
        bases = [entry for entry in self.catalogue.muscles.all().values() if not entry.region]
        return FreeEntryForm(self.data if is_asked else None, bases=bases)

    def is_valid(self):
        self._refuse_none_beside_a_reaction()
        return not self.errors

    def _refuse_none_beside_a_reaction(self):
        if self.seen_reactions and not self.form.errors.get("no_reaction") and self.form.cleaned_data["no_reaction"]:
            self.form.add_error("no_reaction", "You chose both 'None' and a reaction. Remove one of them.")

    @property
    def errors(self):
        """{name on the page: [message, ...]} of every wrong value."""
        forms = [] if self.data is None else self.posted_forms
        if self.data is not None and self.data.get("action") == ADD_FREE:
            forms = [*forms, self.free_entry]
        return {form.add_prefix(field): list(found) for form in forms for field, found in form.errors.items()}

    def as_draft(self):
        """The arguments of save_draft: every valid value. Call is_valid() first."""
        values = self.form.values()
        if self.seen_reactions:
            values["no_reaction"] = False
        return {
            "values": values,
            "needlings": self.stored_needlings,
            "measurements": self._storable(self.measurements, self.session.measurements),
            "events": [reaction.event() for reaction in self.seen_reactions],
            "answers": [answer for form in self.warnings if (answer := form.answer())],
            "recounted": self.data.get("recounted", ""),
        }

    @cached_property
    def stored_needlings(self):
        """The unsaved Needlings that saving the posted rows would store."""
        return self._storable(self.needlings, self.session.needlings)

    def _storable(self, forms, stored):
        """The rows to store. A row that is not storable stays as it was stored, or is left out when it is new."""
        before = {row.pk: row for row in stored.all()}
        for form in forms:
            form.is_valid()
        rows = [form.row() if form.is_storable else before.get(form.row_id) for form in forms]
        return [row for row in rows if row]


def with_asked_rows(data, defaults_of_row):
    """The posted data with what its button asks for: one more row, which is how rows are added without JavaScript, or
    no needling, when the visit turned out to be one without. `defaults_of_row` gives what a new row begins with.
    """
    action = data.get("action")
    row_id = str(uuid.uuid4())
    if action == "add" and data.get("add_muscle"):
        data = data.copy()
        data.appendlist("needling", row_id)
        data[f"needling-{row_id}-muscle"] = data["add_muscle"]
        data[f"needling-{row_id}-side"] = data.get("add_side", "")
        data.update({f"needling-{row_id}-{name}": value for name, value in defaults_of_row().items()})
    elif action == ADD_FREE and (form := FreeEntryForm(data)).is_valid():
        data = data.copy()
        data.appendlist("needling", row_id)
        data[f"needling-{row_id}-muscle"] = form.text
        data[f"needling-{row_id}-side"] = form.cleaned_data["free_side"]
    elif action == "clear_needling":
        data = data.copy()
        data.setlist("needling", [])
        for name in ("needles_inserted", "needles_removed", "needle_count_reason"):
            data[name] = ""
    elif action == "measure":
        data = data.copy()
        data.appendlist("measurement", row_id)
        data[f"measurement-{row_id}-kind"] = "ppt_kpa"
    return data


def _with_repeated_advice(forms):
    """The WarningForms. Advice that an earlier row gives in the same words is marked, so that the page folds it."""
    given = set()
    for form in forms:
        words = form.warning.words
        form.is_repeated = form.warning.is_advice and words in given
        given.add(words)
    return forms
