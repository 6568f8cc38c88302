"""Every entry of the catalogue can be recorded, signed, shown and exported: one session for each region."""

import csv
import re

import pytest

from patients.models import BodyRegion
from tests.treatments.builders import make_needling, make_signed
from treatments.catalogue.free_entries import free_text, read_free_entry
from treatments.chart.heat_map import heat_by_side, heat_map
from treatments.models import Muscle, Needling, TreatmentSession
from treatments.outcomes.export import export_csv
from treatments.outcomes.facts import MUSCLE
from treatments.outcomes.filters import Filters
from treatments.outcomes.sources import RowSource, SummarySource
from treatments.record.verification import tampered_sessions
from treatments.templatetags.bodychart import heat_charts

PELVIC = {"pelvic_consent": True, "chaperone": "declined"}


@pytest.mark.parametrize("region", [*BodyRegion.values, ""])
def test_every_target_is_recorded_signed_shown_counted_and_exported(
    client, patient, physiotherapist, catalogue, region
):
    entries = list(Muscle.objects.active().filter(region=region))
    targets = entries
    if not region:  # what occurs anywhere is needled as a free entry with its region
        targets = [read_free_entry(free_text(e.slug, "thigh", f"{e.name_en}, upper third"), entries) for e in entries]
    rows = [make_needling(target, depth_mm=5) for target in targets]
    session = make_signed(patient, by=physiotherapist, needlings=rows, **PELVIC)

    assert session.needlings.count() == len(entries) > 0
    assert not list(tampered_sessions())
    keys = {str(entry.pk): 1 for entry in entries}
    for source in (SummarySource(Filters()), RowSource(Filters())):
        assert {key: sums.sessions for key, sums in source.by(MUSCLE).items()} == keys
    exported = list(csv.DictReader("".join(export_csv(TreatmentSession.objects.all(), identified=False)).splitlines()))
    assert sorted(line["muscle"] for line in exported) == sorted(entry.name_en for entry in entries)
    assert sorted(line["target"] for line in exported) == sorted(entry.get_kind_display() for entry in entries)
    heats = heat_map(Needling.objects.all())
    assert sorted(heat.name for heat in heats) == sorted(str(target) for target in targets)
    drawn = "".join(heat_charts(heat_by_side(heats)))
    assert len(re.findall(" h[1-4]", drawn)) >= (len(entries) if region else 1)
    client.force_login(physiotherapist)
    for page in (f"sessions/{session.pk}/", f"sessions/{session.pk}/print/", "", f"muscles/{rows[0].muscle.slug}/"):
        assert client.get(f"/patients/{patient.pk}/{page}").status_code == 200
