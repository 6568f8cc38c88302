"""The message after a visit and its private link: who gets it, what its page asks and shows, and what follows."""

import uuid
from datetime import timedelta
from io import StringIO

import pytest
import time_machine
from django.core import mail
from django.core.management import CommandError, call_command
from django.urls import reverse
from django.utils import timezone

from clinic.models import ClinicSettings, Message, Site
from clinic.platform.logs import without_private_parts
from clinic.services import send_due_messages
from patients.models import TrailEntry
from patients.services import open_episode, update_patient
from tests import people
from tests.clinic.builders import make_appointment
from tests.treatments.builders import make_signed
from tests.treatments.test_merged_records import merged
from treatments.chart.follow_up_answers import MOST_ANSWERS, MOST_WRONG_DATES, answers_to_confirm
from treatments.chart.follow_ups_due import follow_ups_due
from treatments.models import AdverseEvent, FollowUp, FollowUpAnswers, OutcomeScore
from treatments.questionnaires.definitions import questionnaires
from treatments.services import mark_in_error, record_follow_up, record_outcome_score, send_warning_alerts

BORN_ON = "1979-03-14"
FIQR = {f"fiqr_{item.key}": "5" for item in questionnaires()["fiqr"].items}
NO_SIGNS = dict.fromkeys(["breath", "chest", "redness", "numbness"], "no")


@pytest.fixture(autouse=True)
def mail_settings(settings):
    settings.EMAIL_URL, settings.DEFAULT_FROM_EMAIL = "smtp://here", "clinic@example.org"


@pytest.fixture
def session(physiotherapist, front_desk):
    """A session of yesterday of a patient who agreed to the questions, in a clinic that asks them."""
    ClinicSettings.objects.create(public_address="https://visits.example.org", sends_questions_after=True)
    Site.objects.update(phone="020 7946 0001", emergency_phone="999")
    agreed = {"email": "ruth@example.org", "reminder_channel": "email", "wants_questions_after": True}
    ruth = people.make_patient(by=front_desk, **agreed)
    start = timezone.now() - timedelta(hours=30)
    visit = make_appointment(ruth, physiotherapist, at=start)
    episode = open_episode(ruth, by=physiotherapist, complaint="Pain in many places", region="neck")
    return make_signed(ruth, by=physiotherapist, appointment=visit, started_at=start, episode=episode)


@pytest.fixture
def link(session):
    """The path of the link in the message."""
    send_due_messages(channel="email")
    [word] = [word for word in mail.outbox[-1].body.split() if word.startswith("https://")]
    return word.removeprefix("https://visits.example.org")


def sign(client, link, **signs):
    return client.post(link, {"step": "signs", "born_on": BORN_ON, "id": uuid.uuid4()} | NO_SIGNS | signs)


def answer(client, link, **answers):
    return client.post(link, {"step": "answers", "born_on": BORN_ON, "id": uuid.uuid4()} | answers)


@pytest.mark.both_engines
def test_a_patient_who_agreed_is_asked_once_after_the_visit(session):
    sent = send_due_messages(channel="email")

    assert sent == {"sent": 1}
    assert send_due_messages(channel="email") == {}
    [message] = mail.outbox
    assert (message.to, message.attachments) == (["ruth@example.org"], [])
    assert not {"Adeyemi", "Ruth", "needl", "pain"} & set(message.body.split())
    assert Message.objects.get().kind == "after"


@pytest.mark.parametrize(
    "change", ["the clinic", "the patient", "no address", "too early", "asked by telephone", "left", "demo"]
)
def test_nobody_else_is_asked(session, physiotherapist, front_desk, change):
    if change == "the clinic":
        ClinicSettings.objects.update(sends_questions_after=False)
    elif change == "no address":
        ClinicSettings.objects.update(public_address="")
    elif change == "the patient":
        update_patient(session.patient, by=front_desk, wants_questions_after=False)
    elif change == "left":
        update_patient(session.patient, by=front_desk, is_active=False)
    elif change == "asked by telephone":
        record_follow_up(session, by=physiotherapist, contacted_at=timezone.now(), pain=3)
    elif change == "demo":
        Site.objects.update(is_demo=True)
    else:
        early = timezone.now() - timedelta(hours=20)
        visit = make_appointment(session.patient, physiotherapist, at=early)
        make_signed(session.patient, by=physiotherapist, appointment=visit, started_at=early)

    send_due_messages(channel="email")

    assert mail.outbox == []


def test_the_questions_wait_for_another_message_about_the_visit(session):
    start = session.appointment.starts_at
    waiting = {"kind": "moved", "channel": "email", "due_at": timezone.now() + timedelta(minutes=5)}
    other = Message.objects.create(appointment=session.appointment, starts_at=start, **waiting)

    assert send_due_messages(channel="email") == {}
    Message.objects.filter(pk=other.pk).update(status="skipped")
    assert send_due_messages(channel="email") == {"sent": 1}


@pytest.mark.parametrize("change", ["wants_questions_after", "sends_questions_after"])
def test_nobody_is_asked_unless_it_was_chosen(front_desk, change):
    assert not getattr(people.make_patient(by=front_desk), change, False)
    assert not getattr(ClinicSettings(), change, False)


def test_the_page_shows_nothing_of_the_record_before_and_after_the_birth_date(client, link, session):
    first = client.get(link).content.decode()
    second = client.post(link, {"step": "born_on", "born_on": BORN_ON}).content.decode()

    for page in (first, second):
        for word in ("Adeyemi", "Ruth", "Solberg", session.patient.record_number, "trapezius"):
            assert word not in page
    assert 'name="breath"' not in first
    assert 'name="breath"' in second


def test_a_wrong_birth_date_goes_no_further_and_ends_the_link_after_some_tries(client, link):
    wrong = {"step": "born_on", "born_on": "1979-03-15"}
    statuses = [client.post(link, wrong).status_code for _ in range(MOST_WRONG_DATES)]

    assert set(statuses) == {422}
    assert client.post(link, wrong | {"born_on": BORN_ON}).status_code == 429
    assert answer(client, link, pain=3).status_code == 429
    assert TrailEntry.objects.filter(action="refused", note__contains="Wrong date").count() == MOST_WRONG_DATES


def test_answers_with_a_wrong_birth_date_are_not_stored(client, link):
    page = answer(client, link, pain=3, born_on="1980-01-01")

    assert (page.status_code, page.context["step"]) == (422, "born_on")
    assert not FollowUpAnswers.objects.exists()


@pytest.mark.both_engines
def test_the_answers_are_stored_once_and_in_the_audit_trail(client, link, session):
    key = uuid.uuid4()
    for _ in range(2):
        page = answer(client, link, pain=3, soreness=2, reactions=["bruise"], words="Better", id=key)

    assert page.context["step"] == "done"
    stored = FollowUpAnswers.objects.get()
    assert (stored.session, stored.pain, stored.soreness, stored.reactions) == (session, 3, 2, ["bruise"])
    entry = TrailEntry.objects.get(record_type="followupanswers")
    assert (entry.action, entry.by, entry.patient_id) == ("create", None, session.patient_id)
    assert not FollowUp.objects.exists()
    assert not AdverseEvent.objects.exists()


def test_opening_the_questions_is_in_the_audit_trail(client, link, session):
    client.post(link, {"step": "born_on", "born_on": BORN_ON})

    entry = TrailEntry.objects.filter(patient=session.patient, action="read").latest("pk")
    assert (entry.by, entry.record_type) == (None, "message")


@pytest.mark.parametrize(
    ("signs", "is_emergency", "number"),
    [({"breath": "yes"}, True, "tel:999"), ({"redness": "yes"}, False, "tel:02079460001")],
)
def test_a_warning_sign_says_whom_to_call_and_alerts_the_clinic_at_once(
    client, link, session, physiotherapist, front_desk, signs, is_emergency, number
):
    page = sign(client, link, **signs)

    assert page.context["is_emergency"] == is_emergency
    assert number in page.content.decode().split('class="fl-asked"')[0]
    [waiting] = answers_to_confirm(user=physiotherapist)
    assert waiting.signs == list(signs)
    client.force_login(front_desk)
    desk = client.get(reverse("after_visit_list"))
    assert desk.context["urgent"] == [session]
    assert not {"breath", "redness"} & set(desk.content.decode().lower().split())
    client.force_login(physiotherapist)
    assert client.get(reverse("today")).context["answered"] == [waiting]


def test_no_warning_sign_stores_nothing_yet_and_goes_on(client, link):
    page = sign(client, link)

    assert (page.status_code, page.context["step"], page.context["signs"]) == (200, "answers", [])
    assert not FollowUpAnswers.objects.exists()


def test_a_warning_sign_stays_an_alert_when_the_patient_goes_on(client, link, physiotherapist):
    sign(client, link, chest="yes")
    answer(client, link, pain=6)

    [waiting] = answers_to_confirm(user=physiotherapist)
    assert (waiting.pain, waiting.signs) == (6, ["chest"])


@pytest.mark.parametrize(
    ("step", "wrong", "field"),
    [
        ("signs", {"breath": ""}, "breath"),
        ("answers", {"pain": "11"}, "pain"),
        ("answers", {"reactions": ["pneumothorax"]}, "reactions"),
        ("answers", {"words": "x" * 501}, "words"),
        ("answers", {}, "__all__"),
        ("born_on", {"born_on": "x"}, "born_on"),
    ],
)
def test_a_wrong_answer_is_refused_beside_its_question(client, link, step, wrong, field):
    page = client.post(link, {"step": step, "born_on": BORN_ON, "id": uuid.uuid4()} | wrong)

    assert page.status_code == 422
    assert field in page.context["form"].errors
    assert not FollowUpAnswers.objects.exists()


def test_one_link_takes_a_few_answers(client, link):
    for number in range(MOST_ANSWERS):
        assert answer(client, link, pain=number).status_code == 200

    assert answer(client, link, pain=9).status_code == 422


@pytest.mark.parametrize("change", ["time", "in error", "left", "wrong"])
def test_a_link_that_is_over_shows_the_numbers_to_call(
    client, link, session, physiotherapist, front_desk, change, time_machine_to
):
    if change == "time":
        time_machine_to(session.started_at + timedelta(hours=84, minutes=1))
    elif change == "in error":
        alone = {"alone_reason": "Works alone today"}
        mark_in_error(session, by=physiotherapist, reason="Another patient", proof="PIN", **alone)
    elif change == "left":
        update_patient(session.patient, by=front_desk, is_active=False)
    else:
        link = "/a/no-such-link/"

    page = client.get(link)

    assert page.status_code == 404
    assert "020 7946 0001" in page.content.decode()
    assert answer(client, link, pain=3).status_code == 404


def test_a_link_stays_open_after_a_merge_of_the_record(client, link, session, patient, physiotherapist, front_desk):
    merged(patient, session.patient, asked_by=front_desk, by=physiotherapist)

    assert answer(client, link, pain=3).context["step"] == "done"


@pytest.fixture
def time_machine_to():
    travels = []

    def go(at):
        travel = time_machine.travel(at, tick=False)
        travel.start()
        travels.append(travel)

    yield go
    for travel in travels:
        travel.stop()


def test_the_secret_of_the_link_stays_out_of_the_log(link):
    token = link.strip("/").split("/")[-1]

    assert token not in without_private_parts(f'"POST {link} HTTP/1.1" 200')


def test_the_link_of_this_message_does_not_open_the_page_of_a_visit(client, link):
    token = link.strip("/").split("/")[-1]

    assert client.get(reverse("visit_link", args=[token])).status_code == 404


@pytest.mark.both_engines
def test_the_therapist_confirms_the_answers_and_they_count_as_the_patients_own(client, link, session, physiotherapist):
    answer(client, link, pain=3, soreness=2, reactions=["bruise"], words="Better")
    assert follow_ups_due(at=timezone.now()) == []
    answers = FollowUpAnswers.objects.get()
    client.force_login(physiotherapist)
    url = reverse("follow_up_create", args=[session.patient_id, session.pk])
    form = client.get(url, {"answers": answers.pk}).context["form"]
    sent = {name: form[name].value() for name in ("id", "pain", "soreness", "events", "note")}
    sent |= {"answers": answers.pk, "contacted_at": "2026-01-01T10:00", "grade_bruise": "mild"}

    assert client.post(url, sent).status_code == 302

    follow_up = FollowUp.objects.get()
    assert (follow_up.pain, follow_up.soreness, follow_up.note) == (3, 2, "Better")
    assert (follow_up.patient_answers, follow_up.contacted_at) == (answers, answers.answered_at)
    assert (follow_up.contacted_by, follow_up.events.get().grade) == (physiotherapist, "mild")
    assert answers_to_confirm() == []
    assert client.post(url, sent | {"id": uuid.uuid4()}).status_code == 422


def test_a_call_after_the_answers_settles_them(client, link, session, physiotherapist):
    sign(client, link, breath="yes")

    record_follow_up(session, by=physiotherapist, contacted_at=timezone.now(), note="In the emergency department.")

    assert answers_to_confirm() == []


def test_answers_about_another_session_are_not_confirmed_here(client, link, session, patient, physiotherapist):
    answer(client, link, pain=3)
    other = make_signed(patient, by=physiotherapist, days_ago=1)
    client.force_login(physiotherapist)
    url = reverse("follow_up_create", args=[patient.pk, other.pk])

    for key in (FollowUpAnswers.objects.get().pk, "x"):
        assert client.get(url, {"answers": key}).status_code == 404


def posted_questions(client, link, **answers):
    return client.post(link, {"step": "questions", "born_on": BORN_ON, "id": uuid.uuid4()} | answers)


@pytest.fixture
def scored(session, physiotherapist):
    """The session, in an episode with old scores of the FIQR and of an activity."""
    day = timezone.localdate() - timedelta(days=8)
    for measure, item, value in (("fiqr", "", 50), ("psfs", "Climbing stairs", 4), ("ndi", "", 30)):
        about = {"measure": measure, "item": item, "value": value, "scored_on": day}
        record_outcome_score(session.episode, by=physiotherapist, **about)
    return session


@pytest.mark.both_engines
def test_questionnaires_are_answered_through_the_link_and_count_once_confirmed(client, scored, link, physiotherapist):
    done = answer(client, link, pain=3)
    shown = client.post(link, {"step": "more", "born_on": BORN_ON})
    sent = posted_questions(client, link, **FIQR)

    assert (done.context["has_more"], sent.context["has_more"]) == (True, False)
    assert [one.measure for one in shown.context["form"].chosen] == ["fiqr"]
    assert "Climbing stairs" not in shown.content.decode()
    assert OutcomeScore.objects.filter(measure="fiqr").count() == 1
    about_visit, questions = answers_to_confirm(user=physiotherapist)
    assert (about_visit.questionnaires, list(questions.questionnaires)) == ({}, ["fiqr"])

    client.force_login(physiotherapist)
    url = reverse("questionnaire_create", args=[scored.patient_id])
    page = client.get(url, {"answers": questions.pk})
    form = page.context["form"]
    confirmed = {name: form[name].value() for name in form.fields} | {"answers": questions.pk, "measure": "fiqr"}
    confirmed |= {"episode": scored.episode_id, "fiqr_1": "6"}
    assert client.post(url, confirmed).status_code == 302
    assert client.post(url, confirmed | {"id": uuid.uuid4()}).status_code == 422

    score = OutcomeScore.objects.latest("recorded_at")
    assert (score.follow_up_answers, score.scored_on) == (questions, timezone.localdate(questions.answered_at))
    assert (score.answers[0][2], score.patient_answers[0][2]) == (6, 5)
    assert answers_to_confirm(user=physiotherapist) == [about_visit]


def test_questions_left_out_are_asked_once_more(client, scored, link):
    few = posted_questions(client, link, fiqr_1="5")
    left_out = posted_questions(client, link, fiqr_1="5", leave_out="yes")

    assert (few.status_code, few.context["form"].is_incomplete) == (422, True)
    assert left_out.context["step"] == "done"
    assert FollowUpAnswers.objects.get().questionnaires["fiqr"][0][2] == 5


@pytest.mark.parametrize("born_on", ["1980-01-01", "x", ""])
def test_unfinished_answers_show_no_questions_without_the_birth_date(client, scored, link, born_on):
    pages = [posted_questions(client, link, born_on=born_on) for _ in range(MOST_WRONG_DATES)]
    after = client.post(link, {"step": "born_on", "born_on": BORN_ON})

    assert {(page.status_code, page.context["step"]) for page in pages} == {(422, "born_on")}
    assert after.status_code == (429 if born_on == "1980-01-01" else 200)


def test_questionnaires_are_not_asked_with_a_warning_sign_or_soon_after_the_last(client, scored, link, physiotherapist):
    urgent = answer(client, link, pain=3, warning_signs=["numbness"])
    today = {"measure": "fiqr", "value": 40, "scored_on": timezone.localdate()}
    record_outcome_score(scored.episode, by=physiotherapist, **today)
    later = answer(client, link, pain=3)

    assert (urgent.context["has_more"], later.context["has_more"]) == (False, False)
    assert client.post(link, {"step": "more", "born_on": BORN_ON}).context["step"] == "done"


def test_a_therapist_writes_why_answers_to_questionnaires_are_not_recorded(client, scored, link, physiotherapist):
    posted_questions(client, link, **FIQR)
    [waiting] = answers_to_confirm()
    record_follow_up(scored, by=physiotherapist, contacted_at=timezone.now(), pain=2)
    assert answers_to_confirm() == [waiting]

    about = {"contacted_at": timezone.now(), "patient_answers": waiting}
    record_follow_up(scored, by=physiotherapist, note="Her daughter answered.", **about)

    assert answers_to_confirm() == []


@pytest.mark.parametrize("key", ["x", uuid.uuid4()])
def test_unknown_answers_cannot_be_confirmed(client, scored, physiotherapist, key):
    client.force_login(physiotherapist)

    assert client.get(reverse("questionnaire_create", args=[scored.patient_id]), {"answers": key}).status_code == 404


def test_the_clinic_gets_one_e_mail_about_a_warning_sign_that_names_nobody(client, link, session):
    Site.objects.update(email="desk@example.org")
    mail.outbox.clear()
    sign(client, link, breath="yes")
    call_command("send_reminders", stdout=StringIO())
    answer(client, link, pain=6, warning_signs=["breath"])
    call_command("send_reminders", stdout=StringIO())

    [alert] = mail.outbox
    assert alert.to == ["desk@example.org"]
    for word in ("Adeyemi", "Ruth", "breath", session.patient.record_number):
        assert word not in alert.subject + alert.body
    assert not FollowUpAnswers.objects.filter(alerted_at=None).exists()
    assert TrailEntry.objects.filter(note__contains="warning sign was sent", patient=session.patient).count() == 2


def test_another_warning_sign_is_another_e_mail(client, link):
    Site.objects.update(email="desk@example.org")
    mail.outbox.clear()
    sign(client, link, redness="yes")
    send_warning_alerts()
    sign(client, link, redness="yes", breath="yes")

    assert send_warning_alerts() == (1, 0)
    assert len(mail.outbox) == 2


@pytest.mark.parametrize("why", ["no address", "no sign", "demo", "dealt with"])
def test_the_clinic_gets_no_e_mail_without_need(client, link, session, physiotherapist, why):
    Site.objects.update(email="" if why == "no address" else "desk@example.org", is_demo=why == "demo")
    sign(client, link, breath="no" if why == "no sign" else "yes")
    if why == "dealt with":
        record_follow_up(session, by=physiotherapist, contacted_at=timezone.now(), note="Called, all is well.")

    assert send_warning_alerts() == (0, 0)


def test_an_alert_that_could_not_be_sent_is_tried_again(client, link, settings, caplog):
    Site.objects.update(email="desk@example.org")
    sign(client, link, breath="yes")
    backend, settings.EMAIL_BACKEND = settings.EMAIL_BACKEND, "tests.clinic.diary.test_reminders.RefusingServer"

    with pytest.raises(CommandError, match="alert to the clinic"):
        call_command("send_reminders", stdout=StringIO())
    settings.EMAIL_BACKEND = backend

    assert "An alert about a warning sign was not sent: " in caplog.text
    assert send_warning_alerts() == (1, 0)
