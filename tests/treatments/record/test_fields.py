"""Each field of the record is declared once, and what is declared is so: in the form, on its page, in the export."""

import pytest
from django.core.exceptions import ValidationError
from django.db import models
from django.urls import reverse

from treatments.forms.fields import form_field
from treatments.forms.needling import NeedlingForm
from treatments.forms.session import SessionForm
from treatments.models import AdverseEvent, Measurement, Needling, TreatmentSession
from treatments.outcomes.export import rows
from treatments.record.field_texts import value_texts
from treatments.record.fields import EVENT, MEASUREMENT, NEEDLING, SESSION, names

pytestmark = pytest.mark.both_engines

DECLARED = {TreatmentSession: SESSION, Needling: NEEDLING, Measurement: MEASUREMENT, AdverseEvent: EVENT}


@pytest.mark.parametrize("model", DECLARED)
def test_every_field_of_the_model_is_declared_once(model):
    declared = [field.name for field in DECLARED[model]]

    assert sorted(declared) == sorted(field.name for field in model._meta.concrete_fields)


def exported(read):
    """The fields of the model itself that the export reads, from paths such as muscle__name_en."""
    own = {path.split("__")[0] for path in read}
    if of_episode := own & {"counted_episode", *rows.OF_EPISODE}:  # nothing if the episode was entered in error
        own = own - of_episode | {"episode"}
    if of_person := own & rows.OF_PERSON.keys():  # those of the record that stands for the person after a merge
        own = own - of_person | {"patient"}
    return {"id" if name == "pk" else name for name in own - {"context"}}  # a row beside the session


@pytest.mark.parametrize(("model", "read"), [(TreatmentSession, rows.SESSION_FIELDS), (Needling, rows.NEEDLING_FIELDS)])
def test_every_field_is_exported_or_left_out_with_a_reason(model, read):
    # The export reads the session of a needling to put its rows together; its columns are the session's own. Of the
    # rationale it says only whether there is one.
    found = exported(read) - {"rationale"} - ({"session"} if model is Needling else set())
    left_out = {field.name for field in DECLARED[model] if field.not_exported}

    assert found | left_out == {field.name for field in DECLARED[model]}
    assert found & left_out == set()


@pytest.mark.parametrize(("form", "declared"), [(SessionForm, SESSION), (NeedlingForm, NEEDLING)])
def test_the_form_has_the_declared_fields_in_their_order(form, declared):
    assert list(form.base_fields) == names(declared, "in_form")
    assert form.declared_fields.keys() <= form.base_fields.keys()


def test_the_page_draws_every_field_of_the_form(client, draft):
    page = client.get(draft.get_absolute_url()).content.decode()
    # The row that the browser copies; radio buttons of trigger points come with its muscle.
    page += client.get(reverse("session_parts", args=["any"])).content.decode()
    needling = [f'\\"needling-__id__-{name}\\"' for name in names(NEEDLING, "in_form")]
    session = [f'name="{name}"' for name in names(SESSION, "in_form")]

    assert [name for name in [*needling, *session] if name not in page] == []


# A form's field that is made from the model -----------------------------------------


OF_A_MODEL = {
    "many": models.PositiveSmallIntegerField("how many", null=True, blank=True),
    "size_mm": models.DecimalField(max_digits=3, decimal_places=1, null=True, blank=True),
    "felt": models.BooleanField(null=True, blank=True),
    "text": models.CharField(max_length=5, blank=True),
    "grade": models.CharField(max_length=1, choices=[("a", "Low"), ("b", "High")], blank=True),
}


def made(name):
    field = OF_A_MODEL[name]
    field.set_attributes_from_name(name)
    return form_field(field)


@pytest.mark.parametrize(
    ("name", "typed", "value"),
    [
        ("many", "3", 3),
        ("many", "", None),
        ("size_mm", "2,5", 2.5),
        ("felt", "no", False),
        ("felt", "", None),
        ("text", " ab ", "ab"),
        ("text", "", ""),
        ("grade", "b", "b"),
        ("grade", "", ""),
    ],
)
def test_what_is_typed_is_what_the_model_stores(name, typed, value):
    assert made(name).clean(typed) == value


@pytest.mark.parametrize(("name", "typed"), [("many", "-1"), ("many", "40000"), ("text", "abcdef"), ("grade", "c")])
def test_what_the_database_cannot_hold_gets_one_sentence(name, typed):
    with pytest.raises(ValidationError) as refused:
        made(name).clean(typed)

    assert len(refused.value.messages) == 1


def test_a_made_field_has_the_models_label_and_no_empty_choice():
    assert made("many").label == "How many"
    assert made("grade").choices == [("a", "Low"), ("b", "High")]


# What charts and tables write -------------------------------------------------------


def test_the_notes_of_a_needling_are_what_was_noted():
    row = Needling(location="near the spine", point_state="active", taut_band=False, response="warm")
    row.referred_pain_reproduced = "known"

    assert value_texts(row, "in_notes") == ["Active", "no taut band", "referred pain: known", "warm"]
    row.trigger_point_id = 1
    assert value_texts(row, "in_notes")[0] == "near the spine"


def test_nothing_is_written_of_what_was_not_noted():
    assert value_texts(Needling(), "in_notes") == value_texts(Needling(), "in_line") == []


def test_the_line_of_a_needling_is_needle_depth_technique_frequency_and_retention():
    row = Needling(depth_mm=15, technique="electrical", frequency_hz=2, retention_seconds=600)

    assert value_texts(row, "in_line") == ["15 mm", "electrical", "2 Hz", "10:00 min"]
