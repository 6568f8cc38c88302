"""The id and IP address of requests, and the audit trail of what they showed or were refused."""

import io
import logging
import re

import pytest
from django.test import Client

from clinic.models import Appointment
from clinic.platform.logs import PrivateFormatter
from patients.audit.chain import broken_links
from patients.models import Patient, TrailEntry

pytestmark = pytest.mark.both_engines


@pytest.fixture
def since(clinic_fixture):
    """since(): the entries written after `clinic_fixture` was created, oldest first."""
    last = TrailEntry.objects.order_by("-pk").first().pk

    def do():
        return list(TrailEntry.objects.filter(pk__gt=last).exclude(action="login").order_by("pk"))

    return do


@pytest.fixture
def signed_in(client, clinic_fixture, since):
    client.force_login(clinic_fixture.physiotherapist)
    return client


def test_reading_a_chart_is_recorded_in_full(signed_in, clinic_fixture, since):
    answer = signed_in.get(clinic_fixture.url("patient_chart"), REMOTE_ADDR="192.0.2.7")

    (entry,) = since()
    assert (entry.action, entry.by, entry.by_name) == ("read", clinic_fixture.physiotherapist, "m.solberg")
    assert (entry.patient, entry.record_type, entry.record_id) == (
        clinic_fixture.patient,
        "patient",
        str(clinic_fixture.patient.pk),
    )
    assert (entry.page, entry.address) == ("patient_chart", "192.0.2.7")
    assert entry.request_id == answer.headers["X-Request-ID"]


def test_the_most_specific_record_is_named(signed_in, clinic_fixture, since):
    signed_in.get(clinic_fixture.url("session_detail"))

    assert [(e.record_type, e.record_id) for e in since()] == [
        ("treatmentsession", str(clinic_fixture.ids["session_id"]))
    ]


def test_head_is_a_reading_like_get(signed_in, clinic_fixture, since):
    signed_in.head(clinic_fixture.url("patient_chart"))

    assert [entry.action for entry in since()] == ["read"]


def test_a_fragment_is_a_reading_like_a_page(signed_in, clinic_fixture, since):
    signed_in.get(clinic_fixture.url("patient_chart"), headers={"HX-Request": "true"})

    assert [entry.action for entry in since()] == ["read"]


def test_a_form_sent_back_with_its_errors_shows_the_record_too(client, clinic_fixture, since):
    client.force_login(clinic_fixture.front_desk)

    answer = client.post(clinic_fixture.url("patient_edit"), {"nothing": "said"})

    assert answer.status_code == 422
    assert [(entry.action, entry.patient) for entry in since()] == [("read", clinic_fixture.patient)]


def test_a_redirect_is_not_recorded_as_reading(signed_in, clinic_fixture, since):
    signed_in.get(clinic_fixture.url("session_start"))

    assert since() == []


def test_a_visit_of_the_diary_is_a_reading_of_its_patient(client, clinic_fixture, since):
    client.force_login(clinic_fixture.front_desk)

    client.get(clinic_fixture.url("appointment_detail"))

    assert [(e.action, e.patient, e.record_type) for e in since()] == [("read", clinic_fixture.patient, "appointment")]


def test_the_diary_is_not_recorded(client, clinic_fixture, since):
    client.force_login(clinic_fixture.front_desk)

    for name in ("day", "home"):
        client.get(clinic_fixture.url(name))

    assert since() == []


def test_a_search_is_one_entry_about_everybody_it_found(client, clinic_fixture, since):
    client.force_login(clinic_fixture.front_desk)

    client.get(clinic_fixture.url("patient_search"), {"q": "Mori"})

    (entry,) = since()
    aiko, bela = Patient.objects.filter(family_name="Mori").order_by("pk")
    assert (entry.action, entry.by, entry.patient, entry.note) == (
        "read",
        clinic_fixture.front_desk,
        None,
        "List: Mori",
    )
    assert entry.patients_in_list == [aiko.pk, bela.pk]
    assert [entry in TrailEntry.objects.about(one) for one in (aiko, bela, clinic_fixture.patient)] == [
        True,
        True,
        False,
    ]


def test_a_list_of_the_admin_filtered_to_one_person_is_an_entry_about_them(client, clinic_fixture, since):
    client.force_login(clinic_fixture.admin)

    client.get("/admin/treatments/needling/", {"q": clinic_fixture.patient.record_number})

    (entry,) = since()
    assert (entry.patient, entry.chain) == (clinic_fixture.patient, f"patient-{clinic_fixture.patient.pk}")
    assert list(broken_links()) == []


def test_the_printed_day_is_one_entry_about_its_patients(client, clinic_fixture, since):
    client.force_login(clinic_fixture.front_desk)

    client.get(clinic_fixture.url("day_print"))

    assert [(e.action, e.patient, e.page) for e in since()] == [("print", clinic_fixture.patient, "day_print")]


def test_reading_a_calendar_is_recorded_once_an_hour_and_again_when_it_changes(client, clinic_fixture, since):
    url = clinic_fixture.url("calendar_feed")

    for address in ("192.0.2.7", "192.0.2.7", "192.0.2.8"):
        client.get(url, REMOTE_ADDR=address)
    Appointment.objects.filter(pk=clinic_fixture.ids["appointment_id"]).update(version=7)
    client.get(url, REMOTE_ADDR="192.0.2.8")

    found = [(entry.action, entry.patient, entry.address[-1]) for entry in since()]
    assert found == [("read", clinic_fixture.patient, number) for number in "788"]


def test_what_strangers_are_refused_is_counted(client, clinic_fixture, since, settings):
    for number in range(101):
        client.get(f"/calendar/guess{number}.ics")
    client.get("/calendar/guess.ics", REMOTE_ADDR="192.0.2.8")

    answered = "Answered 404 to GET."
    notes = [answered, f"{answered} 10 refusals in an hour.", f"{answered} 100 refusals in an hour.", answered]
    assert [(entry.chain, entry.note) for entry in since()] == [("strangers", note) for note in notes]
    assert list(broken_links()) == []


def test_with_many_addresses_strangers_fill_no_audit_trail(client, clinic_fixture, since, monkeypatch):
    monkeypatch.setattr("clinic.platform.audit_middleware.ENTRIES_AN_HOUR", 3)

    for number in range(5):
        client.get("/calendar/guess.ics", REMOTE_ADDR=f"192.0.2.{number}")

    assert len(since()) == 3


def test_a_refusal_names_whose_record_it_was(client, clinic_fixture, since):
    client.force_login(clinic_fixture.front_desk)

    answer = client.get(clinic_fixture.url("patient_chart"))

    (entry,) = since()
    assert answer.status_code == 403
    assert (entry.action, entry.by, entry.patient) == ("refused", clinic_fixture.front_desk, clinic_fixture.patient)
    assert entry.note == "Answered 403 to GET."


@pytest.mark.parametrize("number", [0, 10**18 - 1])
def test_a_missing_record_is_a_refusal(signed_in, clinic_fixture, since, number):
    answer = signed_in.get(clinic_fixture.url("patient_chart", patient_id=number))

    (entry,) = since()
    assert answer.status_code == 404
    assert (entry.action, entry.patient, entry.record_id) == ("refused", None, str(number))


def test_a_record_of_another_patient_is_a_refusal(signed_in, clinic_fixture, since):
    answer = signed_in.post(clinic_fixture.url("session_edit", session_id=clinic_fixture.stranger_ids["session_id"]))

    (entry,) = since()
    assert answer.status_code == 404
    assert entry.note == "Answered 404 to POST."
    assert entry.record_id == str(clinic_fixture.stranger_ids["session_id"])


@pytest.mark.parametrize("url", ["/patients/-1/", "/patients/ruth/chart/", f"/patients/{2**63}/chart/"])
def test_an_unknown_url_is_recorded_with_its_path(signed_in, since, url):
    signed_in.get(url)

    assert [entry.note for entry in since()] == [f"Answered 404 to GET {url}."]


def test_an_unknown_url_without_a_sign_in_is_not_recorded(client, clinic_fixture, since):
    client.get("/wp-login.php")

    assert since() == []


def test_a_guessed_calendar_address_is_recorded_without_the_secret(client, clinic_fixture, since):
    client.get("/calendar/guessed-secret.ics")

    (entry,) = since()
    assert (entry.action, entry.by, entry.page) == ("refused", None, "calendar_feed")
    assert "guessed" not in str([getattr(entry, field.attname) for field in entry._meta.concrete_fields])


def test_a_post_without_the_pages_token_is_a_refusal(clinic_fixture, since):
    elsewhere = Client(enforce_csrf_checks=True)
    elsewhere.force_login(clinic_fixture.physiotherapist)

    elsewhere.post(clinic_fixture.url("session_edit"))

    assert [(e.action, e.by, e.patient) for e in since()] == [
        ("refused", clinic_fixture.physiotherapist, clinic_fixture.patient)
    ]


def test_a_wrong_method_is_no_refusal(signed_in, clinic_fixture, since):
    assert signed_in.post(clinic_fixture.url("patient_chart")).status_code == 405
    assert since() == []


def test_a_redirect_to_the_admin_sign_in_is_a_refusal(client, clinic_fixture, since):
    client.force_login(clinic_fixture.front_desk)

    client.get("/admin/patients/patient/")

    assert [(entry.action, entry.page) for entry in since()] == [("refused", "admin:patients_patient_changelist")]


# Client address ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("behind_proxy", "forwarded", "address"),
    [
        (False, "203.0.113.9", "192.0.2.7"),
        (True, "203.0.113.9", "203.0.113.9"),
        (True, "1.1.1.1, 203.0.113.9", "203.0.113.9"),
        (True, "1.1.1.1, 2001:db8::1", "2001:db8::1"),
        (True, "no address\x00", ""),
        (True, None, "192.0.2.7"),
    ],
)
def test_the_recorded_address_is_the_trusted_one(
    signed_in, clinic_fixture, since, settings, behind_proxy, forwarded, address
):
    settings.BEHIND_PROXY = behind_proxy
    headers = {"X-Forwarded-For": forwarded} if forwarded else {}

    signed_in.get(clinic_fixture.url("patient_chart"), REMOTE_ADDR="192.0.2.7", headers=headers)

    assert [entry.address for entry in since()] == [address]


def test_every_request_has_an_id_of_its_own(client, db):
    ids = [client.get(url).headers["X-Request-ID"] for url in ("/healthz/", "/login/", "/nowhere/")]

    assert len(set(ids)) == 3
    assert all(re.fullmatch(r"[0-9a-f]{32}", each) for each in ids)


def test_a_log_line_carries_the_id_of_its_request_and_no_name(signed_in, clinic_fixture):
    handler = logging.StreamHandler(io.StringIO())
    handler.setFormatter(PrivateFormatter("{request_id} {message}", style="{"))
    logger = logging.getLogger("django.request")
    logger.addHandler(handler)
    try:
        answer = signed_in.get("/patients/999/?q=Adeyemi")
    finally:
        logger.removeHandler(handler)

    assert handler.stream.getvalue() == f"{answer.headers['X-Request-ID']} Not Found: /patients/999/\n"


def test_a_log_line_outside_of_a_request_has_no_id():
    record = logging.makeLogRecord({"name": "filiform", "msg": "Sent."})

    line = PrivateFormatter("{request_id} {message}", style="{").format(record)

    assert line == "- Sent."


def test_the_recorded_chain_is_intact(signed_in, clinic_fixture):
    for name in ("patient_chart", "session_edit", "patient_detail"):
        signed_in.get(clinic_fixture.url(name))

    assert list(broken_links()) == []
