import re
from datetime import date, timedelta
from uuid import uuid4

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.utils import timezone

from clinic.models import Site
from patients.models import Patient
from patients.services import open_episode, register_patient, register_patients, update_patient
from tests.people import make_patient

pytestmark = pytest.mark.both_engines

NEW = {
    "given_name": "Elena",
    "family_name": "Rossi",
    "born_on": "2.7.91",
    "sex": "female",
    "reminder_channel": "none",
}


@pytest.fixture
def site():
    return Site.objects.create(name="Harbour Lane")


def send_new(client, **typed):
    return client.post("/patients/new/", NEW | typed)


def edited(client, patient, **typed):
    form = client.get(f"/patients/{patient.pk}/edit/")
    stored = {name: form.context["form"][name].value() for name in form.context["form"].fields}
    return {k: v for k, v in stored.items() if v is not None} | {"seen": form.context["seen"]} | typed


def test_a_new_patient_gets_a_number_and_a_page(client, front_desk):
    client.force_login(front_desk)

    answer = send_new(client, phone="07700 900321")

    patient = Patient.objects.get()
    assert answer.headers["Location"] == f"/patients/{patient.pk}/"
    assert (patient.record_number, patient.born_on) == ("P000001", date(1991, 7, 2))


def test_sending_the_page_twice_registers_once(client, front_desk):
    client.force_login(front_desk)
    token = client.get("/patients/new/").context["form"]["registration_token"].value()

    answers = [send_new(client, registration_token=str(token)) for _ in range(2)]

    assert Patient.objects.count() == 1
    assert answers[0].headers["Location"] == answers[1].headers["Location"]


def test_two_patients_can_have_the_same_name_and_birth_date(front_desk):
    assert make_patient(by=front_desk) != make_patient(by=front_desk)


def test_a_page_sent_again_with_another_person_registers_both(front_desk):
    token = uuid4()
    one = register_patient(
        by=front_desk, registration_token=token, given_name="A", family_name="B", born_on=date(1980, 1, 1)
    )

    two = register_patient(
        by=front_desk, registration_token=token, given_name="C", family_name="D", born_on=date(1980, 1, 1)
    )

    assert one != two


def test_a_likely_duplicate_is_shown_first_and_everything_typed_is_kept(client, front_desk, patient):
    client.force_login(front_desk)
    typed = {"given_name": "Ruth", "family_name": "Adeyemi", "born_on": "14/3/1979", "occupation": "Baker"}

    answer = send_new(client, **typed)

    assert answer.status_code == 422
    assert Patient.objects.count() == 1
    page = answer.content.decode()
    assert all(part in page for part in ("Register as a new patient anyway", patient.record_number, 'value="Baker"'))
    assert send_new(client, **typed, register_anyway="on").status_code == 302
    assert Patient.objects.count() == 2


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"born_on": "31/02/1990"}, "born_on"),
        ({"born_on": "1/1/2999"}, "born_on"),
        ({"born_on": ""}, "born_on"),
        ({"given_name": " ", "family_name": ""}, "family_name"),
        ({"given_name": "a\x00b"}, "given_name"),
        ({"email": "nowhere"}, "email"),
        ({"reminder_channel": "sms"}, "phone"),
        ({"reminder_channel": "email"}, "email"),
        ({"family_name": "x" * 101}, "family_name"),
    ],
)
def test_bad_input_gets_an_error_message_beside_its_field(client, front_desk, typed, field):
    client.force_login(front_desk)

    answer = send_new(client, **typed)

    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == [field]
    assert Patient.objects.count() == 0


def test_an_odd_phone_number_is_saved_with_a_message(client, front_desk):
    client.force_login(front_desk)

    answer = client.post("/patients/new/", NEW | {"phone": "ask his sister"}, follow=True)

    [message] = [message for message in answer.context["messages"] if message.level_tag == "warning"]
    assert "ask his sister" in str(message)
    assert Patient.objects.get().phone == "ask his sister"


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("07700 900321", "+44 7700 900321"),
        ("(020) 7946.0123", "+44 20 7946 0123"),
        ("+44 (0)20 7946 0123", "+44 20 7946 0123"),
        ("+44 0161 496 0123", "+44 161 496 0123"),
        ("+353 85 012 3456", "+353 85 012 3456"),
        ("٠٧٧٠٠٩٠٠٣٢١", "+44 7700 900321"),
        ("\u202a+447700900321\u202c", "+44 7700 900321"),
        ("07700\u2011900\u2011321", "+44 7700 900321"),
        ("0161 496 0123 ext. 4", "+44 161 496 0123 x4"),
        ("12345", "12345"),
    ],
)
def test_phone_numbers_are_stored_in_international_form(front_desk, site, typed, stored):
    """The site is in London, so numbers without a country code are British."""
    patient = make_patient(by=front_desk, phone=typed, emergency_contact_phone=typed)

    assert (patient.phone, patient.emergency_contact_phone) == (stored, stored)


def test_the_country_of_a_phone_number_is_that_of_the_site(physiotherapist):
    Site.objects.update(timezone="America/New_York")
    physiotherapist.practitioner.site.refresh_from_db()

    assert make_patient(by=physiotherapist, phone="(212) 555-0123").phone == "+1 212-555-0123"


@pytest.fixture
def cork():
    Site.objects.get_or_create(name="Harbour Lane")
    return Site.objects.create(name="Cork", timezone="Europe/Dublin")


def test_where_sites_are_in_two_countries_a_number_needs_its_country(front_desk, cork):
    make_patient(by=front_desk, phone="+44 7400-900321")
    for fields in ({"phone": "07400 900321"}, {"emergency_contact_phone": "021 427 1234"}):
        with pytest.raises(ValidationError) as refused:
            make_patient(by=front_desk, **fields)
        assert list(refused.value.message_dict) == list(fields)

    patient = make_patient(by=front_desk, given_name="Ada", phone="087 123 4567", phone_country="IE")

    assert patient.phone == "+353 87 123 4567"
    assert make_patient(by=front_desk, given_name="Ben", phone="ask his sister").phone == "ask his sister"
    assert update_patient(patient, by=front_desk, phone="07400 900321", phone_country="GB").phone == "+44 7400 900321"


def test_a_number_of_the_other_country_is_not_stored_with_the_wrong_code(front_desk, cork):
    with pytest.raises(ValidationError):
        make_patient(by=front_desk, phone="087 123 4567", phone_country="GB")


def test_a_record_with_an_old_national_number_can_still_be_changed(front_desk, patient, cork):
    Patient.objects.update(phone="07400 900321")
    patient.refresh_from_db()

    assert update_patient(patient, by=front_desk, city="Leeds").phone == "07400 900321"


def test_the_country_is_asked_beside_the_number_and_everything_typed_is_kept(client, front_desk, cork):
    client.force_login(front_desk)

    refused = send_new(client, phone="087 123 4567", city="Cobh", phone_country="")

    assert refused.status_code == 422
    assert list(refused.context["form"].errors) == ["phone"]
    typed = {name: refused.context["form"][name].value() for name in ("phone", "city", "given_name")}
    assert typed == {"phone": "087 123 4567", "city": "Cobh", "given_name": "Elena"}
    send_new(client, phone="087 123 4567", city="Cobh", phone_country="IE")
    assert Patient.objects.get().phone == "+353 87 123 4567"
    patient = Patient.objects.get()
    sent = edited(client, patient, phone="020 7946 0123")
    assert list(client.post(f"/patients/{patient.pk}/edit/", sent).context["form"].errors) == ["phone"]
    client.post(f"/patients/{patient.pk}/edit/", sent | {"phone_country": "GB"})
    assert Patient.objects.get().phone == "+44 20 7946 0123"


def test_the_country_of_the_site_that_the_desk_looks_at_is_chosen_at_first(client, front_desk, physiotherapist, cork):
    client.force_login(front_desk)
    booking = f"/diary/book/?site={cork.pk}&from_day=2027-03-10"

    chosen = client.get("/patients/new/", {"then": booking}).context["form"]["phone_country"].value()

    assert chosen == "IE"
    assert client.get("/patients/new/").context["form"]["phone_country"].value() == ""
    client.force_login(physiotherapist)
    assert client.get("/patients/new/").context["form"]["phone_country"].value() == "GB"


def test_a_clinic_in_one_country_is_not_asked_for_it(client, front_desk, site):
    Site.objects.create(name="Belfast", timezone="Europe/Belfast")
    client.force_login(front_desk)

    assert "phone_country" not in client.get("/patients/new/").context["form"].fields
    assert make_patient(by=front_desk, phone="07400 900321").phone == "+44 7400 900321"


@pytest.mark.parametrize(
    "phone",
    ["07700 900321 / 01223 123456", "020 7946 0123", "ask at work", "0161 496 0123 x4", "07700 90032", "0800 123 4567"],
)
def test_text_messages_need_a_number_that_can_receive_them(client, front_desk, site, phone):
    client.force_login(front_desk)

    answer = send_new(client, phone=phone, reminder_channel="sms")

    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == ["phone"]
    assert answer.context["form"]["phone"].value() == phone


def test_a_record_with_an_old_odd_number_can_still_be_changed(front_desk, patient, site):
    Patient.objects.update(phone="020 7946 0123", reminder_channel="sms")
    patient.refresh_from_db()

    assert update_patient(patient, by=front_desk, city="Leeds").city == "Leeds"


def test_what_was_changed_after_going_back_is_shown_beside_the_record(client, front_desk, site):
    client.force_login(front_desk)
    token = client.get("/patients/new/").context["form"]["registration_token"].value()
    send_new(client, registration_token=str(token))

    again = send_new(client, registration_token=str(token), phone="07700 900321")

    patient = Patient.objects.get()
    assert (again.status_code, again.context["patient"]) == (409, patient)
    assert again.context["form"].conflicts() == [("Phone", "")]
    sent = {name: again.context["form"][name].value() or "" for name in again.context["form"].fields}
    client.post(f"/patients/{patient.pk}/edit/", sent | {"seen": again.context["seen"]})
    patient.refresh_from_db()
    assert patient.phone == "+44 7700 900321"


def test_the_search_text_fills_the_form_of_a_new_patient(client, front_desk):
    client.force_login(front_desk)

    form = client.get("/patients/new/", {"typed": "Elena Rossi 2/7/91 07700 900321"}).context["form"]

    assert form.initial["phone"] == "07700 900321"
    assert (form.initial["given_name"], form.initial["family_name"]) == ("Elena", "Rossi")


def test_a_duplicate_found_while_booking_leads_back_to_the_booking(client, front_desk, patient):
    client.force_login(front_desk)
    typed = NEW | {"given_name": "Ruth", "family_name": "Adeyemi", "born_on": "14/3/1979"}

    page = client.post("/patients/new/?then=/diary/book/%3Fsite%3D1", typed)
    links = re.findall(r'href="([^"]+)"', page.content.decode())

    assert f"/diary/book/?site=1&amp;patient={patient.pk}" in links
    assert "/diary/book/?site=1" in links  # Cancel


@pytest.mark.parametrize("then", ["https://example.org/", "//example.org", "javascript:alert(1)"])
def test_a_foreign_address_is_never_a_way_back(client, front_desk, then):
    client.force_login(front_desk)

    assert client.get("/patients/new/", {"then": then}).context["then"] == ""


def test_a_child_needs_a_guardian(client, front_desk):
    client.force_login(front_desk)
    child = make_patient(by=front_desk, born_on=timezone.localdate() - timedelta(days=15 * 365))

    assert "a parent or guardian must consent" in client.get(child.get_absolute_url()).content.decode()


def test_details_are_changed(client, front_desk, patient):
    client.force_login(front_desk)

    answer = client.post(f"/patients/{patient.pk}/edit/", edited(client, patient, city="Leeds", died_on="1 Jan 2024"))

    patient.refresh_from_db()
    assert answer.status_code == 302
    assert (patient.city, patient.died_on) == ("Leeds", date(2024, 1, 1))


def test_a_stale_page_never_overwrites(client, front_desk, patient):
    client.force_login(front_desk)
    mine = edited(client, patient, city="Leeds")
    update_patient(patient, by=front_desk, phone="07700 900999")

    answer = client.post(f"/patients/{patient.pk}/edit/", mine)

    patient.refresh_from_db()
    assert answer.status_code == 409
    assert (patient.city, patient.phone) == ("", "07700 900999")
    assert "07700 900999" in answer.content.decode()
    again = client.post(f"/patients/{patient.pk}/edit/", mine | {"seen": answer.context["seen"]})
    assert again.status_code == 302


def save_before_lock(patient, **fields):
    """Save these fields after the view has read the patient and before its service locks the row."""
    waiting = [fields]

    def execute(execute_next, sql, params, many, context):
        if sql.startswith("SAVEPOINT") and waiting:
            Patient.objects.filter(pk=patient.pk).update(**waiting.pop())
        return execute_next(sql, params, many, context)

    return connection.execute_wrapper(execute)


def test_a_save_between_reading_and_locking_is_not_overwritten(client, front_desk, patient):
    client.force_login(front_desk)
    mine = edited(client, patient, city="Leeds")

    with save_before_lock(patient, phone="07700 900999"):
        answer = client.post(f"/patients/{patient.pk}/edit/", mine)

    html = answer.content.decode()
    patient.refresh_from_db()
    assert answer.status_code == 409
    assert (patient.city, patient.phone) == ("", "07700 900999")
    assert "Nothing has been saved yet" in html
    assert all(shown in html for shown in ("07700 900999", 'value="Leeds"'))
    again = client.post(f"/patients/{patient.pk}/edit/", mine | {"seen": answer.context["seen"]})
    assert again.status_code == 302


def test_a_change_made_from_a_stale_record_is_refused(front_desk, patient):
    seen = Patient.objects.get(pk=patient.pk)
    update_patient(patient, by=front_desk, phone="07700 900999")

    with pytest.raises(ValidationError, match="Somebody changed this record"):
        update_patient(seen, by=front_desk, phone="07700 900111")

    patient.refresh_from_db()
    assert patient.phone == "07700 900999"


def test_changes_of_different_fields_are_both_kept(front_desk, patient):
    seen = Patient.objects.get(pk=patient.pk)
    update_patient(patient, by=front_desk, phone="07700 900999")

    update_patient(seen, by=front_desk, city="Leeds")

    patient.refresh_from_db()
    assert (patient.phone, patient.city) == ("07700 900999", "Leeds")


@pytest.mark.parametrize("day", [date(1979, 3, 13), timezone.localdate() + timedelta(days=2)])
def test_nobody_dies_before_birth_or_in_the_future(front_desk, patient, day):
    with pytest.raises(ValidationError):
        update_patient(patient, by=front_desk, died_on=day)


def test_the_front_desk_sees_nothing_clinical_of_an_episode(client, front_desk, physiotherapist, patient):
    client.force_login(front_desk)
    open_episode(patient, by=physiotherapist, complaint="Neck pain", region="neck", goals="Park the car")

    page = client.get(patient.get_absolute_url()).content.decode()

    assert "Marit Solberg" in page
    assert not any(word in page for word in ("Neck", "Park the car"))


def test_the_page_of_a_patient_needs_a_constant_number_of_queries(
    client, physiotherapist, patient, django_assert_num_queries
):
    client.force_login(physiotherapist)
    client.get(patient.get_absolute_url())
    open_episode(patient, by=physiotherapist, complaint="Neck pain", region="neck")
    # Two of them are for the panel of visits: the visits that are coming up, and the attendance. One is for the build.
    # Two are for the steps of a first visit.
    with django_assert_num_queries(16):
        client.get(patient.get_absolute_url())
    for region in ("arm", "foot"):
        open_episode(patient, by=physiotherapist, complaint="Pain", region=region)

    with django_assert_num_queries(16):
        client.get(patient.get_absolute_url())


def test_many_patients_are_registered_in_order(front_desk):
    rows = [{"given_name": f"G{i}", "family_name": "F", "born_on": date(1980, 1, 1)} for i in range(3)]

    patients = register_patients(rows, by=front_desk)

    assert [p.record_number for p in patients] == ["P000001", "P000002", "P000003"]


def test_one_bad_row_registers_nobody(front_desk):
    rows = [{"given_name": "G", "family_name": "F", "born_on": date(1980, 1, 1)}, {"given_name": "G"}]

    with pytest.raises(ValidationError):
        register_patients(rows, by=front_desk)

    assert Patient.objects.count() == 0


def test_a_taken_number_of_another_system_is_refused(front_desk):
    row = {"given_name": "G", "family_name": "F", "born_on": date(1980, 1, 1), "external_id": "a"}
    register_patients([row], by=front_desk)

    with pytest.raises(ValidationError):
        register_patients([row], by=front_desk)


@pytest.mark.parametrize("change", [{"died_on": date(2024, 1, 1)}, {"is_active": False}])
def test_an_untreatable_patient_cannot_be_booked(client, front_desk, patient, change):
    client.force_login(front_desk)
    link = f"/diary/book/?patient={patient.pk}"
    assert link in client.get(patient.get_absolute_url()).text
    update_patient(patient, by=front_desk, **change)

    assert link not in client.get(patient.get_absolute_url()).text


def test_nobody_is_older_than_anybody_ever_was(front_desk):
    year = timezone.localdate().year - 123
    with pytest.raises(ValidationError) as refusal:
        make_patient(by=front_desk, born_on=date(year, 1, 1))
    assert list(refusal.value.error_dict) == ["born_on"]

    dead = make_patient(by=front_desk, born_on=date(year, 1, 1), died_on=date(year + 80, 1, 1))
    assert dead.age == 80
    with pytest.raises(ValidationError):
        update_patient(dead, by=front_desk, died_on=None)
