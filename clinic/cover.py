"""What the insurance of a practitioner leaves out, in words."""

from clinic.registry import registry
from patients.models import BodyRegion

THORAX = "Thorax, from below C7 to the diaphragm"


def excluded_from_cover(practitioner):
    """The labels of what the practitioner's insurance does not cover, as a list."""
    techniques = dict(registry.techniques)
    return [
        *([THORAX] if practitioner.excludes_thorax else []),
        *(BodyRegion(region).label for region in practitioner.excluded_regions),
        *(techniques.get(one, one) for one in practitioner.excluded_techniques),
    ]
