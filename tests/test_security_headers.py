"""What every answer carries, and that a POST without the page's own token is refused."""

import pytest
from django.test import Client

from .world import addresses, make_world

HEADERS = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=()",
    "Content-Security-Policy": "default-src 'self'",
}


@pytest.fixture
def world(db):
    return make_world()


@pytest.fixture
def answers(client, world):
    """The answer to GET of every address, by name, for a physiotherapist."""
    client.force_login(world.physiotherapist)
    return {name: client.get(world.url(name)) for name in addresses()}


@pytest.mark.parametrize(("header", "holds"), list(HEADERS.items()))
def test_every_answer_carries_the_header(answers, header, holds):
    assert [name for name, answer in answers.items() if holds not in answer.headers.get(header, "")] == []


def test_no_answer_allows_inline_scripts_or_styles(answers):
    policies = {answer.headers["Content-Security-Policy"] for answer in answers.values()}

    assert [policy for policy in policies if "unsafe" in policy or "frame-ancestors 'none'" not in policy] == []


def test_a_post_without_the_token_of_the_page_is_refused(world):
    elsewhere = Client(enforce_csrf_checks=True)
    elsewhere.force_login(world.physiotherapist)
    statuses = {name: elsewhere.post(world.url(name)).status_code for name in addresses()}

    assert {name: status for name, status in statuses.items() if status not in (403, 405)} == {}


def test_a_refused_token_is_explained(world):
    elsewhere = Client(enforce_csrf_checks=True)

    answer = elsewhere.post(world.url("login"))

    assert answer.templates[0].name == "403_csrf.html"
