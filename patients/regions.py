"""Which regions of the body border on each other."""

from patients.models import BodyRegion

R = BodyRegion
# Anatomy, and no statement on where to needle. A muscle of a complaint often is in the next region: the upper trapezius
# of a painful neck, for example, is in the upper back.
BORDERS = [
    (R.HEAD_FACE, R.NECK),
    (R.NECK, R.SHOULDER),
    (R.NECK, R.UPPER_BACK),
    (R.SHOULDER, R.UPPER_BACK),
    (R.SHOULDER, R.CHEST),
    (R.SHOULDER, R.ARM),
    (R.ARM, R.FOREARM),
    (R.FOREARM, R.HAND),
    (R.UPPER_BACK, R.LOW_BACK),
    (R.CHEST, R.ABDOMEN),
    (R.LOW_BACK, R.HIP_BUTTOCK),
    (R.ABDOMEN, R.PELVIS_PERINEUM),
    (R.HIP_BUTTOCK, R.PELVIS_PERINEUM),
    (R.HIP_BUTTOCK, R.THIGH),
    (R.THIGH, R.LEG),
    (R.LEG, R.FOOT),
]


def neighbours_of(regions):
    """The labels of the regions that border on these (values of BodyRegion) and are not among them, head to foot."""
    beside = {one for pair in BORDERS for one in pair if set(pair) & set(regions)}
    return [region.label for region in BodyRegion if region in beside and region not in regions]
