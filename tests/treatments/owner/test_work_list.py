from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from clinic.models import Practitioner
from patients.services import open_episode, withdraw_consent
from tests import people
from tests.patients.builders import decline
from tests.treatments.builders import (
    make_assessment,
    make_draft,
    make_letter,
    make_muscle,
    make_needle,
    make_needling,
    make_ready,
    make_signed,
)
from tests.treatments.destroying import REASON
from treatments.models import AdverseEvent, Letter, Needle, TreatmentSession
from treatments.owner.job import LATE, NONE, SOON
from treatments.owner.work_list import FINDERS, work_list
from treatments.services import accept_destruction, ask_for_destruction, recall_lot, record_event, report_event


def job(user, icon):
    """The line of the list with this icon."""
    return next(job for job in work_list(user) if job.icon == icon)


def rows_of(client, job):
    """The rows of the list that the line leads to."""
    return list(client.get(job.url).context["cl"].queryset)


def test_an_admin_sees_every_line_and_none_waits_in_a_new_clinic(admin):
    jobs = work_list(admin)

    assert len(jobs) == len(FINDERS)
    assert {(job.count, job.urgency) for job in jobs} == {(0, NONE)}


def test_a_user_sees_only_what_their_role_may_see(physiotherapist, front_desk):
    physiotherapists = {job.icon for job in work_list(physiotherapist)}

    assert "pencil-square" in physiotherapists
    assert not physiotherapists & {"eye", "slash-circle"}
    assert {job.icon for job in work_list(front_desk)} == {"patch-check"}


def test_the_worst_comes_first(admin, patient, physiotherapist):
    Needle.objects.create(
        maker="Agu", diameter_mm="0.25", length_mm=30, lot="L9", expires_on=timezone.localdate() + timedelta(days=9)
    )
    make_draft(patient, by=physiotherapist, days_ago=5)

    assert [job.urgency for job in work_list(admin)][:2] == [LATE, SOON]


def test_an_old_draft_is_counted_and_a_newer_one_is_named(as_admin, admin, patient, physiotherapist):
    old = make_draft(patient, by=physiotherapist, days_ago=5)
    make_draft(patient, by=physiotherapist)

    line = job(admin, "pencil-square")

    assert (line.count, line.urgency) == (1, LATE)
    assert str(physiotherapist.practitioner) in line.detail
    assert "1 newer" in line.detail
    assert rows_of(as_admin, line) == [old]


def test_an_old_draft_of_an_assessment_is_counted(as_admin, admin, patient, physiotherapist):
    episode = open_episode(patient, by=physiotherapist, complaint="Stiff neck", region="neck")
    old = make_assessment(episode, by=physiotherapist, started_at=timezone.now() - timedelta(days=4))

    line = job(admin, "clipboard-pulse")

    assert line.count == 1
    assert rows_of(as_admin, line) == [old]


def test_an_old_draft_of_a_letter_is_counted(as_admin, admin, patient, physiotherapist):
    episode = open_episode(patient, by=physiotherapist, complaint="Stiff neck", region="neck")
    old = make_letter(episode, by=physiotherapist)
    make_letter(episode, by=physiotherapist, kind="discharge")
    Letter.objects.filter(pk=old.pk).update(opened_at=timezone.now() - timedelta(days=4))

    line = job(admin, "envelope")

    assert (line.count, line.detail) == (1, "oldest from 4 days ago; 1 newer")
    assert rows_of(as_admin, line) == [old]


def test_a_session_signed_more_than_a_day_later_is_counted(as_admin, admin, patient, physiotherapist):
    late = make_signed(patient, by=physiotherapist, days_ago=8)
    make_signed(patient, by=physiotherapist)
    make_signed(patient, by=physiotherapist, days_ago=40)

    line = job(admin, "clock-history")

    assert line.count == 1
    assert "1 after more than a week" in line.detail
    assert rows_of(as_admin, line) == [late]


def test_a_destruction_waits_for_a_second_admin(client, admin, patient, physiotherapist):
    make_signed(patient, by=physiotherapist)
    with time_machine.travel(timezone.now() + timedelta(days=366 * 20)):
        client.force_login(admin)
        other = people.make_user("o.berg", role=people.ADMIN, is_staff=True)
        asked = ask_for_destruction(patient, by=admin, reason=REASON, proof="PIN")
        waiting = job(admin, "trash3")
        rows = rows_of(client, waiting)

        accept_destruction(asked, by=other, proof="password")
        decided = job(admin, "trash3")

    assert (waiting.count, waiting.urgency, waiting.detail) == (1, SOON, "oldest asked for today")
    assert rows == [asked]
    assert (decided.count, decided.urgency, decided.detail) == (0, NONE, "1 accepted, not yet carried out")


def test_an_open_event_is_late_once_it_lacks_a_report(as_admin, admin, patient, physiotherapist):
    event = record_event(make_signed(patient, by=physiotherapist), by=physiotherapist, type="seizure", grade="serious")
    unreported = job(admin, "bandaid")
    later = timezone.localdate() + timedelta(days=3)
    reported = {"grade": "significant", "action": "Asked", "outcome": "Well", "follow_up_due_on": later}

    report_event(event, by=physiotherapist, number=1, **reported)

    assert (unreported.count, unreported.urgency) == (1, LATE)
    assert unreported.detail == "1 serious; 1 without a report"
    assert rows_of(as_admin, unreported) == list(AdverseEvent.objects.all())
    assert job(admin, "bandaid").urgency == SOON


@pytest.mark.parametrize(("days", "urgency"), [(-1, LATE), (59, SOON), (60, NONE)])
@pytest.mark.parametrize("name", ["certificate_expires_on", "cover_expires_on"])
def test_a_certificate_or_cover_that_ends_soon_is_named(as_admin, admin, physiotherapist, name, days, urgency):
    far = timezone.localdate() + timedelta(days=900)
    dates = {"certificate_expires_on": far, "cover_expires_on": far} | {name: timezone.localdate() + timedelta(days)}
    Practitioner.objects.update(**dates)

    line = job(admin, "patch-check")

    assert (line.count, line.urgency) == (int(urgency != NONE), urgency)
    assert rows_of(as_admin, line) == ([physiotherapist.practitioner] if line.count else [])


def test_a_lot_in_stock_that_ends_soon_or_was_recalled_is_named(as_admin, admin):
    today = timezone.localdate()
    make_needle()
    pack = {"maker": "Agu", "diameter_mm": "0.25", "length_mm": 30}
    soon = Needle.objects.create(**pack, lot="SOON", expires_on=today + timedelta(days=9))
    Needle.objects.create(**pack, lot="GONE", expires_on=today - timedelta(days=9), is_active=False)
    only_soon = job(admin, "box-seam")
    recalled = Needle.objects.create(**pack, lot="BACK", expires_on=today + timedelta(days=900))
    recall_lot(recalled, by=admin, recalled_on=today, reason="The maker recalled it")

    line = job(admin, "box-seam")

    assert (only_soon.count, only_soon.urgency) == (1, SOON)
    assert (line.count, line.urgency) == (2, LATE)
    assert set(rows_of(as_admin, line)) == {soon, recalled}


@pytest.mark.parametrize("icon", ["file-earmark-text", "clipboard-check"])
def test_what_ends_soon_is_renewed_only_in_an_open_episode(as_admin, admin, patient, physiotherapist, icon):
    make_ready(patient, by=physiotherapist)  # 360 days ago
    without_episode = job(admin, icon)
    open_episode(patient, by=physiotherapist, complaint="Stiff neck", region="neck")

    line = job(admin, icon)

    assert (without_episode.count, line.count) == (0, 1)
    assert [row.patient for row in rows_of(as_admin, line)] == [patient]


def test_a_patient_who_refused_or_withdrew_is_not_asked_to_renew(admin, front_desk, physiotherapist):
    withdrew, refused = (people.make_patient(by=front_desk, given_name=name) for name in ("Lan", "Isla"))
    for patient in (withdrew, refused):
        open_episode(patient, by=physiotherapist, complaint="Stiff neck", region="neck")
        make_ready(patient, by=physiotherapist)
    withdraw_consent(withdrew.consents.get(), by=physiotherapist, reason="Prefers exercise", proof="PIN")
    decline(refused, by=physiotherapist)

    assert job(admin, "file-earmark-text").count == 0


def test_sessions_near_the_lung_are_found(as_admin, patient, physiotherapist, catalogue):
    near = make_muscle("near", "Near the lung", pneumothorax_risk=True)
    session = make_signed(patient, by=physiotherapist, needlings=[make_needling(near)])
    make_signed(patient, by=physiotherapist, needlings=[make_needling(make_muscle("far", "Far from it"))])

    page = as_admin.get(reverse("admin:treatments_treatmentsession_changelist"), {"near_lung": "yes"})
    rows = as_admin.get(reverse("admin:treatments_needling_changelist"), {"near_lung": "yes"})

    assert list(page.context["cl"].queryset) == [session]
    assert list(rows.context["cl"].queryset) == list(session.needlings.all())


@pytest.mark.parametrize("value", ["", "abc", "4", "9" * 30])
def test_an_age_that_is_not_offered_selects_everything(as_admin, patient, physiotherapist, value):
    make_draft(patient, by=physiotherapist)

    for name in ("draft_age", "signed_late"):
        page = as_admin.get(reverse("admin:treatments_treatmentsession_changelist"), {name: value})
        assert list(page.context["cl"].queryset) == list(TreatmentSession.objects.all())
