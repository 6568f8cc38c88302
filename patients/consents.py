"""Whether a patient's consent is valid, why not, and the hash that seals it.

A patient must consent again: for a new region, for a new version of the form, after a withdrawal or a refusal, after
CONSENT_VALID_DAYS, to another therapist if CONSENT_BY_SAME_THERAPIST is set, and after reaching the age at which no
guardian is needed. These reasons are our judgement, without a source.

A consent is judged at a moment, to the minute: it holds from the minute in which it was given, and no longer in the
minute in which it was withdrawn. A later consent or refusal replaces it from its own minute on.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.utils import timezone
from django.utils.formats import date_format

from patients.integrity.seal import canonical, plain, sha256_of
from patients.models import BodyRegion, Consent, ConsentForm
from patients.models.patient_key import person
from patients.moments import end_of_day, end_of_minute, minute_of
from patients.staff import printed_name

GUARDIAN_UNDER = 16
# The fields that the hash of a consent covers.
HASHED_FIELDS = (
    "id patient_id form_id method scope explained training given_at explained_by_id signing signed_name signature"
    " witness_name guardian_name guardian_relationship"
).split()
# Fields of a refusal, and a judgement of the age. The hash leaves them out if empty, so that consents from before
# these fields keep their hashes.
HASHED_IF_GIVEN = "refusal_words offered_instead judged_old_enough".split()


@dataclass(frozen=True)
class ConsentState:
    """A patient's last consent, judged at a moment and for some regions.

    `sentence` says what is wrong; it is empty if the consent is valid. `uncovered` names the regions that an otherwise
    valid consent does not cover.
    """

    at: datetime
    consent: Consent | None
    sentence: str
    uncovered: tuple[str, ...] = ()

    @property
    def day(self):
        return timezone.localdate(self.at)

    @property
    def is_valid(self):
        return not self.sentence

    @property
    def is_declined(self):
        return self.consent is not None and self.consent.is_declined


def consent_state(patient, *, on=None, at=None, regions=(), by=None):
    """The ConsentState of a patient for regions (values of BodyRegion), at a moment or at the end of the day `on`.

    Only the last consent counts, so that one document holds all that was agreed. `by` is the therapist who wants to
    treat; with the setting CONSENT_BY_SAME_THERAPIST this must be the one who explained the treatment. One query.
    """
    at = at or end_of_day(on)
    consents = consents_by_patient([patient], until=at).get(patient.pk, [])
    return assess_consent(last_consent(consents, at=at), patient, at=at, regions=regions, by=by)


def consents_by_patient(patients, *, until, forms_on=None):
    """{patient id: Consents given until this moment, newest first}, as assess_consent needs them. One query.

    Refusals are among them. The newest version of the form is that of the day `forms_on`, or else of `until`.
    """
    given = Consent.objects.counting().filter(patient__in=[patient.pk for patient in patients])
    given = given.given_before(end_of_minute(until)).with_newest_version(forms_on or timezone.localdate(until))
    given = given.latest_first().select_related("form", "explained_by", "withdrawn_by")
    found = {}
    for consent in given.annotate(person=person()):
        found.setdefault(consent.person, []).append(consent)
    return {patient.pk: found[patient.person_id] for patient in patients if patient.person_id in found}


def last_consent(consents, *, at):
    """The Consent or refusal that counts at this moment, of a list that is newest first; None if there is none."""
    return next((consent for consent in consents if minute_of(consent.given_at) <= at), None)


def is_withdrawn(consent, *, at):
    """Whether a consent is withdrawn at this moment. The minute of the withdrawal counts as withdrawn."""
    return consent.withdrawn_at is not None and minute_of(consent.withdrawn_at) <= at


def assess_consent(consent, patient, *, at, regions=(), by=None):
    """The ConsentState at a moment, for the consent that counts then; `consent` is None if there is none. No query."""
    if consent is None:
        return ConsentState(at, None, "No consent yet. Explain dry needling and ask for consent first.")
    if problem := _problem(consent, patient, at, by):
        return ConsentState(at, consent, problem)
    uncovered = tuple(label for value, label in BodyRegion.choices if value in set(regions) - set(consent.scope))
    sentence = f"The consent does not cover: {', '.join(uncovered)}. Ask again." if uncovered else ""
    return ConsentState(at, consent, sentence, uncovered)


def current_form():
    """The newest published ConsentForm, or None. One query."""
    return ConsentForm.objects.published().newest_first().first()


def needs_guardian(patient, *, on):
    """Whether a parent or guardian must consent, because the patient is certainly under 16 [@nzasa-code]."""
    return patient.birth.is_under(GUARDIAN_UNDER, on=on) is True


def may_need_guardian(patient, *, on):
    """Whether so little is known of the birth date that the patient may be under 16: the practitioner must judge it."""
    return patient.birth.is_under(GUARDIAN_UNDER, on=on) is None


def last_valid_day(consent):
    """The last day on which a consent is not too old; other reasons can end it before."""
    return timezone.localdate(consent.given_at) + timedelta(days=settings.CONSENT_VALID_DAYS)


def consent_hash(consent):
    """SHA-256, in hexadecimal, of a consent and the text of its form, without its withdrawal."""
    return sha256_of(canonical(consent_content(consent)))


def consent_content(consent):
    """The content of a consent that the hash covers, as plain values."""
    content = {field: plain(getattr(consent, field)) for field in HASHED_FIELDS}
    content |= {field: value for field in HASHED_IF_GIVEN if (value := getattr(consent, field))}
    content["text"] = [getattr(consent.form, field) for field, _ in ConsentForm.SECTIONS]
    return content


def _problem(consent, patient, at, by):
    on, given_on = timezone.localdate(at), timezone.localdate(consent.given_at)
    if consent.is_declined:
        return f"The patient declined dry needling on {_day(given_on)}. Do not needle until the patient gives consent."
    if is_withdrawn(consent, at=at):
        when = date_format(timezone.localtime(consent.withdrawn_at), "j M Y, H:i")
        return f"Consent was withdrawn on {when}. Do not needle until the patient has given consent again."
    if consent.newest_version > consent.form.version:
        return f"The form has a newer version ({consent.newest_version}). Read it together and ask for consent again."
    if last_valid_day(consent) < on:
        return f"The consent of {_day(given_on)} is older than {settings.CONSENT_VALID_DAYS} days. Ask again."
    if needs_guardian(patient, on=given_on) and not needs_guardian(patient, on=on):
        return f"A guardian gave consent. The patient is now {GUARDIAN_UNDER} or older and must consent personally."
    if settings.CONSENT_BY_SAME_THERAPIST and by and consent.explained_by_id != by.pk:
        return f"{printed_name(consent.explained_by)} explained it. You must explain it and ask for consent yourself."
    return ""


def _day(day):
    return date_format(day, "j M Y")
