from patients.models import Patient, ScreeningQuestion
from tests.admin_pages import typed_page, url_of


def test_a_patient_is_registered_through_the_service(as_admin):
    data = typed_page(as_admin.get(url_of(Patient, "add")))
    data |= {"given_name": "Łukasz", "family_name": "Özil", "born_on": "1980-02-01"}

    as_admin.post(url_of(Patient, "add"), data)

    patient = Patient.objects.get()
    assert patient.record_number == "P000001"
    assert list(as_admin.get(url_of(Patient), {"q": "lukasz ozil"}).context["cl"].queryset) == [patient]


def test_a_change_of_name_is_found_afterwards(as_admin, patient):
    url = url_of(Patient, "change", patient.pk)

    as_admin.post(url, typed_page(as_admin.get(url)) | {"family_name": "Okafor"})

    assert list(as_admin.get(url_of(Patient), {"q": "okafor"}).context["cl"].queryset) == [patient]
    assert list(as_admin.get(url_of(Patient), {"q": "zzz"}).context["cl"].queryset) == []


def test_a_patient_that_the_service_would_refuse_gets_a_sentence(as_admin, patient):
    url = url_of(Patient, "change", patient.pk)

    response = as_admin.post(url, typed_page(as_admin.get(url)) | {"reminder_channel": "sms"})

    assert response.context["errors"] == [["Give a phone number, or choose another kind of reminder."]]


def test_the_key_of_a_screening_question_stays(as_admin):
    question = ScreeningQuestion.objects.create(key="fainting", text="Faint?", alert="Faints", category="relative")
    url = url_of(ScreeningQuestion, "change", question.pk)

    as_admin.post(url, typed_page(as_admin.get(url)) | {"key": "other", "text": "Have you fainted?"})

    question.refresh_from_db()
    assert (question.key, question.text) == ("fainting", "Have you fainted?")
