import io
import logging
from contextlib import contextmanager

import pytest
from django.conf import settings
from django.db import IntegrityError, connection, transaction

from clinic.platform.logs import PrivateFormatter
from patients.models import Patient

pytestmark = pytest.mark.both_engines

SECRET = "Adeyemi"


@contextmanager
def written_by(name):
    """What a logger writes with the formatter of the settings."""
    handler = logging.StreamHandler(io.StringIO())
    handler.setFormatter(PrivateFormatter("{levelname} {name} {message}", style="{"))
    logger = logging.getLogger(name)
    logger.addHandler(handler)
    try:
        yield handler.stream
    finally:
        logger.removeHandler(handler)


def test_every_log_handler_uses_the_private_formatter():
    formatters = settings.LOGGING["formatters"]
    handlers = settings.LOGGING["handlers"].values()

    assert {formatters[handler["formatter"]]["()"] for handler in handlers} == {"clinic.platform.logs.PrivateFormatter"}


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
