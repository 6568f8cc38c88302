from datetime import date
from decimal import Decimal

import pytest

from patients.integrity.changes import LONGEST, changes_between, field_values, row_changes
from patients.models import ScreeningQuestion
from patients.services import update_patient

pytestmark = pytest.mark.both_engines


def test_only_fields_that_differ_are_listed(patient):
    before = field_values(patient)
    patient.phone, patient.born_on = "020", date(1980, 1, 2)

    assert changes_between(before, patient) == {"phone": ["", "020"], "born_on": ["1979-03-14", "1980-01-02"]}
    assert changes_between(patient, patient) == {}


def test_a_new_record_lists_the_fields_that_are_filled_in(patient):
    changes = changes_between(None, patient)

    assert changes["family_name"] == [None, "Adeyemi"]
    assert "email" not in changes
    assert "phone_key" not in changes


def test_rows_are_matched_by_their_keys():
    kept, gone, new = (ScreeningQuestion(pk=n, key=f"q{n}", text="Faint?", sort_order=n) for n in (1, 2, 3))
    changed = ScreeningQuestion(pk=1, key="q1", text="Fainted?", sort_order=1)

    changes = row_changes([kept, gone], [changed, new])

    assert changes["screeningquestion 1"] == [{"text": "Faint?"}, {"text": "Fainted?"}]
    assert changes["screeningquestion 2"][1] is None
    assert changes["screeningquestion 3"][0] is None
    assert changes["screeningquestion 3"][1]["key"] == "q3"


def test_of_a_long_text_only_the_part_that_differs_is_listed():
    text = "The neck is stiff. " * 100

    changes = changes_between({"note": text + "End."}, {"note": text + "The end."})["note"]

    assert changes[0].endswith("End.")
    assert changes[1].endswith("The end.")
    assert all(len(side) < 60 and side.startswith("…") for side in changes)


def test_a_very_long_text_is_cut():
    changes = changes_between({"note": ""}, {"note": "x" * 1_000_000})["note"]

    assert len(changes[1]) < LONGEST + 50
    assert changes[1].endswith("(1000000 characters)")


def test_values_can_be_stored_as_json():
    changes = changes_between(
        {}, {"a": Decimal("0.30"), "b": ["x", 1], "c": date(2026, 1, 2), "d": "a\x00b", "e": False}
    )

    assert changes == {
        "a": [None, "0.30"],
        "b": [None, ["x", 1]],
        "c": [None, "2026-01-02"],
        "d": [None, "a\ufffdb"],
        "e": [None, False],
    }


def test_a_service_records_the_field_that_it_changed(patient, front_desk):
    update_patient(patient, by=front_desk, phone="020 7946 0123")

    entry = patient.trail.latest_first().first()
    assert (entry.action, entry.by, entry.changes) == ("change", front_desk, {"phone": ["", "020 7946 0123"]})
