"""Targets of a needle that the catalogue does not list, described in the practitioner's words.

The page sends such a target in the place of a muscle's key: `free|base|region|words`. `base` is the slug of an entry of
the catalogue without a region, such as "other-tendon": figures count the target there, until an admin lets it count as
another entry. The same words for the same region are the same target.
"""

import hashlib

from django.core.exceptions import ValidationError

from patients.models import BodyRegion
from patients.models.consent import THORAX
from treatments.evidence.not_needled import never_needled
from treatments.models import Muscle, TargetKind

PREFIX = "free|"
ANTERIOR = {BodyRegion.HEAD_FACE, BodyRegion.CHEST, BodyRegion.ABDOMEN, BodyRegion.THIGH, BodyRegion.ARM}
SHORTEST, LONGEST = 3, 80


def is_free_text(value):
    """Whether the page sent words instead of the key of an entry."""
    return str(value).startswith(PREFIX)


def free_text(base, region, words):
    """The text that the page sends for a free entry."""
    return f"{PREFIX}{base}|{region}|{words}"


def read_free_entry(text, bases):
    """The unsaved Muscle of kind "free" for a text from the page. `bases` are the entries without a region.

    Raises ValidationError with a sentence that says what is missing, or why this is not needled.
    """
    _, slug, region, words = (*str(text).split("|", 3), "", "", "")[:4]
    words = " ".join(words.split())
    base = next((entry for entry in bases if entry.slug == slug), None)
    if base is None:
        raise ValidationError("Choose what kind of target this is.")
    if region not in BodyRegion.values:
        raise ValidationError(f"Choose the body region of “{words or base}”.")
    if not SHORTEST <= len(words) <= LONGEST:
        raise ValidationError(f"Describe the target in {SHORTEST} to {LONGEST} characters.")
    if refused := never_needled(words):
        raise ValidationError(f"“{words}” is not needled. {refused.words}")
    return Muscle(
        slug=free_slug(slug, region, words),
        kind=TargetKind.FREE,
        name_en=words,
        region=region,
        view=Muscle.View.ANTERIOR if region in ANTERIOR else Muscle.View.POSTERIOR,
        pneumothorax_risk=region in THORAX,
        restricted=Muscle.Restriction.PELVIC_CONSENT if region == BodyRegion.PELVIS_PERINEUM else base.restricted,
        source="In the words of the practitioner.",
        counts_as=base,
    )


def free_slug(base, region, words):
    """The slug of a free entry, equal for the same words, whether in capitals or not."""
    return "free-" + hashlib.sha256(f"{base}|{region}|{words.casefold()}".encode()).hexdigest()[:20]
