"""Words of other systems for regions, sides and the end of an episode."""

import pytest

from patients.importing.complaints import reason_of, region_of, side_of, with_side


@pytest.mark.parametrize(
    ("text", "region"),
    [
        ("Neck", "neck"),
        ("neck pain", "neck"),
        ("Cervicogenic headache", ""),  # the neck and the head
        ("Lower back pain", "low_back"),
        ("Chronic low back pain (finding)", "low_back"),
        ("Nackenschmerzen", "neck"),
        ("Lumbalgie", "low_back"),
        ("Épaule gelée", "shoulder"),
        ("Sprain of ankle", "foot"),
        ("Lower leg", "leg"),
        ("hip_buttock", "hip_buttock"),
        ("Hippocampal sclerosis", ""),
        ("Handover from Dr Lee", ""),
        ("Chronic pain", ""),
        ("", ""),
    ],
)
def test_a_region_is_recognised_only_if_it_is_the_only_one(text, region):
    assert region_of(text, {text}) == region


@pytest.mark.parametrize(
    ("text", "side"), [("L", "left"), ("Right", "right"), ("bilateral", "both"), ("Links", "left"), ("centre", "")]
)
def test_a_side_is_recognised(text, side):
    assert side_of(text, {text}) == side


@pytest.mark.parametrize(
    ("complaint", "side", "stored"),
    [
        ("Shoulder pain", "left", "Shoulder pain, left"),
        ("Left shoulder pain", "left", "Left shoulder pain"),
        ("Heel pain", "both", "Heel pain, both sides"),
        ("Neck pain", None, "Neck pain"),
    ],
)
def test_the_side_becomes_part_of_the_complaint(complaint, side, stored):
    assert with_side(complaint, side) == stored


@pytest.mark.parametrize(
    ("text", "reason"),
    [("Goals reached", "goal_reached"), ("DNA", "did_not_return"), ("improved", "improved"), ("x", "")],
)
def test_a_reason_for_closing_is_recognised(text, reason):
    assert reason_of(text, {text}) == reason
