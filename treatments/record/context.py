"""Where and when a session took place, and how old the patient was."""

from treatments.models import SessionContext


def context_of(session, *, is_derived=False):
    """The unsaved SessionContext of a session, from what is known now.

    The site is that of its visit. Without a visit it is the site at which the practitioner works now.
    """
    site = (session.appointment and session.appointment.site) or session.practitioner.site
    day = session.started_at.astimezone(site.zone).date()
    age = session.patient.age_on(day)
    return SessionContext(
        session=session,
        site=site,
        timezone=site.timezone,
        took_place_on=day,
        patient_age=None if age is None else max(0, age),
        is_derived=is_derived,
    )
