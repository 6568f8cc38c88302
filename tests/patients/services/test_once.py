"""A page that is sent twice is stored once, and refused if its content differs."""

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from patients.models import Episode, TrailEntry
from patients.services.once import OtherContent, record_once, stored_before

pytestmark = pytest.mark.both_engines

CHOSEN = 901  # the id that the page chose
CONTENT = ["patient_id", "complaint"]


@pytest.fixture
def record(patient, physiotherapist):
    """Send the page: an episode under the chosen id."""

    def send(complaint="Neck pain", **options):
        episode = Episode(
            pk=CHOSEN, patient=patient, complaint=complaint, region="neck", opened_on=timezone.localdate()
        )
        episode.lead = physiotherapist
        return record_once(episode, by=physiotherapist, same=CONTENT, **options)

    return send


def actions():
    return list(TrailEntry.objects.filter(record_type="episode").values_list("action", flat=True))


def test_a_page_sent_twice_is_stored_and_audited_once(record):
    first, second = record(), record()

    assert first == second == Episode.objects.get()
    assert actions() == ["create"]


def test_a_page_sent_again_with_other_content_is_refused_and_changes_nothing(record):
    record()

    with pytest.raises(OtherContent, match="already saved with different content"):
        record("Shoulder pain")

    assert Episode.objects.get().complaint == "Neck pain"
    assert actions() == ["create"]


def test_only_a_new_row_is_prepared(record):
    prepared = []

    for _ in range(2):
        record(prepare=prepared.append)

    assert [row.pk for row in prepared] == [CHOSEN]


def test_a_row_that_prepare_refuses_is_not_stored(record):
    def refuse(row):
        raise ValidationError("Not this one.")

    with pytest.raises(ValidationError, match="Not this one"):
        record(prepare=refuse)

    assert not Episode.objects.exists()


def test_a_row_that_the_model_refuses_is_not_stored(record):
    with pytest.raises(ValidationError) as refused:
        record(complaint="")

    assert list(refused.value.error_dict) == ["complaint"]
    assert actions() == []


def test_the_audit_entry_has_the_action_that_is_asked_for(record):
    record(action=TrailEntry.Action.AMEND)

    assert actions() == ["amend"]


def test_nothing_was_stored_before_a_page_is_sent(db):
    assert stored_before(Episode.objects.filter(pk=CHOSEN), content_of=str, content="x") is None
