"""What an entry holds, and that the chain is what it says."""

import pytest
from django.contrib.auth.models import AnonymousUser

from patients.models import TrailEntry
from patients.services import record_trail
from patients.trail import broken_links

Action = TrailEntry.Action


def test_an_entry_follows_the_one_before_it_in_its_chain(patient, front_desk):
    first = record_trail(Action.READ, by=front_desk, patient=patient, record=patient)
    second = record_trail(Action.CHANGE, by=front_desk, record=patient, changes={"phone": ["", "020"]})
    elsewhere = record_trail(Action.LOGIN, by=front_desk)

    assert second.number == first.number + 1
    assert second.previous_hash == first.hash
    assert first.chain == second.chain == f"patient-{patient.pk}"
    assert elsewhere.chain == "clinic"
    assert list(broken_links()) == []
