"""Rules for letters: the suggested recipient, what a draft needs, the names on a signed one, and later corrections."""

from django.db.models import Q
from django.utils import timezone
from django.utils.formats import date_format

from patients.models import ErrorMark
from treatments.models import Amendment, Letter
from treatments.record.completeness import Missing
from treatments.record.in_error import KINDS

# What the page asks, in its order.
FIELDS = "recipient_name recipient_address recipient_email subject body".split()
REQUIRED = {"recipient_name": "recipient", "subject": "subject", "body": "text"}


def recipient_of(episode, kind):
    """{field: value} of the recipient of a new letter of this kind, as far as the record knows them. One query.

    A discharge summary goes to the referrer, or without one to the GP. The postal and e-mail addresses are those of the
    latest signed letter of the patient to the same recipient.
    """
    referrer, gp = episode.referred_by, episode.patient.general_practitioner
    name = {Letter.Kind.GP: gp, Letter.Kind.REFERRER: referrer}.get(kind, referrer or gp)
    before = Letter.objects.counting().signed().filter(patient=episode.patient_id, recipient_name=name)
    latest = before.latest_first().first() if name else None
    return {
        "recipient_name": name,
        "recipient_address": latest.recipient_address if latest else "",
        "recipient_email": latest.recipient_email if latest else "",
    }


def missing_of_letter(letter):
    """The list of Missing of a draft."""
    return [Missing(label, f"id_{name}") for name, label in REQUIRED.items() if not getattr(letter, name).strip()]


def letterhead_of(letter):
    """The clinic at the top of a letter, a line for each part: that of its author's site now."""
    site = letter.practitioner.site
    telephone = site.phone and f"Telephone {site.phone}"
    return "\n".join(filter(None, [site.name, site.address, telephone]))


def about_of(letter):
    """How a letter names a patient, such as "Ruth Adeyemi, born 14 Mar 1979, record P-000123": the name now."""
    patient = letter.patient
    return f"{patient.full_name}, {patient.birth.words}, record {patient.record_number}"


def set_names(letter):
    """Set how a letter names the clinic and the patient. On the page of a draft nothing of it is stored."""
    letter.letterhead, letter.about = letterhead_of(letter), about_of(letter)


def corrected_since(letter):
    """Sentences about what was corrected after a letter was signed, and may be wrong in it. Two queries.

    They are the amendments of the records of its episode, and all records of the patient that were entered in error,
    besides letters.
    """
    of_episode = Q(session__episode=letter.episode_id) | Q(assessment__episode=letter.episode_id)
    amended = Amendment.objects.filter(of_episode, signed_at__gt=letter.signed_at).order_by("signed_at")
    marks = ErrorMark.objects.in_effect().filter(patient=letter.patient_id).exclude(kind="letter")
    marks = marks.filter(Q(marked_at__gt=letter.signed_at) | Q(decided_at__gt=letter.signed_at)).order_by("marked_at")
    return [
        *(
            f"The {'assessment' if each.assessment_id else 'session'} of {_day(each.record.started_at)} was amended on"
            f" {_day(each.signed_at)}."
            for each in amended.select_related("session", "assessment")
        ),
        *(f"A record was entered in error on {_day(mark.marked_at)}: {KINDS[mark.kind].label}." for mark in marks),
    ]


def _day(moment):
    return date_format(timezone.localdate(moment), "j M Y")


def can_leave(letter):
    """Whether a letter can be printed and sent: it is signed and was not entered in error."""
    return letter.is_signed and letter.error_mark_id is None
