"""Impossible or contradictory values of a session, a needling row or a measurement, with one message for each field.

Forms and services both check them, and database constraints repeat most of them.
"""

from datetime import timedelta

from django.utils import timezone

from treatments.models import Measurement, Needling, dose
from treatments.models.needling import DEPTH_SENTENCE, MAX_DEPTH_MM, MAX_FREQUENCY_HZ, MAX_RETENTION_SECONDS
from treatments.models.session_constraints import (
    CLOCKS_DIFFER_MINUTES,
    ENDED_TOO_EARLY,
    MAX_NEEDLES,
    NEEDLES_SENTENCE,
    PAIN_SENTENCE,
)

# (minimum, maximum, message for any other value)
DEPTH = (1, MAX_DEPTH_MM, DEPTH_SENTENCE)
OF_DOSE = {
    "angle_degrees": (1, 90, dose.ANGLE_SENTENCE),
    "strokes": (1, dose.MAX_STROKES, dose.STROKES_SENTENCE),
    "needling_seconds": (1, dose.MAX_NEEDLING_SECONDS, dose.NEEDLING_TIME_SENTENCE),
    "pulse_width_us": (1, dose.MAX_PULSE_MICROSECONDS, dose.PULSE_SENTENCE),
    "stimulation_minutes": (1, dose.MAX_STIMULATION_MINUTES, dose.STIMULATION_SENTENCE),
    "imaged_depth_mm": (1, dose.MAX_IMAGED_DEPTH_MM, dose.IMAGED_DEPTH_SENTENCE),
}
NEEDLES = (0, MAX_NEEDLES, NEEDLES_SENTENCE)
PAIN = (0, 10, PAIN_SENTENCE)
OF_SESSION = {"needles_inserted": NEEDLES, "needles_removed": NEEDLES, "pain_before": PAIN, "pain_after": PAIN}
CLOCKS_DIFFER = timedelta(minutes=CLOCKS_DIFFER_MINUTES)

# Bounds that catch typing errors. They come from general knowledge: pressure algometers read up to about 2000 kPa,
# hypermobile and restricted joints stay within -30 to 230 degrees, muscle strength is graded 0 to 5, a jaw opens less
# than 150 mm, and no hand-held dynamometer measures more than 2000 N.
BOUNDS = {
    Measurement.Kind.PPT: (0, 2000, "A pressure pain threshold is between 0 and 2000 kPa."),
    Measurement.Kind.ROM: (-30, 230, "A range of motion is between -30 and 230 degrees."),
    Measurement.Kind.STRENGTH: (0, 5, "Strength is graded 0 to 5, such as 4, 4+ or 4-."),
    Measurement.Kind.DISTANCE: (0, 150, "A distance is between 0 and 150 mm."),
    Measurement.Kind.FORCE: (0, 2000, "A force is between 0 and 2000 N (about 204 kg)."),
    Measurement.Kind.GRIP: (0, 2000, "A force is between 0 and 2000 N (about 204 kg)."),
}


def session_errors(session):
    """{field: message} for an impossible start of a TreatmentSession and for counts or scores out of bounds."""
    errors = {}
    if sentence := start_error(session.started_at, session.patient):
        errors["started_at"] = sentence
    for field, bounds in OF_SESSION.items():
        if is_outside(getattr(session, field), bounds):
            errors[field] = bounds[-1]
    if sentence := stop_error(session.stopped_at, session.started_at):
        errors["stopped_at"] = sentence
    if sentence := end_error(session.ended_at, session.started_at):
        errors["ended_at"] = sentence
    return errors


def end_error(ended_at, started_at):
    """Why the session cannot have ended then, or "" (also for None). A clock may be ahead by CLOCKS_DIFFER."""
    if ended_at is None:
        return ""
    if ended_at > timezone.now() + CLOCKS_DIFFER:
        return "A session cannot have ended in the future."
    return ENDED_TOO_EARLY if ended_at < started_at else ""


def stop_error(stopped_at, started_at):
    """Why the needling cannot have been stopped then, or "" (also for None). Clocks may differ by CLOCKS_DIFFER."""
    if stopped_at is None:
        return ""
    if stopped_at > timezone.now() + CLOCKS_DIFFER:
        return "Needling cannot have been stopped in the future."
    if stopped_at < started_at - CLOCKS_DIFFER:
        return "This is before the session started."
    return ""


def start_error(started_at, patient):
    """Why a session of this patient cannot have begun then, or "". A clock may be ahead by CLOCKS_DIFFER."""
    if started_at > timezone.now() + CLOCKS_DIFFER:
        return "A session cannot start in the future."
    if patient.is_born_after(timezone.localdate(started_at)):
        return "This is before the patient's date of birth."
    return ""


def is_outside(value, bounds):
    """Whether a number is outside (minimum, maximum, message); False for None."""
    least, most, _ = bounds
    return value is not None and not least <= value <= most


def needling_errors(row, *, on):
    """{field: message} for a Needling (mm, seconds, Hz) used on the day `on`."""
    errors = {}
    if row.muscle_id and not row.muscle.region:
        errors["muscle"] = f"{row.muscle}: describe it in your own words, with its body region."
    if row.trigger_point and row.trigger_point.muscle_id != row.muscle_id:
        errors["trigger_point"] = "This trigger point belongs to another muscle. Choose one of this muscle."
    if row.needle and row.needle.expires_on < on:
        errors["needle"] = f"Lot {row.needle.lot} expired on {row.needle.expires_on:%-d %b %Y}. Choose another lot."
    if is_outside(row.depth_mm, DEPTH):
        errors["depth_mm"] = DEPTH_SENTENCE
    elif row.depth_mm and row.needle and row.depth_mm > row.needle.length_mm:
        errors["depth_mm"] = f"This needle is {row.needle.length_mm} mm long. Give that depth or less."
    if row.twitch_count is not None and row.twitch != Needling.Twitch.YES:
        errors["twitch_count"] = "Only twitch 'yes' can have a number of twitches."
    if row.frequency_hz is not None and not 0 < row.frequency_hz <= MAX_FREQUENCY_HZ:
        errors["frequency_hz"] = f"The frequency must be above 0 and at most {MAX_FREQUENCY_HZ} Hz."
    elif row.frequency_hz is not None and row.technique != Needling.Technique.ELECTRICAL:
        errors["frequency_hz"] = "Only the electrical technique can have a frequency."
    if row.retention_seconds is not None and row.retention_seconds > MAX_RETENTION_SECONDS:
        errors["retention_seconds"] = "Retention cannot be longer than 60 minutes."
    if row.retention_planned_seconds is not None and row.retention_planned_seconds > MAX_RETENTION_SECONDS:
        errors["retention_planned_seconds"] = "Retention cannot be longer than 60 minutes."
    if row.needled_at and row.needled_at > timezone.now() + CLOCKS_DIFFER:
        errors["needled_at"] = "The time of needling cannot be in the future."
    return errors | _dose_errors(row)


def _dose_errors(row):
    errors = {name: bounds[-1] for name, bounds in OF_DOSE.items() if is_outside(getattr(row, name), bounds)}
    if row.current_ma is not None and not 0 < row.current_ma <= dose.MAX_CURRENT_MA:
        errors["current_ma"] = dose.CURRENT_SENTENCE
    if row.technique != Needling.Technique.ELECTRICAL:
        wrong = [name for name in dose.OF_CURRENT if getattr(row, name)]
        errors |= dict.fromkeys(wrong, dose.ELECTRICAL_SENTENCE)
    if row.imaging not in (Needling.Imaging.BEFORE, Needling.Imaging.DURING):
        wrong = [name for name in ("imaged_depth_mm", "imaged_structure") if getattr(row, name)]
        errors |= dict.fromkeys(wrong, dose.IMAGING_SENTENCE)
    return errors


def measurement_errors(row):
    """{field: message} for a Measurement, in the units in which it is stored."""
    errors = {}
    if row.unit not in Measurement.UNITS[row.kind]:
        errors["unit"] = "Choose a unit that fits the measurement."
    if row.mode and row.kind != Measurement.Kind.ROM:
        errors["mode"] = "Only a range of motion is active or passive."
    for field in ("before", "after"):
        if is_outside(getattr(row, field), BOUNDS[row.kind]):
            errors[field] = BOUNDS[row.kind][-1]
    return errors
