from datetime import date
from decimal import Decimal

import pytest

from patients.integrity.changes import LONGEST, differences, row_differences, state_of
from patients.models import ScreeningQuestion
from patients.services import update_patient

pytestmark = pytest.mark.both_engines


def test_only_what_differs_is_told(patient):
    before = state_of(patient)
    patient.phone, patient.born_on = "020", date(1980, 1, 2)

    assert differences(before, patient) == {"phone": ["", "020"], "born_on": ["1979-03-14", "1980-01-02"]}
    assert differences(patient, patient) == {}


def test_a_new_record_is_told_by_what_is_filled_in(patient):
    told = differences(None, patient)

    assert told["family_name"] == [None, "Adeyemi"]
    assert "email" not in told
    assert "phone_key" not in told


def test_rows_are_matched_by_their_keys():
    kept, gone, new = (ScreeningQuestion(pk=n, key=f"q{n}", text="Faint?", sort_order=n) for n in (1, 2, 3))
    changed = ScreeningQuestion(pk=1, key="q1", text="Fainted?", sort_order=1)

    told = row_differences([kept, gone], [changed, new])

    assert told["screeningquestion 1"] == [{"text": "Faint?"}, {"text": "Fainted?"}]
    assert told["screeningquestion 2"][1] is None
    assert told["screeningquestion 3"][0] is None
    assert told["screeningquestion 3"][1]["key"] == "q3"


def test_of_a_long_text_only_the_part_that_differs_is_told():
    text = "The neck is stiff. " * 100

    told = differences({"note": text + "End."}, {"note": text + "The end."})["note"]

    assert told[0].endswith("End.")
    assert told[1].endswith("The end.")
    assert all(len(side) < 60 and side.startswith("…") for side in told)


def test_a_text_without_end_is_bounded():
    told = differences({"note": ""}, {"note": "x" * 1_000_000})["note"]

    assert len(told[1]) < LONGEST + 50
    assert told[1].endswith("(1000000 characters)")


def test_values_are_such_that_json_can_hold_them():
    told = differences({}, {"a": Decimal("0.30"), "b": ["x", 1], "c": date(2026, 1, 2), "d": "a\x00b", "e": False})

    assert told == {
        "a": [None, "0.30"],
        "b": [None, ["x", 1]],
        "c": [None, "2026-01-02"],
        "d": [None, "a\ufffdb"],
        "e": [None, False],
    }


def test_a_service_tells_the_field_that_it_changed(patient, front_desk):
    update_patient(patient, by=front_desk, phone="020 7946 0123")

    entry = patient.trail.latest_first().first()
    assert (entry.action, entry.by, entry.changes) == ("change", front_desk, {"phone": ["", "020 7946 0123"]})
