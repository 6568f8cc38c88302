"""The pages of consent: what is typed, what comes back, what the patient takes home."""

import json
import sys
import uuid
from datetime import date, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format

from patients.models import Consent
from patients.services import open_episode, withdraw_consent
from tests import people
from tests.markup import on_one_line
from tests.patients.builders import STROKES, agree, consent_verbally, decline, make_form
from tests.patients.test_precautions import screen
from tests.people import PASSWORD


@pytest.fixture
def form(db):
    return make_form()


@pytest.fixture
def url(client, form, patient, physiotherapist):
    client.force_login(physiotherapist)
    return reverse("consent_create", args=[patient.pk])


def typed(form, **fields):
    """A page signed on the pad; a None takes a field away."""
    values = {
        "consent_id": str(uuid.uuid4()),
        "form_id": form.pk,
        "scope": ["neck", "shoulder"],
        "explained": Consent.NEEDED_POINTS,
        "method": "written",
        "signing": "drawn",
        "signature": json.dumps(STROKES),
    }
    return {name: value for name, value in (values | fields).items() if value is not None}


def test_a_consent_signed_on_the_pad_is_stored(client, url, form, patient, physiotherapist):
    physiotherapist.practitioner.needling_training_hours = 81
    physiotherapist.practitioner.save()

    response = client.post(url, typed(form))

    consent = Consent.objects.get()
    assert response.headers["Location"] == reverse("episode_create", args=[patient.pk])  # next in a first visit
    assert (consent.patient, consent.explained_by, consent.form) == (patient, physiotherapist, form)
    assert (consent.scope, consent.signature, consent.signed_name) == (["neck", "shoulder"], STROKES, "Ruth Adeyemi")
    assert consent.training == "Marit Solberg, 81 hours of training in dry needling"


@pytest.mark.parametrize(
    ("fields", "kept"),
    [
        ({"signing": "typed", "signed_name": "Ruth A."}, ("written", "typed", "Ruth A.", "", False)),
        ({"signing": "witnessed", "witness_name": "Jo Whelan"}, ("written", "witnessed", "", "Jo Whelan", False)),
        ({"method": "verbal"}, ("verbal", "", "", "", False)),
        ({"signed_name": "R. A."}, ("written", "drawn", "R. A.", "", True)),
    ],
)
def test_each_way_of_consenting_stores_only_its_own_fields(client, url, form, fields, kept):
    client.post(url, typed(form, **fields))

    consent = Consent.objects.get()
    assert (consent.method, consent.signing, consent.signed_name, consent.witness_name, bool(consent.signature)) == kept


def test_a_page_sent_twice_stores_one_consent(client, url, form):
    data = typed(form)

    first, second = client.post(url, data), client.post(url, data)

    assert first.headers["Location"] == second.headers["Location"]
    assert Consent.objects.count() == 1


BAD = {
    "no region": ({"scope": None}, "scope", "Choose at least one region."),
    "a region that is none": ({"scope": ["wing"]}, "scope", "Select a valid choice"),
    "nothing explained": ({"explained": None}, "explained", "Explain and tick each point"),
    "half explained": ({"explained": ["nature"]}, "explained", "Serious risks"),
    "a method that is none": ({"method": "declined"}, "method", "Select a valid choice"),
    "no method": ({"method": None}, "method", "written, spoken or both"),
    "no way of signing": ({"signing": None}, "signing", "Choose how the patient signs."),
    "an empty pad": ({"signature": ""}, "signature", "Sign on the pad"),
    "a damaged drawing": ({"signature": "[[[1,"}, "signature", "could not be read"),
    "a drawing too deep": ({"signature": "[" * 90_000}, "signature", "could not be read"),
    "a drawing of numbers": ({"signature": "[1e999]"}, "signature", "signature is not valid"),
    "a drawing too long": ({"signature": json.dumps([[[1, 1]] * 40_000])}, "signature", "signature is not valid"),
    "no typed name": ({"signing": "typed", "signed_name": "  "}, "signed_name", "Enter the name"),
    "no witness": ({"signing": "witnessed"}, "witness_name", "name of the witness"),
    "a guardian of no kind": ({"guardian_relationship": ""}, "guardian_relationship", "Enter both"),
    "a name of a novel": ({"signing": "typed", "signed_name": "R" * 201}, "signed_name", "at most 200"),
    "a NUL": ({"signing": "typed", "signed_name": "R\x00"}, "signed_name", "Null characters"),
    "no form": ({"form_id": None}, "form_id", "required"),
    "another form": ({"form_id": 99}, "form_id", "newer version"),
    "no id": ({"consent_id": "x"}, "consent_id", "UUID"),
}


@pytest.mark.parametrize(("fields", "field", "sentence"), BAD.values(), ids=BAD)
def test_an_invalid_page_comes_back_with_an_error_message(client, url, form, fields, field, sentence):
    response = client.post(url, typed(form, **({"guardian_name": "Ola <b>", "guardian_relationship": "Aunt"} | fields)))

    assert response.status_code == 422
    assert sentence in " ".join(response.context["form"].errors[field])
    assert "Nothing has been saved yet." in response.content.decode()
    assert not Consent.objects.exists()


def test_what_was_typed_and_drawn_is_still_there_after_an_error(client, url, form):
    fields = {"explained": ["nature"], "guardian_name": "Ola Mensah", "guardian_relationship": "Mother"}

    page = on_one_line(client.post(url, typed(form, **fields)))

    assert 'value="Ola Mensah"' in page
    assert "[[[40, 100], [60, 40], [80, 100]]" in page.replace("&quot;", '"')
    assert 'id="id_scope_neck" value="neck" checked' in page
    assert 'value="drawn" checked' in page


def test_without_a_form_the_page_explains_what_to_do(client, patient, physiotherapist):
    client.force_login(physiotherapist)
    url = reverse("consent_create", args=[patient.pk])

    assert b"There is no consent form yet" in client.get(url).content
    assert client.post(url, {}).status_code == 422


def test_a_child_without_a_guardian_is_refused_beside_the_field(client, form, front_desk, physiotherapist):
    child = people.make_patient(by=front_desk, given_name="Tom", born_on=timezone.localdate() - timedelta(days=3000))
    client.force_login(physiotherapist)
    url = reverse("consent_create", args=[child.pk])
    guardian = {"guardian_name": "Ola Mensah", "guardian_relationship": "Mother"}

    refused = client.post(url, typed(form))
    client.post(url, typed(form, **guardian))

    assert refused.context["form"].errors == {
        "guardian_name": ["Under 16, a parent or guardian must consent. Enter their name."]
    }
    consent = Consent.objects.get()
    assert (consent.guardian_name, consent.signed_name) == ("Ola Mensah", "Ola Mensah")


def test_the_page_mentions_pregnancy_and_requires_written_consent(
    client, url, form, questions, patient, physiotherapist
):
    screen(patient, physiotherapist, pregnancy="")

    page, refused = client.get(url), client.post(url, typed(form, method="verbal"))

    assert b"Ask for written as well as spoken consent" in page.content
    assert list(refused.context["form"].errors) == ["method"]


def test_the_page_starts_with_the_regions_agreed_and_those_of_open_complaints(client, url, patient, physiotherapist):
    agree(patient, by=physiotherapist, scope=["low_back"])
    open_episode(patient, by=physiotherapist, complaint="Stiff neck", region="neck")

    page = client.get(url)

    assert page.context["form"]["scope"].value() == ["low_back", "neck"]


def test_the_page_returns_to_the_session_and_to_no_other_site(client, url, form):
    back = client.post(url, typed(form, next="/patients/1/sessions/x/edit/"))
    away = client.post(url, typed(form, next="https://evil.example/"))

    assert back.headers["Location"] == "/patients/1/sessions/x/edit/"
    assert away.headers["Location"].startswith("/patients/")


@pytest.mark.parametrize("count", [1, 3])
def test_the_page_asks_the_same_number_of_queries(
    client, url, patient, physiotherapist, django_assert_num_queries, count
):
    for _ in range(count):
        agree(patient, by=physiotherapist)

    # One each for past events, similar names, imported alerts, courses of the therapist, muscles in drafts and the
    # steps of a first visit.
    with django_assert_num_queries(17):
        client.get(url)


# Declining -----------------------------------------------------------------------------


def declined(form, **fields):
    """The page as it is when nothing but two points is ticked and the patient says no."""
    nothing = dict.fromkeys(["scope", "signing", "signature"])
    return typed(form, **({"declines": "1", "explained": ["nature", "alternatives"]} | nothing | fields))


def test_the_red_button_records_a_refusal(client, url, form, patient, physiotherapist):
    words = {"refusal_words": "No needles, <b>ever</b>", "offered_instead": "Exercise"}

    response = client.post(url, declined(form, **words), follow=True)

    refusal = Consent.objects.get()
    page = response.content.decode()
    assert response.redirect_chain == [(refusal.get_absolute_url(), 302)]
    assert (refusal.method, refusal.explained, refusal.scope) == ("declined", ["nature", "alternatives"], [])
    assert (refusal.patient, refusal.explained_by, refusal.form) == (patient, physiotherapist, form)
    assert (refusal.refusal_words, refusal.offered_instead) == ("No needles, <b>ever</b>", "Exercise")
    assert "The refusal is recorded." in page
    assert "No needles, &lt;b&gt;ever&lt;/b&gt;" in page


def test_a_refusal_ignores_the_fields_of_a_consent(client, url, form):
    given = {"scope": ["neck"], "signing": "drawn", "signature": json.dumps(STROKES), "signed_name": "Ruth"}

    client.post(url, declined(form, witness_name="Jo", **given))

    refusal = Consent.objects.get()
    kept = (refusal.scope, refusal.signing, refusal.signature, refusal.signed_name, refusal.witness_name)
    assert kept == ([], "", None, "", "")


def test_a_consent_ignores_the_fields_of_a_refusal(client, url, form):
    client.post(url, typed(form, refusal_words="No", offered_instead="Exercise"))

    consent = Consent.objects.get()
    assert (consent.method, consent.refusal_words, consent.offered_instead) == ("written", "", "")


def test_a_refusal_with_nothing_explained_shows_that(client, url, form):
    page = client.post(url, declined(form) | {"explained": []}, follow=True).content.decode()

    assert "None of the points" in page


@pytest.mark.parametrize(
    ("fields", "field", "sentence"),
    [
        ({"refusal_words": "n" * 501}, "refusal_words", "at most 500"),
        ({"offered_instead": "E\x00"}, "offered_instead", "Null characters"),
        ({"guardian_name": "Ola"}, "guardian_relationship", "Enter both"),
        ({"explained": ["magic"]}, "explained", "Select a valid choice"),
        ({"form_id": 99}, "form_id", "newer version"),
        ({"form_id": None}, "form_id", "required"),
        ({"consent_id": "x"}, "consent_id", "UUID"),
    ],
)
def test_an_invalid_refusal_comes_back_with_an_error_message_and_what_was_typed(
    client, url, form, fields, field, sentence
):
    response = client.post(url, declined(form, **({"offered_instead": "Exercise <i>"} | fields)))

    page = response.content.decode()
    assert response.status_code == 422
    assert sentence in " ".join(response.context["form"].errors[field])
    assert "Nothing has been saved yet." in page
    assert field == "offered_instead" or "Exercise &lt;i&gt;" in page
    assert not Consent.objects.exists()


def test_a_page_stored_as_a_consent_cannot_be_sent_again_as_a_refusal(client, url, form):
    data = typed(form)
    client.post(url, data)

    again = client.post(url, data | {"declines": "1"})

    assert again.status_code == 422
    assert "already saved with different content" in again.content.decode()
    assert Consent.objects.get().method == "written"


def test_a_refusal_returns_to_the_session(client, url, form):
    back = client.post(url, declined(form, next="/patients/1/sessions/x/edit/"))

    assert back.headers["Location"] == "/patients/1/sessions/x/edit/"


def test_the_front_desk_cannot_record_a_refusal(client, url, form, front_desk):
    client.force_login(front_desk)

    assert client.post(url, declined(form)).status_code == 403
    assert not Consent.objects.exists()


def test_the_page_shows_that_the_patient_declined(client, url, patient, physiotherapist):
    decline(patient, by=physiotherapist, refusal_words="No needles")
    day = date_format(timezone.localdate(), "j M Y")

    asked = on_one_line(client.get(url))
    chart = on_one_line(client.get(reverse("patient_chart", args=[patient.pk])))

    assert f"The patient declined dry needling on {day}. Do not needle until the patient gives consent." in asked
    assert "“No needles”" in asked
    assert "Last agreed on" not in asked
    assert f"{day}, declined" in asked
    assert f"The patient declined dry needling on {day}." in chart
    assert url in chart


def test_the_document_and_its_pdf_read_as_a_refusal(client, url, patient, physiotherapist, monkeypatch):
    refusal = decline(patient, by=physiotherapist, training="Marit Solberg, 81 hours", offered_instead="Exercise")
    seen = []
    monkeypatch.setattr("patients.web.pdf.pdf_of", lambda page, css: seen.append(page) or b"%PDF-")

    page = client.get(refusal.get_absolute_url()).content.decode()
    pdf = client.get(reverse("consent_pdf", args=[patient.pk, refusal.pk]))

    assert pdf.headers["Content-Disposition"].startswith('inline; filename="refusal-P000001-')
    for document in map(on_one_line, (page, seen[0])):
        for part in ["Dry needling declined", "does not agree to dry needling", "Marit Solberg, 81 hours", "Exercise"]:
            assert part in document
        for part in ["What was agreed", "Withdraw", "Signature of", "<h1>Consent", "<title>Consent"]:
            assert part not in document


def test_the_pdf_of_a_refusal_is_made(client, url, patient, physiotherapist):
    refusal = decline(patient, by=physiotherapist)

    assert client.get(reverse("consent_pdf", args=[patient.pk, refusal.pk])).content.startswith(b"%PDF-")


@pytest.mark.parametrize("method", ["get", "post"])
def test_a_refusal_has_no_consent_to_withdraw(client, url, patient, physiotherapist, method):
    refusal = decline(patient, by=physiotherapist)
    address = reverse("consent_withdraw", args=[patient.pk, refusal.pk])

    response = getattr(client, method)(address, {"reason": "Agrees now"}, follow=True)

    assert response.redirect_chain == [(refusal.get_absolute_url(), 302)]
    assert b"there is no consent to withdraw." in response.content
    refusal.refresh_from_db()
    assert refusal.withdrawn_at is None


# Reading and handing out ------------------------------------------------------------


@pytest.fixture
def consent(client, form, patient, physiotherapist):
    client.force_login(physiotherapist)
    return agree(patient, by=physiotherapist, scope=["low_back"], training="Marit Solberg, 81 hours")


def test_the_document_shows_what_was_agreed(client, consent):
    page = client.get(consent.get_absolute_url()).content.decode()

    for part in ["Low back", "Marit Solberg, 81 hours", "M40 100 L60 40", consent.content_hash, "A thin, solid needle"]:
        assert part in page
    assert "The lungs lie close" not in page


def test_a_withdrawn_document_shows_the_withdrawal(client, consent, physiotherapist):
    withdraw_consent(consent, by=physiotherapist, proof="PIN", reason="Afraid <b>")

    page = client.get(consent.get_absolute_url()).content.decode()

    assert "Withdrawn on" in page
    assert "Afraid &lt;b&gt;" in page
    assert reverse("consent_withdraw", args=[consent.patient_id, consent.pk]) not in page


def test_the_file_name_of_the_pdf_has_no_patient_name(client, consent):
    response = client.get(reverse("consent_pdf", args=[consent.patient_id, consent.pk]))

    assert response.headers["Content-Type"] == "application/pdf"
    assert response.content.startswith(b"%PDF-")
    assert response.headers["Content-Disposition"].startswith('inline; filename="consent-P000001-')
    assert response.headers["Cache-Control"] == "no-store, private"


def test_a_pdf_fetches_nothing():
    from patients.web.pdf import pdf_of

    seen = []

    def hear(event, args):
        if event in ("urllib.Request", "socket.connect"):
            seen.append(args)

    sys.addaudithook(hear)
    page = (
        '<html lang="en"><title>x</title><body><img alt="" src="http://127.0.0.1:9/a.png">'
        '<img alt="" src="file:///etc/passwd"><p>Hello</p></body></html>'
    )

    assert pdf_of(page, "p { background: url(http://127.0.0.1:9/b.png) }").startswith(b"%PDF-")
    assert seen == []


def test_without_pango_the_page_is_printed_instead(client, consent, monkeypatch):
    """What Python does when a library of the system is missing: the import raises OSError."""

    class NoPango:
        def find_spec(self, name, path=None, target=None):
            if name == "weasyprint":
                raise OSError("cannot load library 'libpango-1.0-0'")

    for name in [name for name in sys.modules if name.partition(".")[0] == "weasyprint"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setattr(sys, "meta_path", [NoPango(), *sys.meta_path])

    response = client.get(reverse("consent_pdf", args=[consent.patient_id, consent.pk]), follow=True)

    assert response.redirect_chain == [(consent.get_absolute_url(), 302)]
    assert b"cannot make PDFs. Print this page instead" in response.content


def test_a_consent_of_another_patient_is_not_found(client, consent, front_desk):
    other = people.make_patient(by=front_desk, given_name="Tom")

    for name in ("consent_detail", "consent_pdf", "consent_withdraw"):
        assert client.get(reverse(name, args=[other.pk, consent.pk])).status_code == 404


# Withdrawing ----------------------------------------------------------------------


def test_a_consent_is_withdrawn_with_a_reason(client, consent, physiotherapist):
    url = reverse("consent_withdraw", args=[consent.patient_id, consent.pk])

    refused = client.post(url, {"reason": " ", "password": PASSWORD})
    client.post(url, {"reason": "Afraid since the faint", "password": PASSWORD})

    assert refused.status_code == 422
    assert refused.context["form"].errors == {"reason": ["Enter the reason, in the patient’s words if possible."]}
    consent.refresh_from_db()
    assert (consent.withdrawn_by, consent.withdrawal_reason) == (physiotherapist, "Afraid since the faint")


def test_a_consent_is_withdrawn_once(client, consent, physiotherapist):
    url = reverse("consent_withdraw", args=[consent.patient_id, consent.pk])
    withdraw_consent(consent, by=physiotherapist, proof="PIN", reason="Afraid")

    assert client.get(url).headers["Location"] == consent.get_absolute_url()
    again = client.post(url, {"reason": "Again", "password": PASSWORD})
    assert again.status_code == 422
    assert b"already been withdrawn" in again.content


@pytest.mark.parametrize("name", ["consent_detail", "consent_pdf"])
def test_an_admin_reads_but_does_not_write(client, consent, admin, name):
    client.force_login(admin)

    assert client.get(reverse(name, args=[consent.patient_id, consent.pk])).status_code == 200
    assert client.post(reverse("consent_withdraw", args=[consent.patient_id, consent.pk])).status_code == 403


# Before a session --------------------------------------------------------------------


def test_the_chart_and_its_tabs_lead_to_consent(client, url, patient, physiotherapist):
    chart = reverse("patient_chart", args=[patient.pk])

    before = client.get(chart).content.decode()
    consent_verbally(patient, by=physiotherapist)
    after = client.get(chart).content.decode()

    assert "No consent yet. Explain dry needling and ask for consent first." in before
    assert url in before
    assert patient.consents.get().get_absolute_url() in after


def test_a_document_of_a_patient_born_long_ago_is_made(client, form, front_desk, physiotherapist):
    client.force_login(physiotherapist)
    old = people.make_patient(by=front_desk, given_name="Ana", family_name="Őze-Ñandú", born_on=date(1908, 2, 29))
    consent = agree(old, by=physiotherapist)

    response = client.get(reverse("consent_pdf", args=[old.pk, consent.pk]))

    assert response.content.startswith(b"%PDF-")
