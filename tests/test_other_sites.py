"""Nobody sees the record of a patient of another site before they have given a reason, whichever address they try."""

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import User

from clinic.models import OtherSiteAccess, PatientSite, Practitioner, Site
from patients.audit.chain import paths_to_patient, patient_id_of
from patients.models import TrailEntry

from . import people
from .admin_pages import url_of
from .clinic_fixture import addresses

OF_A_PATIENT = {"patient_id", "appointment_id", "entry_id", "message_id", "reply_id"}
ADDRESSES = sorted(name for name, parts in addresses().items() if OF_A_PATIENT & set(parts))
BY_PARAMETER = ["/diary/book/?patient={}", "/diary/waiting/add/?patient={}", "/patients/new/?relative={}"]
QUESTION = "This patient belongs to another site"


@pytest.fixture
def elsewhere(clinic_fixture):
    """A physiotherapist of another site; the patients of the fixture are of its only site so far."""
    user = people.make_physiotherapist("e.lsewhere", first_name="Elsa", last_name="Where")
    Practitioner.objects.filter(user=user).update(site=Site.objects.create(name="Mill Road"))
    return User.objects.get(pk=user.pk)


@pytest.fixture
def as_elsewhere(client, elsewhere):
    client.force_login(elsewhere)
    return client


def counted():
    models = [m for m in apps.get_models() if m._meta.app_label in ("patients", "clinic", "treatments")]
    return {model._meta.label: model._default_manager.count() for model in models if model is not TrailEntry}


def test_every_address_of_a_patient_asks_for_a_reason_and_takes_nothing(as_elsewhere, clinic_fixture):
    before, patient = counted(), clinic_fixture.patient
    wrong = {}
    for name in ADDRESSES:
        if name == "record_of_other_site":
            continue
        url = clinic_fixture.url(name)
        for answer in (as_elsewhere.get(url), as_elsewhere.post(url, {"action": "cancel"})):
            if answer.status_code != 403 or QUESTION not in answer.text or patient.phone in answer.text:
                wrong[name] = answer.status_code

    assert wrong == {}
    assert counted() == before
    assert set(TrailEntry.objects.filter(by__username="e.lsewhere").values_list("action", flat=True)) == {
        "login",
        "refused",
    }


def test_a_patient_in_a_parameter_asks_for_a_reason_too(as_elsewhere, clinic_fixture):
    key = clinic_fixture.patient.pk
    own = people.make_patient(by=clinic_fixture.admin, given_name="Own", family_name="Patient")
    urls = [url.format(key) for url in BY_PARAMETER] + [f"/patients/{own.pk}/merge/?other={key}"]

    assert [as_elsewhere.get(url).status_code for url in urls] == [403] * 4
    assert as_elsewhere.post("/diary/book/", {"patient": key}).status_code == 403
    assert as_elsewhere.post(f"/patients/{own.pk}/family/", {"relative": key, "action": "link"}).status_code == 403
    assert as_elsewhere.get(f"/patients/{own.pk}/merge/").status_code == 200


def test_a_fragment_leads_the_browser_to_the_question(as_elsewhere, clinic_fixture):
    url = clinic_fixture.url("appointment_detail")

    answer = as_elsewhere.get(url, headers={"HX-Request": "true"})

    reason = clinic_fixture.url("record_of_other_site")
    assert (answer.status_code, answer.content) == (403, b"")
    assert answer.headers["HX-Redirect"] == f"{reason}?next={url.replace('/', '%2F')}"


def test_staff_of_another_site_meet_the_same_question_in_the_admin(as_elsewhere, elsewhere, clinic_fixture):
    """Nobody becomes staff without the role of an admin; a superuser can still arrange it by hand."""
    elsewhere.is_staff = True
    elsewhere.save()
    asked, lists = {}, {}
    for model in admin.site._registry:
        if not paths_to_patient(model):
            continue
        lists[model._meta.label] = as_elsewhere.get(url_of(model)).status_code
        if row := next(filter(patient_id_of, model._default_manager.all()[:50]), None):
            for page in ("change", "history", "delete"):
                answer = as_elsewhere.get(url_of(model, page, row.pk))
                asked[model._meta.label, page] = QUESTION in answer.text and answer.status_code == 403

    assert len(asked) > 20
    assert [page for page, is_asked in asked.items() if not is_asked] == []
    assert set(lists.values()) == {403}


def test_a_reason_opens_what_was_asked_for_and_the_trail_marks_what_is_read(as_elsewhere, clinic_fixture):
    chart, patient = clinic_fixture.url("patient_chart"), clinic_fixture.patient
    question = as_elsewhere.get(chart)
    assert question.context["next"] == chart
    reason = clinic_fixture.url("record_of_other_site")

    incomplete = as_elsewhere.post(reason, {"reason": "urgent", "next": chart})
    opened = as_elsewhere.post(reason, {"reason": "urgent", "explanation": "Fell", "next": chart}, follow=True)

    assert (incomplete.status_code, incomplete.context["form"]["reason"].value()) == (422, "urgent")
    assert "Explain the reason in one sentence." in incomplete.text
    assert (opened.status_code, opened.request["PATH_INFO"]) == (200, chart)
    assert "Record of another site, opened with a reason" in opened.text
    entries = TrailEntry.objects.filter(by__username="e.lsewhere", patient=patient)
    last = list(entries.order_by("-pk").values_list("action", "note")[:1])
    assert last == [("read", "From another site, with a reason.")]
    assert entries.get(action="open_elsewhere").note == "Urgent care: Fell"
    assert as_elsewhere.get(reason).status_code == 302
    assert as_elsewhere.get(f"/patients/{clinic_fixture.stranger.pk}/chart/").status_code == 403


def test_the_search_shows_of_other_sites_only_who_the_patient_is(as_elsewhere, clinic_fixture):
    found = as_elsewhere.get("/patients/?q=Adeyemi")
    booking = as_elsewhere.get("/diary/book/?q=Adeyemi")

    for page in (found, booking):
        assert "Patient of Harbour Lane" in page.text
        assert clinic_fixture.patient.record_number in page.text
        assert "7946" not in page.text and "Next:" not in page.text
    assert clinic_fixture.patient.record_number not in as_elsewhere.get("/patients/").text


def test_the_diary_has_the_sites_of_the_desk(client, clinic_fixture, elsewhere):
    desk, there = clinic_fixture.front_desk, elsewhere.practitioner
    desk.sites.add(there.site)
    client.force_login(desk)

    assert [site.name for site in client.get("/diary/").context["filters"].sites] == ["Mill Road"]
    assert (
        client.get(f"/diary/?site={clinic_fixture.physiotherapist.practitioner.site_id}").context["filters"].site
        == there.site
    )
    assert client.get(clinic_fixture.url("week")).status_code == 403
    assert client.get(f"/diary/week/{there.pk}/").status_code == 200
    assert list(client.get("/diary/waiting/").context["waiting"]) == []


def test_the_lot_of_needles_lists_patients_of_the_own_sites(as_elsewhere, clinic_fixture, client):
    lot = clinic_fixture.url("needle_trace", needle_id=clinic_fixture.sessions[0].needlings.first().needle_id or 1)

    assert clinic_fixture.patient.record_number not in as_elsewhere.get(lot).text


@pytest.mark.parametrize("count", [1, 3])
def test_the_question_costs_two_queries_and_the_own_site_one(
    client, clinic_fixture, elsewhere, django_assert_num_queries, count
):
    sites = [Site.objects.create(name=f"Site {number}") for number in range(count)]
    PatientSite.objects.bulk_create(PatientSite(patient=clinic_fixture.patient, site=site) for site in sites)
    client.force_login(elsewhere)
    client.get("/help/")
    session_and_user, trail = 2, 2

    with django_assert_num_queries(session_and_user + 2 + 2 + trail):  # the patient, and the names of the sites
        assert client.get(clinic_fixture.url("patient_chart")).status_code == 403
    assert not OtherSiteAccess.objects.exists()
