"""Measurements typed on the session's page: how they are stored and shown."""

import uuid

import pytest

from tests.treatments.builders import make_muscle, make_needling, make_signed
from tests.treatments.pages import save, start
from treatments.chart.progress.measurement_progress import measurement_progress_of, side_ratios
from treatments.models import Measurement, Muscle

ROW = str(uuid.UUID(int=9))


@pytest.fixture
def draft(client, physiotherapist, patient, catalogue):
    client.force_login(physiotherapist)
    return start(client, patient)


def measure(client, draft, **fields):
    return save(client, draft, measurement=[ROW], **{f"measurement-{ROW}-{name}": one for name, one in fields.items()})


def muscle():
    return Muscle.objects.get(slug="levator-scapulae").pk


@pytest.mark.parametrize(
    ("typed", "stored", "shown"),
    [
        ({"kind": "strength", "before": "4-", "after": "4+"}, ("strength", "mrc", 3.7, 4.3), ("4\N{MINUS SIGN}", "4+")),
        ({"kind": "strength", "before": "4", "after": "5"}, ("strength", "grade", 4, 5), ("4", "5")),
        (
            {"kind": "force_kg", "movement": "hip_abduction", "before": "10"},
            ("force", "kg", 98.066, None),
            ("10", None),
        ),
        ({"kind": "grip_newton", "before": "300", "after": "310"}, ("grip", "newton", 300, 310), ("300", "310")),
        ({"kind": "distance", "movement": "jaw_opening", "before": "38"}, ("distance", "mm", 38, None), ("38", None)),
        (
            {"kind": "rom", "movement": "thumb_flexion", "mode": "passive", "before": "40"},
            ("rom", "degrees", 40, None),
            ("40", None),
        ),
    ],
)
def test_a_measurement_is_stored_in_its_unit_and_shown_as_typed(client, draft, typed, stored, shown):
    if typed["kind"] == "strength":
        typed = typed | {"muscle": muscle()}

    answer = measure(client, draft, **typed)

    row = Measurement.objects.get()
    values = [None if value is None else float(value) for value in (row.before, row.after)]
    assert answer.status_code == 200
    assert (row.kind, row.unit, *values) == stored
    assert (row.before_in_unit, row.after_in_unit) == shown
    assert row.mode == typed.get("mode", "")


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"kind": "strength", "before": "5+"}, "before"),
        ({"kind": "rom", "movement": "neck_rotation", "before": "4+"}, "before"),
        ({"kind": "rom", "movement": "jaw_opening", "before": "38"}, "movement"),
        ({"kind": "distance", "movement": "neck_rotation", "before": "38"}, "movement"),
        ({"kind": "force_newton", "before": "38"}, "muscle"),
        ({"kind": "force_newton", "muscle": "levator-scapulae", "movement": "hip_abduction"}, "movement"),
        ({"kind": "grip_kg", "before": "300"}, "before"),
    ],
)
def test_what_cannot_be_gets_a_sentence_beside_the_field(client, draft, typed, field):
    if "muscle" in typed:
        typed = typed | {"muscle": muscle()}

    answer = measure(client, draft, **typed)

    assert answer.status_code == 422
    assert list(answer.json()["errors"]) == [f"measurement-{ROW}-{field}"]


def test_the_weaker_side_is_compared_with_the_stronger(patient, physiotherapist, catalogue):
    values = {"left": 240, "right": 300}
    rows = [Measurement(kind="grip", side=side, before=value, unit="newton") for side, value in values.items()]
    make_signed(patient, by=physiotherapist, needlings=[make_needling(make_muscle())], measurements=rows)

    ((weaker, per_cent),) = side_ratios(measurement_progress_of(Measurement.objects.all()))

    assert (weaker.side, per_cent) == ("left", 80)
