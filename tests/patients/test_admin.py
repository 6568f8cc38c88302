import pytest
from django.contrib.auth.models import Permission, User

from patients.consents import current_form
from patients.models import Consent, ConsentForm, Episode, Patient, PatientMerge, Screening, ScreeningQuestion
from patients.services import ask_for_merge, open_episode, revise_question
from tests import people
from tests.admin_pages import typed_page, url_of

from .builders import agree, decline, make_form
from .test_precautions import screen


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


def test_a_patient_that_the_service_would_refuse_gets_an_error_message(as_admin, patient):
    url = url_of(Patient, "change", patient.pk)

    response = as_admin.post(url, typed_page(as_admin.get(url)) | {"reminder_channel": "sms"})

    assert response.context["errors"] == [["Enter a phone number, or choose another kind of reminder."]]


@pytest.fixture
def question(db):
    return ScreeningQuestion.objects.create(key="fainting", text="Faint?", alert="Faints", category="relative")


def test_changed_words_of_a_question_make_a_new_version(as_admin, admin, question):
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


def test_a_question_saved_without_changes_keeps_its_version(as_admin, question):
    url = url_of(ScreeningQuestion, "change", question.pk)

    as_admin.post(url, typed_page(as_admin.get(url)) | {"sort_order": 7})

    assert ScreeningQuestion.objects.values_list("version", "sort_order").get() == (1, 7)


def test_the_page_of_a_question_shows_its_versions(as_admin, admin, question):
    newest = revise_question(question, by=admin, text="Have you fainted?", source="Me 2024")

    page = as_admin.get(url_of(ScreeningQuestion, "change", newest.pk)).content.decode()

    assert "Version 2" in page
    assert "by Ada Berg: Have you fainted?" in page
    assert "as supplied: Faint?" in page
    assert url_of(ScreeningQuestion, "change", question.pk) in page


def test_an_older_version_is_read_only(as_admin, admin, question):
    url = url_of(ScreeningQuestion, "change", question.pk)
    typed = typed_page(as_admin.get(url)) | {"text": "Too late?"}
    revise_question(question, by=admin, text="Have you fainted?")

    page, refused = as_admin.get(url), as_admin.post(url, typed)

    assert b'name="text"' not in page.content
    assert refused.context["errors"] == [["There is a newer version of this question. Change that version instead."]]
    assert b"Too late?" in refused.content
    assert ScreeningQuestion.objects.count() == 2


def test_the_list_shows_only_newest_versions_by_default(as_admin, admin, question):
    newest = revise_question(question, by=admin, text="Have you fainted?")

    assert list(as_admin.get(url_of(ScreeningQuestion)).context["cl"].queryset) == [newest]
    both = as_admin.get(url_of(ScreeningQuestion), {"versions": "all"}).context["cl"].queryset
    assert list(both) == [newest, question]


def test_a_new_question_needs_a_new_key(as_admin, question):
    url = url_of(ScreeningQuestion, "add")
    typed = typed_page(as_admin.get(url)) | {"text": "Dizzy?", "alert": "Dizzy", "category": "relative"}

    refused = as_admin.post(url, typed | {"key": "fainting"})
    as_admin.post(url, typed | {"key": "dizzy"})

    assert refused.context["errors"] == [["There is already a question with this key."]]
    assert ScreeningQuestion.objects.asked().count() == 2


@pytest.mark.parametrize("muscles", ["psoas major!", "'; drop"])
def test_muscles_that_are_not_slugs_get_an_error_message(as_admin, question, muscles):
    url = url_of(ScreeningQuestion, "change", question.pk)

    response = as_admin.post(url, typed_page(as_admin.get(url)) | {"muscles": muscles})

    assert response.status_code == 200
    assert response.context["errors"] == [["Enter the slugs of muscles, such as psoas-major, separated by commas."]]
    assert ScreeningQuestion.objects.count() == 1


# The consent form ---------------------------------------------------------------------


@pytest.fixture
def form(db):
    return make_form()


def test_a_new_form_starts_with_the_text_of_the_newest_and_is_published_by_an_action(as_admin, admin, form):
    url = url_of(ConsentForm, "add")

    as_admin.post(url, typed_page(as_admin.get(url)) | {"nature": "Other words."})
    draft = ConsentForm.objects.get(version=2)
    publish = {"action": "publish", "_selected_action": [draft.pk]}
    response = as_admin.post(url_of(ConsentForm), publish, follow=True)

    assert (draft.nature, draft.benefit, draft.published_at) == ("Other words.", form.benefit, None)
    assert b"is published" in response.content
    assert current_form() == draft
    draft.refresh_from_db()
    assert draft.published_by == admin


def test_a_draft_of_a_form_is_edited_and_a_published_one_is_not(as_admin, form):
    url = url_of(ConsentForm, "add")
    as_admin.post(url, typed_page(as_admin.get(url)))
    draft = ConsentForm.objects.get(version=2)
    url = url_of(ConsentForm, "change", draft.pk)

    as_admin.post(url, typed_page(as_admin.get(url)) | {"benefit": "Better words."})
    refused = as_admin.post(url_of(ConsentForm, "change", form.pk), {"benefit": "Harmless."})

    draft.refresh_from_db()
    assert draft.benefit == "Better words."
    assert refused.status_code == 403


def test_a_published_form_shows_its_sources_as_links(as_admin, form):
    page = as_admin.get(url_of(ConsentForm, "change", form.pk)).content.decode()

    assert '<a class="fl-cite" href="/sources/#brady-2014"' in page


def test_an_incomplete_form_gets_an_error_message(as_admin, form):
    url = url_of(ConsentForm, "add")

    response = as_admin.post(url, typed_page(as_admin.get(url)) | {"serious_risks": " "})

    assert response.context["errors"] == [["This field is required."]]


def test_publishing_a_published_form_gets_an_error_message(as_admin, form):
    publish = {"action": "publish", "_selected_action": [form.pk]}

    assert b"already published" in as_admin.post(url_of(ConsentForm), publish, follow=True).content


def test_a_consent_is_reviewed_with_a_link_to_its_document(as_admin, patient, physiotherapist):
    consent = agree(patient, by=physiotherapist)

    page = as_admin.get(url_of(Consent, "change", consent.pk)).content.decode()

    assert consent.get_absolute_url() in page
    assert consent.content_hash in page


def test_a_refusal_is_reviewed_in_words(as_admin, patient, physiotherapist):
    refusal = decline(patient, by=physiotherapist, refusal_words="No needles")
    agree(patient, by=physiotherapist)

    page = as_admin.get(url_of(Consent, "change", refusal.pk)).content.decode()

    assert "Declined" in page
    assert "No needles" in page
    assert list(as_admin.get(url_of(Consent), {"method": "declined"}).context["cl"].queryset) == [refusal]


def test_answers_not_known_are_reviewed_in_words(as_admin, questions, patient, physiotherapist):
    screening = screen(patient, physiotherapist, fainting=None)

    page = as_admin.get(url_of(Screening, "change", screening.pk)).content.decode()

    assert page.count("Not known") == 1


@pytest.mark.parametrize("typed", ["Adeyemi", "ruth", "adeyemi ruth", "dey", "P000001"])
def test_a_list_is_searched_by_any_part_of_a_name(as_admin, front_desk, physiotherapist, typed):
    ruth = people.make_patient(by=front_desk, given_name="Ruth", family_name="Adeyemi")
    other = people.make_patient(by=front_desk, given_name="Tomasz", family_name="Wilk")
    mine, _ = (open_episode(one, by=physiotherapist, complaint="Stiff neck", region="neck") for one in (ruth, other))
    typed = typed.replace("P000001", ruth.record_number)

    page = as_admin.get(url_of(Episode), {"q": typed})

    assert list(page.context["cl"].queryset) == [mine]


def test_a_merge_is_found_by_the_name_and_number_of_either_record(as_admin, front_desk):
    ruth = people.make_patient(by=front_desk, given_name="Ruth", family_name="Adeyemi")
    other = people.make_patient(by=front_desk, given_name="Tomasz", family_name="Wilk")
    merge = ask_for_merge(ruth, other, by=front_desk, reason="Registered twice")

    for typed in ("Adeyemi", "Wilk", ruth.record_number, other.record_number):
        page = as_admin.get(url_of(PatientMerge), {"q": typed})
        assert list(page.context["cl"].queryset) == [merge]


def test_a_list_forgives_a_typing_error_if_nobody_has_that_name(as_admin, front_desk, physiotherapist):
    ruth = people.make_patient(by=front_desk, given_name="Ruth", family_name="Adeyemi")
    mine = open_episode(ruth, by=physiotherapist, complaint="Stiff neck", region="neck")

    assert list(as_admin.get(url_of(Episode), {"q": "adeyemu"}).context["cl"].queryset) == [mine]
    assert list(as_admin.get(url_of(Episode), {"q": "STIFF"}).context["cl"].queryset) == [mine]
    assert not as_admin.get(url_of(Episode), {"q": "zzzz"}).context["cl"].queryset


def test_the_history_of_a_record_is_its_audit_trail(as_admin, patient, physiotherapist):
    episode = open_episode(patient, by=physiotherapist, complaint="Stiff neck", region="neck")
    other = open_episode(patient, by=physiotherapist, complaint="Sore heel", region="foot")

    of_episode = as_admin.get(url_of(Episode, "history", episode.pk)).context["entries"]
    of_patient = as_admin.get(url_of(Patient, "history", patient.pk)).context["entries"]

    assert [(entry.record_id, record) for entry, record, _ in of_episode] == [(str(episode.pk), "Episode")]
    assert str(other.pk) in [entry.record_id for entry, _, _ in of_patient]
    assert len(of_patient) > len(of_episode)


def test_the_history_needs_the_permission_to_read_the_audit_trail(client, patient):
    staff = User.objects.create_user("clerk", is_staff=True)
    staff.user_permissions.add(Permission.objects.get(codename="view_patient"))
    client.force_login(staff)

    assert client.get(url_of(Patient, "history", patient.pk)).status_code == 403
