"""When something breaks, the page shows a reference and nothing else; the log has the same reference and the trace."""

import io
import logging
import re
from contextlib import contextmanager
from datetime import timedelta

import pytest
import time_machine
from django.conf import settings
from django.db import OperationalError, connection
from django.utils import timezone

from clinic.platform.logs import PrivateFormatter

from .clinic_fixture import addresses
from .test_permissions import TABLE, rows

SECRETS = ["Adeyemi", "Wilk", "SELECT", "patients_patient", "Traceback", "OperationalError", "site-packages", ".py"]
# These queries run before the page's own, and the fault must be in the page.
AT_THE_DOOR = re.compile(r'FROM "(django_session|auth_)')
# A PostgreSQL message, which quotes the row.
SAID = "could not read\nDETAIL:  Failing row contains (1, Ruth, Adeyemi)."
PAGES = [name for name, statuses in rows(TABLE) if statuses[2] == 200 and "patient_id" in addresses()[name]]
PAGES += ["today", "day", "week", "patient_search", "appointment_detail", "calendar_feed"]
# Enough input to search for a duplicate patient.
ENOUGH = {
    "name": "Chin tuck",
    "usual_dose": "3 × 10",
    "instructions": "Slowly.",
    "given_name": "Ruth",
    "family_name": "Adeyemi",
    "born_on": "14 Mar 1979",
    "sex": "female",
    "q": "Adeyemi",
    "id": "00000000-0000-4000-8000-000000000000",
    "field": "note",
    "text": "Tender on palpation.",
}
PLACES = [("get", name) for name in PAGES] + [("post", name) for name, statuses in rows(TABLE) if statuses[6] == 422]


@pytest.fixture
def clinic_fixture(client, clinic_fixture):
    client.force_login(clinic_fixture.physiotherapist)
    client.raise_request_exception = False
    return clinic_fixture


@contextmanager
def broken_database():
    """Every query of a page fails."""

    def refuse(execute, sql, params, many, context):
        if AT_THE_DOOR.search(sql):
            return execute(sql, params, many, context)
        raise OperationalError(SAID)

    with connection.execute_wrapper(refuse):
        yield


@contextmanager
def written():
    handler = logging.StreamHandler(io.StringIO())
    handler.setFormatter(PrivateFormatter(settings.LOGGING["formatters"]["line"]["format"], style="{"))
    logger = logging.getLogger("django.request")
    logger.addHandler(handler)
    try:
        yield handler.stream
    finally:
        logger.removeHandler(handler)


def test_there_are_twenty_pages_to_test():
    assert len(set(PLACES)) >= 20


@pytest.mark.parametrize(("method", "name"), PLACES)
def test_a_failing_page_shows_only_a_reference(client, clinic_fixture, method, name):
    url = clinic_fixture.url(name)
    with broken_database(), written() as log:
        answer = getattr(client, method)(url, ENOUGH)

    page = answer.content.decode()
    reference = re.search(r"reference: <b>([0-9a-f]{8})</b>", page)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "30")
    assert reference
    assert [secret for secret in SECRETS if secret in page] == []
    assert reference[1] in log.getvalue()
    assert answer.headers["X-Request-ID"].startswith(reference[1])
    assert "Traceback" in log.getvalue()
    assert "Adeyemi" not in log.getvalue()


@pytest.mark.parametrize(("fails", "status"), [("database", 503), ("code because of the database", 503), ("code", 500)])
def test_the_status_says_whether_the_database_or_the_code_failed(client, clinic_fixture, fails, status):
    def refuse(execute, sql, params, many, context):
        if fails == "code":
            raise KeyError("Adeyemi")
        if fails == "database":
            raise OperationalError(SAID)
        raise KeyError("Adeyemi") from OperationalError(SAID)

    with connection.execute_wrapper(refuse):
        answer = client.get("/today/")

    assert answer.status_code == status
    assert ("The database does not answer" in answer.content.decode()) == (status == 503)


def test_a_session_that_cannot_be_saved_is_a_failure_of_the_database(client, clinic_fixture):
    def refuse(execute, sql, params, many, context):
        if sql.startswith('UPDATE "django_session"'):
            raise OperationalError("database or disk is full")
        return execute(sql, params, many, context)

    with connection.execute_wrapper(refuse), time_machine.travel(timezone.now() + timedelta(minutes=5)):
        answer = client.get("/today/")

    assert answer.status_code == 503


@pytest.mark.parametrize("name", ["today", "patient_search"])
def test_two_failures_have_two_references(client, clinic_fixture, name):
    with broken_database():
        pages = [client.get(clinic_fixture.url(name)).content for _ in range(2)]

    assert pages[0] != pages[1]


@pytest.mark.parametrize(
    "path", ["/nowhere/", "/patients/999999/", "/patients/1/../../etc/passwd", "/static/../clinic/settings.py"]
)
def test_an_unknown_page_reveals_nothing(client, clinic_fixture, path):
    answer = client.get(path)

    assert answer.status_code == 404
    assert [secret for secret in SECRETS if secret in answer.content.decode()] == []


def test_a_refused_host_reveals_nothing(client, clinic_fixture):
    answer = client.get("/", HTTP_HOST="evil.example")

    assert answer.status_code == 400
    assert [secret for secret in [*SECRETS, "evil.example"] if secret in answer.content.decode()] == []
