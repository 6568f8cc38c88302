"""Whatever is done in whatever order: a signed session keeps the rules of the record, and stays as it was signed."""

import uuid
from dataclasses import dataclass, field

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from patients.models import BodyRegion, ScreeningQuestion
from patients.services import take_screening, withdraw_consent
from tests import people
from tests.patients.builders import agree, all_conflicts, decline
from tests.reference_data import have_questions
from tests.treatments.builders import make_answers, make_muscle, make_needling, rows_read
from treatments.models import AdverseEvent, Correction, Needling, TreatmentSession, with_rows
from treatments.record.corrections import Change, as_corrected, rows_as_signed
from treatments.record.in_error import why_second_person
from treatments.record.needle_count import count_token
from treatments.record.sealing import content_hash
from treatments.record.verification import (
    tampered_amendments,
    tampered_consents,
    tampered_corrections,
    tampered_error_marks,
    tampered_sessions,
)
from treatments.safety import warnings_for
from treatments.services import (
    agree_to_stop,
    amend_session,
    confirm_error_mark,
    hand_over_draft,
    mark_in_error,
    record_event,
    record_follow_up,
    report_event,
    save_draft,
    sign_session,
    start_session,
    withdraw_draft,
)

pytestmark = pytest.mark.both_engines

ONE = st.integers(0, 50)
FRAIL = ("fainting", "pregnancy")
MOSTLY = st.sampled_from([True, True, True, False])
COMPLETE = {
    "pain_before": 6,
    "pain_after": 3,
    "needles_inserted": 2,
    "needles_removed": 2,
    "consent_confirmed": True,
    "no_reaction": True,
    "advice": ["chest_signs"],
}
LACKS = {
    "pain before": {"pain_before": None},
    "pain after": {"pain_after": None},
    "a needle": {"needles_removed": 1},
    "a row in the count": {"needles_inserted": 0, "needles_removed": 0},
    "the count": {"needles_inserted": None},
    "no answer about reactions": {"no_reaction": False},
    "chest advice": {"advice": []},
}
# Over the belly of a pregnant patient is a stop, to which a colleague may agree.
PLAIN, NEAR_LUNG, BELLY = range(3)
MUSCLES = st.lists(st.integers(PLAIN, BELLY), min_size=1, max_size=2)
# A save changes the kind of visit in a third of the cases.
KINDS = st.sampled_from([*["needling"] * 12, *TreatmentSession.VisitKind.values])
# What the kinds need beyond, or instead of, a full needling. Each value can be missing.
OF_THE_KIND = {
    "needling": (),
    "assessment": ("visit_reason",),
    "exercise": ("co_treatments",),
    "unwell": ("visit_reason",),
    "refused": ("visit_reason",),
    "stopped": ("visit_reason", "stopped_at", "departure"),
}
WITH_NEEDLING = ("needling", "stopped")
# Half of the saves are complete, so that much gets signed.
LACKING = st.one_of(st.just(""), st.sampled_from([*LACKS, "rows", "the end of a timer"]))


@dataclass
class Record:
    """What a plain list knows of one session."""

    key: uuid.UUID
    owner: int
    status: str = "draft"
    entered: dict = field(default_factory=dict)
    rows: int = 0
    near_lung: bool = False
    answered: bool = False
    asked: int | None = None  # who is asked to agree to a stop
    agreed: bool = False
    hash: str = ""
    corrected: int | None = None  # pain before, as an amendment corrects it
    depths: dict = field(default_factory=dict)  # of the rows that count, by the first row of their chain
    events_in_error: set = field(default_factory=set)
    treated_by: set = field(default_factory=set)
    is_timed: bool = False  # whether a retention timer runs
    is_in_error: bool = False

    @property
    def is_agreed(self):
        return self.asked is None or self.agreed

    @property
    def is_filled_in(self):
        entered = self.entered
        kind = entered.get("visit_kind", "needling")
        if not all(entered.get(name) for name in OF_THE_KIND[kind]):
            return False
        if kind not in WITH_NEEDLING:
            has_score = entered.get("pain_before") is not None or kind in ("unwell", "refused")
            return (
                has_score
                and not self.rows
                and not entered.get("needles_inserted")
                and not entered.get("needles_removed")
            )
        has_scores = entered.get("pain_before") is not None
        has_scores = has_scores and (entered.get("pain_after") is not None or kind == "stopped")
        counts = (entered.get("needles_inserted"), entered.get("needles_removed"))
        has_counts = None not in counts and counts[0] == counts[1] >= self.rows and not self.is_timed
        is_advised = not self.near_lung or "chest_signs" in entered.get("advice", [])
        has_answer = entered.get("no_reaction", False) or entered.get("reacted", False)
        return bool(self.rows) and has_scores and has_counts and has_answer and is_advised


class Clinic(RuleBasedStateMachine):
    """One patient, two physiotherapists, all on one day."""

    def __init__(self):
        super().__init__()
        have_questions()
        number = uuid.uuid4().hex[:8]
        self.people = [people.make_physiotherapist(f"{name}.{number}") for name in ("one", "two")]
        self.patient = people.make_patient(by=self.people[0], given_name=number)
        self.muscles = [
            make_muscle(),
            make_muscle("rhomboid-major", "Rhomboid major", region="upper_back", pneumothorax_risk=True),
            make_muscle("rectus-abdominis", "Rectus abdominis", region="abdomen"),
        ]
        self.records, self.consent, self.agreed, self.screened = [], None, None, False
        self.at_hand = None
        self.ever_serious = set()  # the keys of events

    @initialize(is_screened=MOSTLY, has_agreed=MOSTLY)
    def begin(self, is_screened, has_agreed):
        if is_screened:
            self.screen(is_frail=False)
        if has_agreed:
            self.agree(scope=BodyRegion.values)
        if is_screened and has_agreed:  # so that most histories have a signed session with a reaction
            self.visit(0, "", [PLAIN], answers=True, agrees=False, kind="needling", is_told=True, reacted=True)
            assert self.has_signed

    def one_of_the_records(self, one):
        self.at_hand = self.records[one % len(self.records)]
        return self.at_hand

    def stored(self, record):
        return with_rows(TreatmentSession.objects).get(pk=record.key)

    def try_to(self, is_allowed, verb, *args, **kwargs):
        try:
            done = verb(*args, **kwargs)
        except ValidationError:
            assert not is_allowed, f"{verb.__name__} was refused"
            return None
        assert is_allowed, f"{verb.__name__} was not refused"
        return done

    # What may be done ----------------------------------------------------------

    @rule(is_frail=st.booleans())
    def screen(self, is_frail):
        questions = ScreeningQuestion.objects.asked()
        answers = {question: (is_frail and question.key in FRAIL, "") for question in questions}
        take_screening(self.patient, by=self.people[0], answers=answers, conflicts=all_conflicts(answers, self.patient))
        self.screened = True
        self.forget_answers()

    def forget_answers(self):
        """Other precautions and events are other warnings: the answers to the old ones may no longer fit."""
        for record in self.records:
            record.answered = None

    @rule(scope=st.sampled_from([BodyRegion.values, ["neck"], ["foot"]]))
    def agree(self, scope):
        self.consent = agree(self.patient, by=self.people[0], scope=scope, method="both")
        self.agreed = set(scope)

    @precondition(lambda self: self.agreed)
    @rule()
    def withdraw_consent(self):
        withdraw_consent(self.consent, by=self.people[0], proof="PIN", reason="Changed their mind")
        self.agreed = None

    @rule()
    def decline(self):
        decline(self.patient, by=self.people[1])
        self.agreed = None

    @rule(owner=st.integers(0, 1))
    def start(self, owner):
        record = Record(uuid.uuid4(), owner, treated_by={owner})
        session = start_session(self.patient, by=self.people[owner], session_id=record.key, reason="Again today")
        record.rows = session.needlings.count()
        # What is copied is set-up only: such rows are not complete.
        record.entered, record.answered = {"copied": record.rows > 0}, None
        self.records.append(record)
        self.at_hand = record

    @precondition(lambda self: self.records)
    @rule(one=ONE, lacks=LACKING, muscles=MUSCLES, answers=MOSTLY, kind=KINDS, is_told=MOSTLY, reacted=st.booleans())
    def save(self, one, lacks, muscles, answers, kind, is_told, reacted):
        record = self.one_of_the_records(one)
        session = self.stored(record)
        # A complete visit of some kinds has no rows and no count.
        is_empty = lacks == "rows" or (not lacks and kind not in WITH_NEEDLING)
        muscles = [] if is_empty else muscles
        timed = {"retention_started_at": timezone.now()} if lacks == "the end of a timer" else {}
        rows = [make_needling(self.muscles[number], **timed) for number in muscles]
        values = COMPLETE | {"visit_kind": kind}
        if is_empty:
            values |= {"needles_inserted": None, "needles_removed": None}
        values |= LACKS.get(lacks, {})
        told = {"visit_reason": "Dizzy", "co_treatments": ["exercise"], "departure": "accompanied"}
        told["stopped_at"] = timezone.now()
        values |= told if is_told else {"visit_reason": "", "co_treatments": [], "departure": "", "stopped_at": None}
        events = []
        if reacted and kind in WITH_NEEDLING:
            events, values["no_reaction"] = [AdverseEvent(type="dizzy", grade="significant")], False
        found = warnings_for(session, rows)
        saved = self.try_to(
            record.status == "draft",
            save_draft,
            session,
            by=self.people[record.owner],
            version=session.version,
            token=uuid.uuid4(),
            values=values,
            needlings=rows,
            measurements=[],
            events=events,
            answers=make_answers(found, seconded_by=self.people[1 - record.owner]) if answers else [],
            recounted=count_token(rows),  # the rows are new ones, also where the counts are the same as before
        )
        if saved:
            if events or record.entered.get("reacted"):
                self.forget_answers()  # an open reaction is a caution for the other records
            record.entered, record.rows = values | {"reacted": bool(events)}, len(rows)
            record.near_lung, record.is_timed = NEAR_LUNG in muscles, bool(rows and timed)
            record.answered = answers or not any(warning.level != "advice" for warning in found)
            # The rows are new ones, and so are the answers.
            is_stopped = any(warning.is_stop for warning in found)
            record.asked, record.agreed = (1 - record.owner if is_stopped and answers else None), False

    @precondition(lambda self: self.records)
    @rule(one=ONE, who=st.integers(0, 1))
    def agree_to_stops(self, one, who):
        record = self.one_of_the_records(one)
        is_asked = record.status == "draft" and record.asked == who != record.owner
        for answer in self.stored(record).warning_answers.filter(level="stop"):
            if self.try_to(
                is_asked, agree_to_stop, answer, by=self.people[who], rows_read=rows_read(answer), proof="PIN"
            ):
                record.agreed = True

    @rule(
        owner=st.integers(0, 1),
        lacks=LACKING,
        muscles=MUSCLES,
        answers=MOSTLY,
        agrees=MOSTLY,
        kind=KINDS,
        is_told=MOSTLY,
        reacted=st.booleans(),
    )
    def visit(self, owner, lacks, muscles, answers, agrees, kind, is_told, reacted):
        """The usual order of things."""
        self.start(owner)
        self.save(len(self.records) - 1, lacks, muscles, answers, kind, is_told, reacted)
        if agrees:
            self.agree_to_stops(len(self.records) - 1, 1 - owner)
        self.sign(len(self.records) - 1)

    @precondition(lambda self: self.records)
    @rule(one=ONE)
    def sign(self, one):
        record = self.one_of_the_records(one)
        regions = {row.muscle.region for row in self.stored(record).needlings.all()}
        covers = self.agreed is not None and regions <= self.agreed
        may = record.status == "draft" and record.is_filled_in and not record.entered.get("copied")
        is_needled = record.entered.get("visit_kind", "needling") in WITH_NEEDLING
        may = may and (not is_needled or (self.screened and covers))
        try:
            signed = sign_session(self.stored(record), by=self.people[record.owner], proof="PIN")
        except ValidationError:
            has_answers = not is_needled or (record.answered and record.is_agreed)
            assert not (may and has_answers), "a complete draft was not signed"
        else:
            assert may, "an incomplete draft was signed"
            if is_needled:
                assert record.answered is not False, "a warning was not answered"
                assert record.answered is None or record.is_agreed, "a colleague had not agreed"
            record.status, record.hash = "signed", signed.content_hash
            record.depths = {row.pk: row.depth_mm for row in self.stored(record).needlings.all()}

    @precondition(lambda self: self.records)
    @rule(one=ONE)
    def withdraw(self, one):
        record = self.one_of_the_records(one)
        by = self.people[record.owner]
        may = record.status == "draft" and not record.entered.get("reacted")
        if self.try_to(may, withdraw_draft, self.stored(record), by=by, reason="Wrong day", proof="PIN"):
            record.status = "withdrawn"

    @precondition(lambda self: self.records)
    @rule(one=ONE)
    def hand_over(self, one):
        record = self.one_of_the_records(one)
        to = 1 - record.owner
        place = self.people[to].practitioner
        by = self.people[record.owner]
        if self.try_to(record.status == "draft", hand_over_draft, self.stored(record), by=by, to=place, proof="PIN"):
            record.owner, record.answered = to, None
            record.treated_by.add(to)

    @precondition(lambda self: self.records)
    @rule(one=ONE, text=st.sampled_from(["Left, not right.", "Lot L2."]))
    def amend(self, one, text):
        record = self.one_of_the_records(one)
        words = {"text": text, "reason": "Found later", "proof": "password", "id": uuid.uuid4()}
        self.try_to(record.status == "signed", amend_session, self.stored(record), by=self.people[0], **words)

    @precondition(lambda self: self.records)
    @rule(one=ONE, pain=st.integers(0, 10))
    def correct(self, one, pain):
        """The value that counts changes; what was signed does not."""
        record = self.one_of_the_records(one)
        session = self.stored(record)
        if record.is_in_error or session.visit_kind not in WITH_NEEDLING:
            return
        details = {"text": "", "reason": "Found later", "proof": "PIN", "id": uuid.uuid4()}
        details["changes"] = [Change(Correction.Kind.CHANGE, values={"pain_before": pain})]
        counts = session.pain_before if record.corrected is None else record.corrected
        if self.try_to(
            record.status == "signed" and pain != counts, amend_session, session, by=self.people[0], **details
        ):
            record.corrected = pain

    @precondition(lambda self: self.has_signed)
    @rule(one=ONE, row=ONE, kind=st.sampled_from(Correction.Kind.values), depth=st.integers(1, 40))
    def correct_a_row(self, one, row, kind, depth):
        """One row gets another depth, did not happen or had been left out."""
        record = self.one_of_the_signed(one)
        session = self.stored(record)
        if record.is_in_error or session.visit_kind not in WITH_NEEDLING:
            return
        keys, now = list(record.depths), None
        if kind == Correction.Kind.MISSING:
            key = uuid.uuid4()
            first = rows_as_signed(session, Needling).first()
            setup = ("muscle", "side", "needle", "technique", "insertions", "twitch", "twitch_count")
            values = {name: getattr(first, name) for name in setup} | {"depth_mm": depth}
        elif keys:
            key = keys[row % len(keys)]
            now, values = record.depths[key], {"depth_mm": depth} if kind == Correction.Kind.CHANGE else {}
        else:
            return
        details = {"text": "", "reason": "Found later", "proof": "PIN", "id": uuid.uuid4()}
        details["changes"] = [Change(kind, Needling, key, values)]
        is_new = kind != Correction.Kind.CHANGE or depth != now
        if self.try_to(is_new, amend_session, session, by=self.people[0], **details):
            record.depths |= {key: depth}
            if kind == Correction.Kind.DID_NOT_HAPPEN:
                del record.depths[key]

    @precondition(lambda self: self.has_signed)
    @rule(
        one=ONE,
        event=ONE,
        who=st.integers(0, 1),
        grade=st.sampled_from(AdverseEvent.Grade.values),
        closes=st.booleans(),
        proof=st.sampled_from(["PIN", "PIN", ""]),
        alone=st.sampled_from(["", "Nobody else here"]),
    )
    def report_on_an_event(self, one, event, who, grade, closes, proof, alone):
        """A report says what was wrong; the event that was signed stays as it was."""
        record, found = self.one_of_the_events(one, event)
        if not found:
            return
        by, is_serious = self.people[who], grade == "serious" or found.pk in self.ever_serious
        details = {"grade": grade, "action": "Rested", "outcome": "Better", "is_closed": closes, "proof": proof}
        details |= {"closed_alone_reason": alone} if closes else {"follow_up_due_on": timezone.localdate()}
        involved = {found.recorded_by, *(self.people[one] for one in record.treated_by)}
        is_second = by not in involved or (involved == set(self.people) and alone)
        may = not closes or not is_serious or (is_second and proof)
        may = may and not record.is_in_error and found.pk not in record.events_in_error
        number = found.report_count + 1
        if self.try_to(may, report_event, found, by=by, number=number, id=uuid.uuid4(), **details):
            self.ever_serious |= {found.pk} if is_serious else set()
            self.forget_answers()
            now = AdverseEvent.objects.with_state().get(pk=found.pk)
            assert (now.present_grade, now.is_open) == (grade, not closes)

    def one_of_the_events(self, one, event):
        """(Record, AdverseEvent) of a signed session; the event is None if it has none."""
        record = self.one_of_the_signed(one)
        events = list(AdverseEvent.objects.filter(session=record.key).with_state())
        return record, events[event % len(events)] if events else None

    @precondition(lambda self: self.has_signed)
    @rule(one=ONE, event=ONE)
    def enter_an_event_in_error(self, one, event):
        record, found = self.one_of_the_events(one, event)
        if not found:
            return
        by = found.recorded_by
        colleague = next(person for person in self.people if person != by)
        details = {"reason": "It was nausea", "proof": "PIN", "asked": colleague if why_second_person(found) else None}
        is_new = not record.is_in_error and found.pk not in record.events_in_error
        mark = self.try_to(is_new, mark_in_error, found, by=by, **details)
        if mark and details["asked"]:
            confirm_error_mark(mark, by=colleague, proof="PIN")
        if mark:
            record.events_in_error.add(found.pk)
            self.forget_answers()

    @property
    def has_signed(self):
        return any(record.status == "signed" for record in self.records)

    def one_of_the_signed(self, one):
        signed = [record for record in self.records if record.status == "signed"]
        self.at_hand = signed[one % len(signed)]
        return self.at_hand

    @precondition(lambda self: self.has_signed)
    @rule(one=ONE)
    def enter_in_error(self, one):
        record = self.one_of_the_signed(one)
        session, author, colleague = self.stored(record), self.people[record.owner], self.people[1 - record.owner]
        asked = colleague if why_second_person(session) else None
        details = {"reason": "Another patient", "proof": "PIN", "asked": asked}
        mark = self.try_to(not record.is_in_error, mark_in_error, session, by=author, **details)
        if mark and asked:
            assert TreatmentSession.objects.counting().filter(pk=record.key).exists(), "nobody has confirmed it yet"
            confirm_error_mark(mark, by=colleague, proof="PIN")
        record.is_in_error = True
        self.forget_answers()

    @precondition(lambda self: self.records)
    @rule(one=ONE)
    def hear_of_it_later(self, one):
        record = self.one_of_the_records(one)
        if record.is_in_error:
            return
        session = self.stored(record)
        bruise = AdverseEvent(type="bruise", grade="mild")
        record_follow_up(session, by=self.people[0], contacted_at=timezone.now(), pain=2, events=[bruise])
        record_event(session, by=self.people[1], type="fainting", grade="significant", id=uuid.uuid4())
        self.forget_answers()

    # What must always be true --------------------------------------------------

    @invariant()
    def the_record_at_hand_keeps_the_rules(self):
        """What is signed cannot change back, so the other records are checked at the end."""
        if self.at_hand:
            self.check(self.at_hand)

    def teardown(self):
        for record in self.records:
            self.check(record)
        found = [*tampered_sessions(), *tampered_amendments(), *tampered_consents()]
        assert [*found, *tampered_corrections(), *tampered_error_marks()] == []

    def check(self, record):
        session = self.stored(record)
        assert session.status == record.status
        if record.status != "signed":
            return
        assert session.content_hash == record.hash == content_hash(session)
        assert TreatmentSession.objects.counting().filter(pk=record.key).exists() != record.is_in_error
        assert record.corrected in (None, as_corrected(session).pain_before)
        assert record.depths == {row.first_id: row.depth_mm for row in session.needlings.all()}
        events = AdverseEvent.objects.counting().filter(session=session)
        assert not events.filter(pk__in=record.events_in_error).exists()
        if session.visit_kind not in WITH_NEEDLING:
            assert (session.screening, session.consent, session.needlings.count()) == (None, None, 0)
            assert not session.needles_inserted and not session.needles_removed
            return
        assert session.pain_after is not None or (session.visit_kind == "stopped" and session.stopped_at)
        assert None not in (session.pain_before, session.screening, session.consent)
        rows = rows_as_signed(session, Needling)
        assert session.needles_inserted == session.needles_removed >= len(rows)
        assert not [row for row in rows if row.retention_started_at]
        assert {row.muscle.region for row in rows} <= set(session.consent.scope)
        stops = [answer for answer in session.warning_answers.all() if answer.level == "stop"]
        assert all(answer.seconded_at for answer in stops)
        assert session.practitioner.user_id not in [answer.seconded_by_id for answer in stops]
        assert session.consent_confirmed or session.consent.given_at.date() == session.started_at.date()


class RecordTest(TestCase):
    def test_no_order_of_work_breaks_a_signed_record(self):
        bounds = settings(
            max_examples=12, stateful_step_count=30, deadline=None, suppress_health_check=list(HealthCheck)
        )

        run_state_machine_as_test(Clinic, settings=bounds)
