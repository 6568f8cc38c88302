"""Seed the demo clinic: site, people, courses, diary, records."""

from datetime import time, timedelta
from io import StringIO

from django.core.management import call_command
from django.db import transaction
from django.utils import timezone

from clinic.models import Appointment
from patients.conflicts import conflicts_between
from patients.integrity.progress import counted
from patients.models import ScreeningQuestion
from patients.onsets import read_onset
from patients.services import close_episode, open_episode, take_screening
from treatments.services import load_catalogue, rebuild_summaries

from .after_visits import answer_after_visits
from .attachments import attach_documents
from .clinic import keep_hours, open_clinic
from .consents import agree_all, withdraw_one
from .courses import WINDOW_DAYS, plan_courses
from .defaults import keep_defaults
from .diary import Diary, at, on_weekday
from .events import write_events
from .exercises import prescribe_exercises
from .letters import write_letter
from .measured import measure_bodies
from .messages import write_messages
from .people import record_parents, register_people
from .ruth import ANSWERS, book_ruth, register_ruth, visits_of_ruth
from .scores import write_scores
from .stories import CLOSING_UNCHANGED, CLOSINGS, PLACES, YES_ANSWERS
from .tablet import draw_alone
from .today import Today, fill_coming_week, fill_today, fill_waiting_list, report_sick
from .trail import complete_trail
from .unusual import correct_and_enter_in_error, make_unusual
from .visits import visit_of
from .writing import write_follow_ups, write_visits

DRAFTS = 6


@transaction.atomic
def seed(*, patients, rng):
    """Write the demo clinic, with dates relative to today, in one transaction."""
    load_catalogue()
    call_command("load_screening_questions", stdout=StringIO())
    now = timezone.now()
    used_since = timezone.localdate(now) - timedelta(days=WINDOW_DAYS + 30)
    call_command("load_consent_form", published_on=used_since, stdout=StringIO())
    clinic = open_clinic(timezone.localdate(now))
    today = Today(clinic, now)
    keep_hours(clinic, opens_at=today.opens_at)
    people = register_people(patients - 1, by=clinic.desk, today=clinic.today, rng=rng)
    record_parents(people, by=clinic.desk)
    ruth = register_ruth(clinic)
    treated, newcomers = people[: len(people) * 4 // 5], people[len(people) * 4 // 5 :]
    courses = plan_courses(treated, clinic, rng)

    diary = Diary(clinic, rng)
    of_ruth = book_ruth(diary, ruth, today)
    over = fill_today(diary, today, courses, newcomers, rng)
    booked = _book_history(diary, courses, rng)
    for course, appointment in over:
        booked[course].append(appointment)
    fill_coming_week(diary, [ruth, *courses], newcomers, rng)
    diary.write()
    report_sick(clinic)
    fill_waiting_list(clinic, [course.patient for course in courses if course.is_open])

    measure_bodies([ruth, *courses], {ruth: of_ruth} | booked)
    _screen_all([ruth, *courses], {ruth: of_ruth} | booked, rng)
    agree_all({ruth: of_ruth} | booked, clinic, rng)
    _open_episodes([ruth, *courses])
    visits = _visits(courses, booked, clinic, today, rng)
    make_unusual(visits, now, rng)
    write_visits([*visits_of_ruth(ruth, of_ruth, clinic, rng), *visits], rng)
    write_follow_ups(visits, now, rng)
    write_events(visits, now, rng)
    write_scores([ruth, *courses], rng)
    prescribe_exercises(clinic, ruth.patient)
    if people:
        draw_alone(people[-1], clinic)
    keep_defaults(clinic)
    attach_documents(clinic, ruth.patient, ruth.episode, today=clinic.today)
    _close_episodes(courses, rng)
    withdraw_one(courses)
    rebuild_summaries()
    complete_trail()
    correct_and_enter_in_error(visits, now, rng)
    write_letter(ruth)
    write_messages(now, rng)
    answer_after_visits(clinic, now)


def _book_history(diary, courses, rng):
    """{course: its appointments}, and a few visits that were missed or cancelled."""
    booked = {}
    for course in courses:
        booked[course] = []
        for number, day in enumerate(course.days):
            who = course.lead if rng.random() < 0.9 else rng.choice(diary.clinic.practitioners)
            kind = "Needling" if number else "First visit"
            booked[course].append(diary.book_on(day, course.patient, who, kind))
        if rng.random() < 0.3:
            _miss_one(diary, course, rng)
    return booked


def _miss_one(diary, course, rng):
    day = on_weekday(course.days[0] - timedelta(days=rng.randint(2, 6)))
    if rng.random() < 0.5:
        diary.book_on(day, course.patient, course.lead, "First visit", status=Appointment.Status.NO_SHOW)
        return
    diary.book_on(
        day,
        course.patient,
        course.lead,
        "First visit",
        status=Appointment.Status.CANCELLED,
        cancelled_at=at(day - timedelta(days=1), time(15, 10)),
        cancelled_by=diary.clinic.desk,
        cancellation_reason=rng.choice(["Ill", "Work", "No childcare", "Transport"]),
    )


def _screen_all(courses, booked, rng):
    """Screen every patient at their first visit."""
    questions = list(ScreeningQuestion.objects.asked())
    first = {}
    for course in courses:
        appointment = booked[course][0]
        known = first.get(course.patient)
        if known is None or appointment.starts_at < known.starts_at:
            first[course.patient] = appointment
    found = counted(first.items(), "patients screened", lambda: len(first))
    for number, (patient, appointment) in enumerate(found):
        details = ANSWERS if number == 0 else _yes_answers(rng)
        answers = {question: _answer(question, details) for question in questions}
        by = appointment.practitioner.user
        said = {question.key: answer[1] for question, answer in answers.items() if answer[0]}
        answered = {question: answer[0] for question, answer in answers.items()}
        conflicts = [conflict.key for conflict in conflicts_between(answered, patient, details=said)]
        take_screening(patient, by=by, answers=answers, taken_at=appointment.starts_at, conflicts=conflicts)


def _answer(question, details):
    """The answer to a question: no, or yes with its detail and, if the question asks, its place."""
    if question.key not in details:
        return (False,)
    return True, details[question.key], *(PLACES[question.key] if question.needs_side else ())


def _yes_answers(rng):
    return {key: rng.choice(details) for key, details, percent in YES_ANSWERS if rng.random() * 100 < percent}


def _open_episodes(courses):
    for course in courses:
        onset = read_onset(f"about {3 + course.patient.pk % 17} weeks", on=course.days[0])
        course.episode = open_episode(
            course.patient,
            by=course.lead.user,
            complaint=course.complaint,
            region=course.story.region,
            condition=course.story.condition,
            onset_on=onset.day,
            onset_precision=onset.precision,
            onset_words=onset.words,
            mechanism=course.story.mechanisms[course.patient.pk % len(course.story.mechanisms)],
            goals=course.story.goal,
            planned_sessions=_planned(course),
            opened_on=course.days[0],
        )


def _planned(course):
    """The number of planned sessions, at least as many as the visits so far."""
    came = len(course.days)
    if course.is_open or course.patient.pk % 4 == 0:
        return next(number for number in (4, 6, 8, 10) if number > came)
    return came


def _visits(courses, booked, clinic, today, rng):
    """All visits of all courses; of those whose course ended last, a few are left as drafts."""
    visits, last = [], []
    for course in courses:
        visit = None
        for index, appointment in enumerate(booked[course]):
            visit = visit_of(course, index, appointment, visit, clinic, rng)
            if appointment.starts_at >= today.opens_at:
                visit.signed_at = min(visit.signed_at, today.clock)
            visits.append(visit)
        if visit.session.started_at < today.opens_at:
            last.append(visit)
    last.sort(key=lambda visit: visit.session.started_at)
    for number, visit in enumerate(last[-DRAFTS:]):
        _leave_as_draft(visit, number)
    return visits


def _leave_as_draft(visit, number):
    """Leave out the score after, the needle count, or only the signature."""
    visit.signed_at = None
    visit.session.appointment.status = Appointment.Status.IN_SESSION
    visit.session.appointment.save(update_fields=["status"])
    if number % 3 == 0:
        visit.session.pain_after = None
    elif number % 3 == 1:
        visit.session.needles_removed = None


def _close_episodes(courses, rng):
    for course in courses:
        if course.is_open:
            continue
        first, last = course.pains[0][0], course.pains[len(course.days) - 1][1]
        reason, words = rng.choice(CLOSINGS) if first - last >= 2 else CLOSING_UNCHANGED
        close_episode(
            course.episode,
            by=course.lead.user,
            closed_on=course.days[-1],
            closing_reason=reason,
            closing_summary=words.format(first=first, last=last),
        )
