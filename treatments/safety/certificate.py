"""The practitioner's needling certificate."""

from .phrases import written_day
from .warning import CLINIC_RULE, Level, SafetyWarning


def certificate_out_of_date(visit):
    """A caution when the certificate expired before the visit. A practitioner without a date gets none."""
    expires_on = visit.practitioner.certificate_expires_on
    if expires_on is None or expires_on >= visit.day:
        return []
    return [
        SafetyWarning(
            key="certificate",
            level=Level.CAUTION,
            title="Certificate out of date",
            sentence=(
                f"The needling certificate of {visit.practitioner} expired on {written_day(expires_on)}."
                " Ask the admin to enter the new date."
            ),
            source=CLINIC_RULE,
        )
    ]
