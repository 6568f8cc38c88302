import pytest

from patients.models import Patient, ScreeningQuestion
from patients.services import revise_question
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


@pytest.fixture
def question(db):
    return ScreeningQuestion.objects.create(key="fainting", text="Faint?", alert="Faints", category="relative")


def test_other_words_of_a_question_are_a_new_version(as_admin, admin, question):
    url = url_of(ScreeningQuestion, "change", question.pk)
    typed = typed_page(as_admin.get(url)) | {
        "key": "other",
        "text": "Have you fainted?",
        "regions": ["neck"],
        "muscles": "psoas-major, soleus",
    }

    as_admin.post(url, typed)

    newest = ScreeningQuestion.objects.get(version=2)
    assert (newest.key, newest.text, newest.edited_by) == ("fainting", "Have you fainted?", admin)
    assert (newest.regions, newest.muscles) == (["neck"], ["psoas-major", "soleus"])
    question.refresh_from_db()
    assert (question.text, question.is_active) == ("Faint?", False)


def test_a_question_saved_untouched_stays_its_version(as_admin, question):
    url = url_of(ScreeningQuestion, "change", question.pk)

    as_admin.post(url, typed_page(as_admin.get(url)) | {"sort_order": 7})

    assert ScreeningQuestion.objects.values_list("version", "sort_order").get() == (1, 7)


def test_the_page_of_a_question_shows_its_versions(as_admin, admin, question):
    newest = revise_question(question, by=admin, text="Have you fainted?", source="Me 2024")

    page = as_admin.get(url_of(ScreeningQuestion, "change", newest.pk)).content.decode()

    assert "Version 2" in page
    assert "by Ada Berg: Have you fainted?" in page
    assert "as delivered: Faint?" in page
    assert url_of(ScreeningQuestion, "change", question.pk) in page


def test_a_version_that_was_followed_is_read_only(as_admin, admin, question):
    url = url_of(ScreeningQuestion, "change", question.pk)
    typed = typed_page(as_admin.get(url)) | {"text": "Too late?"}
    revise_question(question, by=admin, text="Have you fainted?")

    page, refused = as_admin.get(url), as_admin.post(url, typed)

    assert b'name="text"' not in page.content
    assert refused.context["errors"] == [["A newer version of this question is there. Change that one."]]
    assert b"Too late?" in refused.content
    assert ScreeningQuestion.objects.count() == 2


def test_the_list_shows_a_question_once_unless_asked_for_all(as_admin, admin, question):
    newest = revise_question(question, by=admin, text="Have you fainted?")

    assert list(as_admin.get(url_of(ScreeningQuestion)).context["cl"].queryset) == [newest]
    both = as_admin.get(url_of(ScreeningQuestion), {"versions": "all"}).context["cl"].queryset
    assert list(both) == [newest, question]


def test_a_new_question_needs_a_key_of_its_own(as_admin, question):
    url = url_of(ScreeningQuestion, "add")
    typed = typed_page(as_admin.get(url)) | {"text": "Dizzy?", "alert": "Dizzy", "category": "relative"}

    refused = as_admin.post(url, typed | {"key": "fainting"})
    as_admin.post(url, typed | {"key": "dizzy"})

    assert refused.context["errors"] == [["A question with this key is there already."]]
    assert ScreeningQuestion.objects.asked().count() == 2


@pytest.mark.parametrize("muscles", ["psoas major!", "'; drop"])
def test_muscles_that_are_no_slugs_get_a_sentence(as_admin, question, muscles):
    url = url_of(ScreeningQuestion, "change", question.pk)

    response = as_admin.post(url, typed_page(as_admin.get(url)) | {"muscles": muscles})

    assert response.status_code == 200
    assert len(response.context["errors"]) == 1
    assert ScreeningQuestion.objects.count() == 1
