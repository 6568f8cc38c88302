"""The fields of an assessment: what its page asks, what an amendment can correct, and each answer in words."""

from patients.partial_dates import partial_date_words
from treatments.record.pain_sites import site_name

# What the page asks, in its order.
FIELDS = (
    "started_at late_entry_reason pain_now pain_worst pain_average sites drawing day_patterns behaviour_24h aggravating"
    " easing medication history earlier_treatment surgery surgery_when red_flags red_flags_detail findings hypothesis"
).split()
# A drawing is corrected in words, because the patient drew it or saw it. Other records rest on the time.
CORRECTABLE = [name for name in FIELDS if name not in ("started_at", "late_entry_reason", "drawing")]


def words_of(assessment, name):
    """The answer to one question of an Assessment as text; "" without one."""
    value = getattr(assessment, name)
    if name == "day_patterns":
        return ", ".join(assessment.day_pattern_labels)
    if name == "red_flags":
        return assessment.get_red_flags_display()
    if name == "sites":
        return "\n".join(_with_pain(site) for site in value)
    if name == "surgery_when":
        return partial_date_words(value)
    return "" if value is None else str(value)


def _with_pain(site):
    return site_name(site) + ("" if site["pain"] is None else f", pain {site['pain']}")
