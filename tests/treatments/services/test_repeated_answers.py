"""Cautions that are answered again as in the patient's last session: which ones, how, and what is sealed."""

import uuid

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.urls import reverse

from patients.merging import differences
from patients.services import ask_for_merge, confirm_merge, undo_merge
from tests.database.guards import unguarded
from tests.markup import on_one_line
from tests.patients.test_precautions import screen
from tests.people import make_patient, make_physiotherapist
from tests.reference_data import have_questions
from tests.treatments.builders import (
    agree_as,
    fill_draft,
    make_answers,
    make_draft,
    make_muscle,
    make_needling,
    make_signed,
)
from tests.treatments.pages import as_posted, edit_url, save
from treatments import safety
from treatments.models import Needling, TreatmentSession, WarningAnswer, with_rows
from treatments.models.correction import Correction
from treatments.record.corrections import Change
from treatments.record.repeated_answers import answers_of_last_time
from treatments.record.verification import tampered_sessions
from treatments.record.warnings import warning_statuses
from treatments.services import (
    amend_session,
    confirm_error_mark,
    mark_in_error,
    save_and_repeat_answers,
    save_draft,
    sign_session,
    start_session,
)

pytestmark = pytest.mark.both_engines

REASON = "Discussed, technique adapted"
FAINTS, BOTH_SIDES = "screened-fainting", "thorax_both_sides"


@pytest.fixture
def rhomboid(db):
    return make_muscle("rhomboid-major", "Rhomboid major", region="thorax", pneumothorax_risk=True)


def both_sides(muscle, **fields):
    return [make_needling(muscle, side=side, **fields) for side in ("right", "left")]


@pytest.fixture
def fainter(patient, physiotherapist):
    have_questions()
    screen(patient, physiotherapist, days_ago=200, fainting="")
    return patient


@pytest.fixture
def last(fainter, physiotherapist, rhomboid):
    """Signed a week ago: the caution about fainting, and the one about the second row."""
    return make_signed(fainter, by=physiotherapist, needlings=both_sides(rhomboid), days_ago=7)


@pytest.fixture
def today(last, patient, physiotherapist):
    """A draft with last time's set-up, in which no caution is answered."""
    return start_session(patient, by=physiotherapist, session_id=uuid.uuid4())


def stored(session):
    return with_rows(TreatmentSession.objects).get(pk=session.pk)


def offered(session):
    """{key of the caution: the answer of last time} as the session is stored."""
    session = stored(session)
    found = answers_of_last_time(session, warning_statuses(session), session.needlings.all())
    return {warning.key: answer for warning, answer in found}


def page_of(session, **changed):
    """What save_draft takes of a page that shows the session as it is stored."""
    session = stored(session)
    rows = {"needlings": list(session.needlings.all()), "measurements": [], "events": []}
    rows["answers"] = list(session.warning_answers.all())
    return {"version": session.version, "token": uuid.uuid4(), "values": {}, **rows} | changed


def test_each_caution_of_last_time_gets_an_answer_of_its_own_by_this_person_now(today, last, physiotherapist):
    assert set(offered(today)) == {FAINTS, BOTH_SIDES}

    save_and_repeat_answers(today, by=physiotherapist, **page_of(today))

    before = {answer.key: answer for answer in last.warning_answers.filter(level="caution")}
    given = {answer.key: answer for answer in today.warning_answers.all()}
    assert given.keys() == before.keys() == {FAINTS, BOTH_SIDES}
    for key, answer in given.items():
        assert (answer.reason, answer.repeats, answer.acknowledged_by) == (REASON, before[key], physiotherapist)
        assert answer.acknowledged_at > before[key].acknowledged_at
        assert answer.pk != before[key].pk
    assert offered(today) == {}


def test_a_merge_is_not_undone_once_an_answer_repeats_one_of_the_other_record(
    last, patient, physiotherapist, front_desk
):
    kept = make_patient(by=front_desk, given_name="Rut")
    draft = start_session(kept, by=physiotherapist, session_id=uuid.uuid4())
    merge = ask_for_merge(kept, patient, by=front_desk, reason="Registered twice")
    details = {each.name: each.survivor for each in differences(kept, patient)[0]}
    merge = confirm_merge(merge, by=physiotherapist, proof="PIN", details=details)
    save_and_repeat_answers(draft, by=physiotherapist, **page_of(draft))
    assert draft.warning_answers.exclude(repeats=None).exists()

    with pytest.raises(ValidationError) as refused:
        undo_merge(merge, by=physiotherapist, reason="They are twins", proof="PIN")

    assert refused.value.code == "depends"


def test_the_page_sent_twice_answers_once(today, physiotherapist):
    page = page_of(today)

    for _ in range(2):
        save_and_repeat_answers(today, by=physiotherapist, **page)

    assert today.warning_answers.count() == 2


def test_a_caution_that_is_answered_already_keeps_its_answer(today, physiotherapist):
    found = {warning.key: warning for warning in safety.warnings_for(today, today.needlings.all())}
    own = make_answers([found[FAINTS]], reason="Sits today")

    save_and_repeat_answers(today, by=physiotherapist, **page_of(today, answers=own))

    given = {answer.key: (answer.reason, answer.repeats_id is None) for answer in today.warning_answers.all()}
    assert given == {FAINTS: ("Sits today", True), BOTH_SIDES: (REASON, False)}


@pytest.mark.parametrize(
    "changed", [{"depth_mm": 16}, {"technique": "static"}, {"location": "TrP2"}, {"side": "midline"}]
)
def test_a_caution_about_a_row_that_changed_is_not_offered(today, physiotherapist, changed):
    rows = list(today.needlings.all())
    for field, value in changed.items():
        setattr(rows[1], field, value)

    save_and_repeat_answers(today, by=physiotherapist, **page_of(today, needlings=rows))

    assert [answer.key for answer in today.warning_answers.all()] == [FAINTS]


def test_a_caution_with_other_words_is_not_offered(today, fainter, physiotherapist):
    screen(fainter, physiotherapist, fainting="Twice last month")

    assert set(offered(today)) == {BOTH_SIDES}


def test_a_row_that_was_corrected_since_is_not_as_it_was(today, last, physiotherapist):
    second = last.needlings.get(side="left")
    change = Change(Correction.Kind.CHANGE, Needling, second.pk, {"insertions": "3"})
    amend_session(
        last, by=physiotherapist, text="", reason="Counted again", proof="PIN", id=uuid.uuid4(), changes=[change]
    )

    assert set(offered(today)) == {FAINTS}


def test_only_the_latest_session_that_counts_is_last_time(today, last, patient, physiotherapist, rhomboid):
    rows = [make_needling(rhomboid)]
    between = make_signed(patient, by=physiotherapist, needlings=rows, days_ago=3)
    assert set(offered(today)) == {FAINTS}

    colleague = make_physiotherapist("d.okonkwo", first_name="Daniel", last_name="Okonkwo")
    mark = mark_in_error(between, by=physiotherapist, reason="Another patient", asked=colleague, proof="PIN")
    confirm_error_mark(mark, by=colleague, proof="PIN")

    assert set(offered(today)) == {FAINTS, BOTH_SIDES}


def test_different_answers_to_the_same_caution_are_not_offered(fainter, physiotherapist):
    """Two rows that are alike were answered differently, so nothing says which answer to give again."""
    shallow = make_muscle("infraspinatus", "Infraspinatus", max_depth_caution_mm=10)
    rows = [make_needling(shallow), make_needling(shallow)]
    draft = make_draft(fainter, by=physiotherapist, needlings=rows, days_ago=7)
    answers = make_answers(safety.warnings_for(draft, rows))
    for number, answer in enumerate(answers):
        answer.reason = f"Reason {number}"
    save_draft(draft, by=physiotherapist, **page_of(draft, answers=answers))
    sign_session(stored(draft), by=physiotherapist, proof="PIN")

    today = start_session(fainter, by=physiotherapist, session_id=uuid.uuid4())

    assert len(answers) == 3
    assert set(offered(today)) == {FAINTS}


def test_a_stop_is_never_answered_again(fainter, patient, physiotherapist):
    abdomen = make_muscle("rectus-abdominis", "Rectus abdominis", region="abdomen")
    screen(patient, physiotherapist, days_ago=100, pregnancy="", fainting="")
    colleague = make_physiotherapist("d.okonkwo", first_name="Daniel", last_name="Okonkwo")
    draft = make_draft(patient, by=physiotherapist, needlings=[make_needling(abdomen)], days_ago=7)
    found = safety.warnings_for(draft, draft.needlings.all())
    answers = make_answers(found, seconded_by=colleague)
    assert [answer.level for answer in answers].count("stop") == 1
    save_draft(draft, by=physiotherapist, **page_of(draft, answers=answers))
    agree_as(colleague, draft.warning_answers.get(level="stop"))
    sign_session(stored(draft), by=physiotherapist, proof="PIN")
    today = start_session(patient, by=physiotherapist, session_id=uuid.uuid4())

    save_and_repeat_answers(today, by=physiotherapist, **page_of(today))

    assert {answer.level for answer in today.warning_answers.all()} == {"caution"}
    assert [status.warning.level for status in warning_statuses(stored(today)) if status.is_open] == ["stop"]


def test_a_stop_that_repeats_an_answer_is_refused_by_the_database(today, last):
    words = {"key": "k", "title": "t", "sentence": "s", "source": "s", "level": "stop", "alone_reason": "Alone"}
    people = {"acknowledged_by": last.signed_by, "acknowledged_at": last.signed_at, "reason": "r"}

    with pytest.raises(IntegrityError), transaction.atomic():
        WarningAnswer.objects.create(session=today, repeats=last.warning_answers.first(), **words, **people)


def test_that_an_answer_repeats_another_is_sealed(today, physiotherapist):
    rows = list(today.needlings.all())
    for row in rows:
        row.insertions, row.twitch = 2, "no"
    draft = fill_draft(stored(today), by=physiotherapist, needlings=rows)
    WarningAnswer.objects.filter(session=draft).delete()
    save_and_repeat_answers(draft, by=physiotherapist, **page_of(draft))
    sign_session(stored(draft), by=physiotherapist, proof="PIN")
    assert list(tampered_sessions()) == []

    with unguarded():
        WarningAnswer.objects.filter(session=draft).update(repeats=None)

    assert len(list(tampered_sessions())) == 1


def test_the_page_offers_what_the_button_answers_and_marks_it(client, today, physiotherapist):
    client.force_login(physiotherapist)
    url = reverse("session_repeat_answers", args=[today.patient_id, today.pk])
    page = client.get(edit_url(today))
    assert {warning.key for warning, _ in page.context["repeatable"]} == {FAINTS, BOTH_SIDES}
    assert f'formaction="{url}"' in page.content.decode()

    answer = client.post(url, as_posted(today, note="Came by bicycle"))

    assert answer.status_code == 302
    assert stored(today).note == "Came by bicycle"
    again = client.get(edit_url(today))
    assert again.context["repeatable"] == []
    assert on_one_line(again).count(", as on ") == 2


def test_a_save_sends_the_offer_that_fits_the_rows_as_they_are(client, today, physiotherapist):
    client.force_login(physiotherapist)
    second = today.needlings.get(side="left")

    as_it_was = save(client, today).json()["repeatable"]
    deeper = save(client, today, **{f"needling-{second.pk}-depth_mm": "16"}).json()["repeatable"]

    assert as_it_was.count("<li>") == 2
    assert deeper.count("<li>") == 1
    assert "Both sides of the thorax" not in deeper
