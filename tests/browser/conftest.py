"""Chromium of the machine against a live server; a test fails on any error that the browser reports."""

import os
from datetime import UTC, datetime

import pytest
import time_machine
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from playwright.sync_api import expect

from tests import people
from tests.chromium import chromium
from tests.clinic.builders import book, make_hours, make_room, make_type

# A loaded machine may need longer than the default of 5 s. A test that passes is not slower for it.
expect.set_options(timeout=15_000)

# Playwright's loop runs in the tests' own thread; Django would take it for async code.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"

QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def pytest_collection_modifyitems(items):
    for item in items:
        if "/browser/" in str(item.path):
            item.add_marker(pytest.mark.browser)
            # A tap of a script can come in the moment in which a loaded machine lays the page out anew. The summary of
            # the run counts what was run again.
            item.add_marker(pytest.mark.flaky(reruns=2))


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args):
    return browser_type_launch_args | {"executable_path": chromium(), "args": QUIET}


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args):
    return browser_context_args | {"viewport": {"width": 1440, "height": 900}, "locale": "en-GB"}


@pytest.fixture(autouse=True)
def same_clock(context):
    """Around midnight the run moves its clock (tests/clock.py). The browser then follows it."""
    if time_machine.escape_hatch.is_travelling():
        context.clock.install(time=datetime.now(UTC))


@pytest.fixture
def complaints(context):
    """What the browser and the server complained about; a test adds to `allowed` what it causes on purpose."""
    found = Complaints()
    found.listen_to(context)
    return found


class Complaints(list):
    def __init__(self):
        super().__init__()
        self.allowed = []

    def listen_to(self, context):
        context.on("console", self.hear)
        context.on("weberror", lambda error: self.append(str(error.error)))
        context.on(
            "response", lambda answer: answer.status >= 500 and self.append(f"{answer.status} {answer.request.url}")
        )

    def hear(self, message):
        if message.type == "error":
            self.append(f"{message.location['url']}:{message.location['lineNumber']} {message.text}")

    def unexpected(self):
        return [text for text in self if not any(part in text for part in self.allowed)]


@pytest.fixture(autouse=True)
def nothing_to_complain_about(request, complaints):
    """Fails the test on a console error, a refusal of the content policy, an uncaught exception or a 5xx answer."""
    yield
    assert complaints.unexpected() == []


@pytest.fixture
def sign_in(context, live_server):
    """sign_in(user): the session cookie of a signed-in person, without the form; `browser` is another's own."""

    def do(user, browser=context):
        session = SessionStore()
        session[SESSION_KEY] = str(user.pk)
        session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[-1]
        session[HASH_SESSION_KEY] = user.get_session_auth_hash()
        session.save()
        browser.add_cookies(
            [{"name": settings.SESSION_COOKIE_NAME, "value": session.session_key, "url": live_server.url}]
        )

    return do


@pytest.fixture(scope="session")
def base_url(live_server):
    """page.goto('/today/') goes to the live server."""
    return live_server.url


@pytest.fixture
def desk(physiotherapist, other_physiotherapist, front_desk, patient, sign_in):
    """A signed-in front desk, two people at work, a room for each, one patient."""
    for user in (physiotherapist, other_physiotherapist):
        make_hours(user)
    for name in ("Room 1", "Room 2"):
        make_room(name)
    make_type()
    sign_in(front_desk)
    return front_desk


@pytest.fixture
def other_patient(desk):
    return people.make_patient(by=desk, given_name="Tomasz", family_name="Wilk")


@pytest.fixture
def visit(desk, patient, physiotherapist):
    return book(patient, physiotherapist, "10:00", by=desk, room=make_room())
