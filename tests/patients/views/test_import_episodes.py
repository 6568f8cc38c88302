"""Episodes of care of another system are imported into the records of registered patients."""

from datetime import date

import pytest
from django.urls import reverse

from patients.models import Episode, TrailEntry
from patients.services import close_episode
from tests.people import make_patient

from .test_imports import choose, decide_all_doubts, page, upload

pytestmark = pytest.mark.both_engines

HEADER = "Patient number,Condition,Side,Start date,Since,Therapist,End date,Discharge reason,Summary\n"


@pytest.fixture
def patient(front_desk, physiotherapist):
    return make_patient(by=front_desk, given_name="Ruth", family_name="Adeyemi", born_on=date(1979, 3, 14))


def upload_episodes(client, *lines, header=HEADER):
    return upload(client, header + "".join(lines), kind="episodes")


def test_open_and_closed_episodes_are_stored(signed_in, patient, physiotherapist, admin):
    file_import = upload_episodes(
        signed_in,
        f"{patient.record_number},Neck pain,R,14/03/2025,2019,MS,,,\n",
        f"{patient.record_number},Runner’s knee,left,20/05/2024,Mar 2024,M. Solberg,30/06/2024,DNA,Came twice\n",
    )
    assert page(signed_in, file_import).context["plan"].questions == [
        "Choose what the words stand for: Lead.",
    ]

    choose(signed_in, file_import, **{"Lead: MS": str(physiotherapist.pk)})
    shown = page(signed_in, file_import).context
    response = choose(signed_in, file_import, store=True)

    assert shown["preview_labels"][1:5] == ["Complaint", "Body region", "Side", "Opened"]
    assert [value for value, _ in shown["preview"][0][1]][1:4] == ["Neck pain, right", "Neck", "Right"]
    assert response.status_code == 302
    knee, neck = Episode.objects.order_by("opened_on")
    assert (neck.complaint, neck.region, neck.lead, neck.is_open) == ("Neck pain, right", "neck", physiotherapist, True)
    assert (neck.opened_on, neck.onset_text) == (date(2025, 3, 14), "2019")
    assert (knee.complaint, knee.region, knee.onset_text) == ("Runner’s knee, left", "leg", "Mar 2024")
    assert (knee.closed_on, knee.closing_reason) == (date(2024, 6, 30), "did_not_return")
    assert knee.closing_summary == "Came twice"
    assert TrailEntry.objects.filter(record_type="episode", action="create", by=admin, patient=patient).count() == 2


def test_a_start_that_is_known_in_part_is_decided_by_a_person(signed_in, patient, physiotherapist):
    file_import = upload_episodes(
        signed_in,
        f"{patient.record_number},Neck pain,,Mar 2024,,Solberg,2024,,\n",
    )

    first = choose(signed_in, file_import, store=True)
    decide_all_doubts(signed_in, file_import, "first_day")
    decide_all_doubts(signed_in, file_import, "last_day")
    choose(signed_in, file_import, store=True)

    assert first.status_code == 422
    assert "Only the month or the year is known" in first.text
    episode = Episode.objects.get()
    assert (episode.opened_on, episode.closed_on) == (date(2024, 3, 1), date(2024, 12, 31))


def test_a_region_that_the_file_does_not_name_is_chosen_for_each_complaint(
    signed_in,
    patient,
    physiotherapist,
):
    file_import = upload_episodes(signed_in, f"{patient.record_number},Chronic pain,,2024-03-01,,,,,\n")

    asked = page(signed_in, file_import).context["plan"].questions
    answers = {"Body region: Chronic pain": "low_back", "Lead: not in the file": str(physiotherapist.pk)}
    choose(signed_in, file_import, **answers)
    choose(signed_in, file_import, store=True)

    assert asked == [
        "Choose what the words stand for: Body region.",
        "Choose what the words stand for: Lead.",
    ]
    assert (Episode.objects.get().region, Episode.objects.get().lead) == ("low_back", physiotherapist)
    file_import.refresh_from_db()
    assert file_import.choices["words"] == {"lead": {"": str(physiotherapist.pk)}}  # no words of patients


@pytest.mark.parametrize(
    ("cells", "error"),
    [
        ("X-9,Neck pain,,2024-03-01,,Solberg,,,", "No patient has the number X-9. Import the patients first."),
        ("{0},Neck pain,,1970-03-01,,Solberg,,,", "This date is before the patient’s birth date."),
        ("{0},Neck pain,,2030-03-01,,Solberg,,,", "Opened: This date is in the future."),
        ("{0},Neck pain,,2024-03-01,,Solberg,,moved,", "but no day on which it was closed."),
        (",Neck pain,,2024-03-01,,Solberg,,,", "Give the number of the patient, or the names and the birth date."),
    ],
)
def test_what_cannot_be_an_episode_of_this_patient_is_refused(
    signed_in,
    patient,
    physiotherapist,
    cells,
    error,
):
    file_import = upload_episodes(signed_in, cells.format(patient.record_number) + "\n")

    (row,) = page(signed_in, file_import).context["refused"]

    assert error in row.error
    assert choose(signed_in, file_import, store=True).status_code == 422
    assert not Episode.objects.exists()


def test_a_second_import_of_a_file_stores_nothing_twice(signed_in, patient, physiotherapist):
    row = f"{patient.record_number},Neck pain,,2024-03-01,,Solberg,,,\n"
    choose(signed_in, upload_episodes(signed_in, row), store=True)

    again = upload_episodes(signed_in, row)
    choose(signed_in, again, store=True)

    again.refresh_from_db()
    assert (again.counts["stored"], again.counts["already"]) == (0, 1)
    assert Episode.objects.count() == 1


def test_an_undone_import_leaves_every_list(signed_in, patient, physiotherapist):
    row = f"{patient.record_number},Neck pain,,2024-03-01,,Solberg,,,\n"
    file_import = upload_episodes(signed_in, row)
    choose(signed_in, file_import, store=True)

    signed_in.post(file_import.get_absolute_url(), {"undo_reason": "An old file"})

    assert not patient.episodes.counting().exists()
    assert not Episode.objects.get().is_open
    signed_in.force_login(physiotherapist)
    assert "Neck pain" not in signed_in.get(reverse("patient_detail", args=[patient.pk])).text
    assert "Neck pain" not in signed_in.get(reverse("patient_chart", args=[patient.pk])).text
    assert TrailEntry.objects.filter(record_type="episode", action="withdraw").count() == 1


def test_an_episode_that_was_closed_since_prevents_the_undo(signed_in, patient, physiotherapist):
    file_import = upload_episodes(signed_in, f"{patient.record_number},Neck pain,,2024-03-01,,Solberg,,,\n")
    choose(signed_in, file_import, store=True)
    close_episode(Episode.objects.get(), by=physiotherapist, closing_reason="improved", closing_summary="Better")

    refused = signed_in.post(file_import.get_absolute_url(), {"undo_reason": "An old file"})

    assert refused.status_code == 422
    assert "changed or used some of the episodes since" in refused.text
    assert patient.episodes.counting().exists()


def test_a_page_asks_about_two_hundred_words_and_then_about_the_others(signed_in, patient, physiotherapist):
    rows = (f"{patient.record_number},Pain {n},,2024-03-01,,Solberg,,,\n" for n in range(205))
    file_import = upload_episodes(signed_in, *rows)

    left = []
    for _ in range(2):
        form = page(signed_in, file_import).context["form"]
        left.append((form.words_left, len(form.plan.questions)))
        choose(signed_in, file_import, **{name: "low_back" for name in form.fields if name.startswith("word-region")})
    response = choose(signed_in, file_import, store=True)

    assert left == [(6, 1), (6, 1)]
    assert response.status_code == 302
    assert Episode.objects.filter(region="low_back").count() == 205
