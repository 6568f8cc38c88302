"""What was corrected in the record after a letter was signed."""

import uuid

import pytest

from patients.services import open_episode
from tests.treatments.builders import make_signed, make_signed_assessment, make_signed_letter
from treatments.record.letters import corrected_since
from treatments.services import amend_assessment, amend_session, mark_in_error, record_outcome_score

pytestmark = pytest.mark.both_engines


@pytest.fixture
def episode(patient, physiotherapist):
    return open_episode(patient, by=physiotherapist, complaint="Neck pain", region="neck")


def amend(session, by, service=amend_session):
    return service(session, by=by, text="The left arm.", reason="Notes", proof="PIN", id=uuid.uuid4())


def test_what_was_corrected_before_the_signature_is_not_said(episode, physiotherapist):
    amend(make_signed(episode.patient, by=physiotherapist, episode=episode), physiotherapist)

    assert corrected_since(make_signed_letter(episode, by=physiotherapist)) == []


def test_amendments_of_the_episode_and_records_in_error_are_said(episode, physiotherapist):
    session = make_signed(episode.patient, by=physiotherapist, episode=episode, days_ago=2)
    assessment = make_signed_assessment(episode, by=physiotherapist)
    day = session.started_at.date()
    score = record_outcome_score(episode, by=physiotherapist, measure="ndi", value=40, scored_on=day)
    letter = make_signed_letter(episode, by=physiotherapist)

    amend(session, physiotherapist)
    amend(assessment, physiotherapist, amend_assessment)
    mark_in_error(score, by=physiotherapist, reason="Another patient", proof="PIN")

    of_session, of_assessment, of_score = corrected_since(letter)
    assert of_session.startswith("The session of")
    assert of_assessment.startswith("The assessment of")
    assert of_score.endswith("outcome score.")


def test_what_concerns_another_episode_or_the_letter_itself_is_not_said(episode, physiotherapist):
    other = open_episode(episode.patient, by=physiotherapist, complaint="Elbow", region="arm")
    session = make_signed(episode.patient, by=physiotherapist, episode=other)
    letter = make_signed_letter(episode, by=physiotherapist)

    amend(session, physiotherapist)
    mark_in_error(letter, by=physiotherapist, reason="Another patient", proof="PIN")

    assert corrected_since(letter) == []
