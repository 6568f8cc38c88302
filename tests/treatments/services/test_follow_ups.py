import uuid
from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from patients.services.once import OtherContent
from tests import people
from tests.treatments.builders import make_draft, make_signed
from treatments.models import AdverseEvent, FollowUp, TreatmentSession
from treatments.services import record_follow_up

pytestmark = pytest.mark.both_engines


@pytest.fixture
def signed(patient, physiotherapist):
    return make_signed(patient, by=physiotherapist, days_ago=2)


@pytest.fixture
def signed_in(client, physiotherapist):
    client.force_login(physiotherapist)
    return client


def form_url(session):
    return f"/patients/{session.patient_id}/sessions/{session.pk}/follow-up/"


def posted(**fields):
    now = timezone.localtime().strftime("%Y-%m-%dT%H:%M")
    return {"id": uuid.uuid4(), "contacted_at": now, "note": ""} | fields


def stored(session):
    return TreatmentSession.objects.filter(pk=session.pk).values().get()


def test_record_follow_up_stores_what_was_heard(signed, physiotherapist):
    at = timezone.now() - timedelta(hours=1)
    events = [AdverseEvent(type="bruise", grade="mild"), AdverseEvent(type="fainting", grade="significant")]

    follow_up = record_follow_up(
        signed, by=physiotherapist, contacted_at=at, pain=3, soreness=2, note=" Better. ", events=events
    )

    follow_up.refresh_from_db()
    assert (follow_up.pain, follow_up.soreness, follow_up.note) == (3, 2, "Better.")
    assert (follow_up.contacted_at, follow_up.contacted_by) == (at, physiotherapist)
    assert sorted(follow_up.events.values_list("type", "grade", "session_id", "recorded_by")) == [
        ("bruise", "mild", signed.pk, physiotherapist.pk),
        ("fainting", "significant", signed.pk, physiotherapist.pk),
    ]


def test_record_follow_up_leaves_the_session_as_it_was(signed, physiotherapist):
    before = stored(signed)

    record_follow_up(signed, by=physiotherapist, contacted_at=timezone.now(), pain=3)

    assert stored(signed) == before


def test_record_follow_up_of_a_draft(patient, physiotherapist):
    draft = make_draft(patient, by=physiotherapist, days_ago=1)

    assert record_follow_up(draft, by=physiotherapist, contacted_at=timezone.now(), note="Well.").session == draft


def test_record_follow_up_twice_makes_one(signed, physiotherapist):
    row_id, at = uuid.uuid4(), timezone.now()

    for _ in range(2):
        record_follow_up(
            signed,
            by=physiotherapist,
            contacted_at=at,
            pain=3,
            note=" Better. ",
            events=[AdverseEvent(type="bruise", grade="mild")],
            id=row_id,
        )

    assert FollowUp.objects.count() == 1
    assert AdverseEvent.objects.count() == 1


@pytest.mark.parametrize(
    "other",
    [
        {"pain": 5},
        {"soreness": 0},
        {"note": "Worse."},
        {"contacted_at": timezone.now() - timedelta(minutes=9)},
        {"events": [AdverseEvent(type="fainting", grade="significant")]},
        {"events": []},
    ],
)
def test_record_follow_up_with_the_same_id_and_other_content_is_refused(signed, physiotherapist, other):
    first = {"contacted_at": timezone.now(), "pain": 3, "events": [AdverseEvent(type="bruise", grade="mild")]}
    follow_up = record_follow_up(signed, by=physiotherapist, **first)

    with pytest.raises(OtherContent):
        record_follow_up(signed, by=physiotherapist, **first | other, id=follow_up.pk)

    assert [(heard.pain, heard.note) for heard in FollowUp.objects.all()] == [(3, "")]
    assert [str(event) for event in AdverseEvent.objects.all()] == ["Bruise, mild"]


def test_record_follow_up_with_the_id_of_another_session_is_refused(patient, signed, physiotherapist):
    other = make_draft(patient, by=physiotherapist, days_ago=1)
    first = record_follow_up(signed, by=physiotherapist, contacted_at=timezone.now(), pain=3)

    with pytest.raises(OtherContent):
        record_follow_up(other, by=physiotherapist, contacted_at=timezone.now(), pain=3, id=first.pk)


def test_record_follow_up_of_nothing_is_refused(signed, physiotherapist):
    with pytest.raises(ValidationError, match="at least one thing"):
        record_follow_up(signed, by=physiotherapist, contacted_at=timezone.now(), note="  ")

    assert not FollowUp.objects.exists()


@pytest.mark.parametrize(("shift", "words"), [(timedelta(minutes=5), "in the future"), (-timedelta(days=3), "before")])
def test_record_follow_up_at_an_impossible_time_is_refused(signed, physiotherapist, shift, words):
    with pytest.raises(ValidationError, match=words):
        record_follow_up(signed, by=physiotherapist, contacted_at=timezone.now() + shift, pain=3)


@pytest.mark.parametrize("fields", [{"pain": 11}, {"soreness": -1}])
def test_record_follow_up_out_of_range_is_refused(signed, physiotherapist, fields):
    with pytest.raises(ValidationError):
        record_follow_up(signed, by=physiotherapist, contacted_at=timezone.now(), **fields)

    assert not FollowUp.objects.exists()


def test_follow_up_form_opens_with_now_and_an_id(signed_in, signed):
    html = signed_in.get(form_url(signed)).content.decode()

    assert 'name="id"' in html
    assert timezone.localtime().strftime("%Y-%m-%dT") in html
    assert "ADEYEMI, Ruth" in html
    assert html.count('name="pain"') == html.count('name="soreness"') == 11


def test_follow_up_posted_goes_back_to_the_chart(signed_in, signed):
    answer = signed_in.post(form_url(signed), posted(pain=4, events=["bruise"], grade_bruise="mild"))

    assert answer.status_code == 302
    assert answer.headers["Location"] == f"/patients/{signed.patient_id}/chart/?episode=all"
    (follow_up,) = FollowUp.objects.all()
    assert (follow_up.pain, follow_up.soreness) == (4, None)
    assert [str(event) for event in follow_up.events.all()] == ["Bruise, mild"]


def test_follow_up_posted_twice_makes_one(signed_in, signed):
    fields = posted(pain=0)

    signed_in.post(form_url(signed), fields)
    signed_in.post(form_url(signed), fields)

    assert [follow_up.pain for follow_up in FollowUp.objects.all()] == [0]


def test_follow_up_posted_again_with_other_content_is_kept_for_a_second_one(signed_in, signed):
    first = posted(pain=4)
    signed_in.post(form_url(signed), first)

    answer = signed_in.post(form_url(signed), first | {"pain": 7, "events": ["fainting"], "grade_fainting": "serious"})

    html = answer.content.decode()
    assert answer.status_code == 422
    assert "already saved with different content" in html
    assert 'id="id_pain_7" value="7" checked' in " ".join(html.split())
    again = first | {"pain": 7, "events": ["fainting"], "grade_fainting": "serious"}
    assert signed_in.post(form_url(signed), again | {"id": answer.context["form"]["id"].value()}).status_code == 302
    assert sorted(follow_up.pain for follow_up in FollowUp.objects.all()) == [4, 7]


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({}, "Fill in at least one thing"),
        ({"pain": 4, "contacted_at": ""}, "Give the day and time"),
        ({"pain": 4, "contacted_at": "yesterday"}, "Write the day and time like"),
        ({"pain": 4, "contacted_at": "2999-01-01T10:00"}, "in the future"),
        ({"pain": 4, "contacted_at": "2001-01-01T10:00"}, "before the session"),
        ({"pain": 11}, "Select a valid choice"),
        ({"pain": 4, "events": ["bruise"]}, "Choose how severe it was"),
        ({"pain": 4, "events": ["no-such"]}, "Select a valid choice"),
        ({"pain": 4, "id": "x"}, "Enter a valid UUID"),
    ],
)
def test_follow_up_refused_keeps_what_was_typed(signed_in, signed, fields, sentence):
    answer = signed_in.post(form_url(signed), posted(**({"note": "Typed with care."} if fields else {}), **fields))

    html = answer.content.decode()
    assert answer.status_code == 422
    assert sentence in html
    assert not FollowUp.objects.exists()
    assert not fields or "Typed with care." in html


def test_follow_up_refused_keeps_scale_and_reaction(signed_in, signed):
    answer = signed_in.post(form_url(signed), posted(soreness=7, events=["seizure"]))

    html = " ".join(answer.content.decode().split())
    assert 'id="id_soreness_7" value="7" checked' in html
    assert '<details class="fl-more" open>' in html


def test_follow_up_of_a_session_of_another_patient_is_not_found(signed_in, signed, front_desk):
    other = people.make_patient(by=front_desk, given_name="Lan", family_name="Nguyen")

    answer = signed_in.post(f"/patients/{other.pk}/sessions/{signed.pk}/follow-up/", posted(pain=3))

    assert answer.status_code == 404
    assert not FollowUp.objects.exists()


@pytest.mark.parametrize("method", ["get", "post"])
def test_follow_up_is_not_for_front_desk_or_admin(client, front_desk, admin, signed, method):
    for user in (front_desk, admin):
        client.force_login(user)

        assert getattr(client, method)(form_url(signed)).status_code == 403
