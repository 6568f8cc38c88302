"""Whether a patient's consent holds, what is wrong when it does not, and the hash that seals it. It only reads.

Consent is asked again for a new region, a new version of the form, after a withdrawal or a refusal, after a long gap,
by another therapist where the clinic wants it, and when a child whose guardian agreed has come of age. The
reasons are our judgement, without a source; the length of the gap is a setting.
"""

from dataclasses import dataclass
from datetime import date, timedelta

from django.conf import settings
from django.utils import timezone
from django.utils.formats import date_format

from patients.integrity.seal import canonical, plain, sha256_of
from patients.models import BodyRegion, Consent, ConsentForm
from patients.staff import printed_name

GUARDIAN_UNDER = 16
# What the hash of a consent covers.
AGREED = (
    "id patient_id form_id method scope explained training given_at explained_by_id signing signed_name signature"
    " witness_name guardian_name guardian_relationship"
).split()
# Of a refusal alone, and left out where empty: consents given before there were refusals keep their hashes.
DECLINED = "refusal_words offered_instead".split()


@dataclass(frozen=True)
class ConsentState:
    """`sentence` says what is wrong; it is empty when the consent covers what is to be needled on that day.

    `uncovered` names the regions that a consent which holds otherwise leaves out.
    """

    day: date
    consent: Consent | None
    sentence: str
    uncovered: tuple[str, ...] = ()

    @property
    def is_valid(self):
        return not self.sentence

    @property
    def is_declined(self):
        return self.consent is not None and self.consent.is_declined


def consent_state(patient, *, on, regions=(), by=None):
    """How the patient's last consent stands on a day for these regions (values of BodyRegion). One query.

    Only the last consent counts, so that what was agreed is in one place. `by` is the therapist who asks; whether
    that must be the one who explained is the setting CONSENT_BY_SAME_THERAPIST.
    """
    return state_of(consents_by_patient([patient], on=on).get(patient.pk), patient, on=on, regions=regions, by=by)


def consents_by_patient(patients, *, on):
    """{patient id: the last Consent given by a day, as state_of wants it} for a list of patients. One query."""
    given = Consent.objects.filter(patient__in=[patient.pk for patient in patients]).given_by(on)
    given = given.latest_first().with_newest_version(on).select_related("form", "explained_by")
    last = {}
    for consent in given:
        last.setdefault(consent.patient_id, consent)
    return last


def state_of(consent, patient, *, on, regions=(), by=None):
    """The ConsentState of the last consent of a patient, or of none."""
    if consent is None:
        return ConsentState(on, None, "No consent yet. Explain dry needling and ask first.")
    if wrong := _wrong(consent, patient, on, by):
        return ConsentState(on, consent, wrong)
    uncovered = tuple(label for value, label in BodyRegion.choices if value in set(regions) - set(consent.scope))
    sentence = f"The consent does not cover: {', '.join(uncovered)}. Ask again." if uncovered else ""
    return ConsentState(on, consent, sentence, uncovered)


def current_form():
    """The form to read with a patient now, or None. One query."""
    return ConsentForm.objects.published().newest_first().first()


def needs_guardian(patient, *, on):
    """Under 16 a parent or guardian consents [@nzasa-code]."""
    return patient.age_on(on) < GUARDIAN_UNDER


def consent_hash(consent):
    """SHA-256, hexadecimal, of a consent with the text of its form in canonical JSON. Its withdrawal is no part."""
    content = {field: plain(getattr(consent, field)) for field in AGREED}
    content |= {field: value for field in DECLINED if (value := getattr(consent, field))}
    content["text"] = [getattr(consent.form, field) for field, _ in ConsentForm.SECTIONS]
    return sha256_of(canonical(content))


def _wrong(consent, patient, on, by):
    given_on = timezone.localdate(consent.given_at)
    if consent.is_declined:
        return f"Declined dry needling on {_day(given_on)}. Needle nothing unless a new consent is given."
    if consent.withdrawn_at and timezone.localdate(consent.withdrawn_at) <= on:
        return (
            f"Consent was withdrawn on {_day(timezone.localdate(consent.withdrawn_at))}. Ask again before any needle."
        )
    if consent.newest_version > consent.form.version:
        return f"The form has a newer version ({consent.newest_version}). Read it together and ask again."
    if given_on + timedelta(days=settings.CONSENT_VALID_DAYS) < on:
        return f"The consent of {_day(given_on)} is older than {settings.CONSENT_VALID_DAYS} days. Ask again."
    if needs_guardian(patient, on=given_on) and not needs_guardian(patient, on=on):
        return f"A guardian agreed. The patient is {GUARDIAN_UNDER} now and agrees in person."
    if settings.CONSENT_BY_SAME_THERAPIST and by and consent.explained_by_id != by.pk:
        return f"{printed_name(consent.explained_by)} explained it. Ask again yourself."
    return ""


def _day(day):
    return date_format(day, "j M Y")
