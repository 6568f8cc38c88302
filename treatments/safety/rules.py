"""The registry of safety rules: each takes a Visit and returns a list of SafetyWarnings.

To add a rule, write such a function in a module of this folder and add it to RULES.
"""

from functools import partial

from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from patients.build import build_of
from patients.precautions import precautions_for
from treatments.evidence import advice, bleeding
from treatments.evidence.reviews import reviews_in_force

from .after_events import after_past_events
from .certificate import certificate_out_of_date
from .cover import outside_the_cover
from .depth import deeper_than_published, depth_contradicts_technique, dose_contradicts_itself, published_depths
from .interval import rows_within_interval, same_region_too_soon
from .late_entry import recorded_after_consent_ended
from .lots import lot_recalled
from .lung import both_sides_of_the_thorax, near_the_lung
from .past_events import known_before, past_events_of
from .screening import screened
from .visit import Visit
from .warning import WORST_FIRST

# The kinds of facts that warnings state.
REVIEWED = ("rule", advice.KIND, bleeding.KIND)
RULES = [
    screened,
    recorded_after_consent_ended,
    after_past_events,
    certificate_out_of_date,
    outside_the_cover,
    lot_recalled,
    near_the_lung,
    both_sides_of_the_thorax,
    published_depths,
    deeper_than_published,
    depth_contradicts_technique,
    dose_contradicts_itself,
    same_region_too_soon,
]


def warnings_for(
    session,
    needlings,
    *,
    on=None,
    precautions=None,
    earlier=None,
    past_events=None,
    consents=None,
    build=None,
    reviews=None,
):
    """The SafetyWarnings of a session with these rows, the most serious first.

    Within a level, warnings about the whole session come before those about a row. `needlings` have muscle and needle
    and may be unsaved. `on` is the day of the visit. `precautions` are the patient's on that day, `earlier` the
    patient's Needlings of other sessions within the clinic's interval, `past_events` all PastEvents, and `consents` all
    consents of the patient, newest first. What is not given is looked up with one query each, the earlier rows only
    where the clinic has set an interval, the consents only for rows that were recorded late, and the patient's `build`
    and the `reviews` in force of facts only if a warning states one.
    """
    on = on or timezone.localdate(session.started_at)
    past_events = past_events_of(session.patient) if past_events is None else past_events
    visit = Visit(
        day=on,
        practitioner=session.practitioner,
        rows=list(needlings),
        precautions=precautions_for(session.patient, on=on) if precautions is None else precautions,
        earlier_rows=rows_within_interval(session, on=on) if earlier is None else earlier,
        past_events=known_before(session, past_events, on=on),
        session=session,
        consents=consents,
        build=SimpleLazyObject(partial(build_of, session.patient, on=on)) if build is None else build,
        reviews=SimpleLazyObject(partial(reviews_in_force, *REVIEWED)) if reviews is None else reviews,
    )
    found = [warning for rule in RULES for warning in rule(visit)]
    order = {None: -1} | {row.pk: number for number, row in enumerate(visit.rows)}
    return sorted(found, key=lambda warning: (WORST_FIRST.index(warning.level), order[warning.needling_id]))
