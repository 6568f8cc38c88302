"""Fixtures of the treatment record."""

import pytest

from tests.reference_data import have_catalogue

from . import builders, pages


@pytest.fixture
def catalogue(db):
    have_catalogue()


@pytest.fixture
def needle(db):
    return builders.make_needle()


@pytest.fixture
def draft(client, physiotherapist, patient, catalogue):
    """A draft just started; the test client is its physiotherapist."""
    builders.make_ready(patient, by=physiotherapist)
    client.force_login(physiotherapist)
    return pages.start(client, patient)
