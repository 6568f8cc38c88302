"""The session's pages through the test client."""

import uuid
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from clinic.models import Appointment
from patients.services import withdraw_consent
from tests.clinic.builders import make_appointment
from tests.markup import on_one_line
from tests.patients.builders import agree
from tests.people import make_patient
from tests.treatments.builders import make_signed
from tests.treatments.pages import as_posted, edit_url, prove, row, save, start, targets_of_summary
from treatments.models import AdverseEvent, Measurement, Muscle, Needle, Needling, TreatmentSession, TriggerPoint, dose
from treatments.record.field_texts import value_texts
from treatments.services import record_follow_up


def stored(session):
    return TreatmentSession.objects.get(pk=session.pk)


def test_start_twice_is_one_session(client, physiotherapist, patient):
    client.force_login(physiotherapist)
    session_id = uuid.uuid4()

    for _ in range(2):
        client.post(f"/patients/{patient.pk}/sessions/start/", {"session_id": session_id})

    assert [session.pk for session in TreatmentSession.objects.all()] == [session_id]


def test_start_asks_before_a_second_draft_of_the_day(client, physiotherapist, other_physiotherapist, patient):
    client.force_login(other_physiotherapist)
    theirs = start(client, patient)
    client.force_login(physiotherapist)
    url, sent = f"/patients/{patient.pk}/sessions/start/", {"session_id": uuid.uuid4()}

    asked = client.post(url, sent)
    unanswered = client.post(url, sent | {"reason": " "})
    [started, again] = [client.post(url, sent | {"reason": "Second visit today"}) for _ in range(2)]

    page = asked.content.decode()
    assert asked.status_code == 409
    assert "Daniel Okonkwo" in page
    assert f"/patients/{patient.pk}/sessions/{theirs.pk}/" in page
    assert str(sent["session_id"]) in page
    assert unanswered.status_code == 422
    assert "Give a reason for another session" in unanswered.content.decode()
    assert started.status_code == again.status_code == 302
    assert {session.pk for session in TreatmentSession.objects.all()} == {theirs.pk, sent["session_id"]}


def test_start_asks_to_continue_ones_own_draft(client, draft):
    sent = {"session_id": uuid.uuid4(), "appointment": ""}

    page = client.post(f"/patients/{draft.patient_id}/sessions/start/", sent).content.decode()

    assert edit_url(draft) in page
    assert "Continue" in page
    assert TreatmentSession.objects.get() == draft


def test_start_asks_with_the_appointment_that_was_chosen(client, draft, physiotherapist, patient):
    appointment = make_appointment(patient, physiotherapist, at=timezone.now())
    sent = {"session_id": uuid.uuid4(), "appointment": appointment.pk}
    url = f"/patients/{patient.pk}/sessions/start/"

    asked = client.post(url, sent)
    client.post(url, sent | {"reason": "Second visit today"})

    assert f'name="appointment" value="{appointment.pk}"' in asked.content.decode()
    assert TreatmentSession.objects.get(pk=sent["session_id"]).appointment == appointment


def test_start_for_a_patient_who_has_died_is_refused(client, physiotherapist, front_desk, patient):
    patient.died_on = patient.born_on
    patient.save()
    client.force_login(physiotherapist)

    answer = client.post(f"/patients/{patient.pk}/sessions/start/", {"session_id": uuid.uuid4()}, follow=True)

    assert not TreatmentSession.objects.exists()
    assert "This patient has died." in answer.content.decode()


def test_start_with_an_appointment_of_another_patient_is_not_found(client, physiotherapist, front_desk, patient):
    stranger = make_patient(by=front_desk, given_name="Tomasz", family_name="Wilk")
    appointment = make_appointment(stranger, physiotherapist, at=timezone.now())
    client.force_login(physiotherapist)

    answer = client.post(
        f"/patients/{patient.pk}/sessions/start/", {"session_id": uuid.uuid4(), "appointment": appointment.pk}
    )

    assert answer.status_code == 404
    assert Appointment.objects.get().status == "booked"


def test_autosave_stores_and_answers_with_the_version(client, draft):
    answer = save(client, draft, pain_before="6", note="calm")

    assert answer.status_code == 200
    assert answer.json()["version"] == draft.version + 1
    assert answer.json()["errors"] == {}
    assert (stored(draft).pain_before, stored(draft).note) == (6, "calm")


def test_a_row_is_stored_with_every_field(client, draft, needle):
    fields = {
        "needle": needle.pk,
        "depth_mm": "12",
        "technique": "electrical",
        "frequency_hz": "2.5",
        "insertions": "3",
        "twitch": "yes",
        "twitch_count": "4",
        "retention_seconds": "10:00",
        "point_state": "active",
        "taut_band": "yes",
        "referred_pain_reproduced": "known",
        "response": "felt warm",
    }

    save(client, draft, **row(**fields))

    stored_row = Needling.objects.get()
    assert (stored_row.depth_mm, stored_row.retention_seconds, stored_row.twitch_count) == (12, 600, 4)
    assert (stored_row.technique, float(stored_row.frequency_hz), stored_row.taut_band) == ("electrical", 2.5, True)
    assert (stored_row.point_state, stored_row.referred_pain_reproduced) == ("active", "known")
    assert stored_row.response == "felt warm"


DOSE = {
    "technique": "electrical",
    "level": "L4",
    "found_by": "ultrasound",
    "direction": "medial",
    "angle_degrees": "60",
    "tissue_reached": "muscle",
    "response_sought": "relaxation",
    "strokes": "12",
    "needling_seconds": "1:30",
    "current_ma": "1.5",
    "waveform": "continuous",
    "stimulation_minutes": "10",
    "imaging": "before",
    "imaged_depth_mm": "34",
    "imaged_structure": "pleura",
    "guide_tube": "no",
    "pulse_width_us": "200",
    "electrodes": "pad",
    "skin_preparation": "alcohol",
    "gloves": "yes",
}


def test_the_dose_of_a_row_and_the_end_of_the_session_are_stored_and_shown(client, draft):
    ended = (timezone.localtime() + timedelta(minutes=2)).replace(second=0, microsecond=0)
    fields = {"approach": "motor_point", "rationale": "Known pain", "ended_at": f"{ended:%Y-%m-%dT%H:%M}"}

    save(client, draft, **fields, **row(**DOSE))

    stored_row, session = Needling.objects.get(), stored(draft)
    numbers = {
        "angle_degrees": 60,
        "strokes": 12,
        "stimulation_minutes": 10,
        "imaged_depth_mm": 34,
        "pulse_width_us": 200,
    }
    others = {"needling_seconds": 90, "current_ma": Decimal("1.5"), "guide_tube": False, "gloves": True}
    assert {name: getattr(stored_row, name) for name in DOSE} == DOSE | numbers | others
    assert (session.approach, session.rationale, session.ended_at) == ("motor_point", "Known pain", ended)
    shown = value_texts(stored_row, "in_notes")
    assert {
        "level L4",
        "60° to the skin",
        "needled for 1:30 min",
        "1.5 mA",
        "no guide tube",
        "gloves",
        "pulse width 200 µs",
    } <= set(shown)


def test_a_session_cannot_end_before_it_began(client, draft):
    early = timezone.localtime(draft.started_at) - timedelta(minutes=10)

    answer = save(client, draft, ended_at=f"{early:%Y-%m-%dT%H:%M}")

    assert answer.status_code == 422
    assert list(answer.json()["errors"]) == ["ended_at"]
    assert stored(draft).ended_at is None


def test_the_same_save_twice_is_one_row_and_one_version(client, draft):
    data = as_posted(draft, **row(depth_mm="12"))

    answers = [client.post(edit_url(draft), data, headers={"X-Autosave": "1"}) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [200, 200]
    assert Needling.objects.count() == 1
    assert stored(draft).version == draft.version + 1


def test_a_row_taken_away_is_gone_and_another_sessions_row_is_refused(client, draft, other_physiotherapist, patient):
    save(client, draft, **row(1))
    client.force_login(other_physiotherapist)
    other = start(client, patient, reason="Treated by two")
    Needling.objects.filter(session=other).delete()

    answer = save(client, other, **row(1))

    assert answer.status_code == 400
    assert Needling.objects.get().session_id == draft.pk


WRONG = [
    ({"pain_before": "11"}, "pain_before", "Pain must be a whole number from 0 to 10."),
    ({"pain_before": "3.5"}, "pain_before", "Enter a whole number, without decimals."),
    ({"needles_inserted": "-1"}, "needles_inserted", "The number of needles must be between 0 and 200."),
    ({"started_at": "2999-01-01T10:00"}, "started_at", "A session cannot start in the future."),
]


@pytest.mark.parametrize(("changes", "name", "sentence"), WRONG)
def test_a_wrong_value_gets_a_sentence_and_blocks_only_itself(client, draft, changes, name, sentence):
    answer = save(client, draft, note="kept", **changes)

    assert answer.status_code == 422
    assert answer.json()["errors"] == {name: [sentence]}
    assert stored(draft).note == "kept"


WRONG_ROWS = [
    ({"depth_mm": "400"}, "depth_mm", "Depth is between 1 and 100 mm."),
    ({"depth_mm": "45"}, "depth_mm", "This needle is 40 mm long. Give that depth or less."),
    ({"twitch": "no", "twitch_count": "2"}, "twitch_count", "Only twitch 'yes' can have a number of twitches."),
    (
        {"technique": "static", "frequency_hz": "2"},
        "frequency_hz",
        "Only the electrical technique can have a frequency.",
    ),
    ({"retention_seconds": "90:00"}, "retention_seconds", "Retention cannot be longer than 60 minutes."),
    ({"retention_seconds": "soon"}, "retention_seconds", "Write minutes and seconds, like 10:00 or 0:30."),
    ({"insertions": "0"}, "insertions", "Insertions must be between 1 and 99."),
    ({"angle_degrees": "91"}, "angle_degrees", dose.ANGLE_SENTENCE),
    ({"strokes": "0"}, "strokes", dose.STROKES_SENTENCE),
    ({"needling_seconds": "61:00"}, "needling_seconds", dose.NEEDLING_TIME_SENTENCE),
    ({"technique": "electrical", "current_ma": "0"}, "current_ma", dose.CURRENT_SENTENCE),
    ({"technique": "electrical", "stimulation_minutes": "61"}, "stimulation_minutes", dose.STIMULATION_SENTENCE),
    ({"technique": "static", "stimulation_minutes": "9"}, "stimulation_minutes", dose.ELECTRICAL_SENTENCE),
    ({"technique": "static", "pulse_width_us": "200"}, "pulse_width_us", dose.ELECTRICAL_SENTENCE),
    ({"technique": "electrical", "pulse_width_us": "1001"}, "pulse_width_us", dose.PULSE_SENTENCE),
    ({"imaging": "none", "imaged_depth_mm": "30"}, "imaged_depth_mm", dose.IMAGING_SENTENCE),
    ({"imaging": "during", "imaged_depth_mm": "300"}, "imaged_depth_mm", dose.IMAGED_DEPTH_SENTENCE),
    (
        {"technique": "electrical", "frequency_hz": "0"},
        "frequency_hz",
        "The frequency must be above 0 and at most 1000 Hz.",
    ),
]


@pytest.mark.parametrize(("changes", "name", "sentence"), WRONG_ROWS)
def test_a_wrong_row_value_gets_a_sentence_and_blocks_only_itself(client, draft, needle, changes, name, sentence):
    answer = save(client, draft, **row(needle=needle.pk, response="kept", **changes))

    stored_row = Needling.objects.get()
    assert answer.status_code == 422
    assert answer.json()["errors"] == {f"needling-{stored_row.pk}-{name}": [sentence]}
    assert getattr(stored_row, name) is None
    assert stored_row.response == "kept"


def test_a_trigger_point_of_another_muscle_is_refused(client, draft):
    foreign = TriggerPoint.objects.filter(muscle__slug="infraspinatus").first()

    answer = save(client, draft, **row(trigger_point=foreign.pk))

    assert list(answer.json()["errors"].values()) == [
        ["This trigger point belongs to another muscle. Choose one of this muscle."]
    ]
    assert Needling.objects.get().trigger_point is None


def test_an_expired_lot_cannot_be_chosen(client, draft, needle):
    needle.expires_on = needle.expires_on.replace(year=2020)
    needle.save()

    answer = save(client, draft, **row(needle=needle.pk))

    assert list(answer.json()["errors"].values()) == [
        ["This lot is not in stock, has expired or was recalled. Choose another."]
    ]
    assert Needling.objects.get().needle is None


def test_without_javascript_a_wrong_value_comes_back_as_typed(client, draft):
    answer = save(client, draft, autosave=False, pain_before="5", needles_inserted="many")

    page = answer.content.decode()
    assert answer.status_code == 422
    assert "The number of needles must be between 0 and 200." in page
    assert 'value="many"' in page
    assert stored(draft).pain_before == 5


def test_without_javascript_save_adds_a_row(client, draft):
    muscle = Muscle.objects.get(slug="masseter")

    answer = save(client, draft, autosave=False, action="add", add_muscle=str(muscle.pk), add_side="left")

    assert answer.status_code == 302
    assert [(r.muscle.slug, r.side) for r in Needling.objects.all()] == [("masseter", "left")]


def test_a_page_cut_short_is_not_saved(client, draft):
    save(client, draft, **row())

    answer = client.post(edit_url(draft), {"version": 2, "save_token": uuid.uuid4(), "pain_before": "5"})

    assert answer.status_code == 400
    assert Needling.objects.count() == 1


def test_reactions_are_stored_with_their_grade_and_taken_away(client, draft):
    save(client, draft, **{"reaction-bleed-seen": "on", "reaction-bleed-grade": "mild"})
    assert [(e.type, e.grade) for e in draft.events.all()] == [("bleed", "mild")]

    save(client, draft, **{"reaction-bleed-seen": None, "no_reaction": "on"})

    assert not draft.events.exists()
    assert stored(draft).no_reaction


def test_none_does_not_go_with_a_reaction(client, draft):
    answer = save(client, draft, **{"reaction-bleed-seen": "on", "no_reaction": "on"})

    assert answer.json()["errors"] == {"no_reaction": ["You chose both 'None' and a reaction. Remove one of them."]}
    assert not stored(draft).no_reaction


@pytest.mark.parametrize(
    ("kind", "typed", "kpa"), [("ppt_kpa", "250", 250), ("ppt_kg_cm2", "2.5", 245.166), ("ppt_kg_cm2", "2,5", 245.166)]
)
def test_a_pressure_pain_threshold_is_stored_in_kpa(client, draft, kind, typed, kpa):
    row_id = str(uuid.UUID(int=9))
    muscle = Muscle.objects.get(slug="levator-scapulae")
    fields = {"kind": kind, "muscle": muscle.pk, "side": "right", "before": typed}

    save(client, draft, measurement=[row_id], **{f"measurement-{row_id}-{k}": v for k, v in fields.items()})

    measurement = Measurement.objects.get()
    assert float(measurement.before) == kpa
    assert float(measurement.before_in_unit) == float(typed.replace(",", "."))


def test_a_range_of_motion_out_of_bounds_gets_a_sentence(client, draft):
    row_id = str(uuid.UUID(int=9))
    fields = {"kind": "rom", "movement": "neck_rotation", "before": "55", "after": "680"}

    answer = save(client, draft, measurement=[row_id], **{f"measurement-{row_id}-{k}": v for k, v in fields.items()})

    assert list(answer.json()["errors"].values()) == [["A range of motion is between -30 and 230 degrees."]]
    assert (Measurement.objects.get().before, Measurement.objects.get().after) == (55, None)


def test_a_stale_save_is_refused_and_both_versions_are_shown(client, draft):
    mine = as_posted(draft, pain_before="3", note="mine")
    save(client, draft, pain_before="7", note="theirs")

    autosave = client.post(edit_url(draft), mine, headers={"X-Autosave": "1"})
    page = client.post(edit_url(draft), mine)

    assert autosave.status_code == page.status_code == 409
    text = page.content.decode()
    assert all(version in text for version in ("mine", "theirs"))
    assert stored(draft).note == "theirs"


def test_chosen_answers_of_both_versions_are_saved(client, draft):
    mine = as_posted(draft, pain_before="3", note="mine", **row(1, depth_mm="12"))
    save(client, draft, pain_before="7", note="theirs", **row(1, depth_mm="10"))
    depth = f"needling-{uuid.UUID(int=1)}-depth_mm"
    chosen = {"version": stored(draft).version, "resolve": "1", "choice-1": "pain_before", "choice-3": depth}

    answer = client.post(edit_url(draft), mine | chosen | {"save_token": uuid.uuid4()})

    assert answer.status_code == 302
    assert (stored(draft).pain_before, stored(draft).note) == (7, "mine")
    assert Needling.objects.get().depth_mm == 10


def test_a_row_only_one_version_has_is_a_choice(client, draft):
    save(client, draft, **row(1))
    mine = as_posted(draft, needling=[])
    save(client, draft, note="theirs")

    page = client.post(edit_url(draft), mine)
    prefix = f"needling-{uuid.UUID(int=1)}"
    kept = {"version": stored(draft).version, "resolve": "1", "choice-1": prefix, "save_token": uuid.uuid4()}
    client.post(edit_url(draft), mine | kept)

    assert "not in this version" in page.content.decode()
    assert Needling.objects.count() == 1


def test_a_save_that_follows_my_own_last_one_is_not_stale(client, draft):
    first = as_posted(draft, note="one")
    client.post(edit_url(draft), first, headers={"X-Autosave": "1"})
    late = as_posted(draft, note="two") | {"version": first["version"], "follows": first["save_token"]}

    answer = client.post(edit_url(draft), late, headers={"X-Autosave": "1"})

    assert answer.status_code == 200
    assert stored(draft).note == "two"


def test_another_physiotherapists_draft_is_read_not_written(client, draft, other_physiotherapist):
    data = as_posted(draft, note="not mine")
    client.force_login(other_physiotherapist)

    page = client.get(edit_url(draft))
    autosave = client.post(edit_url(draft), data, headers={"X-Autosave": "1"})

    assert page.headers["Location"] == f"/patients/{draft.patient_id}/sessions/{draft.pk}/"
    assert autosave.status_code == 409
    assert stored(draft).note == ""


def complete(needle):
    fields = {"needle": needle.pk, "depth_mm": "12", "technique": "static", "insertions": "1", "twitch": "no"}
    return row(**fields) | {
        "consent_confirmed": "on",
        "pain_before": "6",
        "pain_after": "3",
        "needles_inserted": "1",
        "needles_removed": "1",
        "no_reaction": "on",
        "advice": ["chest_signs"],
    }


def sign(client, session, **changes):
    """Press Sign, and prove who one is on the page that follows if everything is there."""
    answer = client.post(edit_url(session).replace("/edit/", "/sign/"), as_posted(session, **changes))
    return prove(client, answer.url) if answer.status_code == 302 and answer.url.endswith("/prove/") else answer


def test_signing_stores_what_was_typed_and_closes_the_record(client, draft, needle, physiotherapist):
    answer = sign(client, draft, **complete(needle))

    session = stored(draft)
    assert answer.status_code == 302
    assert (session.status, session.signed_by, len(session.content_hash)) == ("signed", physiotherapist, 64)
    assert save(client, draft, note="later").status_code == 409
    assert stored(draft).note == ""


def test_signing_lists_what_is_missing_and_keeps_the_draft(client, draft, needle):
    answer = sign(client, draft, **complete(needle) | {"needles_removed": "0", "pain_after": None})

    assert answer.status_code == 422
    assert targets_of_summary(answer) == ["id_needles_removed", "id_pain_after"]
    assert stored(draft).pain_before == 6


def test_a_new_session_takes_over_the_set_up_and_never_the_results(client, draft, needle, patient):
    sign(client, draft, **complete(needle))

    session = start(client, patient)

    copied = Needling.objects.get(session=session)
    assert (copied.muscle.slug, copied.side, copied.depth_mm, copied.technique) == (
        "levator-scapulae",
        "right",
        12,
        "static",
    )
    assert (copied.insertions, copied.twitch, copied.response) == (None, "", "")
    assert (session.pain_before, session.needles_inserted, session.no_reaction) == (None, None, False)
    assert session.copied_from_id == draft.pk


def test_the_page_shows_last_times_values_beside_the_row(client, draft, needle, patient):
    sign(client, draft, **complete(needle))

    page = client.get(edit_url(start(client, patient)) + "?plain").content.decode()

    assert "0.30×40 · 12 mm · static · 1 ins. · twitch no · pain 6 → 3" in page


@pytest.mark.parametrize("rows", [1, 12])
def test_opening_and_saving_ask_a_constant_number_of_queries(client, draft, needle, rows, django_assert_num_queries):
    ids = [str(uuid.UUID(int=number)) for number in range(1, rows + 1)]
    many = {}
    for number in range(1, rows + 1):
        many |= row(number, needle=needle.pk, depth_mm="12", insertions="1", twitch="no")
    many["needling"] = ids
    save(client, draft, **many)
    data = as_posted(draft, pain_before="4")

    # One each for past events, similar names, build, reviews of facts, the last visit, protocols, their uses and texts.
    with django_assert_num_queries(25):
        client.get(edit_url(draft))
    with django_assert_num_queries(16):  # of them one for past events and one for reviews of what warnings state
        client.post(edit_url(draft), data, headers={"X-Autosave": "1"})


def test_a_wrong_value_leaves_the_stored_one(client, draft):
    right = {"plan": "two more", "reaction-bleed-seen": "on", "reaction-bleed-grade": "mild"}
    save(client, draft, **right, **{"reaction-bleed-action": "pressed"}, **row(1, response="warm"))

    wrong = {"plan": "x" * 5001, "reaction-bleed-action": "y" * 301}
    answer = save(client, draft, **wrong, **{f"needling-{uuid.UUID(int=1)}-response": "z" * 201})

    assert len(answer.json()["errors"]) == 3
    assert stored(draft).plan == "two more"
    assert draft.events.get().action == "pressed"
    assert Needling.objects.get().response == "warm"


def test_a_shorter_needle_takes_the_stored_depth_away_with_a_sentence(client, draft, needle):
    short = Needle.objects.create(maker="Agu", diameter_mm="0.25", length_mm=13, lot="S1", expires_on=needle.expires_on)
    save(client, draft, **row(1, needle=needle.pk, depth_mm="30"))

    answer = save(client, draft, **{f"needling-{uuid.UUID(int=1)}-needle": short.pk})

    assert list(answer.json()["errors"].values()) == [["This needle is 13 mm long. Give that depth or less."]]
    assert (Needling.objects.get().needle, Needling.objects.get().depth_mm) == (short, None)


def test_a_visit_moved_past_a_lots_last_day_gets_a_sentence(client, draft, needle):
    yesterday = timezone.localtime() - timedelta(days=1)
    save(client, draft, started_at=yesterday.strftime("%Y-%m-%dT%H:%M"), **row(1, needle=needle.pk))
    needle.expires_on = yesterday.date()
    needle.save()

    answer = save(client, draft, started_at=timezone.localtime().strftime("%Y-%m-%dT%H:%M"))

    assert answer.status_code == 422
    assert "expired on" in answer.json()["errors"][f"needling-{uuid.UUID(int=1)}-needle"][0]
    assert Needling.objects.get().needle is None


def test_a_late_copy_of_an_older_save_changes_nothing(client, draft):
    late = as_posted(draft, note="first")
    client.post(edit_url(draft), late, headers={"X-Autosave": "1"})
    save(client, draft, note="second")

    answer = client.post(edit_url(draft), late, headers={"X-Autosave": "1"})

    assert answer.status_code == 200
    assert stored(draft).note == "second"


def test_a_retired_muscle_stays_writable_in_its_draft_and_is_not_copied(client, draft, needle, patient):
    sign(client, draft, **complete(needle))
    session = start(client, patient)
    Muscle.objects.filter(slug="levator-scapulae").update(is_active=False)

    answer = save(client, session, **{f"needling-{session.needlings.get().pk}-depth_mm": "20"})
    fresh = start(client, patient, reason="Back in the evening")

    assert answer.status_code == 200
    assert session.needlings.get().depth_mm == 20
    assert not fresh.needlings.exists()


def test_a_measurement_keeps_nothing_of_the_kind_it_was(client, draft):
    row_id = str(uuid.UUID(int=9))
    muscle = Muscle.objects.first()
    fields = {"kind": "rom", "muscle": muscle.pk, "movement": "neck_rotation", "before": "55"}

    save(client, draft, measurement=[row_id], **{f"measurement-{row_id}-{k}": v for k, v in fields.items()})

    assert Measurement.objects.get().muscle is None


def test_more_decimals_than_are_shown_are_refused(client, draft):
    row_id = str(uuid.UUID(int=9))
    fields = {"kind": "ppt_kg_cm2", "muscle": Muscle.objects.first().pk, "before": "2.345"}

    answer = save(client, draft, measurement=[row_id], **{f"measurement-{row_id}-{k}": v for k, v in fields.items()})

    assert list(answer.json()["errors"].values()) == [["Give at most 2 decimals."]]


@pytest.mark.parametrize("moment", ["0001-01-01T00:00", "0202-11-20T10:00", "1978-01-01T10:00"])
def test_a_year_half_typed_is_refused(client, draft, moment, settings):
    answer = save(client, draft, started_at=moment)

    assert answer.status_code == 422
    assert list(answer.json()["errors"]) == ["started_at"]
    assert stored(draft).started_at == draft.started_at


def test_an_hour_that_exists_twice_stays_as_stored(client, draft, settings):
    twice = datetime(2026, 10, 25, 1, 30, tzinfo=UTC)
    TreatmentSession.objects.filter(pk=draft.pk).update(started_at=twice)

    answer = save(client, draft, note="written in the second hour")

    assert answer.status_code == 200
    assert stored(draft).started_at == twice


@pytest.mark.parametrize("action", ["start", "sign"])
def test_signing_in_again_leads_back_from_an_action(client, draft, action):
    url = f"/patients/{draft.patient_id}/sessions/start/" if action == "start" else edit_url(draft)[:-5] + "sign/"

    assert client.get(url).status_code == 302


def test_a_signed_none_stays_none_when_a_follow_up_hears_of_a_reaction(client, draft, needle, physiotherapist):
    sign(client, draft, **complete(needle))
    record_follow_up(
        draft,
        by=physiotherapist,
        contacted_at=timezone.now(),
        pain=3,
        events=[AdverseEvent(type="bruise", grade="mild")],
    )

    page = client.get(f"/patients/{draft.patient_id}/sessions/{draft.pk}/")

    assert "<dt>Reactions</dt> <dd> None" in on_one_line(page)


def test_a_row_taken_away_leaves_the_reaction_seen_at_it(client, draft):
    save(client, draft, **row(1), **{"reaction-bleed-seen": "on"})
    draft.events.update(needling=uuid.UUID(int=1))

    answer = save(client, draft, needling=[])

    assert answer.status_code == 200
    assert draft.events.get().needling is None


# Asked again at this visit -------------------------------------------------------------


def test_the_confirmation_is_saved_by_itself_and_shown(client, draft):
    save(client, draft, consent_confirmed="on")

    assert TreatmentSession.objects.get().consent_confirmed
    assert 'name="consent_confirmed" id="id_consent_confirmed" checked' in on_one_line(client.get(edit_url(draft)))
    save(client, draft, consent_confirmed=None)
    assert not TreatmentSession.objects.get().consent_confirmed


def test_the_confirmation_is_never_taken_over_from_last_time(client, physiotherapist, patient, needle, catalogue):
    client.force_login(physiotherapist)
    make_signed(patient, by=physiotherapist, days_ago=7, consent_confirmed=True)

    again = start(client, patient)

    assert again.copied_from is not None
    assert again.consent_confirmed is False


def test_the_strip_says_how_the_consent_stands_for_the_muscles_of_the_page(client, draft, patient, physiotherapist):
    def strip():
        return client.get(edit_url(draft)).content.decode()

    ask = f"/patients/{patient.pk}/consents/new/?next={edit_url(draft)}"
    withdraw_consent(patient.consents.get(), by=physiotherapist, proof="PIN", reason="Thought better of it")
    before = strip()
    consent = agree(patient, by=physiotherapist, scope=["foot"])
    holds = strip()
    save(client, draft, **row(muscle="levator-scapulae"))
    narrow = strip()

    assert "Consent needed" in before
    assert ask in before
    assert consent.get_absolute_url() in holds
    assert "Consent needed" not in holds
    assert "The consent does not cover: Neck. Ask again." in narrow


def test_two_versions_show_who_confirmed(client, draft):
    stale = as_posted(draft, consent_confirmed="on")
    save(client, draft, note="From another tab")

    page = client.post(edit_url(draft), stale)

    assert page.status_code == 409
    assert b"Asked again today: agrees" in page.content


@pytest.mark.parametrize(
    ("touched", "theirs"),
    [
        (None, {"plan": False, "note": False}),
        ("", {"plan": True, "note": True}),
        ("plan whole-day", {"plan": False, "note": True}),
    ],
)
def test_the_comparison_keeps_only_what_this_page_changed(client, draft, touched, theirs):
    older = as_posted(draft, plan="Mine", version=draft.version, touched=touched)
    save(client, draft, plan="Theirs", note="Elsewhere")

    answer = client.post(edit_url(draft), older)

    assert {one.name: one.take_theirs for one in answer.context["differences"]} == theirs
    assert 'name="touched"' not in answer.content.decode()


def test_the_comparison_leaves_out_a_row_that_was_removed_elsewhere_and_not_changed_here(client, draft):
    save(client, draft, **row(1, response="warm"))
    (row_id,) = as_posted(draft)["needling"]
    older = as_posted(draft, note="Mine", touched="note")
    changed = older | {"touched": f"needling-{row_id}-response"}
    save(client, draft, needling=[])

    answers = [client.post(edit_url(draft), page).context["differences"] for page in (older, changed)]

    of_row = [[one.take_theirs for one in found if one.name == f"needling-{row_id}"] for found in answers]
    assert of_row == [[True], [False]]


def test_advice_that_an_earlier_row_gives_in_the_same_words_is_folded(client, draft):
    near = Muscle.objects.get(slug="rhomboid-major"), Muscle.objects.get(slug="levator-scapulae")
    rows = [row(number, muscle=muscle.slug, side="left") for number, muscle in enumerate(near, start=1)]
    ids = {"needling": [str(uuid.UUID(int=number)) for number in (1, 2)]}
    save(client, draft, **{name: value for one in rows for name, value in one.items()} | ids)

    page = client.get(edit_url(draft)).content.decode()

    assert page.count("Advice: Near the lung") == 2
    assert page.count("same as in an earlier row") == 1
