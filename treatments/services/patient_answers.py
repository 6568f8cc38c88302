"""Store what a patient answers through the private link after a visit. It counts once a therapist has confirmed it."""

import logging

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from clinic.diary.messaging import messenger
from patients.audit.recording import add_audit_entry
from patients.integrity.changes import changes_between, field_values
from patients.models import TrailEntry
from patients.models.birth import BirthDate
from patients.services.once import record_once
from treatments.chart.follow_up_answers import MOST_ANSWERS, session_of_link
from treatments.models import FollowUpAnswers, TreatmentSession
from treatments.record.follow_up_times import LAST

logger = logging.getLogger(__name__)
NOTE = "Through the link in a message after the visit."
CONTENT = ("session_id", "warning_signs", "pain", "soreness", "reactions", "words", "questionnaires")


@transaction.atomic
def record_patient_answers(
    token, *, born_on, id, warning_signs=(), pain=None, soreness=None, reactions=(), words="", questionnaires=None
):
    """Store the patient's answers about the session of this link and return them.

    `born_on` is the date that the patient entered; `pain` and `soreness` are 0 to 10; `questionnaires` are {measure:
    [(key of the item, its words, whole number or None)]}; `id` is chosen by the page, and answers that are sent twice
    are stored once. Raises ValidationError "over" for a link that is over, "born_on" for a wrong date, "empty" without
    any answer, and "often" after many answers.
    """
    session = session_of_link(token, at=timezone.now())
    if session is None:
        raise ValidationError("This link no longer works.", code="over")
    if session.patient.birth != BirthDate(born_on):
        raise ValidationError("This is not the date of birth in your record.", code="born_on")
    TreatmentSession.objects.select_for_update(of=["self"]).get(pk=session.pk)
    answers = FollowUpAnswers(
        pk=id,
        session=session,
        message=session.message,
        warning_signs=sorted(warning_signs),
        pain=pain,
        soreness=soreness,
        reactions=sorted(reactions),
        words=words.strip(),
        questionnaires={measure: [list(row) for row in rows] for measure, rows in (questionnaires or {}).items()},
    )
    given = [answers.warning_signs, pain is not None, soreness is not None, answers.reactions, answers.words]
    given += [value is not None for rows in answers.questionnaires.values() for _, _, value in rows]
    if not any(given):
        raise ValidationError("Answer at least one question.", code="empty")

    def refuse_many(row):
        if session.patient_answers.count() >= MOST_ANSWERS:
            raise ValidationError("This link cannot take any more answers. Please call us instead.", code="often")

    return record_once(answers, by=None, same=CONTENT, prepare=refuse_many)


def send_warning_alerts():
    """Send an e-mail to the site of each session about which a patient reported a warning sign; (sent, failed).

    It names neither the patient nor the sign. Answers that a therapist has dealt with, and signs that an e-mail was
    sent about before, cause none. What failed is tried again at the next run. If the process dies right after sending,
    the e-mail is sent twice: that is better than not at all.
    """
    waiting = (
        FollowUpAnswers.objects.not_confirmed()
        .with_warning_signs()
        .filter(
            alerted_at=None,
            answered_at__gt=timezone.now() - LAST,
            session__practitioner__site__is_demo=False,
        )
    )
    waiting = waiting.exclude(session__practitioner__site__email="")
    by_session = {}
    for answers in waiting.select_related("session__patient", "session__practitioner__site").order_by("answered_at"):
        by_session.setdefault(answers.session, []).append(answers)
    sent = failed = 0
    email = messenger("email") if by_session else None
    for session, rows in by_session.items():
        before = session.patient_answers.exclude(alerted_at=None).values_list("warning_signs", flat=True)
        known = {sign for signs in before for sign in signs}
        if any(set(answers.warning_signs) - known for answers in rows):
            site, answered_at = session.practitioner.site, rows[-1].answered_at
            try:
                email.send(to=site.email, reference=f"warning-sign-{rows[-1].pk}", **_alert(site, answered_at))
            except Exception as failure:
                # Only the type of the error: its text may contain the address.
                logger.error("An alert about a warning sign was not sent: %s.", type(failure).__name__)
                failed += 1
                continue
            sent += 1
        for answers in rows:
            _mark_alerted(answers)
    return sent, failed


def _alert(site, answered_at):
    at = f"{answered_at.astimezone(site.zone):%H:%M on %A %-d %B}"
    return {
        "subject": "A patient reported a warning sign after a visit",
        "text": (
            f"A patient of {site.name} reported a warning sign after a visit, at {at}. The page told the patient whom"
            " to call.\n\nPlease sign in now: My day shows it to the therapist, and “Call after a visit” in the diary"
            " to the front desk. A physiotherapist must speak to the patient at once.\n\nFor privacy, this e-mail does"
            " not name the patient."
        ),
    }


@transaction.atomic
def _mark_alerted(answers):
    before = field_values(answers)
    answers.alerted_at = timezone.now()
    answers.save(update_fields=["alerted_at"])
    note = "An e-mail about the warning sign was sent to the clinic."
    about = {"record": answers, "patient": answers.session.patient, "note": note}
    add_audit_entry(TrailEntry.Action.CHANGE, by=None, changes=changes_between(before, answers), **about)


def record_questions_opening(session):
    """Add an entry to the audit trail of the patient who opened the questions with the right date of birth."""
    add_audit_entry(TrailEntry.Action.READ, by=None, record=session.message, patient=session.patient, note=NOTE)


def record_wrong_birth_date(session):
    """Add an entry to the audit trail: somebody with the link entered another date of birth."""
    note = f"{NOTE} Wrong date of birth."
    add_audit_entry(TrailEntry.Action.REFUSED, by=None, record=session.message, patient=session.patient, note=note)
