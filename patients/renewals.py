"""Consents and screenings of patients under treatment that have to be renewed now or soon."""

from datetime import timedelta

from django.conf import settings
from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone

from patients.models import Consent, Episode, Screening
from patients.moments import end_of_day

# Our own choice, without a source: time enough to ask at the next visit.
SOON_DAYS = 30


def consents_to_renew(*, on=None):
    """Consents that expire until SOON_DAYS after the day `on`, have expired, or are to an older version of the form.

    Only the latest consent of patients with an open episode. Refusals and withdrawn consents are left out: the patient
    has decided.
    """
    on = on or timezone.localdate()
    last_day = on + timedelta(days=SOON_DAYS - settings.CONSENT_VALID_DAYS - 1)
    later = Consent.objects.counting().filter(patient=OuterRef("patient"), given_at__gt=OuterRef("given_at"))
    latest = Consent.objects.counting().filter(_is_under_treatment(), ~Exists(later), withdrawn_at=None)
    ends_soon = Q(given_at__lte=end_of_day(last_day)) | Q(newest_version__gt=F("form__version"))
    return latest.exclude(method=Consent.Method.DECLINED).with_newest_version(on).filter(ends_soon)


def screenings_to_renew(*, on=None):
    """The latest screenings of patients with an open episode that have expired or expire until SOON_DAYS after `on`."""
    on = on or timezone.localdate()
    later = Screening.objects.counting().filter(patient=OuterRef("patient"), taken_at__gt=OuterRef("taken_at"))
    latest = Screening.objects.counting().filter(_is_under_treatment(), ~Exists(later))
    return latest.filter(valid_until__lt=on + timedelta(days=SOON_DAYS))


def _is_under_treatment():
    return Exists(Episode.objects.open().filter(patient=OuterRef("patient")))
