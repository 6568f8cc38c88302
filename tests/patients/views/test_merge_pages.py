"""The pages of a merge, and where the pages of a merged record lead."""

import pytest
from django.core.exceptions import ValidationError

from patients.merging import differences
from patients.models import Patient, PatientMerge, TrailEntry
from patients.search import find_patients
from patients.services import ask_for_merge, confirm_merge, keep_record, open_episode, update_patient
from tests import people
from tests.people import PASSWORD


@pytest.fixture
def duplicate(front_desk):
    return people.make_patient(by=front_desk, given_name="Rut", city="Westport", occupation="Cellist")


@pytest.fixture
def merge(patient, duplicate, front_desk):
    return ask_for_merge(patient, duplicate, by=front_desk, reason="Registered twice")


@pytest.fixture
def merged(merge, physiotherapist):
    differing, _ = differences(merge.survivor, merge.duplicate)
    return confirm_merge(
        merge, by=physiotherapist, proof="PIN", details={each.name: each.survivor for each in differing}
    )


def page_of(merge):
    return f"/patients/{merge.survivor_id}/merges/{merge.pk}/"


def test_the_page_proposes_records_that_are_alike(client, front_desk, patient, duplicate):
    client.force_login(front_desk)

    response = client.get(f"/patients/{patient.pk}/merge/")

    assert [hit for hit, _ in response.context["hits"]] == [duplicate]


def test_the_front_desk_asks_for_a_merge(client, front_desk, patient, duplicate):
    client.force_login(front_desk)
    page = f"/patients/{patient.pk}/merge/?other={duplicate.pk}"
    form = client.get(page).context["form"]

    response = client.post(page, {"id": form["id"].value(), "stays": duplicate.pk, "reason": "Same phone"})

    merge = PatientMerge.objects.get()
    assert (merge.survivor, merge.duplicate) == (duplicate, patient)
    assert response.url == f"/patients/{patient.pk}/merges/{merge.pk}/"
    assert client.get(response.url).status_code == 200


def test_a_request_without_a_reason_keeps_what_was_chosen(client, front_desk, patient, duplicate):
    client.force_login(front_desk)

    response = client.post(f"/patients/{patient.pk}/merge/?other={duplicate.pk}", {"stays": duplicate.pk})

    assert response.status_code == 422
    assert response.context["form"]["stays"].value() == str(duplicate.pk)


def test_a_colleague_chooses_the_details_and_confirms(client, physiotherapist, patient, duplicate, merge):
    client.force_login(physiotherapist)
    page = client.get(page_of(merge))
    form = page.context["forms"]["confirm"]["form"]
    chosen = {row.name: "duplicate" if row.name == "given_name" else row.initial for row in form.rows}

    response = client.post(
        page_of(merge), {"confirm": "yes", "seen": form.now_stored, "password": PASSWORD, **chosen}, follow=True
    )

    assert response.status_code == 200
    survivor = Patient.objects.get(pk=patient.pk)
    assert (survivor.given_name, survivor.city, survivor.occupation) == ("Rut", "Westport", "Cellist")
    assert Patient.objects.get(pk=duplicate.pk).merged_into == patient


@pytest.mark.parametrize(
    ("left_out", "status"), [({"password": "wrong"}, 422), ({"city": ""}, 422), ({"seen": "another"}, 422)]
)
def test_what_is_missing_is_said_beside_the_form(client, physiotherapist, merge, left_out, status):
    client.force_login(physiotherapist)
    form = client.get(page_of(merge)).context["forms"]["confirm"]["form"]
    sent = {row.name: "duplicate" for row in form.rows} | {"seen": form.now_stored, "password": PASSWORD}

    response = client.post(page_of(merge), {"confirm": "yes"} | sent | left_out)

    assert response.status_code == status
    assert response.context["forms"]["confirm"]["form"]["given_name"].value() == "duplicate"
    assert PatientMerge.objects.get().is_waiting


def test_the_person_who_asked_sees_the_records_and_can_take_it_back(client, front_desk, merge):
    client.force_login(front_desk)
    response = client.get(page_of(merge))

    assert set(response.context["forms"]) == {"decline"}
    assert {each.name for each in response.context["differing"]} == {"given_name", "city", "occupation"}
    assert "alerts_of_both" not in response.context
    client.post(page_of(merge), {"decline": "yes", "decline_reason": "They are twins"})
    assert PatientMerge.objects.get().is_confirmed is False


def test_the_sides_are_swapped_and_what_was_chosen_stays(client, physiotherapist, patient, duplicate, merge):
    client.force_login(physiotherapist)
    form = client.get(page_of(merge)).context["forms"]["confirm"]["form"]
    chosen = {"given_name": "duplicate", "city": "survivor", "occupation": "duplicate"}
    sent = chosen | {"seen": form.now_stored, "keep": duplicate.pk, "password": "half of"}

    swapped = client.post(page_of(merge), sent, follow=True)
    client.post(page_of(merge), sent)  # the same page again swaps nothing back

    merge.refresh_from_db()
    assert (merge.survivor, merge.duplicate, merge.is_waiting) == (duplicate, patient, True)
    form = swapped.context["forms"]["confirm"]["form"]
    assert {row.name: row.value() for row in form.rows} == {
        "given_name": "survivor",
        "city": "duplicate",
        "occupation": "survivor",
    }
    assert "half of" not in swapped.text + swapped.redirect_chain[0][0]
    entries = TrailEntry.objects.filter(record_type="patientmerge", action="change")
    assert {entry.patient_id for entry in entries} == {patient.pk, duplicate.pk}
    assert entries[0].changes["survivor"] == [patient.pk, duplicate.pk]


def test_who_asked_may_swap_the_sides_too(client, front_desk, duplicate, merge):
    client.force_login(front_desk)

    assert f"Keep {duplicate.record_number} instead" in client.get(page_of(merge)).text
    client.post(page_of(merge), {"keep": duplicate.pk})

    assert PatientMerge.objects.get().survivor == duplicate


def test_sides_are_not_swapped_for_another_patient_or_after_the_decision(client, physiotherapist, front_desk, merge):
    client.force_login(physiotherapist)
    other = people.make_patient(by=front_desk, given_name="Paul")

    refused = client.post(page_of(merge), {"keep": other.pk}, follow=True)
    assert "Choose one of the two records of this merge." in refused.text
    assert client.post(page_of(merge), {"keep": "9" * 400}).status_code == 404
    client.post(page_of(merge), {"decline": "yes", "decline_reason": "They are twins"})
    with pytest.raises(ValidationError, match="no longer waiting"):
        keep_record(merge, merge.duplicate, by=physiotherapist)


def test_a_swap_of_records_that_somebody_changed_says_so(
    client, physiotherapist, front_desk, patient, duplicate, merge
):
    client.force_login(physiotherapist)
    form = client.get(page_of(merge)).context["forms"]["confirm"]["form"]
    update_patient(patient, by=front_desk, city="Leeds")

    page = client.post(page_of(merge), {"keep": duplicate.pk, "seen": form.now_stored, "city": "survivor"}, follow=True)

    assert "Somebody changed one of the records." in page.text


def test_who_compares_two_records_has_read_both(client, physiotherapist, merge, patient, duplicate):
    client.force_login(physiotherapist)
    client.get(page_of(merge))

    readings = TrailEntry.objects.filter(by=physiotherapist, action=TrailEntry.Action.READ)
    assert {entry.patient_id for entry in readings} == {patient.pk, duplicate.pk}


def test_a_merge_is_undone_from_its_page(client, physiotherapist, merged, duplicate):
    client.force_login(physiotherapist)

    client.post(page_of(merged), {"undo": "yes", "undo_reason": "They are twins", "password": PASSWORD})

    assert Patient.objects.get(pk=duplicate.pk).merged_into is None


def test_the_list_has_what_waits_and_what_was_decided(client, physiotherapist, merge, front_desk):
    client.force_login(physiotherapist)
    assert list(client.get("/patients/merges/").context["waiting"]) == [merge]
    client.post(page_of(merge), {"decline": "yes", "decline_reason": "They are twins"})

    context = client.get("/patients/merges/").context
    assert (list(context["waiting"]), list(context["decided"])) == ([], [merge])


@pytest.mark.parametrize("page", ["", "edit/", "visits/?past=1", "chart/", "episodes/new/"])
def test_a_page_of_the_duplicate_leads_to_the_same_page_of_the_survivor(
    client, physiotherapist, merged, patient, duplicate, page
):
    client.force_login(physiotherapist)

    response = client.get(f"/patients/{duplicate.pk}/{page}")

    assert (response.status_code, response.url) == (302, f"/patients/{patient.pk}/{page}")


def test_nothing_is_saved_into_the_duplicate(client, physiotherapist, merged, duplicate, patient):
    client.force_login(physiotherapist)
    sent = {"complaint": "Neck", "region": "neck", "planned_sessions": 6, "opened_on": "1 Nov 2026"}

    response = client.post(f"/patients/{duplicate.pk}/episodes/new/", sent | {"lead": physiotherapist.pk})

    assert response.status_code == 409
    assert response.context["address"] == f"/patients/{patient.pk}/episodes/new/"
    assert not patient.episodes.exists()


def test_the_page_of_the_survivor_says_what_was_merged(client, physiotherapist, merged, patient, duplicate):
    open_episode(patient, by=physiotherapist, complaint="Neck", region="neck")
    client.force_login(physiotherapist)

    response = client.get(f"/patients/{patient.pk}/")

    assert list(response.context["merges"]) == [merged]
    assert duplicate.record_number in response.content.decode()


def test_the_search_finds_the_survivor_by_the_old_number_and_name(merged, patient, duplicate):
    for typed in (duplicate.record_number, "rut adeyemi", "rut 14/3/1979"):
        (found,) = find_patients(typed)
        assert found == patient
    (by_number,) = find_patients(duplicate.record_number)
    assert by_number.found_as == duplicate.record_number


def test_the_tablet_comes_back_from_a_patient_whose_record_was_merged_meanwhile(
    client, merge, physiotherapist, duplicate, patient, questions
):
    client.force_login(physiotherapist)
    client.post(f"/patients/{duplicate.pk}/screening/hand-over/")
    differing, _ = differences(patient, duplicate)
    details = {each.name: each.survivor for each in differing}
    confirm_merge(merge, by=physiotherapist, proof="PIN", details=details)

    taken_back = client.post(f"/patients/{duplicate.pk}/screening/take-back/", {"password": PASSWORD})

    assert taken_back.status_code == 302
    assert client.get(taken_back.url).url == f"/patients/{patient.pk}/screening/"
