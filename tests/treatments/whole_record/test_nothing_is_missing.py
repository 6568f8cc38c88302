"""Nothing of a random patient is missing in a copy of the whole record, in JSON or in FHIR."""

import json
import random

from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from patients.models import TrailEntry
from tests.treatments.builders import make_muscle, make_ready
from tests.treatments.test_records_in_error import MUSCLES, in_a_world_of_its_own, make_script, write
from treatments.models import OutcomeScore
from treatments.services import mark_in_error
from treatments.whole_record.as_json import record_as_json
from treatments.whole_record.fhir.building import url_of
from treatments.whole_record.fhir.bundle import RESOURCES, bundle_of
from treatments.whole_record.kinds import kinds

from .test_fhir import PARTS, check


@settings(max_examples=3, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 10**6))
def test_nothing_of_a_random_patient_is_missing(seed, patient, physiotherapist):
    """In a database with one patient, every row of every model with a way to a patient is in both forms."""

    def of_one_patient():
        _write(seed, patient, physiotherapist)
        resources = check(json.loads(b"".join(bundle_of(patient, made_at=timezone.now()))))
        record = json.loads(b"".join(record_as_json(patient, {})))
        found = {(row["model"], str(row["pk"])) for row in record["rows"]}
        for kind in kinds():
            of_patients = {"patient__isnull": False} if kind.model is TrailEntry else {}
            for row in kind.model._base_manager.filter(**of_patients):
                assert (kind.label, str(row.pk)) in found
                assert kind.model not in RESOURCES or set(_urls(row)) <= resources.keys()

    in_a_world_of_its_own(of_one_patient)


def _write(seed, patient, by):
    """Random sessions, events, scores and more of the patient, some of them entered in error."""
    rng = random.Random(seed)
    for slug, name, region in MUSCLES:
        make_muscle(slug, name, region=region)
    make_ready(patient, by=by)
    made = write(make_script(str(seed), rng.choice(["session", "event", "score"])), patient, by)
    for record in made.values():
        if type(record) is OutcomeScore and rng.random() < 0.3:
            mark_in_error(record, by=by, reason="Of somebody else", proof="PIN")


def _urls(row):
    """The addresses of the resources that a row must have: one, or one for each of its values."""
    return [url_of(row, part) for part in PARTS.get(type(row), ("",)) if not part or getattr(row, part) is not None]
