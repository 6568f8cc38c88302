import pytest

from treatments.services import rebuild_summaries

from .builders import make_history


@pytest.fixture
def history(front_desk):
    """Some months of signed sessions, counted."""
    made = make_history(by=front_desk)
    rebuild_summaries()
    return made
