"""The form that amends a signed session by correcting values, and the pages that show what was corrected."""

import uuid

import pytest

from patients.services import open_episode
from tests.people import PASSWORD
from tests.treatments.builders import make_muscle, make_needling, make_signed
from treatments.models import Amendment, Measurement, Muscle, TreatmentSession
from treatments.services import amend_session

from ..services.test_corrections import correct, missing_row, of_row, of_session


@pytest.fixture
def signed(client, patient, physiotherapist, catalogue):
    client.force_login(physiotherapist)
    episode = open_episode(patient, by=physiotherapist, complaint="Neck pain", region="neck")
    rows = [make_needling(make_muscle()), make_needling(make_muscle(), side="left", sort_order=1)]
    measured = [Measurement(kind="rom", movement="neck_rotation", side="right", before=52, after=60, unit="degrees")]
    session = make_signed(
        patient, by=physiotherapist, episode=episode, days_ago=3, needlings=rows, measurements=measured
    )
    return TreatmentSession.objects.get(pk=session.pk)


def url(session, page=""):
    return f"/patients/{session.patient_id}/sessions/{session.pk}/{page}"


def filled_in(form):
    """What the browser sends for the untouched form."""
    found = {}
    for name in form.fields:
        field = form[name]
        value = field.value()
        if value is None or value is False or value == []:
            continue
        found[field.html_name] = value if isinstance(value, list) else str(value)
    return found


def as_sent(client, session, **changes):
    """The untouched page of the amendment, as the browser sends it, with changes."""
    corrections = client.get(url(session, "amend/")).context["corrections"]
    found = {"seen": corrections.seen, "id": uuid.uuid4(), "text": "", "reason": "Paper notes", "password": PASSWORD}
    found |= filled_in(corrections.session)
    for marker in ("needling", "measurement", "missing_needling", "missing_measurement"):
        forms = getattr(corrections, f"{marker}s")
        found[marker] = [str(form.row_id) for form in forms]
        for form in forms:
            found |= filled_in(form)
    return found | changes


def test_the_untouched_page_corrects_nothing(client, signed):
    answer = client.post(url(signed, "amend/"), as_sent(client, signed))

    assert answer.status_code == 422
    assert answer.context["form"].has_error("text")
    assert not Amendment.objects.exists()


def test_several_values_are_corrected_at_once(client, signed):
    first, second = signed.needlings.all()
    measured = signed.measurements.get()
    sent = as_sent(
        client,
        signed,
        **{
            f"needling-{first.pk}-depth_mm": "12",
            f"needling-{second.pk}-did_not_happen": "on",
            f"measurement-{measured.pk}-after": "64",
            "session-pain_after": "2",
            "session-co_treatments": ["heat"],
        },
    )

    answer = client.post(url(signed, "amend/"), sent)

    assert answer.status_code == 302
    assert [(one.kind, one.field, one.now) for one in Amendment.objects.get().corrections.all()] == [
        ("change", "pain_after", "2"),
        ("change", "co_treatments", "Heat"),
        ("change", "depth_mm", "12 mm"),
        ("did_not_happen", "", ""),
        ("change", "after", "64"),
    ]


def test_a_row_that_was_missing_is_added(client, signed):
    sent = as_sent(client, signed)
    key, row = sent["missing_needling"][0], signed.needlings.first()
    values = {"muscle": row.muscle_id, "side": "midline", "needle": row.needle_id, "depth_mm": 10}
    values |= {"technique": "static", "insertions": 1, "twitch": "not_sought", "retention_seconds": "2:00"}
    sent |= {f"needling-{key}-{name}": value for name, value in values.items()}

    assert client.post(url(signed, "amend/"), sent).status_code == 302

    added = signed.needlings.get(side="midline")
    assert (added.depth_mm, added.retention_seconds, added.sort_order) == (10, 120, 2)


def test_a_row_is_corrected_to_own_words_and_to_an_entry_of_the_list(client, signed, catalogue):
    row = signed.needlings.first()
    own = {"free_words": "Knot at the graft", "free_base": "other-tendon", "free_region": "thigh"}

    def send(**values):
        sent = as_sent(client, signed, **{f"needling-{row.pk}-{name}": value for name, value in values.items()})
        return client.post(url(signed, "amend/"), sent)

    refused = send(**own | {"free_region": ""})
    both = send(**own, muscle=Muscle.objects.get(slug="soleus").pk)
    taken = send(**own, trigger_point="")

    for answer in (refused, both):
        form = next(one for one in answer.context["corrections"].needlings if one.row_id == row.pk)
        assert (answer.status_code, form.has_error("free_words"), form["free_words"].value()) == (
            422, True, "Knot at the graft",
        )  # fmt: skip
    assert taken.status_code == 302
    counting = signed.needlings.get(original=row.pk)
    assert (counting.muscle.kind, counting.muscle.name_en, counting.muscle.region) == (
        "free", "Knot at the graft", "thigh",
    )  # fmt: skip
    assert send(muscle=row.muscle_id).status_code == 302
    assert signed.needlings.get(original=row.pk).muscle == row.muscle


@pytest.mark.parametrize(
    ("field", "value"),
    [("depth_mm", "400"), ("side", "upside"), ("insertions", ""), ("retention_seconds", "long"), ("muscle", "")],
)
def test_a_wrong_value_gets_a_sentence_beside_it_and_keeps_everything(client, signed, field, value):
    row = signed.needlings.first()
    sent = as_sent(client, signed, text="Also this.", **{f"needling-{row.pk}-{field}": value})

    answer = client.post(url(signed, "amend/"), sent)

    form = next(one for one in answer.context["corrections"].needlings if one.row_id == row.pk)
    assert answer.status_code == 422
    assert form.has_error(field)
    assert f'id="error_needling-{row.pk}-{field}"' in answer.content.decode()
    assert "Also this." in answer.content.decode()
    assert form[field].value() == value
    assert not Amendment.objects.exists()


def test_needles_out_must_not_exceed_needles_in(client, signed):
    answer = client.post(url(signed, "amend/"), as_sent(client, signed, **{"session-needles_removed": "9"}))

    assert answer.status_code == 422
    assert answer.context["corrections"].session.has_error("needles_removed")


def test_a_page_opened_before_a_colleagues_correction_does_not_take_it_back(
    client, signed, physiotherapist, other_physiotherapist
):
    row = signed.needlings.first()
    sent = as_sent(client, signed, **{f"needling-{row.pk}-insertions": "3"})
    correct(signed, of_row(row, depth_mm=12), by=other_physiotherapist)

    assert client.post(url(signed, "amend/"), sent).status_code == 302

    counting = next(one for one in signed.needlings.all() if one.first_id == row.pk)
    assert (counting.depth_mm, counting.insertions) == (12, 3)


@pytest.mark.parametrize("page", ["", "print/", "copy/"])
def test_the_record_shows_both_values(client, signed, physiotherapist, page):
    first, second = signed.needlings.all()
    correct(
        signed,
        of_row(first, depth_mm=12),
        of_row(second, "did_not_happen"),
        of_session(pain_after=2),
        missing_row(),
        by=physiotherapist,
    )

    answer = client.get(url(signed, page))

    rows = answer.context["needlings"]
    assert [str(row.state) for row in rows] == ["corrected", "did_not_happen", "missing"]
    assert answer.context["session"].was == {"pain_after": "4"}
    html = answer.content.decode()
    assert "12 mm" in html
    assert "<s>15 mm</s>" in html
    assert "<s>4</s>" in html
    if page != "copy/":
        assert answer.context["matches"]


def test_the_timeline_marks_corrected_and_amended_sessions(client, signed, patient, physiotherapist):
    chart = f"/patients/{patient.pk}/chart/"
    amend_session(signed, by=physiotherapist, proof="PIN", text="A cold, too.", reason="Forgotten", id=uuid.uuid4())
    amended = client.get(chart, follow=True).context["page"].entries[0].session
    correct(signed, of_session(pain_before=9), by=physiotherapist)
    corrected = client.get(chart, follow=True).context["page"].entries[0].session

    assert (amended.is_corrected, [note.text for note in amended.notes]) == (False, ["A cold, too."])
    assert (corrected.is_corrected, corrected.pain_before) == (True, 9)


@pytest.mark.parametrize("number", [1, 3])
def test_amended_sessions_cost_the_same_number_of_queries(
    client, patient, physiotherapist, signed, number, django_assert_num_queries
):
    for days in range(number):
        session = TreatmentSession.objects.get(
            pk=make_signed(patient, by=physiotherapist, episode=signed.episode, days_ago=days).pk
        )
        correct(session, of_row(session.needlings.first(), depth_mm=12), by=physiotherapist)
    chart = f"/patients/{patient.pk}/chart/"

    with django_assert_num_queries(24):
        client.get(chart)
