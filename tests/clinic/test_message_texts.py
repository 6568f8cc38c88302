"""The clinic's own texts of messages: placeholders, preview, default texts; and the settings of messages."""

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse

from clinic.diary.message_texts import DEFAULTS, check_text, example, text_of
from clinic.models import ClinicSettings, Message, MessageText, Site
from patients.models import Patient, TrailEntry
from tests import people
from tests.clinic.builders import make_hours

ADD = "admin:clinic_messagetext_add"
OWN = {"kind": "booked", "channel": "email", "subject": "See you at {site}", "text": "Hello. {visits}\nCall {phone}."}


@pytest.fixture
def admin_page(db, client):
    client.force_login(people.make_admin())
    return client


@pytest.mark.parametrize(("kind", "channel"), DEFAULTS)
def test_every_kind_and_channel_has_a_default_text_that_is_accepted(db, kind, channel):
    subject, text = DEFAULTS[kind, channel]

    check_text(subject, kind, is_subject=True)
    check_text(text, kind)

    shown = example(kind, channel, subject, text, site=None)
    assert "{" not in "".join(shown)
    assert bool(shown[0]) == (channel == Message.Channel.EMAIL)
    assert ("\n" in shown[1]) == (channel == Message.Channel.EMAIL)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("{visits} with {practitioner}", "unknown"),
        ("{visits} {site.phone}", "unknown"),
        ("{visits} {site!r}", "braces"),
        ("{visits:>99999999}", "braces"),
        ("{visits} {", "braces"),
        ("{visits} {}", "braces"),
        ("{visits} {{site}}", "braces"),
        ("We have booked for you at {site}", "missing"),
    ],
)
def test_a_wrong_placeholder_is_refused(text, code):
    with pytest.raises(ValidationError) as refused:
        check_text(text, "booked")

    assert refused.value.code == code


def test_the_clinic_writes_its_own_text(admin_page):
    listed = admin_page.get(reverse("admin:clinic_messagetext_changelist"))
    offered = admin_page.get(f"{reverse(ADD)}?kind=booked&channel=email")
    saved = admin_page.post(reverse(ADD), OWN)

    assert len(listed.context["defaults"]) == len(DEFAULTS)
    assert offered.context["adminform"].form["text"].value() == DEFAULTS["booked", "email"][1]
    assert saved.status_code == 302
    assert text_of("booked", "email") == (OWN["subject"], OWN["text"])
    assert TrailEntry.objects.filter(record_type="messagetext", action="create").count() == 1
    assert len(admin_page.get(reverse("admin:clinic_messagetext_changelist")).context["defaults"]) == len(DEFAULTS) - 1


@pytest.mark.parametrize(
    ("field", "value"),
    [("text", "{visits} {unknown}"), ("subject", "{visits}"), ("subject", ""), ("text", "Hello {")],
)
def test_a_wrong_text_is_refused_beside_its_field_and_kept(admin_page, field, value):
    page = admin_page.post(reverse(ADD), OWN | {field: value})

    form = page.context["adminform"].form
    assert list(form.errors) == [field]
    assert form[field].value() == value
    assert not MessageText.objects.exists()


def test_a_preview_shows_an_invented_visit_and_saves_nothing(admin_page):
    Site.objects.create(name="St. John's & Son", phone="")

    page = admin_page.post(reverse(ADD), OWN | {"_preview": "Preview"})

    assert page.context["preview_subject"] == "See you at St. John's & Son"
    assert "15:30" in page.context["preview_text"]
    assert page.context["adminform"].form["text"].value() == OWN["text"]
    assert not MessageText.objects.exists()


def test_a_preview_of_a_wrong_text_shows_the_error(admin_page):
    page = admin_page.post(reverse(ADD), OWN | {"text": "{nothing}", "_preview": "Preview"})

    assert page.context["adminform"].form.errors["text"]
    assert "preview_text" not in page.context


def test_the_default_text_is_offered_again(admin_page):
    admin_page.post(reverse(ADD), OWN)
    own = MessageText.objects.get()
    url = reverse("admin:clinic_messagetext_change", args=[own.pk])

    page = admin_page.post(url, OWN | {"_default": "Show the default text again"})

    assert page.context["adminform"].form["text"].value() == DEFAULTS["booked", "email"][1]
    own.refresh_from_db()
    assert own.text == OWN["text"]
    assert "See you" in admin_page.get(url).context["preview_subject"]


@pytest.mark.parametrize("address", ["http://clinic.example.org", "https://clinic.example.org/?a=1"])
def test_the_address_of_the_links_must_be_secure(admin_page, address):
    page = admin_page.post(
        reverse("admin:clinic_clinicsettings_add"),
        {"proof_minutes": 5, "new_patients": "none", "code_system": "who", "public_address": address},
    )

    assert list(page.context["adminform"].form.errors) == ["public_address"]


def test_there_is_one_row_of_settings(admin_page):
    posted = {
        "proof_minutes": 5,
        "new_patients": "reachable",
        "code_system": "who",
        "sends_reminders": "on",
        "public_address": "https://clinic.example.org",
    }
    admin_page.post(reverse("admin:clinic_clinicsettings_add"), posted)

    stored = ClinicSettings.current()
    assert (stored.sends_reminders, stored.sends_changes, stored.new_patients) == (True, False, "reachable")
    assert admin_page.get(reverse("admin:clinic_clinicsettings_add")).status_code == 403


@pytest.mark.parametrize(
    ("clinic", "fields", "channel"),
    [
        ("none", {"phone": "07700 900123", "email": "a@example.org"}, "none"),
        ("reachable", {"phone": "07700 900123", "email": "a@example.org"}, "sms"),
        ("reachable", {"phone": "020 7946 0123", "email": "a@example.org"}, "email"),
        ("reachable", {"phone": "020 7946 0123"}, "none"),
        ("reachable", {"phone": "07700 900123", "reminder_channel": "none"}, "none"),
    ],
)
def test_a_new_patient_gets_the_channel_that_the_clinic_set(
    client, front_desk, physiotherapist, clinic, fields, channel
):
    make_hours(physiotherapist)
    ClinicSettings.objects.create(new_patients=clinic)
    client.force_login(front_desk)
    form = client.get(reverse("patient_create")).context["form"]
    typed = {"given_name": "Ann", "family_name": "Rowe", "born_on": "14/3/1980", "sex": "female"}
    chosen = {"reminder_channel": form["reminder_channel"].value()}

    answer = client.post(reverse("patient_create"), typed | chosen | fields)

    assert answer.status_code == 302
    assert Patient.objects.get().reminder_channel == channel
