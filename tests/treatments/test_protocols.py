"""Protocols: kept from a session, offered where they fit, used in a draft, undone, shared and retired."""

import uuid

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.urls import reverse
from django.utils import timezone

from patients.services import open_episode
from tests import people
from tests.treatments.builders import make_draft, make_muscle, make_needle, make_needling, make_ready, make_signed
from tests.treatments.pages import as_posted
from treatments.models import AdverseEvent, Needling, Protocol, TriggerPoint
from treatments.record.protocols import protocols_offered
from treatments.services import (
    make_protocol,
    recall_lot,
    record_event,
    retire_protocol,
    save_and_use_protocol,
    start_session,
    undo_protocol_use,
    update_protocol,
)

pytestmark = pytest.mark.both_engines


@pytest.fixture
def physio(db):
    return people.make_physiotherapist()


@pytest.fixture
def patient(physio):
    return people.make_patient(by=physio)


@pytest.fixture
def rows():
    upper = make_muscle()
    point = TriggerPoint.objects.get_or_create(muscle=upper, label="TrP2")[0]
    scar = make_muscle("scar", "Scar of the neck", kind="scar")
    return [
        make_needling(upper, trigger_point=point, location="", depth_mm=18, response="He said ouch"),
        make_needling(upper, trigger_point=point, location="", side="left", depth_mm=17),
        make_needling(scar, side="midline", location="Two fingers below C7", technique="static"),
    ]


@pytest.fixture
def signed(patient, physio, rows):
    episode = open_episode(patient, by=physio, complaint="Headache", region="neck", condition="tension-type-headache")
    return make_signed(patient, by=physio, needlings=rows, episode=episode, days_ago=20)


@pytest.fixture
def protocol(signed, physio):
    return make_protocol(signed, by=physio, protocol_id=uuid.uuid4())


@pytest.fixture
def other_patient(physio):
    other = people.make_patient(by=physio, given_name="Tomasz", family_name="Wilk")
    open_episode(other, by=physio, complaint="Head hurts", region="neck", condition="tension-type-headache")
    make_ready(other, by=physio)
    return other


@pytest.fixture
def draft(other_patient, physio):
    return start_session(other_patient, by=physio, session_id=uuid.uuid4())


def page_of(session, **changed):
    """What save_draft takes of a page that shows the session as it is stored."""
    session.refresh_from_db()
    rows = {"needlings": list(session.needlings.all()), "measurements": [], "events": []}
    return {"version": session.version, "token": uuid.uuid4(), "values": {}, **rows} | changed


def use(protocol, draft, *, by, side="right", **changed):
    return save_and_use_protocol(draft, by=by, protocol=protocol, side=side, **page_of(draft, **changed))


def test_a_protocol_keeps_the_set_up_and_nothing_about_the_patient(protocol, physio):
    kept = [
        (str(row.muscle), row.is_midline, row.place, row.needle_size, row.depth_mm, row.technique)
        for row in protocol.rows.all()
    ]

    assert kept == [
        ("Upper trapezius", False, "TrP2", "0.30×40", 18, "pistoning"),
        ("Scar of the neck", True, "Two fingers below C7", "0.30×40", 15, "static"),
    ]
    assert (protocol.condition, protocol.region, protocol.owner) == ("tension-type-headache", "neck", physio)
    assert not protocol.is_shared


def test_a_page_sent_twice_makes_one_protocol(signed, protocol, physio):
    again = make_protocol(signed, by=physio, protocol_id=protocol.pk)

    assert (again, Protocol.objects.count(), protocol.rows.count()) == (protocol, 1, 2)


def test_a_session_without_rows_makes_no_protocol(draft, physio):
    with pytest.raises(ValidationError):
        make_protocol(draft, by=physio, protocol_id=uuid.uuid4())


def test_using_it_adds_rows_on_the_chosen_side_without_any_result(protocol, draft, physio):
    done = use(protocol, draft, by=physio, side="both")

    added = draft.needlings.all()
    assert [(str(row.muscle), row.side, row.depth_mm, row.needle.lot) for row in added] == [
        ("Upper trapezius", "right", 18, "L1"),
        ("Upper trapezius", "left", 18, "L1"),
        ("Scar of the neck", "midline", 15, "L1"),
    ]
    results = ["insertions", "twitch_count", "needled_at", "recorded_at", "referred_pain_reproduced"]
    assert {getattr(row, name) or None for row in added for name in [*results, "twitch", "response"]} == {None}
    draft.refresh_from_db()
    assert (draft.pain_before, draft.consent_confirmed, draft.events.count()) == (None, False, 0)
    assert done.added == [str(row.pk) for row in added]


def test_a_page_sent_twice_uses_it_once(protocol, draft, physio):
    page = page_of(draft)

    uses = [save_and_use_protocol(draft, by=physio, protocol=protocol, side="right", **page) for _ in range(2)]

    assert (uses[0], draft.needlings.count()) == (uses[1], 2)
    assert uses[1].left_out == []


def test_rows_that_are_there_are_not_added_again(protocol, draft, physio):
    use(protocol, draft, by=physio)

    again = use(protocol, draft, by=physio, side="both")

    assert [(row.muscle.slug, row.side) for row in draft.needlings.all()] == [
        ("trapezius-upper", "right"),
        ("scar", "midline"),
        ("trapezius-upper", "left"),
    ]
    assert [out["row"] for out in again.left_out] == [
        "Upper trapezius, right, TrP2",
        "Scar of the neck, midline, Two fingers below C7",
    ]


def test_a_row_under_a_stop_is_left_out_with_the_reason(protocol, other_patient, draft, physio):
    muscle = make_muscle()
    row = [make_needling(muscle, side="right")]
    earlier = make_signed(other_patient, by=physio, needlings=row, episode=draft.episode, days_ago=3)
    record_event(earlier, by=physio, type=AdverseEvent.Type.NERVE_INJURY, grade="serious")

    done = use(protocol, draft, by=physio, side="both")

    assert [(row.muscle.slug, row.side) for row in draft.needlings.all()] == [("trapezius-upper", "left")]
    assert [out["row"].split(",")[0] for out in done.left_out] == ["Upper trapezius", "Scar of the neck"]
    assert all("erious" in out["why"] for out in done.left_out)


def test_a_retired_muscle_is_left_out(protocol, draft, physio):
    make_muscle("scar").__class__.objects.filter(slug="scar").update(is_active=False)

    done = use(protocol, draft, by=physio)

    assert ([row.muscle.slug for row in draft.needlings.all()], len(done.left_out)) == (["trapezius-upper"], 1)


def test_a_recalled_lot_is_not_taken(protocol, draft, physio):
    recall_lot(make_needle(), by=people.make_admin(), recalled_on=timezone.localdate(), reason="Bent tips")

    use(protocol, draft, by=physio)

    assert [row.needle for row in draft.needlings.all()] == [None, None]


def test_undo_takes_away_what_it_added_but_no_row_with_a_result(protocol, draft, physio):
    done = use(protocol, draft, by=physio)
    rows = list(draft.needlings.all())
    rows[0].insertions = 2

    undone = undo_protocol_use(draft, by=physio, use_id=done.pk, **page_of(draft, needlings=rows))

    assert [row.pk for row in draft.needlings.all()] == [rows[0].pk]
    assert undone.undone_by == physio


def test_an_own_row_stays_when_a_use_is_undone(protocol, draft, physio):
    own = Needling(muscle=make_muscle("infraspinatus", "Infraspinatus"), side="left")
    done = use(protocol, draft, by=physio, needlings=[own])

    undo_protocol_use(draft, by=physio, use_id=done.pk, **page_of(draft))

    assert [row.pk for row in draft.needlings.all()] == [own.pk]


def test_it_is_offered_for_its_condition_or_without_one_for_its_region(protocol, draft, physio):
    fitting = protocols_offered(draft, physio)
    update_protocol(protocol, by=physio, condition="migraine-without-aura")
    of_another_condition = protocols_offered(draft, physio)
    update_protocol(protocol, by=physio, condition="")
    of_the_region = protocols_offered(draft, physio)

    assert [fitting, of_another_condition, of_the_region] == [
        ([protocol], []),
        ([], [protocol]),
        ([protocol], []),
    ]


def test_colleagues_use_what_is_shared_and_change_nothing(protocol, draft, physio):
    colleague = people.make_physiotherapist("d.okonkwo")
    private = protocols_offered(draft, colleague)
    update_protocol(protocol, by=physio, is_shared=True, name="Tension headache, four rows")

    shared = protocols_offered(draft, colleague)

    assert (private, shared) == (([], []), ([protocol], []))
    for change in (update_protocol, retire_protocol):
        with pytest.raises(PermissionDenied):
            change(protocol, by=colleague)


def test_a_private_protocol_of_another_cannot_be_used(protocol, draft, physio, client):
    colleague = people.make_physiotherapist("d.okonkwo")
    client.force_login(colleague)

    answers = [client.get(reverse("protocol_edit", args=[protocol.pk])).status_code]
    answers += [client.post(reverse("protocol_retire", args=[protocol.pk])).status_code]

    assert answers == [404, 404]


def test_a_retired_protocol_is_not_offered_and_cannot_be_used(protocol, draft, physio):
    retire_protocol(protocol, by=physio)

    assert protocols_offered(draft, physio) == ([], [])
    with pytest.raises(ValidationError):
        use(protocol, draft, by=physio)


def test_an_admin_retires_what_is_shared_and_nothing_private(protocol, signed, physio, client):
    admin = people.make_admin()
    client.force_login(admin)
    private = make_protocol(signed, by=physio, protocol_id=uuid.uuid4())
    update_protocol(protocol, by=physio, is_shared=True)

    chosen = {"action": "retire", "_selected_action": [str(protocol.pk), str(private.pk)]}
    client.post(reverse("admin:treatments_protocol_changelist"), chosen)

    assert set(Protocol.objects.active()) == {private}


def shown(client, session):
    """The protocols on the page of a draft."""
    url = reverse("session_edit", args=[session.patient_id, session.pk])
    return client.get(url).context["protocols"]


def test_on_the_page_of_a_draft_it_is_used_and_undone(protocol, draft, physio, client):
    client.force_login(physio)
    assert shown(client, draft)["fitting"] == [protocol]

    url = reverse("session_use_protocol", args=[draft.patient_id, draft.pk, protocol.pk])
    used = client.post(url, as_posted(draft, protocol_side="left", pain_before="5"))
    draft.refresh_from_db()
    assert (used.status_code, draft.pain_before, draft.needlings.count()) == (302, 5, 2)

    one = shown(client, draft)["uses"].get()
    client.post(reverse("session_undo_protocol", args=[draft.patient_id, draft.pk, one.pk]), as_posted(draft))
    assert (draft.needlings.count(), shown(client, draft)["uses"].count()) == (0, 0)


def test_a_use_of_another_session_is_not_undone_here(protocol, draft, patient, physio, client):
    done = use(protocol, draft, by=physio)
    elsewhere = make_draft(patient, by=physio)
    client.force_login(physio)

    url = reverse("session_undo_protocol", args=[patient.pk, elsewhere.pk, done.pk])

    assert client.post(url, as_posted(elsewhere)).status_code == 404


def test_the_rows_of_a_page_become_a_protocol_with_one_button(draft, protocol, physio, client):
    use(protocol, draft, by=physio)
    client.force_login(physio)
    row = draft.needlings.first()

    url = reverse("session_make_protocol", args=[draft.patient_id, draft.pk])
    answer = client.post(url, as_posted(draft, **{f"needling-{row.pk}-depth_mm": "22"}))

    made = Protocol.objects.exclude(pk=protocol.pk).get()
    assert answer.status_code == 302
    assert [(kept.muscle.slug, kept.depth_mm) for kept in made.rows.all()] == [("trapezius-upper", 22), ("scar", 15)]
    assert made.name != protocol.name


def test_a_wrong_name_is_refused_beside_its_field(protocol, physio, client):
    client.force_login(physio)

    answer = client.post(reverse("protocol_edit", args=[protocol.pk]), {"name": "", "region": "neck"})

    protocol.refresh_from_db()
    assert (answer.status_code, "name" in answer.context["form"].errors, protocol.name != "") == (422, True, True)
