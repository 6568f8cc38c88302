"""A FHIR bundle of another system is uploaded once for each kind, as an admin does it."""

import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from patients.alerts import alerts_of
from patients.models import FileImport, Patient
from tests.people import make_site

from .test_imports import choose, page, upload

pytestmark = pytest.mark.both_engines

RUTH = {
    "resourceType": "Patient",
    "id": "p1",
    "name": [{"family": "Adeyemi", "given": ["Ruth"]}],
    "birthDate": "1979-03-14",
    "gender": "female",
}
LATEX = {
    "resourceType": "AllergyIntolerance",
    "id": "a1",
    "code": {"text": "Latex"},
    "patient": {"reference": "Patient/p1"},
}
PULSE = {"resourceType": "Observation", "id": "o1"}
BUNDLE = json.dumps(
    {"resourceType": "Bundle", "type": "searchset", "entry": [{"resource": one} for one in (PULSE, RUTH, LATEX)]}
)


def test_patients_and_then_allergies_are_stored_from_one_bundle(signed_in):
    make_site()
    first = upload(signed_in, BUNDLE, encoding="utf-8")
    shown = page(signed_in, first).text
    choose(signed_in, first, store=True)
    second = upload(signed_in, BUNDLE, encoding="utf-8", kind="allergies")
    choose(signed_in, second, store=True)

    patient = Patient.objects.get()
    assert (patient.external_id, str(patient.name)) == ("p1", "ADEYEMI, Ruth")
    assert [alert.label for alert in alerts_of(patient)] == ["Allergy, not confirmed: Latex"]
    words = " ".join(shown.split())
    assert "The rows are from Patient in a FHIR bundle." in words
    assert "1 <bdi>Observation</bdi>" in words
    assert "1 <bdi>AllergyIntolerance</bdi>: upload the file again as <b>Allergies</b>" in words


@pytest.mark.parametrize("content", [b'{"a": [', b"[" * 100_000, b"[]", json.dumps(RUTH).encode(), b'{"a": 1e999}'])
def test_what_is_no_bundle_gets_a_sentence_beside_the_file(signed_in, content):
    file = SimpleUploadedFile("x.json", content)

    response = signed_in.post(reverse("import_list"), {"kind": "patients", "file": file})

    assert response.status_code == 422
    assert response.context["form"].errors.keys() == {"file"}
    assert not FileImport.objects.exists()


def test_imports_are_undone_one_after_the_other(signed_in, physiotherapist):
    make_site()
    files = [upload(signed_in, BUNDLE, encoding="utf-8")]
    choose(signed_in, files[0], store=True)
    files.append(upload(signed_in, BUNDLE, encoding="utf-8", kind="allergies"))
    episode = "Patient number,Condition,Start,Lead\np1,Neck pain,2024-03-01,Solberg\n"
    files.append(upload(signed_in, episode, kind="episodes"))
    for file_import in files[1:]:
        choose(signed_in, file_import, store=True)
    reason = {"undo_reason": "An old file"}

    refused = signed_in.post(files[0].get_absolute_url(), reason)
    undone = [signed_in.post(each.get_absolute_url(), reason).status_code for each in reversed(files)]

    assert refused.status_code == 422
    assert "There are already" in refused.text
    assert undone == [302, 302, 302]
    assert not Patient.objects.registered().exists()
