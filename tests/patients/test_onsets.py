"""When a complaint began: no day is made up, and what was said is kept."""

from datetime import date, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from hypothesis import given
from hypothesis import strategies as st

from patients.models import Episode
from patients.models.onset import onset_text
from patients.onsets import DAY, MONTH, WEEK, YEAR, last_day_of, read_onset
from patients.services import open_episode

TODAY = date(2025, 11, 29)  # a Saturday


@pytest.mark.parametrize(
    ("text", "day", "precision", "words"),
    [
        ("14/9/2025", date(2025, 9, 14), DAY, ""),
        ("September 2025", date(2025, 9, 1), MONTH, ""),
        ("since 9/2025", date(2025, 9, 1), MONTH, ""),
        ("2019", date(2019, 1, 1), YEAR, ""),
        ("about 2019", date(2019, 1, 1), YEAR, "about 2019"),
        ("~ March 2025", date(2025, 3, 1), MONTH, "~ March 2025"),
        ("around 14/9/2025", date(2025, 9, 8), WEEK, "around 14/9/2025"),
        ("about 3 months", date(2025, 8, 1), MONTH, "about 3 months"),
        ("12 months ago", date(2024, 11, 1), MONTH, "12 months ago"),
        ("for over two years", date(2023, 1, 1), YEAR, "for over two years"),
        ("a week", date(2025, 11, 17), WEEK, "a week"),
        ("half a year", date(2025, 5, 1), MONTH, "half a year"),
        ("3 days", date(2025, 11, 26), DAY, "3 days"),
        ("about 3 days", date(2025, 11, 24), WEEK, "about 3 days"),
    ],
)
def test_an_onset_is_read_with_the_precision_that_was_said(text, day, precision, words):
    onset = read_onset(text, on=TODAY)

    assert (onset.day, onset.precision, onset.words) == (day, precision, words)


@pytest.mark.parametrize(
    "text", ["yesterday", "a few months", "half a day", "2-3 months", "May", "about", "9999", "³ days"]
)
def test_what_says_no_time_is_not_guessed(text):
    assert read_onset(text, on=TODAY) is None


@given(count=st.integers(0, 999), unit=st.sampled_from(["day", "week", "month", "year"]), about=st.booleans())
def test_however_long_ago_the_moment_is_in_the_period(count, unit, about):
    onset = read_onset(f"{'about ' if about else ''}{count} {unit}s", on=TODAY)
    days = {"day": 1, "week": 7, "month": 30.4, "year": 365.25}[unit] * count

    assert onset.day <= TODAY
    assert abs((last_day_of(onset.day, onset.precision) - TODAY).days + days) <= 366
    assert onset.day == read_onset(f"{count} {unit}s ago", on=TODAY).day or about


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("Sep 2025", "Sep 2025"),
        ("about 3 months", "Oct 2025 (“about 3 months”)"),
        ("2 weeks", "week of 22 Dec 2025 (“2 weeks”)"),
        ("1979", "1979"),  # the year of birth: before the birthday, but perhaps not before birth
    ],
)
def test_the_form_keeps_it_and_shows_it_again(client, physiotherapist, patient, typed, shown):
    client.force_login(physiotherapist)
    sent = {"complaint": "Sore elbow", "region": "forearm", "planned_sessions": "6", "lead": physiotherapist.pk}
    sent |= {"opened_on": "5 Jan 2026", "onset_on": typed}
    client.post(f"/patients/{patient.pk}/episodes/new/", sent)
    episode = Episode.objects.get()
    edit = f"/patients/{patient.pk}/episodes/{episode.pk}/edit/"
    offered = client.get(edit).context["form"]["onset_on"].value()
    client.post(edit, sent | {"onset_on": offered, "opened_on": "6 Jan 2026"})
    kept = Episode.objects.get()
    client.post(edit, sent | {"onset_on": ""})

    assert (episode.onset_text, offered) == (shown, typed)
    assert kept.onset_text == shown
    assert Episode.objects.get().onset_text == ""


def test_an_onset_before_birth_or_in_the_future_is_refused(patient, physiotherapist):
    about = {"complaint": "Sore elbow", "region": "forearm", "onset_precision": "year"}

    for day in (date(1978, 1, 1), date.today() + timedelta(days=400)):
        with pytest.raises(ValidationError, match="before the patient|future"):
            open_episode(patient, by=physiotherapist, onset_on=day, **about)


@pytest.mark.both_engines
def test_a_precision_without_an_onset_is_refused(patient, physiotherapist):
    open_episode(patient, by=physiotherapist, complaint="Sore elbow", region="forearm")

    with pytest.raises(IntegrityError, match="episode_onset_with_its_precision"), transaction.atomic():
        Episode.objects.update(onset_words="about 3 months")


def test_old_rows_are_days():
    assert onset_text(date(2025, 9, 14)) == "14 Sep 2025"
