"""Hostile input never makes a page fail, is never shown as markup, and is stored exactly as typed."""

from html.parser import HTMLParser
from unittest.mock import patch

import pytest
from django.contrib import admin
from django.contrib.auth import SESSION_KEY
from django.contrib.contenttypes.models import ContentType
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.http import QueryDict
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clinic.models import Practitioner
from patients.models import Patient
from patients.services import register_patient
from treatments.models import TreatmentSession

from .admin_pages import url_of
from .test_permissions import TABLE, rows
from .treatments.pages import as_posted

PROBE = "\"'><script>alert(1)</script><img src=x onerror=alert(2)>{{7*7}}"
HOSTILE = {
    "markup": PROBE,
    "emoji": "👩🏽‍⚕️🫁 𝔄",
    "right to left": "\u202eعنق‏ מבחן\u202c",
    "NUL": "a\0b",
    "control": "\x01\x1b[31m\x7f\x85",
    "not a number": "NaN",
    "infinite": "Infinity",
    "huge number": "9" * 400,
    "2 to the 63": str(2**63),
    "minus": "-1",
    "fraction": "3.5",
    "SQL": "'; DROP TABLE patients_patient; --",
    "format": "%s%n%(x)s {0.__class__}",
    "path": "../../../../etc/passwd",
    "newlines": "a\r\nSet-Cookie: b=c\r\n\r\n",
    "empty": "",
}
# What the two engines take differently. The rest depends on Python alone, and is tried on one engine.
OF_THE_ENGINE = {kind: HOSTILE[kind] for kind in ("emoji", "NUL", "infinite", "huge number", "2 to the 63", "minus")}
# Bytes that no UTF-8 text has: a lone surrogate, an overlong slash, a cut-off emoji.
BROKEN = b"%ED%A0%80 %C0%AF %F0%9F %FF%FE"
FORM = "application/x-www-form-urlencoded"
POSTS = [name for name, statuses in rows(TABLE) if statuses[6] != 405 and "logout" not in name]
GETS = [name for name, statuses in rows(TABLE) if statuses[2] == 200]
PARAMETERS = [
    "q",
    "day",
    "at",
    "site",
    "by",
    "practitioner",
    "patient",
    "type",
    "page",
    "next",
    "visits",
    "weeks",
    "before",
]


class Fields(HTMLParser):
    """The names of everything that a page's forms send."""

    def __init__(self, page):
        super().__init__()
        self.names = set()
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        name = dict(attrs).get("name")
        if tag in ("input", "select", "textarea") and name and name != "csrfmiddlewaretoken":
            self.names.add(name)


@pytest.fixture
def clinic_fixture(client, clinic_fixture):
    client.force_login(clinic_fixture.physiotherapist)
    return clinic_fixture


def hostile():
    return HOSTILE if connection.vendor == "sqlite" else OF_THE_ENGINE


names_known = {}


def names_on(client, url):
    """The names that the forms of a page send; read once for all tests."""
    if url not in names_known:
        answer = client.get(url)
        found = Fields(answer.content.decode()).names if answer.status_code == 200 else set()
        names_known[url] = sorted(found) or ["note", "reason", "patient", "type", "starts_at", "version", "token"]
    return names_known[url]


@pytest.mark.both_engines
@pytest.mark.parametrize("name", POSTS)
def test_no_field_of_a_form_makes_a_page_fail(client, clinic_fixture, name):
    url = clinic_fixture.url(name)
    names = names_on(client, url)
    statuses = {}
    for kind, text in hostile().items():
        if SESSION_KEY not in client.session:  # what was sent has signed this person out
            client.force_login(clinic_fixture.physiotherapist)
        statuses[kind] = client.post(url, dict.fromkeys(names, text)).status_code
    broken = b"&".join(field.encode() + b"=" + BROKEN for field in names)
    statuses["broken bytes"] = client.post(url, broken, content_type=FORM).status_code

    assert {kind: status for kind, status in statuses.items() if status >= 500} == {}


def parameters_read(client, url):
    """The names of the parameters that the page at this address looks for."""
    asked = set()

    class Watched(QueryDict):
        def __getitem__(self, name):
            asked.add(name)
            return super().__getitem__(name)

        def getlist(self, name, default=None):
            asked.add(name)
            return super().getlist(name, default)

        def __contains__(self, name):
            asked.add(name)
            return super().__contains__(name)

    with patch("django.core.handlers.wsgi.QueryDict", Watched):
        client.get(url, dict.fromkeys(PARAMETERS, "1"))
    return sorted(asked)


@pytest.mark.both_engines
@pytest.mark.parametrize("name", GETS)
def test_no_parameter_of_an_address_makes_a_page_fail(client, clinic_fixture, name):
    url = clinic_fixture.url(name)
    names = parameters_read(client, url)
    texts = hostile() if names else {}
    statuses = {kind: client.get(url, dict.fromkeys(names, text)).status_code for kind, text in texts.items()}

    assert {kind: status for kind, status in statuses.items() if status >= 500} == {}


def parameters_of_list(model_admin):
    """The parameters of a list in the admin: its filters, its search, its order and its page."""
    found = {"q", "o", "p", "period"}
    for one in model_admin.list_filter:
        one = one[0] if isinstance(one, tuple) else one
        name = getattr(one, "parameter_name", None)
        found |= {name} if name else {f"{one}__exact", f"{one}__id__exact"}
    return found | ({f"{model_admin.date_hierarchy}__year"} if model_admin.date_hierarchy else set())


@pytest.mark.parametrize("model", sorted(admin.site._registry, key=lambda model: model._meta.label))
def test_no_parameter_or_key_makes_a_page_of_the_admin_fail(client, clinic_fixture, model):
    client.force_login(clinic_fixture.admin)
    kind = ContentType.objects.get_for_model(model)
    statuses = {}
    for text in ["9" * 25, str(2**63), "x"]:
        for name in parameters_of_list(admin.site._registry[model]):
            statuses[name, text] = client.get(url_of(model), {name: text}).status_code
        statuses["key", text] = client.get(url_of(model, "change", text)).status_code
        statuses["record", text] = client.get(f"/admin/r/{kind.pk}/{text}/").status_code

    assert {kind: status for kind, status in statuses.items() if status >= 500} == {}


@pytest.mark.both_engines
def test_a_key_that_no_column_holds_finds_nothing(client, clinic_fixture):
    client.force_login(clinic_fixture.admin)

    assert client.get(url_of(Practitioner), {"site__exact": "9" * 25}).status_code < 500


@pytest.mark.both_engines
def test_a_nul_in_an_address_is_refused_before_any_page(client, clinic_fixture):
    """PostgreSQL takes it in no text; SQLite would, and the engines must not differ."""
    client.raise_request_exception = False

    statuses = {name: client.get(clinic_fixture.url(name), {"q": "a\0b"}).status_code for name in GETS}

    assert set(statuses.values()) == {400}


@pytest.mark.parametrize("name", POSTS)
def test_a_page_shows_markup_as_text(client, clinic_fixture, name):
    url = clinic_fixture.url(name)

    page = client.post(url, dict.fromkeys(names_on(client, url), PROBE), follow=True).content.decode()

    assert "<script>alert" not in page
    assert "<img src=x" not in page
    assert "49" not in page or "{{7*7}}" in page or PROBE[:10] not in page


def test_text_that_was_kept_is_shown_as_text_on_every_page(client, clinic_fixture):
    """Names, notes and reasons of the clinic become probes in the database; no page that shows them runs them."""
    fields = ["given_name", "preferred_name", "occupation", "city", "general_practitioner", "phone"]
    Patient.objects.filter(pk=clinic_fixture.patient.pk).update(**dict.fromkeys(fields, PROBE[:40]))
    TreatmentSession.objects.filter(patient=clinic_fixture.patient, status="draft").update(note=PROBE, plan=PROBE)
    clinic_fixture.patient.episodes.update(complaint=PROBE, goals=PROBE, mechanism=PROBE)

    answers = {name: client.get(clinic_fixture.url(name)) for name in GETS}
    pages = {n: a.getvalue().decode() for n, a in answers.items() if a.get("Content-Type", "").startswith("text/html")}

    assert [name for name, page in pages.items() if "<script>alert" in page or "<img src=x" in page] == []
    assert any("&lt;script&gt;" in page for page in pages.values())


def _text(**limits):
    """Anything a browser can send: no lone surrogate; NUL and strange line ends have their own tests."""
    return st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\r\n\x85\u2028\u2029"), **limits)


SLOW = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.mark.both_engines
@SLOW
@given(text=_text(max_size=5000))
def test_a_note_comes_back_letter_by_letter(client, clinic_fixture, text):
    draft = TreatmentSession.objects.get(pk=clinic_fixture.ids["session_id"])
    body = as_posted(draft) | {"note": text}

    answer = client.post(clinic_fixture.url("session_edit"), body, HTTP_X_AUTOSAVE="1")

    draft.refresh_from_db()
    assert answer.status_code == 200
    assert draft.note == text.strip() or draft.note == text


@pytest.mark.both_engines
@SLOW
@given(name=_text(min_size=1, max_size=80).filter(str.strip))
def test_a_name_comes_back_letter_by_letter(clinic_fixture, name):
    person = register_patient(
        by=clinic_fixture.front_desk, given_name=name.strip(), family_name="Haddad", born_on="1990-03-14", sex="unknown"
    )

    assert Patient.objects.get(pk=person.pk).given_name == name.strip()


@pytest.mark.both_engines
@pytest.mark.parametrize("name", ["patient_create", "session_edit", "follow_up_create", "screening_create", "login"])
@pytest.mark.parametrize("letter", ["x", "🫁"])
def test_a_megabyte_in_a_field_is_refused_or_answered_but_never_fails(client, clinic_fixture, name, letter):
    text = letter * (1_000_000 // len(letter.encode()))

    status = client.post(
        clinic_fixture.url(name), dict.fromkeys(names_on(client, clinic_fixture.url(name)), text)
    ).status_code

    assert status in (200, 302, 400, 409, 413, 422)


def test_ten_thousand_rows_are_refused(client, clinic_fixture):
    body = {f"n-{number}-depth_mm": "1" for number in range(10_000)}

    assert client.post(clinic_fixture.url("session_edit"), body).status_code == 400


@pytest.mark.parametrize("name", POSTS)
def test_a_file_where_none_is_asked_for_changes_nothing(client, clinic_fixture, name):
    url = clinic_fixture.url(name)
    names = names_on(client, url)[:5]
    files = {
        field: SimpleUploadedFile("zip.bomb", b"PK\x03\x04" + b"\0" * 10_000, "application/zip") for field in names
    }

    assert client.post(url, files).status_code < 500


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"{", "application/json"),
        (b'{"note": "\\ud800"}', "application/json"),
        (b"--x\r\nnonsense", "multipart/form-data; boundary=x"),
        (b"--x\r\n", "multipart/form-data"),
        (b"note=%ZZ&=&;&%", FORM),
        (b"\xff\xfe\x00", "text/plain; charset=utf-99"),
        (b"note=a", "application/x-www-form-urlencoded; charset=utf-99"),
    ],
)
def test_a_body_that_is_no_form_is_no_failure(client, clinic_fixture, body, kind):
    statuses = {
        name: client.generic("POST", clinic_fixture.url(name), body, content_type=kind).status_code for name in POSTS
    }

    assert {name: status for name, status in statuses.items() if status >= 500} == {}


@pytest.mark.parametrize(
    "credential", ["{}", "[]", "null", '"x"', '{"id": 1}', '{"id":"eA","rawId":"eA","response":{}}', "{"]
)
def test_what_pretends_to_be_a_passkey_is_no_failure(client, clinic_fixture, credential):
    client.logout()

    answer = client.post(reverse("mfa_login_webauthn"), {"credential": credential})

    assert answer.status_code in (200, 302)
    assert client.get("/session/").json()["user"] is None


@pytest.mark.parametrize(
    "header", ["Cookie", "Referer", "User-Agent", "Accept-Language", "X-Forwarded-For", "Hx-Current-Url"]
)
def test_a_hostile_header_is_no_failure(client, clinic_fixture, header):
    key = f"HTTP_{header.upper().replace('-', '_')}"
    values = [PROBE, "a" * 7000, "é\x80", "sessionid=;;;=;csrftoken=x; theme=<script>"]

    assert {client.get("/patients/", **{key: value}).status_code for value in values} <= {200, 302, 400}
    assert {client.post("/login/", {"username": "x", "password": "y"}, **{key: v}).status_code for v in values} <= {
        200,
        302,
        400,
        403,
        429,
    }
