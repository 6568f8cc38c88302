"""Amendments that correct: what was signed stays, and everything that reads a session uses the corrected values."""

import csv
import io
import threading
import uuid

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from patients.models import TrailEntry
from patients.services import open_episode
from patients.services.once import OtherContent
from tests.database.guards import unguarded
from tests.treatments.builders import make_draft, make_muscle, make_needle, make_needling, make_signed
from treatments import chart
from treatments.catalogue.free_entries import free_text, read_free_entry
from treatments.catalogue.lots import uses_of
from treatments.chart.last_time import history_before
from treatments.chart.progress.responses import responses_of
from treatments.chart.timeline import needlings_of, sessions_of, timeline_page
from treatments.models import (
    Correction,
    Course,
    CourseKey,
    EventSummary,
    Measurement,
    Needle,
    Needling,
    SessionFact,
    SessionSummary,
    TargetKind,
    TreatmentSession,
    with_rows,
)
from treatments.outcomes.export import export_csv
from treatments.record.corrections import Change, as_corrected, rows_for_page
from treatments.record.sealing import amendment_hash, content_hash
from treatments.record.verification import tampered_amendments, tampered_corrections, tampered_sessions
from treatments.safety import warnings_for
from treatments.safety.past_events import past_events_of
from treatments.services import (
    amend_session,
    copy_setup,
    rebuild_summaries,
    record_event,
    save_draft,
    sign_session,
    start_session,
)

pytestmark = pytest.mark.both_engines
Kind = Correction.Kind


def correct(session, *changes, by, text="", reason="My paper notes", id=None):
    return amend_session(session, by=by, proof="PIN", text=text, reason=reason, id=id or uuid.uuid4(), changes=changes)


def of_row(row, kind=Kind.CHANGE, **values):
    return Change(kind, type(row), row.first_id, values)


def of_session(**values):
    return Change(Kind.CHANGE, values=values)


def stored(session):
    """The session without rows that were loaded before."""
    return TreatmentSession.objects.get(pk=session.pk)


def missing_row(**values):
    usual = {"muscle": make_muscle("infraspinatus", "Infraspinatus", region="shoulder"), "side": "left"}
    usual |= {"needle": make_needle(), "depth_mm": 20, "technique": "static", "insertions": 1, "twitch": "no"}
    return Change(Kind.MISSING, Needling, uuid.uuid4(), usual | values)


def is_whole():
    return [*tampered_sessions(), *tampered_amendments(), *tampered_corrections()] == []


def summaries():
    """All summary rows without their keys."""
    models = (SessionSummary, EventSummary, SessionFact, Course)
    left_out = {"id", "course"}
    found = {
        model.__name__: sorted(
            [{k: str(v) for k, v in row.items() if k not in left_out} for row in model.objects.values()], key=str
        )
        for model in models
    }
    found["facts"] = sorted(found.pop("SessionFact"), key=str)
    for row in found["facts"]:
        row.pop("course_id")
    found["keys"] = sorted(CourseKey.objects.values_list("course__patient", "axis", "key"))
    # A cell that has become empty counts nothing; a recount does not write it.
    for name in ("SessionSummary", "EventSummary"):
        found[name] = [row for row in found[name] if row["sessions"] != "0"]
    return found


@pytest.fixture
def signed(patient, physiotherapist):
    episode = open_episode(patient, by=physiotherapist, complaint="Neck pain", region="neck")
    rows = [make_needling(make_muscle()), make_needling(make_muscle(), side="left", sort_order=1)]
    return stored(make_signed(patient, by=physiotherapist, episode=episode, days_ago=3, needlings=rows))


def test_a_corrected_value_counts_and_the_signed_one_stays(signed, physiotherapist):
    row = signed.needlings.first()

    amendment = correct(signed, of_row(row, side="left", depth_mm=12), of_session(pain_after=2), by=physiotherapist)

    counting, as_signed = signed.needlings.first(), Needling.every_row.get(pk=row.pk)
    assert (counting.side, counting.depth_mm) == ("left", 12)
    assert (as_signed.side, as_signed.depth_mm) == ("right", 15)
    assert as_corrected(signed).pain_after == 2
    assert TreatmentSession.objects.get().pain_after == 4
    assert [(one.field, one.was, one.now) for one in amendment.corrections.all()] == [
        ("side", "Right", "Left"),
        ("depth_mm", "15 mm", "12 mm"),
        ("pain_after", "4", "2"),
    ]
    assert is_whole()


def test_the_seal_of_the_session_still_matches(signed, physiotherapist):
    correct(signed, of_row(signed.needlings.first(), depth_mm=12), by=physiotherapist)

    session = with_rows(TreatmentSession.objects).get(pk=signed.pk)

    assert content_hash(session) == session.content_hash


def test_a_row_of_another_session_is_no_missing_row_and_no_row_is_corrected_twice(signed, patient, physiotherapist):
    other = make_signed(patient, by=physiotherapist, days_ago=1)
    of_other, row = other.needlings.first(), signed.needlings.first()
    missing = missing_row()
    forged = Change(Kind.MISSING, Needling, of_other.pk, missing.values)

    for changes in ([forged], [of_row(of_other, depth_mm=12)], [missing, missing]):
        with pytest.raises(ValidationError):
            correct(signed, *changes, by=physiotherapist)
    with pytest.raises(ValidationError):
        correct(signed, of_row(row, depth_mm=12), of_row(row, depth_mm=13), by=physiotherapist)

    assert not signed.amendments.exists()
    assert is_whole()


def test_a_row_that_did_not_happen_and_one_that_was_missing(signed, physiotherapist):
    row = signed.needlings.first()

    correct(signed, of_row(row, Kind.DID_NOT_HAPPEN), missing_row(), by=physiotherapist)

    assert [(one.side, one.muscle.slug) for one in signed.needlings.all()] == [
        ("left", "trapezius-upper"),
        ("left", "infraspinatus"),
    ]
    states = [str(one.state) for one in rows_for_page(signed, Needling)]
    assert states == ["did_not_happen", "", "missing"]
    assert is_whole()


def test_of_two_corrections_of_a_field_the_latest_counts_and_free_text_changes_nothing(signed, physiotherapist):
    row = signed.needlings.first()
    correct(signed, of_row(row, depth_mm=12), of_session(pain_before=7), by=physiotherapist)
    correct(signed, of_row(row, depth_mm=13), of_session(pain_before=8), by=physiotherapist)
    correct(signed, by=physiotherapist, text="The patient also had a cold.")

    (counting,) = [one for one in signed.needlings.all() if one.first_id == row.pk]
    assert counting.depth_mm == 13
    assert as_corrected(signed).pain_before == 8
    (shown, _) = rows_for_page(signed, Needling)
    assert shown.was == {"depth_mm": "15 mm"}
    assert is_whole()


@pytest.mark.parametrize(
    "values",
    [
        {"depth_mm": 0},
        {"depth_mm": 41},
        {"side": "upside"},
        {"insertions": None},
        {"twitch": "no"},  # while a number of twitches is left
        {"frequency_hz": 2},
        {"current_ma": 2},
        {"strokes": 900},
        {"needle": None},
        {"sort_order": 4},
        {"session_id": uuid.uuid4()},
    ],
)
def test_a_value_that_the_field_would_not_take_is_refused(signed, physiotherapist, values):
    with pytest.raises(ValidationError):
        correct(signed, of_row(signed.needlings.first(), **values), by=physiotherapist)

    assert not Correction.objects.exists()


@pytest.mark.parametrize(
    "values",
    [
        {"pain_before": 11},
        {"pain_after": None},
        {"needles_removed": 1},
        {"needles_removed": 3},
        {"position": "on the head"},
        {"advice": ["nonsense"]},
        {"started_at": timezone.now()},
        {"status": "draft"},
    ],
)
def test_a_value_that_the_session_would_not_take_is_refused(signed, physiotherapist, values):
    with pytest.raises(ValidationError):
        correct(signed, of_session(**values), by=physiotherapist)


def test_a_row_of_another_session_is_refused(signed, patient, physiotherapist):
    other = stored(make_signed(patient, by=physiotherapist, days_ago=1))

    with pytest.raises(ValidationError):
        correct(signed, of_row(other.needlings.first(), depth_mm=12), by=physiotherapist)


def test_a_correction_that_changes_nothing_is_refused(signed, physiotherapist):
    with pytest.raises(ValidationError):
        correct(signed, of_row(signed.needlings.first(), depth_mm=15), by=physiotherapist)


def test_a_page_sent_twice_corrects_once(signed, physiotherapist):
    row, id = signed.needlings.first(), uuid.uuid4()
    changes = of_row(row, depth_mm=12), missing_row()

    first = correct(signed, *changes, by=physiotherapist, id=id)
    again = correct(signed, *changes, by=physiotherapist, id=id)

    assert (first, signed.needlings.count()) == (again, 3)
    with pytest.raises(OtherContent):
        correct(signed, of_row(row, depth_mm=14), by=physiotherapist, id=id)


def test_charts_last_time_setup_lots_and_export_use_the_corrected_values(signed, patient, physiotherapist):
    new_lot = Needle.objects.create(
        maker="Agu", diameter_mm="0.25", length_mm=40, lot="L2", expires_on=make_needle().expires_on
    )
    first, second = signed.needlings.all()
    other = make_muscle("infraspinatus", "Infraspinatus", region="shoulder")
    correct(
        signed,
        of_row(first, muscle=other, depth_mm=12, needle=new_lot),
        of_row(second, Kind.DID_NOT_HAPPEN),
        of_session(pain_before=8, pain_after=3, position="supine"),
        by=physiotherapist,
    )

    (score,) = chart.pain_scores_of(sessions_of(patient))
    assert (score.before, score.after, score.is_corrected) == (8, 3, True)
    (heat,) = chart.heat_map(needlings_of(patient))
    assert (heat.slug, heat.side, heat.mean_change) == ("infraspinatus", "right", -5)
    (response,) = responses_of(needlings_of(patient))
    assert (response.slug, response.sessions) == ("infraspinatus", 1)

    (entry,) = timeline_page(patient, sessions_of(patient)).entries
    assert (entry.session.pain_before, entry.session.was) == (8, {"pain_before": "6", "pain_after": "4"})
    (shown,) = entry.session.needlings.all()
    assert shown.is_corrected

    draft = make_draft(patient, by=physiotherapist, episode=signed.episode)
    history = history_before(draft)
    assert history.last.pain_before == 8
    assert list(history.last_times) == [(other.pk, "right")]
    draft = stored(draft)
    draft.needlings.all().delete()
    copied = copy_setup(draft, by=physiotherapist)
    (copy,) = copied.needlings.all()
    assert (copy.muscle, copy.depth_mm, copy.needle) == (other, 12, new_lot)
    assert copied.position == "supine"

    assert [use.first_id for use in uses_of(new_lot).filter(session=signed)] == [first.pk]
    # A recall must not miss anyone, so both rows stay on the list of the lot that was signed.
    assert uses_of(make_needle()).filter(session=signed).count() == 2

    sessions = TreatmentSession.objects.filter(pk=signed.pk)
    (line,) = csv.DictReader(io.StringIO("".join(export_csv(sessions, identified=False)).lstrip("\ufeff")))
    assert (line["pain_before"], line["depth"], line["muscle"], line["position"]) == (
        "8",
        "12",
        "Infraspinatus",
        "Supine",
    )
    assert (line["row_corrected"], line["corrections"]) == ("Yes", "7")
    assert "15 mm" in line["as_signed"]


def test_the_lot_of_a_correction_cannot_be_changed_any_more(signed, physiotherapist):
    lot = Needle.objects.create(
        maker="Agu", diameter_mm="0.25", length_mm=40, lot="L2", expires_on=make_needle().expires_on
    )

    correct(signed, of_row(signed.needlings.first(), needle=lot), by=physiotherapist)

    lot.refresh_from_db()
    assert lot.in_record_since is not None


def test_past_events_name_the_corrected_places(signed, patient, physiotherapist):
    first, second = signed.needlings.all()
    record_event(signed, by=physiotherapist, id=uuid.uuid4(), type="bruise", grade="mild", onset_at=None, action="")

    correct(signed, of_row(first, side="midline"), of_row(second, Kind.DID_NOT_HAPPEN), by=physiotherapist)

    (event,) = past_events_of(patient)
    assert [place.side for place in event.places] == ["midline"]


def test_past_events_mark_the_places_that_were_corrected(signed, patient, physiotherapist):
    first, second = signed.needlings.all()
    record_event(signed, by=physiotherapist, id=uuid.uuid4(), type="bruise", grade="mild", onset_at=None, action="")
    assert not any(place.is_corrected for place in past_events_of(patient)[0].places)

    changes = [of_row(first, side="midline"), of_row(second, depth_mm=second.depth_mm + 1), missing_row()]
    correct(signed, *changes, by=physiotherapist)

    (event,) = past_events_of(patient)
    assert [place.is_corrected for place in event.places] == [True, False, True]
    session = TreatmentSession(patient=patient, practitioner=physiotherapist.practitioner, started_at=timezone.now())
    row = make_needling(first.muscle, side="midline")
    (warning,) = (one for one in warnings_for(session, [row]) if one.key.startswith("past_event"))
    assert warning.sentence.count("corrected") == 2


def test_the_summaries_follow_and_a_recount_agrees(signed, patient, physiotherapist):
    make_signed(patient, by=physiotherapist, episode=signed.episode, days_ago=1)
    first, second = signed.needlings.all()
    other = make_muscle("infraspinatus", "Infraspinatus", region="shoulder")

    correct(
        signed,
        of_row(first, muscle=other, technique="static"),
        of_row(second, Kind.DID_NOT_HAPPEN),
        of_session(pain_before=9, pain_after=1),
        by=physiotherapist,
    )

    assert SessionFact.objects.get(session=signed).change == -8
    assert Course.objects.get().pain_first == 9
    kept = summaries()
    rebuild_summaries()
    assert summaries() == kept


def test_a_measurement_is_corrected(patient, physiotherapist):
    row = Measurement(kind="rom", movement="neck_rotation", side="right", before=52, after=60, unit="degrees")
    signed = stored(make_signed(patient, by=physiotherapist, measurements=[row]))

    correct(signed, of_row(signed.measurements.get(), after=64), by=physiotherapist)

    assert signed.measurements.get().after == 64
    assert is_whole()


@pytest.mark.parametrize(
    "change",
    [
        lambda: Correction.objects.filter(field="depth_mm").update(value="13"),
        lambda: Correction.objects.filter(field="depth_mm").delete(),
        lambda: Needling.objects.filter(amendment__isnull=False).update(depth_mm=14),
        lambda: Needling.objects.filter(amendment__isnull=False).update(did_not_happen=True),
        lambda: Needling.objects.filter(amendment__isnull=False).delete(),
        lambda: Correction.objects.filter(field="pain_after").update(value="1"),
    ],
)
def test_a_changed_correction_is_found(signed, physiotherapist, change):
    correct(signed, of_row(signed.needlings.first(), depth_mm=12), of_session(pain_after=2), by=physiotherapist)

    with unguarded():
        change()

    assert not is_whole()


@pytest.mark.parametrize(
    "change",
    [
        lambda: Correction.objects.update(value="13"),
        lambda: Correction.objects.all().delete(),
        lambda: Needling.objects.filter(amendment__isnull=False).update(depth_mm=14),
        lambda: Needling.every_row.filter(amendment=None).update(depth_mm=14),
        lambda: Needling.every_row.filter(amendment=None).update(did_not_happen=True),
    ],
)
def test_the_database_refuses_to_change_what_was_signed_and_what_corrects_it(signed, physiotherapist, change):
    correct(signed, of_row(signed.needlings.first(), depth_mm=12), by=physiotherapist)

    with pytest.raises(IntegrityError), transaction.atomic():
        change()


def test_the_hash_of_an_amendment_in_free_text_is_what_it_was(signed, physiotherapist):
    amendment = correct(signed, by=physiotherapist, text="Left, not right.")

    assert amendment.content_hash == amendment_hash(amendment)


@pytest.mark.django_db(transaction=True)
def test_two_amendments_at_once_are_numbered_one_after_the_other(patient, physiotherapist):
    signed = stored(make_signed(patient, by=physiotherapist))
    row, failures = signed.needlings.first(), []

    def amend(depth):
        try:
            correct(signed, of_row(row, depth_mm=depth), by=physiotherapist)
        except Exception as error:  # noqa: BLE001 - reported below
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=amend, args=[depth]) for depth in (11, 12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert failures == []
    assert sorted(signed.amendments.values_list("number", flat=True)) == [1, 2]
    assert signed.needlings.count() == 1
    assert is_whole()


def test_a_visit_without_needling_gets_no_needling_row(patient, physiotherapist):
    started = start_session(patient, by=physiotherapist, session_id=uuid.uuid4())
    draft = save_draft(
        started,
        by=physiotherapist,
        version=started.version,
        token=uuid.uuid4(),
        values={"visit_kind": "unwell", "visit_reason": "Fever"},
        needlings=[],
        measurements=[],
        events=[],
    )
    session = sign_session(draft, by=physiotherapist, proof="PIN")
    row = make_needling(make_muscle())
    values = {name: getattr(row, name) for name in ("muscle", "side", "needle", "depth_mm", "technique", "insertions")}

    with pytest.raises(ValidationError, match="without needling"):
        correct(session, Change(Kind.MISSING, Needling, uuid.uuid4(), values), by=physiotherapist)


def test_the_audit_entry_holds_the_corrected_values_beside_a_free_text(signed, physiotherapist):
    first, second = signed.needlings.all()
    measured = Change(
        Kind.MISSING, Measurement, uuid.uuid4(), {"kind": "strength", "before": 4, "after": 5, "unit": "grade"}
    )

    correct(
        signed,
        of_row(first, depth_mm=12),
        of_row(second, Kind.DID_NOT_HAPPEN),
        of_session(plan="Stretching", note=""),
        measured,
        by=physiotherapist,
        text="Read from my notes on paper.",
    )

    changes = TrailEntry.objects.filter(action="amend").latest("pk").changes
    assert changes["text"] == [None, "Read from my notes on paper."]
    assert changes["Row 1, right upper trapezius, depth"] == ["15 mm", "12 mm"]
    assert changes["Row 2, left upper trapezius"] == ["", "Did not happen"]
    assert changes["Plan"] == ["", "Stretching"]
    assert changes["Measurement 1, strength"] == ["", "kind Strength, before 4, after 5, unit typed in of 5"]


def test_an_amendment_in_free_text_has_no_further_changes(signed, physiotherapist):
    correct(signed, by=physiotherapist, text="The patient also had a cold.")

    changes = TrailEntry.objects.filter(action="amend").latest("pk").changes
    assert not [name for name in changes if " " in name]


def in_own_words(words="Fibrous knot", region="thigh", slug="other-tendon"):
    base = make_muscle(slug, "Other tendon", kind=TargetKind.TENDON, region="")
    return read_free_entry(free_text(slug, region, words), [base])


def test_a_row_is_corrected_to_a_free_entry_and_back(signed, physiotherapist):
    row = signed.needlings.first()
    correct(signed, of_row(row, muscle=in_own_words(), side="right"), by=physiotherapist)
    changed = stored(signed).needlings.get(original=row.pk)

    assert (changed.muscle.kind, changed.muscle.name_en, changed.muscle.region) == ("free", "Fibrous knot", "thigh")
    correction = Correction.objects.get(needling=row, field="muscle")
    assert (correction.was, correction.now) == (str(row.muscle), "Fibrous knot")
    assert is_whole()

    correct(signed, of_row(row, muscle=row.muscle), by=physiotherapist)

    assert stored(signed).needlings.get(original=row.pk).muscle == row.muscle
    assert is_whole()
    before = summaries()
    rebuild_summaries()
    assert summaries() == before


def test_a_missing_row_can_be_a_free_entry_and_is_added_once(signed, physiotherapist):
    change, key = missing_row(muscle=in_own_words()), uuid.uuid4()
    first = correct(signed, change, by=physiotherapist, id=key)
    again = correct(
        signed,
        Change(Kind.MISSING, Needling, change.row_id, change.values | {"muscle": in_own_words("fibrous KNOT")}),
        by=physiotherapist,
        id=key,
    )

    assert first == again
    row = stored(signed).needlings.get(muscle__kind=TargetKind.FREE)
    assert row.muscle.counts_as.slug == "other-tendon"
    assert "Fibrous knot" in first.words
    assert is_whole()
    assert len(rows_for_page(stored(signed), Needling)) == 3


def test_a_free_entry_in_a_correction_needs_its_region(signed, physiotherapist):
    with pytest.raises(ValidationError, match="region"):
        other = make_muscle("other-tendon", "Other tendon", kind=TargetKind.TENDON, region="")
        correct(signed, of_row(signed.needlings.first(), muscle=other), by=physiotherapist)
