"""Fixtures of several pages."""

import pytest


@pytest.fixture
def signed_in(client, admin):
    """The client of an admin who imports files."""
    client.force_login(admin)
    return client
