"""Which regions a new consent of a patient should cover."""

from treatments.models import Needling, TreatmentSession


def regions_of_drafts(patient):
    """The regions of the muscles in a patient's drafts, as values of BodyRegion. One query. Set in patients.registry.

    Where it hurts, which an assessment records, is not among them: pain is often felt far from the muscle.
    """
    drafts = TreatmentSession.objects.counting().drafts().filter(patient=patient)
    rows = Needling.objects.filter(session__in=drafts)
    return sorted(set(rows.values_list("muscle__region", flat=True)))
