"""What earlier needling caused is known at the next visit: alerts, warnings, the set-up, the screening, the closing."""

import uuid
from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from clinic.models import Practitioner
from patients.models import ScreeningQuestion
from patients.services import confirm_screening, take_screening
from tests.patients.builders import all_conflicts
from tests.people import make_physiotherapist
from tests.treatments.builders import make_draft, make_muscle, make_needling, make_ready, make_signed
from treatments.chart.event_alerts import alerts_about
from treatments.models import AdverseEvent, EventReport, Needling, TreatmentSession
from treatments.safety import answer_to, pair_with_answers, warnings_for
from treatments.safety.past_events import past_events_by_patient, past_events_of
from treatments.services import (
    copy_setup,
    hand_over_draft,
    record_event,
    report_event,
    save_and_copy_setup,
    sign_session,
    start_session,
)


def day(offset):
    return timezone.localdate() + timedelta(days=offset)


def grave(**fields):
    details = {"grade": "serious", "action": "Sent to hospital", "outcome": "On the X-ray", "follow_up_due_on": day(2)}
    return details | fields


@pytest.fixture
def rhomboid(db):
    return make_muscle("rhomboid-major", "Rhomboid major", region="upper_back", pneumothorax_risk=True)


@pytest.fixture
def third(db):
    return make_physiotherapist("l.third", first_name="Lou", last_name="Third")


@pytest.fixture
def trapezius(db):
    return make_muscle()


@pytest.fixture
def calf(db):
    return make_muscle("soleus", "Soleus", region="leg")


@pytest.fixture
def signed(patient, physiotherapist, rhomboid):
    """A session of three days ago: left rhomboid major."""
    return make_signed(patient, by=physiotherapist, days_ago=3, needlings=[make_needling(rhomboid, side="left")])


def happened(session, type, grade, *, by, **fields):
    return record_event(session, by=by, type=type, grade=grade, **fields)


def next_session(patient, user):
    return TreatmentSession(patient=patient, practitioner=user.practitioner, started_at=timezone.now())


def found(patient, user, *rows):
    """The warnings that follow from past events, of a session begun now with these rows."""
    warnings = warnings_for(next_session(patient, user), rows)
    return [warning for warning in warnings if warning.key.startswith("past_event")]


def levels(warnings):
    return [(warning.level.value, warning.needling_id is not None, warning.colleague_may_agree) for warning in warnings]


# Warnings ----------------------------------------------------------------------


def test_an_open_serious_event_stops_a_row_at_the_same_muscle_and_side(patient, physiotherapist, signed, rhomboid):
    happened(signed, "organ_puncture", "serious", by=physiotherapist)

    (warning,) = found(patient, physiotherapist, make_needling(rhomboid, side="left"))

    assert levels([warning]) == [("stop", True, True)]
    assert warning.title.startswith("Organ or vessel puncture")
    assert "left rhomboid major" in warning.sentence
    assert "the clinic's own rule; unsourced" in warning.source


@pytest.mark.parametrize(
    ("place", "expected"),
    [
        (("another-of-the-region", "upper_back", "left"), [("stop", True, True)]),
        (("another-of-the-region", "upper_back", "midline"), [("stop", True, True)]),
        (("another-of-the-region", "upper_back", "right"), [("caution", False, False)]),
        (("far-away", "foot", "left"), [("caution", False, False)]),
    ],
)
def test_an_open_serious_event_stops_its_region_and_side_and_is_a_caution_elsewhere(
    patient, physiotherapist, signed, place, expected
):
    slug, region, side = place
    happened(signed, "nerve_injury", "serious", by=physiotherapist)

    row = make_needling(make_muscle(slug, slug, region=region), side=side)

    assert levels(found(patient, physiotherapist, row)) == expected


def test_a_report_of_a_lower_grade_does_not_lift_the_stop_before_a_second_clinician_closes_the_event(
    patient, physiotherapist, other_physiotherapist, signed, rhomboid
):
    event = happened(signed, "organ_puncture", "serious", by=physiotherapist)
    report_event(event, by=physiotherapist, number=1, **grave(grade="mild"))
    row = make_needling(rhomboid, side="left")

    assert levels(found(patient, physiotherapist, row)) == [("stop", True, True)]
    (alert,) = alerts_about(past_events_of(patient))
    assert alert.is_urgent

    closed = {"grade": "mild", "outcome": "Nothing was found", "is_closed": True, "proof": "PIN"}
    report_event(event, by=other_physiotherapist, number=2, **closed)
    assert levels(found(patient, physiotherapist, row)) == [("advice", True, False)]
    assert alerts_about(past_events_of(patient)) == []


def test_an_open_pneumothorax_stops_every_row_near_the_lung(patient, physiotherapist, signed, calf):
    happened(signed, "pneumothorax", "serious", by=physiotherapist)
    scalene = make_muscle("scalene", "Scalene", region="neck", pneumothorax_risk=True)

    near, far = make_needling(scalene, side="right"), make_needling(calf, side="left")

    assert [w.needling_id for w in found(patient, physiotherapist, near, far)] == [near.pk]


def test_an_open_serious_event_of_the_whole_body_stops_the_whole_session(patient, physiotherapist, signed, calf):
    happened(signed, "seizure", "serious", by=physiotherapist)

    assert levels(found(patient, physiotherapist, make_needling(calf))) == [("stop", False, True)]


def test_an_event_of_one_row_concerns_that_row_alone(patient, physiotherapist, calf, trapezius):
    rows = [make_needling(calf, side="left"), make_needling(trapezius)]
    session = make_signed(patient, by=physiotherapist, days_ago=3, needlings=rows)
    event = happened(session, "nerve_injury", "serious", by=physiotherapist)
    report_event(event, by=physiotherapist, proof="PIN", number=1, **grave(needling=rows[0]))

    stopped, free = make_needling(calf, side="left"), make_needling(trapezius)

    assert [w.needling_id for w in found(patient, physiotherapist, stopped, free)] == [stopped.pk]


def test_an_open_significant_event_is_a_caution_at_its_first_row_or_at_the_session(
    patient, physiotherapist, signed, rhomboid, calf
):
    happened(signed, "local_infection", "significant", by=physiotherapist)
    near = [make_needling(rhomboid, side="left"), make_needling(rhomboid, side="left")]

    at_the_row = found(patient, physiotherapist, make_needling(calf), *near)
    elsewhere = found(patient, physiotherapist, make_needling(calf))

    assert levels(at_the_row) == [("caution", True, False)]
    assert at_the_row[0].needling_id == near[0].pk
    assert levels(elsewhere) == [("caution", False, False)]


def test_a_closed_serious_event_is_a_caution_near_it_and_nothing_elsewhere(
    patient, physiotherapist, other_physiotherapist, signed, rhomboid, calf
):
    event = happened(signed, "pneumothorax", "serious", by=physiotherapist)
    report_event(event, by=other_physiotherapist, proof="PIN", number=1, **grave(is_closed=True))

    assert levels(found(patient, physiotherapist, make_needling(rhomboid))) == [("caution", True, False)]
    assert found(patient, physiotherapist, make_needling(calf)) == []


def test_a_closed_significant_event_and_mild_reactions_are_advice(patient, physiotherapist, signed, rhomboid, calf):
    event = happened(signed, "fainting", "significant", by=physiotherapist)
    report_event(event, by=physiotherapist, proof="PIN", number=1, **grave(grade="significant", is_closed=True))
    happened(signed, "bruise", "mild", by=physiotherapist)

    same_place = found(patient, physiotherapist, make_needling(rhomboid, side="left"))
    elsewhere = found(patient, physiotherapist, make_needling(calf))

    assert levels(same_place) == [("advice", False, False), ("advice", True, False)]
    assert "bruise" in same_place[1].sentence
    assert levels(elsewhere) == [("advice", False, False)]


def test_a_closed_event_that_needling_did_not_cause_is_no_reaction_to_it(patient, physiotherapist, signed, rhomboid):
    event = happened(signed, "headache", "significant", by=physiotherapist)
    report_event(
        event,
        by=physiotherapist,
        proof="PIN",
        number=1,
        **grave(grade="significant", causality="unlikely", is_closed=True),
    )

    assert found(patient, physiotherapist, make_needling(rhomboid, side="left")) == []


def test_a_session_does_not_warn_of_its_own_events_nor_of_what_came_after_it(patient, physiotherapist, rhomboid):
    row = make_needling(rhomboid, side="left")
    own = make_draft(
        patient,
        by=physiotherapist,
        days_ago=5,
        needlings=[row],
        events=[AdverseEvent(type="organ_puncture", grade="serious")],
    )
    later = make_signed(patient, by=physiotherapist, days_ago=1, needlings=[make_needling(make_muscle())])
    happened(later, "nerve_injury", "serious", by=physiotherapist)

    assert [w for w in warnings_for(own, [row]) if w.key.startswith("past_event")] == []


def test_the_stop_can_be_answered_with_a_colleague(patient, physiotherapist, other_physiotherapist, signed, rhomboid):
    happened(signed, "nerve_injury", "serious", by=physiotherapist)
    (stop,) = found(patient, physiotherapist, make_needling(rhomboid, side="left"))
    answer = answer_to(stop, reason="Seen by the surgeon", seconded_by=other_physiotherapist)
    answer.seconded_at, answer.acknowledged_by = timezone.now(), physiotherapist

    (decision,) = pair_with_answers([stop], [answer], author_id=physiotherapist.pk)

    assert not decision.is_open


def test_the_events_of_many_patients_cost_one_query(
    patient, physiotherapist, front_desk, signed, rhomboid, django_assert_num_queries
):
    from tests.people import make_patient

    other = make_patient(by=front_desk, given_name="Lan", family_name="Nguyen")
    happened(signed, "pneumothorax", "serious", by=physiotherapist)
    happened(signed, "bruise", "mild", by=physiotherapist)
    session = make_signed(other, by=physiotherapist, days_ago=2, needlings=[make_needling(rhomboid)])
    report_event(
        happened(session, "fainting", "significant", by=physiotherapist),
        by=physiotherapist,
        proof="PIN",
        number=1,
        **grave(grade="significant"),
    )

    with django_assert_num_queries(1):
        events = past_events_by_patient([patient, other])

    assert [event.type for event in events[patient.pk]] == ["pneumothorax", "bruise"]
    assert [(event.type, event.is_open) for event in events[other.pk]] == [("fainting", True)]
    assert events[patient.pk] == past_events_of(patient)


# Alerts ------------------------------------------------------------------------


def test_open_and_past_grave_events_are_alerts_and_mild_ones_are_not(
    patient, physiotherapist, other_physiotherapist, signed
):
    open_event = happened(signed, "pneumothorax", "serious", by=physiotherapist)
    closed = happened(signed, "fainting", "significant", by=physiotherapist)
    report_event(closed, by=other_physiotherapist, proof="PIN", number=1, **grave(grade="significant", is_closed=True))
    happened(signed, "bruise", "mild", by=physiotherapist)

    alerts = alerts_about(past_events_of(patient))

    written = f"{signed.started_at:%-d %b %Y}"
    assert [(alert.label, alert.is_urgent) for alert in alerts] == [
        (f"Pneumothorax {written}, open", True),
        (f"Fainting {written}", False),
    ]
    assert alerts[0].url == f"/patients/{patient.pk}/events/{open_event.pk}/"


# The set-up --------------------------------------------------------------------


def test_a_setup_is_copied_after_mild_reactions(patient, physiotherapist, signed):
    happened(signed, "bruise", "mild", by=physiotherapist)

    session = start_session(patient, by=physiotherapist, session_id=uuid.uuid4())

    assert session.copied_from == signed


def test_a_setup_is_not_copied_past_an_open_event_until_the_physiotherapist_says_so(patient, physiotherapist, signed):
    happened(signed, "pneumothorax", "serious", by=physiotherapist)

    session = start_session(patient, by=physiotherapist, session_id=uuid.uuid4())
    copied_unasked = copy_setup(session, by=physiotherapist).copied_from
    draft = {"values": {"pain_before": 5}, "needlings": [], "measurements": [], "events": []}
    after = save_and_copy_setup(session, by=physiotherapist, version=session.version, token=uuid.uuid4(), **draft)

    assert copied_unasked is None
    assert after.copied_from == signed
    assert (after.pain_before, [row.muscle.slug for row in after.needlings.all()]) == (5, ["rhomboid-major"])


def test_a_setup_that_did_serious_harm_is_not_copied_even_when_the_event_is_closed(
    patient, physiotherapist, other_physiotherapist, signed
):
    event = happened(signed, "pneumothorax", "serious", by=physiotherapist)
    report_event(event, by=other_physiotherapist, proof="PIN", number=1, **grave(is_closed=True))

    session = start_session(patient, by=physiotherapist, session_id=uuid.uuid4())

    assert not Needling.objects.filter(session=session).exists()


def test_a_colleague_who_starts_the_next_session_is_asked_too(patient, physiotherapist, other_physiotherapist, signed):
    happened(signed, "nerve_symptoms", "significant", by=physiotherapist)

    assert start_session(patient, by=other_physiotherapist, session_id=uuid.uuid4()).copied_from is None


# The screening -----------------------------------------------------------------


def test_a_serious_event_since_the_screening_has_to_be_asked_about(patient, physiotherapist, signed):
    make_ready(patient, by=physiotherapist)
    answers = dict.fromkeys(ScreeningQuestion.objects.asked(), (False, ""))
    happened(signed, "pneumothorax", "serious", by=physiotherapist)

    with pytest.raises(ValidationError, match="Pneumothorax"):
        confirm_screening(patient, by=physiotherapist)
    with pytest.raises(ValidationError, match="do not fit together"):
        take_screening(patient, by=physiotherapist, answers=answers)
    take_screening(patient, by=physiotherapist, answers=answers, conflicts=all_conflicts(answers, patient))
    confirmed = confirm_screening(patient, by=physiotherapist)

    assert not confirmed.answers.filter(is_yes=True).exists()


def test_an_event_that_became_serious_after_the_screening_has_to_be_asked_about(patient, physiotherapist, signed):
    event = happened(signed, "numbness", "mild", by=physiotherapist)
    take_screening(patient, by=physiotherapist, answers=dict.fromkeys(ScreeningQuestion.objects.asked(), (False, "")))

    report_event(event, by=physiotherapist, number=1, **grave())

    with pytest.raises(ValidationError, match="Numbness"):
        confirm_screening(patient, by=physiotherapist)


def test_a_significant_event_does_not_prevent_the_confirmation(patient, physiotherapist, signed):
    happened(signed, "nerve_symptoms", "significant", by=physiotherapist)

    assert confirm_screening(patient, by=physiotherapist)


# The closing -------------------------------------------------------------------


def test_a_serious_event_is_not_closed_by_who_treated_or_recorded_it(
    patient, physiotherapist, other_physiotherapist, third, signed
):
    event = happened(signed, "pneumothorax", "serious", by=other_physiotherapist)

    for involved in (physiotherapist, other_physiotherapist):
        with pytest.raises(ValidationError, match="second clinician") as refusal:
            report_event(
                event, by=involved, proof="PIN", number=1, **grave(is_closed=True, closed_alone_reason="In a hurry")
            )
        assert list(refusal.value.message_dict) == ["is_closed"]
    report = report_event(event, by=third, proof="PIN", number=1, **grave(is_closed=True))

    assert report.is_closed
    assert report.closed_alone_reason == ""


def test_a_serious_event_that_was_called_milder_since_is_closed_by_a_second_clinician_too(
    physiotherapist, other_physiotherapist, signed
):
    event = happened(signed, "pneumothorax", "serious", by=physiotherapist)
    report_event(event, by=physiotherapist, proof="PIN", number=1, **grave(grade="mild"))

    with pytest.raises(ValidationError, match="second clinician"):
        report_event(event, by=physiotherapist, proof="PIN", number=2, **grave(grade="mild", is_closed=True))


def test_where_nobody_else_works_a_reason_closes_a_serious_event(physiotherapist, other_physiotherapist, signed):
    Practitioner.objects.filter(user=other_physiotherapist).update(is_active=False)
    event = happened(signed, "pneumothorax", "serious", by=physiotherapist)

    with pytest.raises(ValidationError, match="Nobody else") as refusal:
        report_event(event, by=physiotherapist, proof="PIN", number=1, **grave(is_closed=True))
    report = report_event(
        event,
        by=physiotherapist,
        proof="PIN",
        number=1,
        **grave(is_closed=True, closed_alone_reason="I work alone here"),
    )

    assert list(refusal.value.message_dict) == ["closed_alone_reason"]
    assert report.closed_alone_reason == "I work alone here"


def test_who_began_a_session_and_handed_it_over_is_no_second_clinician(
    patient, physiotherapist, other_physiotherapist, third
):
    draft = make_draft(patient, by=physiotherapist)
    handed_over = hand_over_draft(draft, by=physiotherapist, to=other_physiotherapist.practitioner, proof="PIN")
    signed = sign_session(handed_over, by=other_physiotherapist, proof="PIN")
    event = happened(signed, "pneumothorax", "serious", by=other_physiotherapist)

    with pytest.raises(ValidationError) as refusal:
        report_event(event, by=physiotherapist, proof="PIN", number=1, **grave(is_closed=True))

    assert list(refusal.value.message_dict) == ["is_closed"]


def test_a_reason_that_nothing_asks_for_is_not_stored(physiotherapist, other_physiotherapist, signed):
    event = happened(signed, "pneumothorax", "serious", by=physiotherapist)
    details = grave(is_closed=True, closed_alone_reason="In a hurry")

    report = report_event(event, by=other_physiotherapist, proof="PIN", number=1, **details)

    assert report.closed_alone_reason == ""


@pytest.mark.both_engines
@pytest.mark.parametrize("grade", ["serious", "mild"])
def test_the_database_refuses_that_who_is_involved_closes_a_serious_event_without_a_reason(
    physiotherapist, other_physiotherapist, third, patient, grade
):
    draft = make_draft(patient, by=physiotherapist)
    handed_over = hand_over_draft(draft, by=physiotherapist, to=other_physiotherapist.practitioner, proof="PIN")
    signed = sign_session(handed_over, by=other_physiotherapist, proof="PIN")
    event = happened(signed, "pneumothorax", "serious", by=third)
    details = grave(grade=grade, is_closed=True, proved_by_means="PIN", follow_up_due_on=None)

    def write(by, **more):
        report = EventReport(event=event, number=1, recorded_by=by, recorded_at=timezone.now(), **details | more)
        EventReport.objects.bulk_create([report])

    for involved in (physiotherapist, other_physiotherapist, third):
        with pytest.raises(IntegrityError, match="serious_event_closed"), transaction.atomic():
            write(involved)
    write(third, closed_alone_reason="The others have left")


def test_a_significant_event_is_closed_by_its_author(physiotherapist, other_physiotherapist, signed):
    event = happened(signed, "fainting", "significant", by=physiotherapist)

    assert report_event(
        event, by=physiotherapist, proof="PIN", number=1, **grave(grade="significant", is_closed=True)
    ).is_closed
