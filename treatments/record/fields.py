"""The uses of each field of a session's record: one entry for each field, in the order of the page.

The form, the seal, the copied set-up, the charts, the admin and the export are made from these lists.
docs/how-to/add-a-field.md says how to add a field.
"""

from .dose_fields import DOSE, FREQUENCY, minutes
from .field import Export, Field
from .targets import EXPORTS_OF_TARGET

FREE_TEXT = "free text can name people"
ROW_OF_THE_SESSION = "the sealed content lists the rows below their session"
ABOUT_THE_RECORD = "about the record, not about the outcome"
ABOUT_THE_DRAFT = "about saving the draft, not about what was done"
MARKED_LATER = "set after the signature; the mark has a hash of its own"
NOT_WITHDRAWN = "a signed session is never withdrawn"
OF_AN_AMENDMENT = "only rows of an amendment have it, whose corrections are sealed"
OF_THE_KIND = "part of the kind of the visit, which cannot be corrected; free text can"
WHAT_IT_RESTS_ON = "screening, consent and summaries of the signed session rest on it"

CORRECTED_ROW = [
    Field(name, not_sealed=OF_AN_AMENDMENT, not_exported=ABOUT_THE_RECORD)
    for name in ("replaces", "original", "did_not_happen")
]
NEEDLING = [
    Field("id", not_exported="the column 'needling' counts the rows"),
    Field("session", not_sealed=ROW_OF_THE_SESSION, not_exported="the columns of the session are in the same row"),
    Field(
        "sort_order",
        exports=[
            Export(
                "needling",
                "",
                "Number of the needling in its session, from 1; empty for a session without needlings.",
                of=lambda row: row.sort_order + 1,
            )
        ],
    ),
    Field(
        "muscle",
        in_form=True,
        in_admin="muscle",
        exports=EXPORTS_OF_TARGET,
    ),
    Field("side", in_form=True, in_admin="side", exports=[Export("side", "", "Left, right or midline.")]),
    Field(
        "trigger_point",
        in_form=True,
        copied=True,
        in_admin="place",
        exports=[
            Export("trigger_point", "", "Label in the catalogue; free text is left out.", read="trigger_point__label")
        ],
    ),
    Field(
        "location",
        in_form=True,
        copied=True,
        in_notes=True,
        # Without a trigger point, the location is written beside the muscle.
        as_text=lambda row: row.location if row.trigger_point_id else "",
        not_exported=FREE_TEXT,
    ),
    Field(
        "point_state",
        in_form=True,
        in_notes=True,
        as_text=lambda row: row.get_point_state_display(),
        exports=[Export("point_state", "", "Active or latent, when noted.")],
    ),
    Field(
        "taut_band",
        in_form=True,
        in_notes=True,
        exports=[Export("taut_band", "", "Whether one was felt, when noted.")],
    ),
    Field(
        "needle",
        in_form=True,
        copied=True,
        required="needle",
        in_line=True,
        as_text=lambda row: row.needle.size,
        in_admin="needle",
        exports=[
            Export("needle_diameter", "mm", "Diameter of the needle.", read="needle__diameter_mm"),
            Export("needle_length", "mm", "Length of the needle.", read="needle__length_mm"),
        ],
    ),
    Field(
        "depth_mm",
        in_form=True,
        copied=True,
        required="depth",
        in_line=True,
        as_text=lambda row: f"{row.depth_mm} mm",
        in_admin="depth",
        exports=[Export("depth", "mm", "How deep the needle went.")],
    ),
    Field(
        "technique",
        in_form=True,
        copied=True,
        required="technique",
        in_line=True,
        in_admin="technique",
        exports=[Export("technique", "", "Technique.")],
    ),
    FREQUENCY,
    Field(
        "insertions",
        in_form=True,
        required="insertions",
        in_admin="insertions",
        exports=[Export("insertions", "skin penetrations", "One needle may make several.")],
    ),
    Field(
        "twitch",
        in_form=True,
        required="twitch",
        in_admin="twitches",
        exports=[Export("twitch", "", "Local twitch response: not sought is not the same as no.")],
    ),
    Field(
        "twitch_count",
        in_form=True,
        exports=[Export("twitch_count", "twitches", "When there were some and they were counted.")],
    ),
    Field(
        "retention_seconds",
        in_form=True,
        copied=True,
        in_line=True,
        as_text=lambda row: minutes(row.retention_seconds) if row.retention_seconds else "",
        in_admin="retention",
        exports=[Export("retention", "seconds", "How long the needle stayed in.")],
    ),
    Field(
        "retention_planned_seconds",
        in_form=True,
        not_correctable="a plan, not what was done",
        in_notes=True,
        as_text=lambda row: f"planned retention {minutes(row.retention_planned_seconds)}",
        exports=[Export("planned_retention", "seconds", "How long the needle was to stay in, when it was timed.")],
    ),
    Field(
        "retention_started_at",
        in_form=True,
        not_correctable="no timer runs in a signed session",
        not_exported="the start of the timer is unrelated to the outcome",
    ),
    Field(
        "referred_pain_reproduced",
        in_form=True,
        in_notes=True,
        as_text=lambda row: f"referred pain: {row.get_referred_pain_reproduced_display().lower()}",
        exports=[
            Export("referred_pain", "", "Whether referred pain was felt, and whether it was the known one."),
        ],
    ),
    Field("response", in_form=True, in_notes=True, not_exported=FREE_TEXT),
    *DOSE,
    Field("recorded_at", not_exported=ABOUT_THE_RECORD),
    Field(
        "needled_at",
        in_form=True,
        not_correctable=WHAT_IT_RESTS_ON,
        in_admin="needled_at",
        not_exported="the time can identify the visit",
    ),
    Field(
        "amendment",
        not_sealed=OF_AN_AMENDMENT,
        exports=[
            Export(
                "row_corrected",
                "",
                "Yes if an amendment corrected or added the row. All columns have the corrected values.",
                of=lambda row: "Yes" if row.amendment else "No",
            )
        ],
    ),
    *CORRECTED_ROW,
]

SESSION = [
    Field("id"),
    Field("patient"),
    Field("practitioner"),
    Field("appointment", not_exported="the export is about sessions, not visits"),
    Field("started_at", in_form=True, not_correctable=WHAT_IT_RESTS_ON),
    Field("ended_at", in_form=True),
    Field("opened_at"),
    Field("late_entry_reason", in_form=True, not_correctable=WHAT_IT_RESTS_ON),
    Field("visit_kind", in_form=True, not_correctable=WHAT_IT_RESTS_ON, unsealed_value="needling"),
    Field("visit_reason", in_form=True, not_correctable=OF_THE_KIND, not_exported=FREE_TEXT),
    Field("stopped_at", in_form=True, not_correctable=OF_THE_KIND, not_exported="unrelated to the outcome"),
    Field("departure", in_form=True, not_correctable=OF_THE_KIND),
    Field("episode", in_form=True, not_correctable=WHAT_IT_RESTS_ON),
    Field("complaint", not_exported=FREE_TEXT),
    Field("position", in_form=True, copied=True),
    Field("approach", in_form=True, copied=True),
    Field("rationale", in_form=True, not_exported=FREE_TEXT),
    Field(
        "consent_confirmed",
        in_form=True,
        not_correctable=WHAT_IT_RESTS_ON,
        not_exported="no session is signed without a consent that day",
    ),
    Field("pelvic_consent", in_form=True, not_correctable=WHAT_IT_RESTS_ON, not_exported=ABOUT_THE_RECORD),
    Field("chaperone", in_form=True, not_correctable=WHAT_IT_RESTS_ON, not_exported=ABOUT_THE_RECORD),
    Field("chaperone_name", in_form=True, not_correctable=WHAT_IT_RESTS_ON, not_exported=FREE_TEXT),
    Field("pain_before", in_form=True),
    Field("pain_after", in_form=True),
    Field("needles_inserted", in_form=True),
    Field("needles_removed", in_form=True, not_exported="the same as needles_inserted, unless a needle was lost"),
    Field("needle_count_reason", in_form=True, not_exported=FREE_TEXT),
    Field("counted_rows", not_sealed="signing requires that they are the rows", not_exported=ABOUT_THE_RECORD),
    Field(
        "no_reaction",
        in_form=True,
        not_correctable="an event can be recorded later",
        not_exported="the empty columns of events show the same",
    ),
    Field("co_treatments", in_form=True),
    Field("advice", in_form=True, not_exported="about what the patient was told, not about the outcome"),
    Field("plan", in_form=True, not_exported=FREE_TEXT),
    Field("note", in_form=True, not_exported=FREE_TEXT),
    Field("handed_over_from", not_exported="the practitioner who signed is exported"),
    Field("signed_at", not_exported=ABOUT_THE_RECORD),
    Field("signed_by", not_exported="the same person as the practitioner"),
    Field("signed_name", not_exported="the same person as the practitioner"),
    Field("signed_meaning", not_exported=ABOUT_THE_RECORD),
    Field("proved_by_means", not_exported=ABOUT_THE_RECORD),
    Field("content_hash", not_sealed="it is the hash itself", not_exported=ABOUT_THE_RECORD),
    Field("seal_version", not_sealed="sealed apart, from version 2 on", not_exported=ABOUT_THE_RECORD),
    Field("screening", not_sealed="its content is sealed", not_exported=ABOUT_THE_RECORD),
    Field("consent", not_sealed="its hash is sealed", not_exported=ABOUT_THE_RECORD),
    Field("basis_changes", not_exported=ABOUT_THE_RECORD),
    Field("muscle_names", not_exported="the export has the names of the catalogue"),
    Field("status", not_sealed="only a signed session has a seal", not_exported="only signed sessions are exported"),
    Field("copied_from", not_sealed="where the set-up came from, not what was done", not_exported=ABOUT_THE_RECORD),
    Field("version", not_sealed=ABOUT_THE_DRAFT, not_exported=ABOUT_THE_RECORD),
    Field("recent_saves", not_sealed=ABOUT_THE_DRAFT, not_exported=ABOUT_THE_RECORD),
    Field("saved_at", not_sealed=ABOUT_THE_DRAFT, not_exported=ABOUT_THE_RECORD),
    Field("saved_by", not_sealed=ABOUT_THE_DRAFT, not_exported=ABOUT_THE_RECORD),
    Field("withdrawn_at", not_sealed=NOT_WITHDRAWN, not_exported=NOT_WITHDRAWN),
    Field("withdrawn_by", not_sealed=NOT_WITHDRAWN, not_exported=NOT_WITHDRAWN),
    Field("withdrawal_reason", not_sealed=NOT_WITHDRAWN, not_exported=NOT_WITHDRAWN),
    Field("error_mark", not_sealed=MARKED_LATER, not_exported="records entered in error are not exported"),
]
# Measurements and events are exported as columns of their session.
MEASUREMENT = [
    Field("id"),
    Field("session", not_sealed=ROW_OF_THE_SESSION),
    Field("sort_order"),
    Field("kind", in_form=True),
    Field("muscle", in_form=True),
    Field("movement", in_form=True),
    Field("mode", in_form=True),
    Field("side", in_form=True),
    Field("before", in_form=True),
    Field("after", in_form=True),
    Field("unit", in_form=True),
    Field("amendment", not_sealed=OF_AN_AMENDMENT),
    *CORRECTED_ROW,
]
EVENT = [
    Field("id"),
    Field("session", not_sealed=ROW_OF_THE_SESSION),
    Field("appeared_later", not_sealed="only events that did not are sealed"),
    Field("follow_up", not_sealed="events reported after the visit are not sealed"),
    Field("needling"),
    Field("type"),
    Field("grade"),
    Field("onset_at"),
    Field("action"),
    Field("outcome"),
    Field("resolved_on"),
    Field("reported_to"),
    Field("recorded_at"),
    Field("recorded_by"),
    Field("error_mark", not_sealed=MARKED_LATER),
]


def names(fields, use):
    """The names of the fields that have a use, for example names(NEEDLING, "copied")."""
    return [field.name for field in fields if getattr(field, use)]


def correctable(fields):
    """The names of the fields that an amendment can correct."""
    return [field.name for field in fields if field.in_form and not field.not_correctable]
