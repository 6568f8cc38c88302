"""Consent: what the services and the database refuse, and when a consent is valid."""

import re
import uuid
from datetime import UTC, date, datetime, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction
from django.utils import timezone
from django.utils.formats import date_format

from patients.consents import consent_hash, consent_state, current_form
from patients.models import Consent, ConsentForm, TrailEntry
from patients.services import draft_form, give_consent, publish_form, record_refusal, withdraw_consent
from patients.services.once import OtherContent
from tests import people

from .builders import STROKES, agree, consent_verbally, decline, make_form

pytestmark = pytest.mark.both_engines

TEXTS = [field for field, _ in ConsentForm.SECTIONS]


@pytest.fixture
def form(db):
    return make_form()


@pytest.fixture
def child(front_desk):
    today = timezone.localdate()
    return people.make_patient(by=front_desk, given_name="Tom", born_on=today.replace(year=today.year - 10, day=1))


def next_form(admin, *, days_ago=0):
    form = draft_form(by=admin, title="Consent to dry needling", **dict.fromkeys(TEXTS, "Other words."))
    return publish_form(form, by=admin, published_at=timezone.now() - timedelta(days=days_ago))


def today():
    return timezone.localdate()


# The form ----------------------------------------------------------------------


def test_the_form_has_every_section_and_its_sources(form):
    assert (form.version, form.published_by) == (1, None)
    assert all(getattr(form, field) for field in TEXTS)
    assert "7,629 treatments" in form.common_effects
    assert "[@brady-2014]" in form.source
    assert "\\" not in "".join(getattr(form, field) for field in TEXTS)


def test_loading_the_form_again_changes_nothing(form, admin):
    newest = next_form(admin)

    call_command("load_consent_form", verbosity=0)

    assert list(ConsentForm.objects.all()) == [newest, form]


def test_a_clinic_with_its_first_form_gets_the_new_one_as_a_draft_once(admin, patient, physiotherapist):
    first = draft_form(by=admin, title="Ours", **dict.fromkeys(TEXTS, "Old words."))
    first = publish_form(first, by=admin)
    consent = agree(patient, by=physiotherapist)

    call_command("load_consent_form", verbosity=0)
    call_command("load_consent_form", verbosity=0)

    draft, kept = ConsentForm.objects.all()
    assert (draft.version, draft.published_at, kept.nature) == (2, None, "Old words.")
    assert current_form() == first
    publish_form(draft, by=admin)
    consent.refresh_from_db()
    assert consent.content_hash == consent_hash(consent)
    assert consent.sections[0][2] == "Old words."


def test_the_form_names_risks_with_figures_of_both_surveys(form):
    for number in ("7,629", "20,494", "1 treatment in 1,000"):
        assert number in form.common_effects + form.serious_risks
    assert {"[@brady-2014]", "[@boyce-2020]"} <= set(re.findall(r"\[@[^]]+\]", form.source))
    assert "additional training" not in form.training


def test_the_form_is_loaded_with_its_first_day_of_use(db):
    call_command("load_consent_form", published_on=date(2026, 1, 15), verbosity=0)

    assert timezone.localdate(current_form().published_at) == date(2026, 1, 15)


def test_the_form_is_not_published_in_the_future(db):
    with pytest.raises(CommandError, match="in the future"):
        call_command("load_consent_form", published_on=today() + timedelta(days=1), verbosity=0)

    assert not ConsentForm.objects.exists()


def test_the_section_on_the_lung_is_only_for_regions_near_it(form):
    assert "thorax" not in [field for field, *_ in form.sections(["low_back", "thigh"])]
    assert "thorax" in [field for field, *_ in form.sections(["low_back", "shoulder"])]
    assert "thorax" in [field for field, *_ in form.sections()]


@pytest.mark.parametrize("change", ["save", "update", "raw"])
def test_a_published_form_never_changes(form, change):
    with pytest.raises(IntegrityError, match="consent_form_frozen"), transaction.atomic():
        if change == "save":
            form.nature = "Harmless."
            form.save()
        elif change == "update":
            ConsentForm.objects.update(nature="Harmless.")
        else:
            with connection.cursor() as cursor:
                cursor.execute("UPDATE patients_consentform SET nature = 'Harmless.'")

    assert ConsentForm.objects.get().nature.startswith("A thin")


def test_a_draft_is_not_the_current_form(form, admin, patient, physiotherapist):
    draft = draft_form(by=admin, title="Next", **dict.fromkeys(TEXTS, "Other words."))

    assert (draft.version, current_form()) == (2, form)
    with pytest.raises(ValidationError, match="newer version"):
        agree(patient, by=physiotherapist, form=draft)


def test_a_form_is_published_once_and_in_order(form, admin):
    older = draft_form(by=admin, title="Two", **dict.fromkeys(TEXTS, "Two."))
    newer = draft_form(by=admin, title="Three", **dict.fromkeys(TEXTS, "Three."))
    publish_form(newer, by=admin)

    with pytest.raises(ValidationError, match="already published"):
        publish_form(newer, by=admin)
    with pytest.raises(ValidationError, match="newer version"):
        publish_form(older, by=admin)
    assert current_form() == newer


# Consenting --------------------------------------------------------------------


def test_a_written_consent_keeps_who_explained_and_the_drawing(form, patient, physiotherapist):
    consent = agree(patient, by=physiotherapist, scope=["neck", "shoulder"], training="81 hours")

    consent.refresh_from_db()
    assert (consent.form, consent.explained_by, consent.training) == (form, physiotherapist, "81 hours")
    assert consent.scope_labels == ["Neck", "Shoulder"]
    assert consent.signature == STROKES
    assert consent.signature_path == "M40 100 L60 40 L80 100 M90 70 L140 65"
    assert consent.content_hash == consent_hash(consent)


def test_a_spoken_consent_has_no_signature(form, patient, physiotherapist):
    consent = consent_verbally(patient, by=physiotherapist)

    assert (consent.signature, consent.signed_name, consent.explained_by) == (None, "", physiotherapist)
    assert consent_state(patient, on=today()).is_valid


@pytest.mark.parametrize("changed", ["scope", "signature", "signed_name", "training", "given_at", "method"])
def test_the_hash_covers_what_was_agreed(form, patient, physiotherapist, changed):
    consent = agree(patient, by=physiotherapist)
    other = {"scope": ["neck"], "signature": [[[1, 1], [2, 2]]], "given_at": timezone.now()}

    setattr(consent, changed, other.get(changed, "x"))

    assert consent_hash(consent) != consent.content_hash


def test_a_consent_sent_twice_with_one_id_is_stored_once(form, patient, physiotherapist):
    consent_id = uuid.uuid4()

    first = agree(patient, by=physiotherapist, consent_id=consent_id)
    second = agree(patient, by=physiotherapist, consent_id=consent_id, scope=["neck"])

    assert first == second
    assert Consent.objects.get().covers_everything


def test_an_id_of_another_patient_is_refused(form, patient, child, physiotherapist):
    consent_id = agree(patient, by=physiotherapist).pk

    with pytest.raises(OtherContent):
        agree(child, by=physiotherapist, consent_id=consent_id)


REFUSED = {
    "no region": ({"scope": []}, "at least one region"),
    "a region that is none": ({"scope": ["wing"]}, "from the list"),
    "not explained": ({"explained": ["nature"]}, "Serious risks"),
    "explained what is none": ({"explained": [*Consent.NEEDED_POINTS, "magic"]}, "Tick the points"),
    "no name": ({"signed_name": ""}, "signature or a witness"),
    "no drawing": ({"signature": None}, "signature or a witness"),
    "no witness": ({"signing": "witnessed", "signature": None}, "signature or a witness"),
    "no way of signing": ({"signing": ""}, "signature or a witness"),
    "spoken and signed": ({"method": "verbal"}, "signature or a witness"),
    "a guardian of no kind": ({"guardian_name": "Ola"}, "their relationship"),
    "in the future": ({"given_at": timezone.now() + timedelta(days=9000)}, "future"),
    "a drawing of one point": ({"signature": [[[1, 1]]]}, "signature is not valid"),
    "a drawing outside the pad": ({"signature": [[[1, 1], [601, 1]]]}, "signature is not valid"),
    "a drawing of words": ({"signature": "Ruth"}, "signature is not valid"),
    "a drawing of halves": ({"signature": [[[1.5, 1], [2, 2]]]}, "signature is not valid"),
    "a drawing of truths": ({"signature": [[[True, 1], [2, 2]]]}, "signature is not valid"),
    "a drawing without end": ({"signature": [[[1, 1]] * 7000]}, "signature is not valid"),
}


@pytest.mark.parametrize(("fields", "sentence"), REFUSED.values(), ids=REFUSED)
def test_an_invalid_consent_is_refused(form, patient, physiotherapist, fields, sentence):
    with pytest.raises(ValidationError, match=sentence):
        agree(patient, by=physiotherapist, **fields)

    assert not Consent.objects.exists()


def test_a_guardian_consents_for_a_child(form, child, physiotherapist):
    with pytest.raises(ValidationError, match="parent or guardian"):
        agree(child, by=physiotherapist, guardian_name="", guardian_relationship="")

    consent = agree(child, by=physiotherapist)

    assert (consent.guardian_name, consent.guardian_relationship) == ("Ola Mensah", "Mother")


def test_a_pregnant_patient_must_consent_in_writing(form, questions, patient, physiotherapist):
    from .test_precautions import screen

    screen(patient, physiotherapist, pregnancy="12 weeks")

    with pytest.raises(ValidationError, match="in writing as well"):
        consent_verbally(patient, by=physiotherapist)
    with pytest.raises(ValidationError, match="as well as spoken"):
        agree(patient, by=physiotherapist)
    assert agree(patient, by=physiotherapist, method="both").signed_name


@pytest.mark.parametrize(
    ("fields", "reason"), [({"died_on": date(2020, 1, 1)}, "has died"), ({"is_active": False}, "not active")]
)
def test_a_consent_for_an_untreatable_patient_is_refused(form, patient, physiotherapist, fields, reason):
    for name, value in fields.items():
        setattr(patient, name, value)
    patient.save()

    with pytest.raises(ValidationError, match=reason):
        agree(patient, by=physiotherapist)


# What the database refuses --------------------------------------------------------


@pytest.mark.parametrize(
    "fields",
    [
        {"method": "verbal"},
        {"signature": None},
        {"signed_name": ""},
        {"signing": ""},
        {"signing": "typed"},
        {"signing": "witnessed", "signature": None},
        {"guardian_name": "Ola"},
        {"guardian_relationship": "Mother"},
        {"withdrawn_at": timezone.now()},
        {"withdrawal_reason": "Fear"},
        {"content_hash": ""},
        {"scope": []},
        {"explained": []},
        {"refusal_words": "No needles"},
        {"offered_instead": "Exercise"},
        {"method": "declined", "scope": []},
    ],
)
def test_the_database_refuses_invalid_consents(form, patient, physiotherapist, fields):
    values = {"method": "written", "scope": ["neck"], "signing": "drawn", "signed_name": "R", "signature": STROKES}
    values |= {"explained": ["nature"], "content_hash": "0" * 64} | fields

    with pytest.raises(IntegrityError), transaction.atomic():
        Consent.objects.bulk_create([Consent(patient=patient, form=form, explained_by=physiotherapist, **values)])


@pytest.mark.parametrize(
    "change",
    [
        lambda c: Consent.objects.update(scope=["neck"]),
        lambda c: Consent.objects.update(signed_name="Somebody else"),
        lambda c: Consent.objects.filter(pk=c.pk)._raw_delete("default"),
        lambda c: Consent.objects.bulk_update([_renamed(c)], ["signed_name"]),
        lambda c: _renamed(c).save(),
        lambda c: c.delete(),
        lambda c: Consent.objects.update(refusal_words="I never said so"),
    ],
)
@pytest.mark.parametrize("answer", [agree, decline])
def test_a_consent_never_changes(form, patient, physiotherapist, change, answer):
    consent = answer(patient, by=physiotherapist)

    with pytest.raises(IntegrityError, match="consent_frozen"), transaction.atomic():
        change(consent)


def _renamed(consent):
    consent.signed_name = "Somebody else"
    return consent


def test_a_withdrawal_cannot_be_undone(form, patient, physiotherapist):
    consent = withdraw_consent(
        agree(patient, by=physiotherapist), by=physiotherapist, proof="PIN", reason="Afraid after a faint"
    )

    with pytest.raises(ValidationError, match="already"):
        withdraw_consent(consent, by=physiotherapist, proof="PIN", reason="Again")
    with pytest.raises(IntegrityError, match="consent_withdrawn_frozen"), transaction.atomic():
        Consent.objects.update(withdrawn_at=None, withdrawn_by=None, withdrawal_reason="")


def test_a_withdrawal_needs_a_reason(form, patient, physiotherapist):
    consent = agree(patient, by=physiotherapist)

    with pytest.raises(ValidationError, match="Enter the reason"):
        withdraw_consent(consent, by=physiotherapist, proof="PIN", reason="  ")

    consent.refresh_from_db()
    assert consent.withdrawn_at is None


# Declining --------------------------------------------------------------------------


def test_a_refusal_stores_what_was_explained_by_whom_and_the_words_of_the_patient(form, patient, physiotherapist):
    values = {"explained": ["nature", "alternatives"], "refusal_words": "No needles", "offered_instead": "Exercise"}

    refusal = record_refusal(patient, by=physiotherapist, form=form, training="81 hours", **values)

    refusal.refresh_from_db()
    assert (refusal.is_declined, refusal.explained_by, refusal.training) == (True, physiotherapist, "81 hours")
    assert {name: getattr(refusal, name) for name in values} == values
    assert (refusal.scope, refusal.signing, refusal.signature, refusal.witness_name) == ([], "", None, "")
    assert refusal.content_hash == consent_hash(refusal)
    assert str(refusal) == f"Declined, {today()}"


def test_a_refusal_needs_no_words_and_no_explained_point(form, patient, child, physiotherapist):
    for whoever in (patient, child):
        assert decline(whoever, by=physiotherapist, explained=[]).is_declined


def test_the_form_of_a_refusal_has_the_section_on_the_lung(form, patient, physiotherapist):
    assert "thorax" in [field for field, *_ in decline(patient, by=physiotherapist).sections]


def test_a_refusal_is_in_the_audit_trail(form, patient, physiotherapist):
    refusal = decline(patient, by=physiotherapist, refusal_words="No needles")

    entry = TrailEntry.objects.get(record_type="consent", record_id=str(refusal.pk))
    assert (entry.action, entry.by, entry.patient) == ("create", physiotherapist, patient)
    assert entry.changes["method"] == [None, "declined"]
    assert entry.changes["refusal_words"] == [None, "No needles"]


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"signing": "typed", "signed_name": "Ruth"}, "signature or a witness"),
        ({"witness_name": "Jo"}, "signature or a witness"),
        ({"signature": STROKES}, "signature or a witness"),
        ({"explained": ["magic"]}, "Tick the points"),
        ({"refusal_words": "n" * 501}, "at most 500"),
        ({"guardian_name": "Ola"}, "their relationship"),
        ({"given_at": timezone.now() + timedelta(days=9000)}, "future"),
    ],
)
def test_an_invalid_refusal_is_refused(form, patient, physiotherapist, fields, sentence):
    with pytest.raises(ValidationError, match=sentence):
        decline(patient, by=physiotherapist, **fields)

    assert not Consent.objects.exists()


def test_a_refusal_of_an_old_version_of_the_form_is_refused(form, patient, physiotherapist, admin):
    next_form(admin)

    with pytest.raises(ValidationError, match="newer version"):
        decline(patient, by=physiotherapist, form=form)


def test_give_consent_refuses_the_method_declined(form, patient, physiotherapist):
    with pytest.raises(ValidationError):
        agree(patient, by=physiotherapist, method="declined", signing="", signed_name="", signature=None)


def test_a_refusal_sent_twice_with_one_id_is_stored_once(form, patient, physiotherapist):
    consent_id = uuid.uuid4()

    first = decline(patient, by=physiotherapist, consent_id=consent_id)
    second = decline(patient, by=physiotherapist, consent_id=consent_id, refusal_words="No")

    assert first == second
    assert Consent.objects.get().refusal_words == ""


@pytest.mark.parametrize(("first", "second"), [(agree, decline), (decline, agree)])
def test_one_id_cannot_be_both_a_consent_and_a_refusal(form, patient, physiotherapist, first, second):
    kept = first(patient, by=physiotherapist, consent_id=uuid.uuid4())

    with pytest.raises(OtherContent):
        second(patient, by=physiotherapist, consent_id=kept.pk)

    assert Consent.objects.get() == kept


@pytest.mark.parametrize(
    "changed", ["explained", "refusal_words", "offered_instead", "training", "given_at", "method", "guardian_name"]
)
def test_the_hash_covers_what_was_declined(form, patient, physiotherapist, changed):
    refusal = decline(patient, by=physiotherapist, refusal_words="No needles", offered_instead="Exercise")
    other = {"explained": ["nature"], "refusal_words": "", "given_at": timezone.now()}

    setattr(refusal, changed, other.get(changed, "x"))

    assert consent_hash(refusal) != refusal.content_hash


def test_hashes_of_consents_from_before_refusals_are_unchanged():
    """A hash computed by the version of 25 November 2026."""
    texts = {field: f"Of {field}." for field in TEXTS}
    consent = Consent(
        id=uuid.UUID(int=7),
        patient_id=3,
        form=ConsentForm(id=2, **texts),
        method="written",
        scope=["neck", "shoulder"],
        explained=Consent.NEEDED_POINTS,
        training="81 hours",
        given_at=datetime(2026, 11, 25, 9, 30, tzinfo=UTC),
        explained_by_id=5,
        signing="drawn",
        signed_name="Ruth Adeyemi",
        signature=STROKES,
    )

    assert consent_hash(consent) == "5d59803f2a04dd7ed15a43d65b6911a1064fdfa165447de4f44b11d485edff28"


def test_hashes_of_refusals_of_the_released_version_are_unchanged():
    """Hashes computed by the version of 28 November 2026."""
    texts = {field: f"Of {field}." for field in TEXTS}
    refusal = Consent(
        id=uuid.UUID(int=7),
        patient_id=3,
        form=ConsentForm(id=2, **texts),
        method="declined",
        scope=[],
        explained=["nature"],
        given_at=datetime(2026, 11, 25, 9, 30, 0, 5, tzinfo=UTC),
        explained_by_id=5,
        guardian_name="Zoë Adeyemi",
        guardian_relationship="mother",
        refusal_words="“No needles”",
        offered_instead="Exercise",
    )

    assert consent_hash(refusal) == "b93f8125d38f94c4e785d3bd4393a3f6d427f19eb266d8fdf2441f696d7f2c6f"


def test_a_refusal_cannot_be_withdrawn(form, patient, physiotherapist):
    refusal = decline(patient, by=physiotherapist)
    withdrawn = {"withdrawn_at": timezone.now(), "withdrawn_by": physiotherapist, "withdrawal_reason": "Agrees now"}
    withdrawn["withdrawal_proved_by_means"] = "PIN"

    with pytest.raises(ValidationError, match="no consent to withdraw"):
        withdraw_consent(refusal, by=physiotherapist, proof="PIN", reason="Agrees now")
    with pytest.raises(IntegrityError, match="consent_agreed_or_declined"), transaction.atomic():
        Consent.objects.filter(pk=refusal.pk).update(**withdrawn)


@pytest.mark.parametrize(
    "fields",
    [
        {"scope": ["neck"]},
        {"signing": "drawn", "signed_name": "R", "signature": STROKES},
        {"signature": STROKES},
        {"signed_name": "R"},
        {"witness_name": "Jo"},
        {"signing": "witnessed", "witness_name": "Jo"},
        {"guardian_name": "Ola"},
        {"content_hash": ""},
        {"withdrawal_reason": "Agrees now"},
    ],
)
def test_the_database_refuses_invalid_refusals(form, patient, physiotherapist, fields):
    values = {"method": "declined", "scope": [], "content_hash": "0" * 64} | fields

    with pytest.raises(IntegrityError), transaction.atomic():
        Consent.objects.bulk_create([Consent(patient=patient, form=form, explained_by=physiotherapist, **values)])


# When it is valid-----------------------------------------------------------------


def sentence_of(patient, day, **asked):
    """What is wrong with the consent; empty if it is valid."""
    return consent_state(patient, on=day, **asked).sentence


def test_without_a_consent_the_state_is_invalid(form, patient):
    assert sentence_of(patient, today()) == "No consent yet. Explain dry needling and ask for consent first."


def test_a_consent_is_valid_from_its_day_for_the_days_of_the_setting(form, patient, physiotherapist, settings):
    settings.CONSENT_VALID_DAYS = 90
    agree(patient, by=physiotherapist)

    assert sentence_of(patient, today() - timedelta(days=1)).startswith("No consent yet")
    assert sentence_of(patient, today()) == ""
    assert sentence_of(patient, today() + timedelta(days=90)) == ""
    assert "older than 90 days" in sentence_of(patient, today() + timedelta(days=91))


def test_a_withdrawn_consent_is_invalid_from_that_day(form, patient, physiotherapist):
    consent = agree(patient, by=physiotherapist, given_at=timezone.now() - timedelta(days=9))
    withdraw_consent(consent, by=physiotherapist, proof="PIN", reason="Afraid")

    assert sentence_of(patient, today() - timedelta(days=1)) == ""
    assert sentence_of(patient, today()).startswith("Consent was withdrawn on")


def test_an_older_consent_is_not_valid_again_after_a_withdrawal(form, patient, physiotherapist):
    agree(patient, by=physiotherapist, given_at=timezone.now() - timedelta(days=9))
    withdraw_consent(agree(patient, by=physiotherapist), by=physiotherapist, proof="PIN", reason="Afraid")

    assert sentence_of(patient, today()).startswith("Consent was withdrawn on")


def test_a_new_consent_is_valid_after_a_withdrawal(form, patient, physiotherapist):
    withdraw_consent(agree(patient, by=physiotherapist), by=physiotherapist, proof="PIN", reason="Afraid")
    again = agree(patient, by=physiotherapist)

    assert sentence_of(patient, today()) == ""
    assert consent_state(patient, on=today()).consent == again


def test_a_refusal_makes_the_state_invalid_from_its_day(form, patient, physiotherapist):
    agree(patient, by=physiotherapist, given_at=timezone.now() - timedelta(days=9))
    decline(patient, by=physiotherapist, given_at=timezone.now() - timedelta(days=2))
    day = today() - timedelta(days=2)

    assert sentence_of(patient, day - timedelta(days=1)) == ""
    for later in (day, today(), today() + timedelta(days=999)):
        assert sentence_of(patient, later) == (
            f"The patient declined dry needling on {date_format(day, 'j M Y')}."
            " Do not needle until the patient gives consent."
        )


def test_a_new_consent_is_valid_after_a_refusal(form, patient, physiotherapist):
    decline(patient, by=physiotherapist)
    again = agree(patient, by=physiotherapist)

    assert sentence_of(patient, today()) == ""
    assert consent_state(patient, on=today()).consent == again


def test_a_refusal_counts_even_if_the_consent_before_it_is_withdrawn_later(form, patient, physiotherapist):
    consent = agree(patient, by=physiotherapist)
    decline(patient, by=physiotherapist)
    withdraw_consent(consent, by=physiotherapist, proof="PIN", reason="Afraid")

    assert sentence_of(patient, today()).startswith("The patient declined dry needling on")


def test_a_new_version_of_the_form_needs_a_new_consent_from_the_next_day(form, patient, physiotherapist, admin):
    agree(patient, by=physiotherapist)
    next_form(admin)

    assert sentence_of(patient, today()) == ""
    assert "newer version (2)" in sentence_of(patient, today() + timedelta(days=1))


def test_a_new_region_needs_a_new_consent(form, patient, physiotherapist):
    agree(patient, by=physiotherapist, scope=["neck"])

    assert sentence_of(patient, today(), regions=["neck"]) == ""
    assert sentence_of(patient, today(), regions={"neck", "chest", "shoulder"}) == (
        "The consent does not cover: Shoulder, Chest. Ask again."
    )


def test_another_therapist_needs_a_new_consent_if_the_setting_says_so(
    form, patient, physiotherapist, other_physiotherapist, settings
):
    agree(patient, by=physiotherapist)

    assert sentence_of(patient, today(), by=other_physiotherapist) == ""
    settings.CONSENT_BY_SAME_THERAPIST = True
    assert sentence_of(patient, today(), by=other_physiotherapist) == (
        "Marit Solberg explained it. You must explain it and ask for consent yourself."
    )
    assert sentence_of(patient, today(), by=physiotherapist) == ""


def test_a_guardians_consent_ends_with_the_sixteenth_birthday(form, front_desk, physiotherapist):
    birthday = today() + timedelta(days=30)
    child = people.make_patient(by=front_desk, given_name="Tom", born_on=birthday.replace(year=birthday.year - 16))
    agree(child, by=physiotherapist)

    assert consent_state(child, on=birthday - timedelta(days=1)).is_valid
    assert consent_state(child, on=birthday).sentence == (
        "A guardian gave consent. The patient is now 16 or older and must consent personally."
    )


def test_the_state_needs_one_query(form, patient, physiotherapist, django_assert_num_queries):
    for _ in range(3):
        agree(patient, by=physiotherapist)

    with django_assert_num_queries(1):
        state = consent_state(patient, on=today(), regions=["neck"])
        assert (state.consent.form.version, state.consent.explained_by.first_name) == (1, "Marit")


def test_a_form_that_nobody_published_is_refused(patient, physiotherapist):
    with pytest.raises(ValidationError):
        give_consent(patient, by=physiotherapist, form=ConsentForm(version=1), method="verbal", scope=["neck"])
