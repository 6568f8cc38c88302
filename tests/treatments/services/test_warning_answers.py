"""Warnings on the session's page: shown beside the rows, answered, kept, asked again, and settled before signing."""

import uuid
from datetime import UTC, datetime, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from patients.models import ScreeningQuestion
from patients.services import revise_question
from tests.markup import on_one_line
from tests.patients.test_precautions import screen as answer_questions
from tests.people import make_physiotherapist
from tests.reference_data import have_questions
from tests.treatments.builders import agree_as, make_answers, make_draft, make_muscle, make_needling
from tests.treatments.pages import as_posted, edit_url, row, save, start
from treatments import safety
from treatments.models import Muscle, Needle, Needling, TreatmentSession, WarningAnswer, with_rows
from treatments.record import warnings as record_warnings
from treatments.services import hand_over_draft, save_draft, sign_session

pytestmark = pytest.mark.both_engines


def both_sides():
    """The fields of two new rows, right and left, near the lung."""
    rows = row(1, muscle="rhomboid-major", side="right") | row(2, muscle="rhomboid-major", side="left")
    return rows | {"needling": [str(uuid.UUID(int=number)) for number in (1, 2)]}


def abdomen():
    return row(1, muscle="rectus-abdominis")


def screen(patient, by, *, days_ago=0, **yes):
    """Screened with a yes to these questions: key=detail, or key=(detail, side, regions); None: not known."""
    have_questions()
    return answer_questions(patient, by, days_ago=days_ago, **yes)


def stored(session):
    return with_rows(TreatmentSession.objects).get(pk=session.pk)


def unanswered(session):
    return [status.warning for status in record_warnings.open_warnings(stored(session))]


def open_warnings(session):
    return {warning.key: warning for warning in unanswered(session)}


def name(warning, field):
    return f"warning-{warning.token}-{field}"


def missing_labels(answer):
    return [item["label"] for item in answer.json()["missing"]]


# On the page -------------------------------------------------------------------


def test_a_save_answers_with_the_warnings_of_its_rows_and_sends_each_only_once(client, draft):
    first = save(client, draft, **both_sides()).json()
    shown = [warning["token"] for warning in first["warnings"]]

    second = save(client, draft, warning=shown).json()

    caution = first["warnings"][0]
    assert [warning["row"] for warning in first["warnings"]] == [str(uuid.UUID(int=n)) for n in (2, 1, 2)]
    assert "Both sides of the thorax" in caution["html"]
    assert 'Source: <a class="fl-cite" href="/sources/#za-bn-121"' in caution["html"]
    assert {"label": "caution: Both sides of the thorax", "target": f"id_warning-{caution['token']}"} in first[
        "missing"
    ]
    assert [warning["token"] for warning in second["warnings"]] == shown
    assert [warning["html"] for warning in second["warnings"]] == ["", "", ""]


def test_a_usual_reason_and_more_words_are_kept_with_name_time_and_the_words_shown(client, draft, physiotherapist):
    save(client, draft, **both_sides())
    warning = open_warnings(draft)["thorax_both_sides"]

    answer = save(client, draft, **{name(warning, "usual"): "0", name(warning, "reason"): "thin needles"})

    kept = WarningAnswer.objects.get()
    assert "caution: Both sides of the thorax" not in missing_labels(answer)
    assert (kept.reason, kept.acknowledged_by, kept.level) == (
        "Superficial, tangential · thin needles",
        physiotherapist,
        "caution",
    )
    assert (kept.title, kept.sentence, kept.source) == (warning.title, warning.sentence, warning.source)
    assert kept.needling_id == uuid.UUID(int=2)
    assert timezone.now() - kept.acknowledged_at < timedelta(minutes=1)


def test_an_answer_is_there_when_the_page_is_opened_again(client, draft):
    save(client, draft, **both_sides())
    warning = open_warnings(draft)["thorax_both_sides"]
    save(client, draft, **{name(warning, "usual"): "1", name(warning, "reason"): "agreed"})

    posted = as_posted(draft)
    page = on_one_line(client.get(edit_url(draft)))

    assert (posted[name(warning, "usual")], posted[name(warning, "reason")]) == (["1"], ["agreed"])
    assert "“Not over the ribs · agreed” · Marit Solberg" in page
    assert "caution: Both sides" not in page


def test_an_answer_that_stays_keeps_its_time_and_one_taken_back_is_gone(client, draft):
    save(client, draft, **both_sides())
    warning = open_warnings(draft)["thorax_both_sides"]
    save(client, draft, **{name(warning, "usual"): "0"})
    before = WarningAnswer.objects.get()

    save(client, draft, note="Something else")
    assert WarningAnswer.objects.get().pk == before.pk
    save(client, draft, **{name(warning, "usual"): None})

    assert not WarningAnswer.objects.exists()
    assert "thorax_both_sides" in open_warnings(draft)


def test_a_row_that_changes_its_warning_asks_again(client, draft):
    save(client, draft, **both_sides())
    warning = open_warnings(draft)["thorax_both_sides"]
    save(client, draft, **{name(warning, "usual"): "0"})

    other = Muscle.objects.get(slug="levator-scapulae").pk
    answer = save(client, draft, **{f"needling-{uuid.UUID(int=2)}-muscle": other})

    assert not WarningAnswer.objects.exists()
    assert "caution: Both sides of the thorax" in missing_labels(answer)
    assert open_warnings(draft)["thorax_both_sides"].token != warning.token


def test_a_warning_goes_with_its_row(client, draft):
    save(client, draft, **both_sides())
    warning = open_warnings(draft)["thorax_both_sides"]
    save(client, draft, **{name(warning, "usual"): "0"})

    answer = save(client, draft, needling=[str(uuid.UUID(int=1))])

    assert not WarningAnswer.objects.exists()
    assert [warning["row"] for warning in answer.json()["warnings"]] == [str(uuid.UUID(int=1))]


def test_without_javascript_the_page_asks_after_saving_and_keeps_the_answer(client, draft):
    answer = save(client, draft, autosave=False, **both_sides())
    page = client.get(answer.url).content.decode()
    warning = open_warnings(draft)["thorax_both_sides"]
    assert f'name="{name(warning, "usual")}"' in page

    save(client, draft, autosave=False, **{name(warning, "reason"): "Far apart"})

    assert WarningAnswer.objects.get().reason == "Far apart"


def test_a_reason_too_long_gets_a_sentence_and_the_stored_one_stays(client, draft):
    save(client, draft, **both_sides())
    warning = open_warnings(draft)["thorax_both_sides"]
    save(client, draft, **{name(warning, "reason"): "Short"})

    answer = save(client, draft, **{name(warning, "reason"): "long " * 80})

    assert answer.status_code == 422
    assert list(answer.json()["errors"]) == [name(warning, "reason")]
    assert WarningAnswer.objects.get().reason == "Short"


@pytest.mark.parametrize("value", ["7", "x", "-1"])
def test_a_reason_that_is_no_choice_is_refused(client, draft, value):
    save(client, draft, **both_sides())
    warning = open_warnings(draft)["thorax_both_sides"]

    answer = save(client, draft, **{name(warning, "usual"): value})

    assert answer.status_code == 422
    assert not WarningAnswer.objects.exists()


def test_the_other_version_keeps_its_answer_and_a_difference_is_a_choice(client, draft):
    save(client, draft, **both_sides())
    warning = open_warnings(draft)["thorax_both_sides"]
    mine = as_posted(draft, warning=[warning.token], **{name(warning, "reason"): "mine"})
    save(client, draft, **{name(warning, "reason"): "theirs"})

    page = client.post(edit_url(draft), mine).content.decode()

    assert "Both sides of the thorax: other reason" in page
    chosen = {"choice-1": name(warning, "reason"), "resolve": "1", "version": stored(draft).version}
    client.post(edit_url(draft), mine | chosen | {"save_token": uuid.uuid4()})
    assert WarningAnswer.objects.get().reason == "theirs"


def test_an_answer_to_a_warning_that_my_page_did_not_show_is_not_lost(client, draft):
    save(client, draft, **both_sides())
    warning = open_warnings(draft)["thorax_both_sides"]
    mine = {n: v for n, v in as_posted(draft, note="mine").items() if not n.startswith("warning")}
    save(client, draft, **{name(warning, "reason"): "theirs"})

    chosen = {"resolve": "1", "version": stored(draft).version}
    client.post(edit_url(draft), mine | chosen)

    assert stored(draft).note == "mine"
    assert WarningAnswer.objects.get().reason == "theirs"


def test_what_was_answered_is_never_copied_to_the_next_visit(client, physiotherapist, patient, catalogue):
    rows = [make_needling(Muscle.objects.get(slug="rhomboid-major"), side=side) for side in ("left", "right")]
    sign_session(make_draft(patient, by=physiotherapist, days_ago=7, needlings=rows), by=physiotherapist, proof="PIN")
    client.force_login(physiotherapist)

    session = start(client, patient)

    assert session.needlings.count() == 2
    assert list(open_warnings(session)) == ["thorax_both_sides"]


# Stops -------------------------------------------------------------------------


@pytest.fixture
def pregnant(draft, patient, physiotherapist):
    screen(patient, physiotherapist, pregnancy="12 weeks")
    return draft


def stop_of(session):
    (found,) = (warning for warning in unanswered(session) if warning.is_stop)
    return found


def test_a_relative_stop_is_passed_with_a_reason_and_the_word_of_a_colleague(client, pregnant, other_physiotherapist):
    page = save(client, pregnant, **abdomen()).json()["warnings"][0]["html"]
    stop = stop_of(pregnant)
    colleague = other_physiotherapist.practitioner
    assert f'<option value="{colleague.pk}">Daniel Okonkwo</option>' in page
    assert "Marit Solberg" not in page

    answer = save(client, pregnant, **{name(stop, "reason"): "Far from it", name(stop, "second"): colleague.pk})

    kept = WarningAnswer.objects.get(level="stop")
    assert (kept.reason, kept.seconded_by) == ("Far from it", other_physiotherapist)
    assert "Pregnant: 12 weeks: waiting for Daniel Okonkwo to agree" in missing_labels(answer)
    agree_as(other_physiotherapist, kept)
    assert not [label for label in missing_labels(save(client, pregnant)) if label.startswith(("stop", "Pregnant"))]
    assert "with Daniel Okonkwo" in on_one_line(client.get(edit_url(pregnant)))


@pytest.mark.parametrize(
    ("fields", "field", "sentence"),
    [
        ({"reason": "Far from it"}, "second", "Choose the colleague you are asking to agree."),
        ({"second": "colleague"}, "reason", "Give the reason for continuing."),
        ({"reason": "Far from it", "second": "me"}, "second", "Choose one from the list."),
        ({"reason": "Far from it", "second": "gone"}, "second", "Choose one from the list."),
    ],
)
def test_half_an_answer_to_a_stop_gets_a_sentence(
    client, pregnant, physiotherapist, other_physiotherapist, fields, field, sentence
):
    gone = make_physiotherapist("t.walsh", first_name="Tom", last_name="Walsh").practitioner
    gone.is_active = False
    gone.save()
    people = {"colleague": other_physiotherapist.practitioner, "me": physiotherapist.practitioner, "gone": gone}
    save(client, pregnant, **abdomen())
    stop = stop_of(pregnant)

    typed = {name(stop, part): people[value].pk if value in people else value for part, value in fields.items()}
    answer = save(client, pregnant, **typed)

    assert answer.status_code == 422
    assert answer.json()["errors"] == {name(stop, field): [sentence]}
    assert not WarningAnswer.objects.filter(level="stop").exists()


def test_an_absolute_stop_takes_no_answer_whatever_is_posted(
    client, draft, patient, physiotherapist, other_physiotherapist
):
    screen(patient, physiotherapist, unwilling="")
    stop = stop_of(draft)
    colleague = other_physiotherapist.practitioner.pk

    save(client, draft, **{name(stop, "reason"): "It is fine", name(stop, "second"): colleague})

    assert not WarningAnswer.objects.exists()
    assert name(stop, "reason") not in client.get(edit_url(draft)).content.decode()


def test_a_draft_handed_to_the_colleague_who_seconded_asks_again(
    client, pregnant, admin, physiotherapist, other_physiotherapist
):
    save(client, pregnant, **abdomen())
    colleague, stop = other_physiotherapist.practitioner, stop_of(pregnant)
    save(client, pregnant, **{name(stop, "reason"): "Far from it", name(stop, "second"): colleague.pk})
    agree_as(other_physiotherapist, WarningAnswer.objects.get(level="stop"))
    assert "stop" not in {warning.level for warning in unanswered(pregnant)}

    hand_over_draft(stored(pregnant), by=physiotherapist, proof="PIN", to=colleague)

    assert stop_of(pregnant).key == "screened-pregnancy"


def test_a_lot_recalled_after_it_was_chosen_stops(client, draft, needle):
    save(client, draft, **row(1, muscle="soleus", needle=needle.pk))
    Needle.objects.update(recalled_on=timezone.localdate(), recall_reason="Packs not sterile")

    assert stop_of(draft).key == "lot_recalled"


# Before signing ----------------------------------------------------------------


def test_signing_refuses_what_is_not_answered_and_seals_what_is(physiotherapist, patient, front_desk):
    screen(patient, physiotherapist, bleeding="Aspirin")
    session = make_draft(patient, by=physiotherapist)
    WarningAnswer.objects.all().delete()

    with pytest.raises(ValidationError, match="Still missing: caution: Bleeds easily: Aspirin."):
        sign_session(session, by=physiotherapist, proof="PIN")

    answered = make_draft(patient, by=physiotherapist)
    signed = sign_session(answered, by=physiotherapist, proof="PIN")
    titles = [answer.title for answer in signed.warning_answers.all() if answer.reason]
    assert titles == ["Bleeds easily: Aspirin"]


@pytest.mark.parametrize("key", ["lymphoedema_area", "local_infection", "anticoag_deep", "bleeding", "pregnancy"])
def test_what_is_not_known_is_answered_before_signing(physiotherapist, patient, key):
    screen(patient, physiotherapist, **{key: None})
    session = make_draft(patient, by=physiotherapist)
    WarningAnswer.objects.all().delete()

    warning = open_warnings(session)[f"screened-{key}"]
    with pytest.raises(ValidationError, match=f"Still missing: caution: {warning.title}"):
        sign_session(session, by=physiotherapist, proof="PIN")

    assert (warning.level, warning.needling_id) == ("caution", None)
    assert warning.title.endswith(": not known")
    assert "Not known, and treated as yes until it is known." in warning.sentence
    assert "house rule without a clinical source" in warning.source
    assert ("The screening does not say where" in warning.sentence) == (key in ("lymphoedema_area", "local_infection"))


@pytest.mark.parametrize("key", ["unwilling", "no_capacity", "emergency"])
def test_what_is_not_known_of_an_absolute_contraindication_stops(client, draft, patient, physiotherapist, key):
    screen(patient, physiotherapist, **{key: None})

    stop = stop_of(draft)

    assert (stop.key, stop.needling_id, stop.may_be_answered) == (f"screened-{key}", None, False)


def test_a_pregnancy_not_known_stops_at_the_abdomen(client, draft, patient, physiotherapist):
    screen(patient, physiotherapist, pregnancy=None)

    save(client, draft, **abdomen())

    assert (stop_of(draft).title, stop_of(draft).colleague_may_agree) == ("Pregnant: not known", True)


def test_an_answer_to_what_is_not_known_is_none_once_it_is_known(physiotherapist, patient):
    screen(patient, physiotherapist, bleeding=None)
    session = make_draft(patient, by=physiotherapist)
    assert open_warnings(session) == {}

    screen(patient, physiotherapist, bleeding="")

    assert list(open_warnings(session)) == ["screened-bleeding"]


def test_signing_asks_again_when_the_patient_was_screened_anew(physiotherapist, patient):
    session = make_draft(patient, by=physiotherapist)
    screen(patient, physiotherapist, emergency="")

    with pytest.raises(ValidationError, match="stop: Emergency signs"):
        sign_session(session, by=physiotherapist, proof="PIN")


def test_what_is_learnt_after_the_day_of_the_visit_does_not_stop_its_record(physiotherapist, patient):
    session = make_draft(patient, by=physiotherapist, days_ago=2)
    screen(patient, physiotherapist, emergency="")

    assert sign_session(session, by=physiotherapist, proof="PIN").is_signed


def test_a_certificate_that_ran_out_is_answered_before_signing(physiotherapist, patient):
    practice = physiotherapist.practitioner
    practice.certificate_expires_on = timezone.localdate() - timedelta(days=1)
    practice.save()
    session = make_draft(patient, by=physiotherapist)

    assert [answer.key for answer in session.warning_answers.all()] == ["certificate"]
    assert sign_session(session, by=physiotherapist, proof="PIN").is_signed


def test_the_interval_of_the_clinic_looks_at_other_sessions_of_this_patient(physiotherapist, patient, settings):
    settings.SAME_REGION_MINIMUM_DAYS = 3
    sign_session(make_draft(patient, by=physiotherapist, days_ago=1), by=physiotherapist, proof="PIN")

    again = make_draft(patient, by=physiotherapist)

    assert [answer.key for answer in again.warning_answers.all()] == ["same_region"]


def test_the_interval_leaves_set_up_and_withdrawn_rows_alone(physiotherapist, patient, settings):
    settings.SAME_REGION_MINIMUM_DAYS = 3
    only_set_up = make_needling(make_muscle(), insertions=None)
    make_draft(patient, by=physiotherapist, days_ago=1, needlings=[only_set_up])

    assert not make_draft(patient, by=physiotherapist).warning_answers.exists()


def test_the_record_shows_what_was_answered_as_it_was_shown(admin, client, physiotherapist, patient):
    screen(patient, physiotherapist, bleeding="Aspirin")
    session = sign_session(make_draft(patient, by=physiotherapist), by=physiotherapist, proof="PIN")
    revise_question(ScreeningQuestion.objects.get(key="bleeding"), by=admin, alert="Reworded")
    client.force_login(physiotherapist)

    pages = [
        client.get(f"/patients/{patient.pk}/sessions/{session.pk}/{part}").content.decode() for part in ("", "print/")
    ]

    for page in pages:
        assert "Caution: Bleeds easily" in page
        assert "“Discussed, technique adapted”" in page
        assert 'Source: <a class="fl-cite" href="/sources/#za-bn-121"' in page


def test_a_draft_shows_what_is_not_answered(client, draft):
    save(client, draft, **both_sides())

    page = client.get(f"/patients/{draft.patient_id}/sessions/{draft.pk}/").content.decode()

    assert "Not answered." in page


# The database ------------------------------------------------------------------


def kept(session, **fields):
    words = {"key": "bleeding", "level": "caution", "title": "t", "sentence": "s", "source": "z", "reason": "r"}
    who = {"acknowledged_by": session.saved_by, "acknowledged_at": timezone.now()}
    return WarningAnswer(session=session, **(words | who | fields))


@pytest.mark.parametrize(
    "fields",
    [
        {"reason": ""},
        {"level": "stop"},
        {"level": "caution", "seconded": True},
        {"level": "stop", "self": True},
        {"level": "caution", "seconded_at": datetime(2026, 11, 3, 10, 12, tzinfo=UTC)},
    ],
)
def test_the_database_refuses_half_an_answer(physiotherapist, other_physiotherapist, patient, fields):
    session = make_draft(patient, by=physiotherapist)
    people = {"seconded": other_physiotherapist, "self": physiotherapist}
    second = next((people[name] for name in people if fields.pop(name, False)), None)

    with pytest.raises(IntegrityError), transaction.atomic():
        WarningAnswer.objects.bulk_create([kept(session, seconded_by=second, **fields)])


def test_a_warning_has_one_answer(physiotherapist, patient):
    session = make_draft(patient, by=physiotherapist)
    row_id = Needling.objects.get().pk
    for about in (None, row_id):
        kept(session, needling_id=about).save()

        with pytest.raises(IntegrityError), transaction.atomic():
            kept(session, needling_id=about).save()


def test_save_draft_refuses_the_author_as_second_person(physiotherapist, patient, other_physiotherapist, catalogue):
    screen(patient, physiotherapist, pregnancy="")
    rows = [make_needling(Muscle.objects.get(slug="rectus-abdominis"))]
    session = make_draft(patient, by=physiotherapist, needlings=rows)
    answers = make_answers(safety.warnings_for(session, rows), seconded_by=physiotherapist)
    unchanged = {"values": {}, "needlings": rows, "measurements": [], "events": []}

    with pytest.raises(ValidationError, match="other than yourself"):
        save_draft(
            session, by=physiotherapist, version=session.version, token=uuid.uuid4(), answers=answers, **unchanged
        )


def test_a_page_with_answers_asks_a_constant_number_of_queries(client, draft, patient, physiotherapist, settings):
    """Precautions, past events, answers, an interval: whatever is asked, the page of a visit costs no more."""
    settings.SAME_REGION_MINIMUM_DAYS = 2
    screen(patient, physiotherapist, bleeding="", fainting="", anticoag_deep="")
    save(client, draft, **both_sides())
    warnings = unanswered(draft)
    save(client, draft, **{name(warning, "usual"): "0" for warning in warnings})
    assert WarningAnswer.objects.count() == 4
    data = as_posted(draft, note="More")

    # Two are for depth: the patient’s build, and the reviews of its rules. One is for the last visit, two: protocols.
    assert _queries(lambda: client.get(edit_url(draft))) == 25
    assert _queries(lambda: client.post(edit_url(draft), data, headers={"X-Autosave": "1"})) == 17


def _queries(ask):
    with CaptureQueriesContext(connection) as context:
        assert ask().status_code == 200
    return len(context)


def test_another_physiotherapist_answers_nothing(draft, client, other_physiotherapist):
    save(client, draft, **both_sides())
    warning = open_warnings(draft)["thorax_both_sides"]
    other = Client()
    other.force_login(other_physiotherapist)

    answer = save(other, draft, **{name(warning, "usual"): "0"})

    assert answer.status_code == 409
    assert not WarningAnswer.objects.exists()
