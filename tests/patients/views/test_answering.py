"""A service's refusal reaches the form in one place."""

import uuid

import pytest
from django import forms
from django.core.exceptions import ValidationError

from patients.forms.once import ChoosesId
from patients.services.once import OtherContent
from patients.views.answering import accepted, is_refused_as


class Form(ChoosesId, forms.Form):
    id = forms.UUIDField()
    reason = forms.CharField()


@pytest.fixture
def form():
    form = Form({"id": str(uuid.UUID(int=7)), "reason": "Ill"})
    assert form.is_valid()
    return form


def refusing(refusal):
    def service(*args, **kwargs):
        raise refusal

    return service


def test_the_result_of_the_service_is_returned(form):
    def service(subject, *, by, form):
        return subject, by, form

    assert accepted(form, service, "visit", by="Ruth", form="a field of this name") == (
        "visit",
        "Ruth",
        "a field of this name",
    )
    assert form.is_valid()


def test_an_error_is_shown_at_the_top_of_the_form(form):
    assert accepted(form, refusing(ValidationError("Not today.", code="closed"))) is None

    assert form.errors == {"__all__": ["Not today."]}
    assert is_refused_as(form, "closed")
    assert not is_refused_as(form, "stale")


def test_an_error_of_several_sentences_shows_them_all(form):
    accepted(form, refusing(ValidationError(["One.", "Two."])))

    assert form.non_field_errors() == ["One.", "Two."]


def test_an_error_of_a_field_is_shown_beside_it_and_of_an_unknown_field_at_the_top(form):
    accepted(form, refusing(ValidationError({"reason": "Say why.", "hash": "Wrong.", "__all__": ["Both."]})))

    assert form.errors["reason"] == ["Say why."]
    assert form.non_field_errors() == ["Wrong.", "Both."]


def test_a_page_that_was_saved_with_other_content_takes_a_new_id(form):
    accepted(form, refusing(OtherContent()))

    taken = form["id"].value()
    assert taken != str(uuid.UUID(int=7))
    assert form.cleaned_data["id"] == uuid.UUID(taken)
    assert form["reason"].value() == "Ill"


def test_any_other_refusal_leaves_the_id(form):
    accepted(form, refusing(ValidationError("Not today.")))

    assert form["id"].value() == str(uuid.UUID(int=7))


def test_any_other_error_is_not_swallowed(form):
    with pytest.raises(ZeroDivisionError):
        accepted(form, refusing(ZeroDivisionError()))
