"""Patients' answers after a visit that a therapist must confirm, and the session that a private link asks about."""

from datetime import timedelta

from django.utils import timezone

from clinic.models import Message
from clinic.models.feed import hash_token
from treatments.models import FollowUpAnswers, OutcomeScore, TreatmentSession
from treatments.questionnaires.definitions import questionnaires
from treatments.record.follow_up_times import LAST

# How often one link takes answers: for each of the three times, for questionnaires, and when something has changed.
MOST_ANSWERS = 8
# Wrong birth dates that end a link until its time is over.
MOST_WRONG_DATES = 5
# A questionnaire is not asked again within this time: our own choice, without a source.
REPEATED_AFTER = timedelta(days=7)


def session_of_link(token, *, at):
    """The session that the private link with this secret asks about, with `message`; None for a link that is over.

    A link is over 84 hours after the start of the session, when the session was entered in error, and when the patient
    has left.
    """
    messages = Message.objects.maybe_sent().filter(token_hash=hash_token(token), kind=Message.Kind.AFTER)
    message = messages.first()
    if message is None:
        return None
    sessions = TreatmentSession.objects.counting().signed().filter(appointment=message.appointment_id)
    sessions = sessions.filter(started_at__gt=at - LAST)
    session = (
        sessions.select_related("patient__merged_into", "practitioner__user", "practitioner__site")
        .latest_first()
        .first()
    )
    if session is None or not session.patient.surviving.is_treatable:
        return None
    session.message = message
    return session


def questionnaires_to_ask(session):
    """The Questionnaires that the link after this session asks again, once; in the order of their list.

    They are those with scores in the session's episode, the last of them at least a week old. The PSFS is not among
    them, because its page would show activities that the patient named in the clinic.
    """
    if session.counted_episode_id is None or session.patient_answers.exclude(questionnaires={}).exists():
        return []
    scores = OutcomeScore.objects.current().filter(episode=session.counted_episode_id)
    last = dict(scores.order_by("scored_on").values_list("measure", "scored_on"))
    until = timezone.localdate() - REPEATED_AFTER
    asked = [one for one in questionnaires().values() if not one.has_activities]
    return [one for one in asked if one.measure in last and last[one.measure] <= until]


def answers_to_confirm(*, site=None, user=None):
    """The newest FollowUpAnswers of each session that no therapist has confirmed, warning signs first. One query.

    Answers to questionnaires, which are confirmed on another page, are listed beside the newest. `site` and `user`, the
    practitioner's account, narrow it. Each has `signs`: the warning signs of all its session's answers that wait.
    """
    waiting = FollowUpAnswers.objects.not_confirmed()
    if site:
        waiting = waiting.filter(session__practitioner__site=site)
    if user:
        waiting = waiting.filter(session__practitioner__user=user)
    names = ["session__patient", "session__practitioner__user", "session__practitioner__site"]
    by_session = {}
    for answers in waiting.select_related(*names).order_by("answered_at", "pk"):
        about = answers.session_id, bool(answers.questionnaires)
        before = by_session.get(about)
        answers.signs = sorted({*answers.warning_signs, *(before.signs if before else [])})
        by_session[about] = answers
    return sorted(by_session.values(), key=lambda answers: (not answers.signs, answers.answered_at))
