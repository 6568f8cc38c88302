import html
import io
import json
import logging
from contextlib import contextmanager

import pytest
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import IntegrityError, connection, transaction
from django.utils.module_loading import import_string

from clinic.platform.log_settings import log_settings
from clinic.platform.logs import JsonFormatter, PrivateFormatter
from patients.models import Patient
from tests.test_error_pages import PLACES

pytestmark = pytest.mark.both_engines

SECRET = "Adeyemi"


@contextmanager
def written_by(name, formatter=None):
    """What a logger writes with the formatter of the settings."""
    handler = logging.StreamHandler(io.StringIO())
    handler.setFormatter(formatter or PrivateFormatter("{levelname} {name} {message}", style="{"))
    logger = logging.getLogger(name)
    logger.addHandler(handler)
    try:
        yield handler.stream
    finally:
        logger.removeHandler(handler)


def test_every_log_handler_uses_the_private_formatter():
    formatters = {name: import_string(each["()"]) for name, each in settings.LOGGING["formatters"].items()}
    handlers = settings.LOGGING["handlers"].values()

    assert {handler["formatter"] for handler in handlers} <= {"line", "json"} == set(formatters)
    assert all(issubclass(formatter, PrivateFormatter) for formatter in formatters.values())


@pytest.mark.parametrize("name", ["django", "gunicorn.error", "gunicorn.access"])
def test_loggers_of_the_server_use_no_other_handler(name):
    assert settings.LOGGING["loggers"][name].get("handlers", []) in ([], ["console"])


def test_a_refusal_of_the_database_is_logged_without_the_row(patient):
    with written_by("django.request") as written:
        try:
            with transaction.atomic():
                Patient.objects.filter(pk=patient.pk).update(born_on=None)
        except IntegrityError as refusal:
            logging.getLogger("django.request").exception("Internal Server Error: %s", refusal)

    text = written.getvalue()
    assert "IntegrityError" in text
    assert "born_on" in text
    assert SECRET not in text
    assert connection.vendor != "postgresql" or "left out" in text


@pytest.mark.parametrize(
    "said",
    [
        "DETAIL:  Failing row contains (1, P000001, Ruth, Adeyemi, 1979-03-14, a note\n\nof two lines).",
        "DETAIL:  Key (family_name)=(Adeyemi) already exists.",
        "LINE 1: ...patients_patient WHERE family_name = 'Adeyemi'\n                    ^",
        "CONTEXT:  COPY patients_patient, line 1: Adeyemi",
    ],
)
def test_the_row_that_postgresql_quotes_is_left_out(said):
    with written_by("treatments") as written:
        try:
            try:
                raise ValueError(f"refused by the database\n{said}")
            except ValueError as cause:
                raise IntegrityError(f"refused by the database\n{said}\n") from cause
        except IntegrityError as refusal:
            logging.getLogger("treatments").exception("Not saved: %s", refusal)

    text = written.getvalue()
    assert SECRET not in text
    assert "of two lines" not in text
    assert text.count("refused by the database") == 3
    assert "direct cause" in text


@pytest.mark.parametrize(
    ("line", "kept"),
    [
        ('127.0.0.1 "GET /patients/?q=Adeyemi HTTP/1.1" 200 "https://clinic/patients/?q=Adeyemi"', "HTTP/1.1"),
        ("Error handling request /patients/?q=Ruth%20Adeyemi&page=2", "/patients/"),
        ("Forbidden (Referer checking failed - https://a.example/patients/?q=Adeyemi does not match", "does not match"),
        ("Invalid HTTP request line: 'GET /patients/?q=Adeyemi'", "Invalid HTTP request line"),
    ],
)
def test_an_address_is_logged_without_its_query(line, kept):
    with written_by("gunicorn.error") as written:
        logging.getLogger("gunicorn.error").error(line)

    assert kept in written.getvalue()
    assert "/patients/" in written.getvalue()
    assert SECRET not in written.getvalue()


def test_a_missing_page_is_logged_without_its_query(client, front_desk):
    client.force_login(front_desk)

    with written_by("django.request") as written:
        client.get("/patients/999/?q=Adeyemi")

    assert "/patients/999/" in written.getvalue()
    assert SECRET not in written.getvalue()


def test_a_refused_person_is_logged_by_id_and_sees_a_plain_sentence(client, front_desk, patient):
    client.force_login(front_desk)

    with written_by("django.request") as written:
        response = client.get(f"/patients/{patient.pk}/screening/")

    assert response.status_code == 403
    page = html.unescape(response.content.decode())
    assert "<h1>You don't have permission to view this page</h1>" in page
    assert "required permission" not in page
    assert f"User {front_desk.pk} does not have the required permission" in written.getvalue()
    assert front_desk.username not in page + written.getvalue()


def test_json_has_one_object_a_line_with_the_id_of_the_request_and_no_path(client, front_desk, patient):
    client.force_login(front_desk)

    with written_by("filiform.request", JsonFormatter()) as written:
        answer = client.get(f"/patients/{patient.pk}/?q=Adeyemi")

    (line,) = map(json.loads, written.getvalue().splitlines())
    assert line.pop("time").endswith("+00:00") and line.pop("ms") >= 0
    assert line.pop("message").startswith("GET patient_detail 200 in ")
    assert line == {
        "level": "INFO",
        "logger": "filiform.request",
        "request_id": answer.headers["X-Request-ID"],
        "view": "patient_detail",
        "method": "GET",
        "status": 200,
    }


def test_a_format_that_does_not_exist_is_named():
    with pytest.raises(ImproperlyConfigured, match="LOG_FORMAT"):
        log_settings("xml")


def test_no_page_writes_a_name_into_the_log(client, clinic_fixture):
    """Names in every form and in the search. test_error_pages does the same with a broken database."""
    sent = {"given_name": "Ruth", "family_name": "Adeyemi", "q": "Adeyemi", "phone": "07700900123"}
    names = {clinic_fixture.patient.family_name, clinic_fixture.stranger.family_name, "Adeyemi", "07700900123"}
    client.force_login(clinic_fixture.physiotherapist)

    with written_by("", JsonFormatter()) as written:
        for method, name in [("get", "patient_search"), *(place for place in PLACES if place[0] == "post")]:
            getattr(client, method)(clinic_fixture.url(name), sent)

    lines = [json.loads(line) for line in written.getvalue().splitlines()]
    assert {line["status"] for line in lines if "status" in line} >= {200, 422}
    assert [line for line in lines if any(secret in json.dumps(line) for secret in names)] == []


def test_a_mistake_of_a_browser_is_no_error_of_the_server(client, db):
    with written_by("django.security") as written:
        client.get("/", HTTP_HOST="evil.example")

    assert written.getvalue().startswith("WARNING django.security.DisallowedHost")
    assert "Traceback" not in written.getvalue()
