"""What cannot be true of a needling row or a measurement: a sentence a field. The database says it again."""

from treatments.models import Measurement, Needling
from treatments.models.needling import MAX_DEPTH_MM, MAX_FREQUENCY_HZ, MAX_RETENTION_SECONDS

# Bounds that stop slips of the finger, not findings: pressure algometers read to some 2000 kPa, hypermobile and
# missing ranges of motion lie within -30 to 230 degrees, muscle strength is graded 0 to 5 (domain notes 3.1).
BOUNDS = {
    Measurement.Kind.PPT: (0, 2000, "A pressure pain threshold is between 0 and 2000 kPa."),
    Measurement.Kind.ROM: (-30, 230, "A range of motion is between -30 and 230 degrees."),
    Measurement.Kind.STRENGTH: (0, 5, "Strength is graded 0 to 5."),
}


def needling_errors(row, *, on):
    """{field: sentence} for what contradicts itself in a Needling (mm, seconds, Hz) used on that day."""
    errors = {}
    if row.trigger_point and row.trigger_point.muscle_id != row.muscle_id:
        errors["trigger_point"] = "This trigger point belongs to another muscle. Choose one of this muscle."
    if row.needle and row.needle.expires_on < on:
        errors["needle"] = f"Lot {row.needle.lot} expired on {row.needle.expires_on:%-d %b %Y}. Choose another."
    if row.depth_mm is not None and not 1 <= row.depth_mm <= MAX_DEPTH_MM:
        errors["depth_mm"] = f"Depth is between 1 and {MAX_DEPTH_MM} mm."
    elif row.depth_mm and row.needle and row.depth_mm > row.needle.length_mm:
        errors["depth_mm"] = f"At most {row.needle.length_mm} mm with this needle."
    if row.twitch_count is not None and row.twitch != Needling.Twitch.YES:
        errors["twitch_count"] = "A number of twitches goes with twitch 'yes' only."
    if row.frequency_hz is not None and not 0 < row.frequency_hz <= MAX_FREQUENCY_HZ:
        errors["frequency_hz"] = f"A frequency is above 0 and at most {MAX_FREQUENCY_HZ} Hz."
    elif row.frequency_hz is not None and row.technique != Needling.Technique.ELECTRICAL:
        errors["frequency_hz"] = "A frequency goes with the electrical technique only."
    if row.retention_seconds is not None and row.retention_seconds > MAX_RETENTION_SECONDS:
        errors["retention_seconds"] = "Retention is at most 60 minutes."
    return errors


def measurement_errors(row):
    """{field: sentence} for what contradicts itself in a Measurement (kPa, degrees, grade)."""
    errors = {}
    if row.unit not in Measurement.UNITS[row.kind]:
        errors["unit"] = "Choose a unit that fits the measurement."
    low, high, sentence = BOUNDS[row.kind]
    for field in ("before", "after"):
        value = getattr(row, field)
        if value is not None and not low <= value <= high:
            errors[field] = sentence
    return errors
