"""The needle count agrees with the rows, or somebody says why not."""

import uuid

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from tests.treatments import builders
from treatments.models import AdverseEvent, Needle, Needling, TreatmentSession
from treatments.record.completeness import missing
from treatments.record.needle_count import count_token
from treatments.services import save_draft, sign_session, start_session

pytestmark = pytest.mark.both_engines

MUSCLES = [
    ("levator-scapulae", "Levator scapulae"),
    ("infraspinatus", "Infraspinatus"),
    ("deltoid-middle", "Deltoid, middle"),
    ("gluteus-medius", "Gluteus medius"),
]


@pytest.fixture
def draft(physiotherapist, patient):
    builders.make_ready(patient, by=physiotherapist)
    return start_session(patient, by=physiotherapist, session_id=uuid.uuid4())


def rows_of(number, **fields):
    return [builders.make_needling(builders.make_muscle(slug, name), **fields) for slug, name in MUSCLES[:number]]


def save(draft, rows, by, *, counted=None, recounted="", events=(), **values):
    """Save rows; `counted` is (in, out), and the rest of the record is complete."""
    stored = TreatmentSession.objects.get(pk=draft.pk)
    whole = builders.complete(stored, needlings=rows, events=events, **values)
    counts = counted or (stored.needles_inserted, stored.needles_removed)
    whole["values"] |= dict(zip(["needles_inserted", "needles_removed"], counts, strict=True))
    return save_draft(stored, by=by, **(whole | {"recounted": recounted}))


def lacking(draft):
    return [item.label for item in missing(TreatmentSession.objects.get(pk=draft.pk))]


def again(rows, **fields):
    """The rows as the next save sends them, the last one with changes."""
    copies = [Needling(**{field.attname: getattr(row, field.attname) for field in row._meta.fields}) for row in rows]
    for name, value in fields.items():
        setattr(copies[-1], name, value)
    return copies


@pytest.mark.parametrize(
    ("counted", "question"),
    [
        ((0, 0), "no needles counted for 4 rows"),
        ((1, 1), "1 needle counted for 4 rows"),
        ((3, 3), "3 needles counted for 4 rows"),
        ((9, 9), "9 needles counted for 8 insertions"),
    ],
)
def test_a_count_that_does_not_fit_the_rows_needs_a_reason(draft, physiotherapist, counted, question):
    save(draft, rows_of(4), physiotherapist, counted=counted)

    assert lacking(draft) == [f"reason for the needle count: {question}"]
    with pytest.raises(ValidationError):
        sign_session(draft, by=physiotherapist, proof="PIN")


def test_fewer_needles_than_lots_need_a_reason(draft, physiotherapist):
    rows = rows_of(2)
    rows[1].needle = Needle.objects.create(
        maker="Agu", diameter_mm="0.25", length_mm=30, lot="L2", expires_on=rows[0].needle.expires_on
    )

    save(draft, rows, physiotherapist, counted=(1, 1))

    assert lacking(draft) == [
        "reason for the needle count: 1 needle counted, but the rows name 2 different needles or lots"
    ]


@pytest.mark.both_engines
def test_a_reason_explains_the_count_and_is_sealed(draft, physiotherapist):
    save(draft, rows_of(2), physiotherapist, counted=(1, 1), needle_count_reason="One needle for both points")

    signed = sign_session(draft, by=physiotherapist, proof="PIN")

    assert signed.needle_count_reason == "One needle for both points"
    with pytest.raises(IntegrityError), transaction.atomic():
        TreatmentSession.objects.filter(pk=signed.pk).update(needle_count_reason="")


def test_a_blank_reason_explains_nothing(draft, physiotherapist):
    save(draft, rows_of(2), physiotherapist, counted=(1, 1), needle_count_reason="  ")

    assert lacking(draft) == ["reason for the needle count: 1 needle counted for 2 rows"]


@pytest.mark.parametrize("needles", [1, 2, 3, 4])
def test_one_needle_may_make_several_insertions(draft, physiotherapist, needles):
    save(draft, rows_of(1, insertions=4), physiotherapist, counted=(needles, needles))

    assert lacking(draft) == []


def test_a_row_added_after_the_count_asks_to_count_again(draft, physiotherapist):
    rows = rows_of(3)
    save(draft, rows, physiotherapist, counted=(4, 4))

    rows = [*again(rows), *rows_of(4)[3:]]
    save(draft, rows, physiotherapist)

    assert lacking(draft) == ["count the needles again: row 4 was added after the count"]
    save(draft, again(rows), physiotherapist, counted=(5, 5))
    assert lacking(draft) == []


def test_a_row_removed_after_the_count_asks_to_count_again(draft, physiotherapist):
    rows = rows_of(3)
    save(draft, rows, physiotherapist, counted=(3, 3))

    save(draft, again(rows[1:]), physiotherapist)

    assert lacking(draft) == ["count the needles again: a row was removed after the count"]


@pytest.mark.parametrize("change", [{"insertions": 5}, {"muscle": None}, {"needle": None}])
def test_a_row_changed_after_the_count_asks_to_count_again(draft, physiotherapist, change):
    rows = rows_of(2)
    save(draft, rows, physiotherapist, counted=(2, 2))
    if "muscle" in change:
        change = {"muscle": builders.make_muscle("piriformis", "Piriformis")}
    if "needle" in change:
        change = {
            "needle": Needle.objects.create(
                maker="Agu", diameter_mm="0.25", length_mm=30, lot="L3", expires_on=rows[0].needle.expires_on
            )
        }

    save(draft, again(rows, **change), physiotherapist)

    assert lacking(draft) == ["count the needles again: row 2 was changed after the count"]


def test_other_changes_of_a_row_leave_the_count_alone(draft, physiotherapist):
    rows = rows_of(2)
    save(draft, rows, physiotherapist, counted=(2, 2))

    save(draft, again(rows, depth_mm=12, response="eased"), physiotherapist)

    assert lacking(draft) == []


def test_the_same_number_can_be_confirmed_for_exactly_these_rows(draft, physiotherapist):
    rows = rows_of(2)
    save(draft, rows, physiotherapist, counted=(2, 2))
    token = count_token(rows)
    changed = again(rows, insertions=5)

    save(draft, changed, physiotherapist, recounted=token)
    assert lacking(draft) == ["count the needles again: row 2 was changed after the count"]

    save(draft, again(changed), physiotherapist, recounted=count_token(changed))
    assert lacking(draft) == []


@pytest.mark.both_engines
def test_a_needle_that_was_not_found_is_signed_as_an_event_with_a_reason(draft, physiotherapist):
    rows = rows_of(2)
    save(draft, rows, physiotherapist, counted=(2, 1))
    assert lacking(draft) == ["1 needle still in"]
    lost = AdverseEvent(type="forgotten_needle", grade="mild")
    save(draft, again(rows), physiotherapist, events=[lost], no_reaction=False)
    assert lacking(draft) == ["1 needle still in"]
    lost = AdverseEvent(type="forgotten_needle", grade="serious", action="Sent for an X-ray")
    save(draft, again(rows), physiotherapist, events=[lost], no_reaction=False)
    assert lacking(draft) == ["reason for the needle count: 1 needle still in"]

    reason = {"needle_count_reason": "Looked through couch, clothes and floor"}
    save(draft, again(rows), physiotherapist, events=[lost], no_reaction=False, **reason)
    signed = sign_session(draft, by=physiotherapist, proof="PIN")

    assert signed.is_signed
    assert [event.type for event in AdverseEvent.objects.open()] == ["forgotten_needle"]


@pytest.mark.both_engines
@pytest.mark.parametrize("removed", [1, 3])
def test_the_database_refuses_a_signature_on_unequal_counts_without_a_reason(draft, physiotherapist, removed):
    save(draft, rows_of(2), physiotherapist, counted=(2, 2))
    signed = sign_session(draft, by=physiotherapist, proof="PIN")
    fields = {field.attname: getattr(signed, field.attname) for field in signed._meta.fields}
    other = TreatmentSession(**(fields | {"id": uuid.uuid4(), "appointment_id": None, "needles_removed": removed}))

    with pytest.raises(IntegrityError), transaction.atomic():
        TreatmentSession.objects.bulk_create([other])


def test_a_running_timer_stands_against_signing(draft, physiotherapist):
    rows = rows_of(2)
    rows[0].retention_seconds = 300
    rows[0].retention_started_at = draft.started_at

    save(draft, rows, physiotherapist, counted=(2, 2))

    assert lacking(draft) == ["row 1: the timer is still running"]


def test_a_copied_setup_takes_the_planned_time(draft, physiotherapist, patient):
    rows = rows_of(1)
    rows[0].retention_seconds, rows[0].retention_planned_seconds = 250, 300
    save(draft, rows, physiotherapist, counted=(1, 1))
    sign_session(draft, by=physiotherapist, proof="PIN")

    after = start_session(patient, by=physiotherapist, session_id=uuid.uuid4())

    copied = after.needlings.get()
    assert (copied.retention_seconds, copied.retention_planned_seconds) == (300, None)
