"""The case reports of a session and an episode: what is reported, what is missing, and that they name nobody."""

import csv
import uuid

import pytest
from django.utils import timezone

from patients.models import TrailEntry
from patients.services import open_episode
from tests.treatments.builders import make_draft, make_muscle, make_needling, make_signed
from treatments.models import Correction, Needling
from treatments.record.corrections import Change
from treatments.services import amend_session


@pytest.fixture
def signed(patient, physiotherapist, catalogue):
    episode = open_episode(
        patient, by=physiotherapist, complaint="Neck pain", region="neck", condition="neck-pain", planned_sessions=4
    )
    row = make_needling(make_muscle(), strokes=12, direction="medial", found_by="palpation", guide_tube=False)
    return make_signed(patient, by=physiotherapist, episode=episode, needlings=[row], approach="trigger_point")


def url(session, page=""):
    return f"/patients/{session.patient_id}/sessions/{session.pk}/case-report/{page}"


def items_of(answer):
    return {item.number: item for item in answer.context["items"]}


def test_every_item_is_reported_missing_or_does_not_apply(client, physiotherapist, signed):
    client.force_login(physiotherapist)

    items = items_of(client.get(url(signed)))

    assert all(bool(one.reported or one.missing) != bool(one.not_applicable) for one in items.values())
    assert (items["1a"].reported, items["1a"].missing) == (["Trigger points"], [])
    assert (items["1b"].reported, items["1b"].missing) == ([], ["reasoning"])
    assert "12 strokes" in items["2e"].reported[0]
    assert "medial" in items["2c"].reported[0]
    assert items["2c"].missing == ["row 1, right Upper trapezius: tissue reached, use of imaging"]
    assert items["3a"].reported == ["session 1 of 4 planned"]


def test_the_setting_and_the_years_of_experience_are_reported_once_they_are_recorded(client, physiotherapist, signed):
    client.force_login(physiotherapist)
    before = items_of(client.get(url(signed)))
    practitioner = physiotherapist.practitioner
    year = timezone.localdate(signed.started_at).year
    practitioner.qualified_in, practitioner.needling_since = year - 20, year - 8
    practitioner.site.setting = "ward"
    practitioner.save()
    practitioner.site.save()

    after = items_of(client.get(url(signed)))

    assert before["5"].missing[1:] == ["years in practice", "years of experience with dry needling"]
    assert len(before["4b"].missing) == len(after["4b"].missing) + 1
    assert (after["5"].missing, "hospital ward" in after["4b"].reported) == (before["5"].missing[:1], True)
    assert any(str(year - 8) in text for text in after["5"].reported)


@pytest.mark.parametrize("of", ["session", "episode"])
def test_the_file_names_nobody_and_is_in_the_trail_as_an_export(client, admin, signed, of):
    client.force_login(admin)

    of_episode = f"/patients/{signed.patient_id}/episodes/{signed.episode_id}/case-report/export/"
    answer = client.get(url(signed, "export/") if of == "session" else of_episode)

    text = b"".join(answer.streaming_content).decode()
    patient = signed.patient
    head = next(csv.reader(text.removeprefix("\ufeff").splitlines()))
    assert head == ["item", "what is asked", "reported", "missing"]
    assert not any(word in text for word in (patient.family_name, patient.record_number, "Neck pain"))
    assert TrailEntry.objects.filter(action=TrailEntry.Action.EXPORT, patient=patient).count() == 1


def test_only_a_signed_needling_has_a_report(client, physiotherapist, patient, catalogue):
    draft = make_draft(patient, by=physiotherapist)
    client.force_login(physiotherapist)

    assert client.get(url(draft)).status_code == 404


def test_the_report_of_an_episode_says_once_what_its_sessions_have_alike(client, physiotherapist, signed):
    episode = signed.episode
    row = make_needling(make_muscle(), strokes=12, direction="lateral", depth_mm=20)
    again = {"by": physiotherapist, "episode": episode, "needlings": [row]}
    make_signed(signed.patient, approach="trigger_point", days_ago=8, **again)
    make_draft(signed.patient, **again | {"needlings": [make_needling(make_muscle())]})
    client.force_login(physiotherapist)

    items = items_of(client.get(f"/patients/{signed.patient_id}/episodes/{episode.pk}/case-report/"))

    assert items["1a"].reported == ["all sessions: Trigger points"]
    assert [text.partition(":")[0] for text in items["2c"].reported] == ["session 1", "session 2"]
    assert items["3a"].reported == ["2 of 4 planned"]
    assert items["3b"].reported == ["8 days between sessions, median 8"]
    assert items["6a"].not_applicable


def test_an_episode_without_signed_needling_has_no_report(client, physiotherapist, patient, catalogue):
    episode = open_episode(patient, by=physiotherapist, complaint="Neck pain", region="neck")
    make_draft(patient, by=physiotherapist, episode=episode)
    client.force_login(physiotherapist)

    assert client.get(f"/patients/{patient.pk}/episodes/{episode.pk}/case-report/").status_code == 404


def test_a_corrected_value_is_reported_with_what_was_signed(client, physiotherapist, admin, signed):
    row = signed.needlings.get()
    correction = Change(Correction.Kind.CHANGE, Needling, row.pk, {"depth_mm": 12})
    by = {"by": physiotherapist, "proof": "PIN", "id": uuid.uuid4()}
    amend_session(signed, text="", reason="Misread", changes=[correction], **by)
    client.force_login(admin)

    of_episode = f"/patients/{signed.patient_id}/episodes/{signed.episode_id}/case-report/"
    for page in (url(signed), of_episode):
        printed = client.get(page)
        file = b"".join(client.get(f"{page}export/").streaming_content).decode()

        (text,) = printed.context["corrected"]
        assert "12 mm" in items_of(printed)["2c"].reported[0]
        assert text.endswith("depth: 15 mm")
        assert text in file.splitlines()[-1]


def test_a_report_without_corrections_has_no_line_about_them(client, physiotherapist, signed):
    client.force_login(physiotherapist)

    assert client.get(url(signed)).context["corrected"] == []
