"""Reviews of published facts: recorded, shown, shared between clinics."""

import json
from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.db import DatabaseError, transaction
from django.utils import timezone

from clinic.roles import REVIEWER
from patients.models import ConsentForm, ScreeningQuestion
from patients.models.condition import conditions
from tests import people
from tests.treatments.builders import make_muscle
from treatments.evidence.exchange import FORMAT, as_json
from treatments.evidence.groups import muscle_groups
from treatments.evidence.not_needled import never_needled, not_needled
from treatments.evidence.registry import KINDS, facts_of
from treatments.evidence.reviews import reviews_in_force, with_reviews
from treatments.forms.fact_reviews import LONGEST_CORRECTION
from treatments.models import FactReview, Muscle
from treatments.services import import_fact_reviews, review_fact
from treatments.templatetags.evidence import groups_of_muscles, not_needled_words

pytestmark = pytest.mark.both_engines
AGREED = {"verdict": "agreed", "qualification": "Physiotherapist, MSc"}
PAGE, IMPORT = "/facts/review/", "/facts/reviews/import/"


@pytest.fixture
def reviewer(db):
    return people.make_user("r.osei", role=REVIEWER, first_name="Rosa", last_name="Osei")


@pytest.fixture
def fact():
    return facts_of("depth")[0]


def decide(fact, by, **said):
    return review_fact(fact.fact_key, by=by, fingerprint=fact.fingerprint, **(AGREED | said))


def shown(fact):
    return with_reviews([fact], reviews_in_force())[0]


def test_the_latest_decision_about_the_same_words_is_in_force(reviewer, fact):
    decide(fact, reviewer)
    decide(fact, reviewer, verdict="corrected", correction="Skin to lung: 40 mm.", basis="[@chu-2018-gb21]")

    now = shown(fact)

    assert (now.words, now.citation) == ("Skin to lung: 40 mm.", "[@chu-2018-gb21]")
    assert (now.review.reviewer_name, now.review.qualification) == ("Rosa Osei", "Physiotherapist, MSc")
    assert FactReview.objects.count() == 2


def test_changed_words_are_not_reviewed(reviewer, fact):
    with pytest.raises(ValidationError):
        review_fact(fact.fact_key, by=reviewer, fingerprint="of other words", **AGREED)

    assert not shown(fact).is_reviewed


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"verdict": "withdrawn"}, "basis"),
        ({"verdict": "corrected", "basis": "A paper"}, "correction"),
        ({"qualification": " "}, "qualification"),
        ({"verdict": "perhaps"}, "verdict"),
    ],
)
def test_an_incomplete_review_is_refused(reviewer, fact, said, field):
    with pytest.raises(ValidationError) as refusal:
        decide(fact, reviewer, **said)

    assert field in refusal.value.error_dict


def test_the_database_refuses_to_change_a_review(reviewer, fact):
    rows = FactReview.objects.filter(pk=decide(fact, reviewer).pk)

    for write in (rows.delete, lambda: rows.update(verdict="withdrawn", basis="x")):
        with pytest.raises(DatabaseError), transaction.atomic():
            write()


def test_an_entry_of_the_catalogue_is_marked_and_loses_its_mark_when_it_is_withdrawn(reviewer):
    muscle = make_muscle(source="[@za-bn-121]")
    fact = next(fact for fact in facts_of("muscle") if fact.entry == muscle)
    decide(fact, reviewer)
    agreed = Muscle.objects.get(pk=muscle.pk)

    decide(fact, reviewer, verdict="withdrawn", basis="Another muscle")

    assert (agreed.reviewed_by, agreed.is_reviewed) == (reviewer, True)
    assert Muscle.objects.get(pk=muscle.pk).reviewed_at is None


# The pages ----------------------------------------------------------------------


def test_a_reviewer_goes_through_the_facts_one_after_the_other(client, reviewer):
    client.force_login(reviewer)
    first, second = facts_of("depth")[:2]
    page = client.get(PAGE)
    form = page.context["form"]
    posted = {"id": form["id"].value(), "fingerprint": form["fingerprint"].value()} | AGREED

    answer = client.post(PAGE, posted, follow=True)

    assert page.context["shown"].fact == first
    assert answer.context["shown"].fact == second
    assert answer.context["form"]["qualification"].value() == "Physiotherapist, MSc"
    assert shown(first).review.verdict == "agreed"


def test_a_refused_review_keeps_what_was_typed(client, reviewer, fact):
    client.force_login(reviewer)

    answer = client.post(PAGE, {"verdict": "withdrawn", "fingerprint": fact.fingerprint, "qualification": "PT"})

    assert answer.status_code == 422
    assert answer.context["form"]["qualification"].value() == "PT"
    assert not FactReview.objects.exists()


def test_the_list_counts_what_is_unreviewed_by_kind(client, reviewer, physiotherapist, fact):
    decide(fact, reviewer)
    client.force_login(physiotherapist)

    context = client.get("/facts/").context

    counts = {key: numbers for key, _, _, numbers in context["counts"]}
    assert set(counts) == set(KINDS)
    assert counts["depth"][:2] == [len(facts_of("depth")) - 1, 1]


def test_a_withdrawn_fact_is_shown_as_withdrawn_on_the_page_of_the_muscle(client, patient, physiotherapist, reviewer):
    muscle = make_muscle("rhomboid-major", "Rhomboid major")
    withdrawn = next(fact for fact in facts_of("depth") if fact.muscle == muscle.slug)
    decide(withdrawn, reviewer, verdict="withdrawn", basis="Wrong figure")
    client.force_login(physiotherapist)

    facts = client.get(f"/patients/{patient.pk}/muscles/rhomboid-major/").context["depth"].facts

    assert [one.fact for one in facts if one.is_withdrawn] == [withdrawn]
    assert facts[-1].fact == withdrawn


def test_every_question_consent_statement_condition_group_and_word_is_a_fact(db):
    call_command("load_screening_questions", verbosity=0)
    call_command("load_consent_form", verbosity=0)

    facts = {kind: facts_of(kind) for kind in KINDS}

    titles = {fact.title for fact in facts["question"]}
    form = ConsentForm.objects.get()
    assert titles == {question.alert for question in ScreeningQuestion.objects.newest()}
    assert {fact.key for fact in facts["condition"]} == set(conditions())
    assert {fact.title for fact in facts["group"]} == {group.title for group in muscle_groups()}
    assert {fact.key for fact in facts["not-needled"]} == {entry.key for entry in not_needled()}
    assert "\n".join(fact.statement for fact in facts["consent"]) == "\n".join(text for _, _, text in form.sections())
    assert [fact for fact in facts["consent"] if not fact.source or fact.source == form.source] == []
    of_files = [fact for kind in ("question", "consent", "condition", "group", "not-needled") for fact in facts[kind]]
    assert [fact.fact_key for fact in of_files if len(fact.statement) > LONGEST_CORRECTION] == []
    assert len({fact.fact_key for fact in of_files}) == len(of_files)


@pytest.mark.parametrize("kind", ["question", "consent", "condition", "group", "not-needled"])
def test_every_kind_is_reviewed_on_the_same_page(client, reviewer, kind):
    call_command("load_screening_questions", verbosity=0)
    call_command("load_consent_form", verbosity=0)
    client.force_login(reviewer)
    address = f"{PAGE}?kind={kind}"
    form = client.get(address).context["form"]
    posted = {"id": form["id"].value(), "fingerprint": form["fingerprint"].value()} | AGREED

    client.post(address, posted | {"verdict": "withdrawn", "basis": "Wrong"})

    assert shown(facts_of(kind)[0]).is_withdrawn
    assert [one.fact for one in client.get(f"/facts/?kind={kind}&state=withdrawn").context["page"]] == [
        facts_of(kind)[0]
    ]


def test_what_is_not_needled_shows_its_review_and_disappears_when_it_is_withdrawn(reviewer):
    fact = next(entry for entry in not_needled() if entry.level == "never")
    other = next(entry for entry in not_needled() if entry.level == "never" and entry != fact)
    decide(fact, reviewer, verdict="withdrawn", basis="Wrong")
    decide(other, reviewer, verdict="corrected", correction="Because.", basis="[@halle-2016-1]")

    words = {entry["words"]: entry for entry in not_needled_words(reviews_in_force())}

    assert fact.words not in words
    assert never_needled(fact.words[0]) is None
    assert words[other.words]["why"] == never_needled(other.words[0]).words == "Because."
    assert "Rosa Osei" in words[other.words]["source"]


def test_a_withdrawn_group_is_not_offered(reviewer):
    group = muscle_groups()[0]
    decide(group, reviewer, verdict="withdrawn", basis="Wrong")

    assert group.title not in [found["name"] for found in groups_of_muscles(reviews_in_force("group"))]


# Sharing ----------------------------------------------------------------------------


def of_another_clinic(fact, **fields):
    usual = {"fact_key": fact.fact_key, "fingerprint": fact.fingerprint, "reviewer_name": "A. Nwosu"}
    usual["decided_at"] = timezone.now() - timedelta(days=2)
    return FactReview(**(AGREED | usual | fields))


def test_reviews_are_exported_and_taken_over_once_with_their_names(client, reviewer, physiotherapist, fact):
    text = as_json([of_another_clinic(fact)], clinic="Quayside")

    taken = [import_fact_reviews(text, by=reviewer) for _ in range(2)]

    review = shown(fact).review
    assert taken == [1, 0]
    assert (review.reviewer_name, review.origin, review.recorded_by) == ("A. Nwosu", "Quayside", reviewer)
    client.force_login(physiotherapist)
    exported = json.loads(client.get("/facts/reviews/export/").content)["reviews"]
    assert [(row["reviewer"], row["clinic"]) for row in exported] == [("A. Nwosu", "Quayside")]


def test_a_file_is_shown_before_anything_is_taken_over(client, reviewer, fact):
    other_words = of_another_clinic(facts_of("depth")[1], fingerprint="of other words")
    unknown = of_another_clinic(fact, fact_key="depth:none")
    text = as_json([of_another_clinic(fact), other_words, unknown], clinic="Quayside")
    client.force_login(reviewer)

    page = client.post(IMPORT, {"file": SimpleUploadedFile("reviews.json", text.encode())})
    states = [one.state for one in page.context["offered"]]
    before = FactReview.objects.count()
    client.post(IMPORT, {"content": page.context["form"]["content"].value(), "take": "1"})

    assert states == ["new", "about other words", "no such fact here"]
    assert (before, FactReview.objects.count()) == (0, 1)


GOOD = {"id": "b1d8c1de-4b0b-4b0b-8b0b-2b0b4b0b4b0b", "fact": "depth:d001", "words": "x", "verdict": "agreed"}
GOOD |= {"reviewer": "A", "qualification": "PT", "decided_at": "2026-01-01T10:00:00+00:00", "clinic": "Quayside"}


def file_of(*rows, **more):
    return json.dumps({"format": FORMAT, "reviews": rows} | more)


@pytest.mark.parametrize(
    "text",
    [
        "not json",
        "[]",
        "[" * 100_000,
        file_of(GOOD, format="other"),
        file_of(),
        file_of("a"),
        file_of(GOOD | {"id": "1"}),
        file_of(GOOD | {"verdict": "perhaps"}),
        file_of(GOOD | {"verdict": "corrected"}),
        file_of(GOOD | {"verdict": "withdrawn"}),
        file_of(GOOD | {"qualification": ""}),
        file_of(GOOD | {"clinic": ""}),
        file_of(GOOD | {"fact": 3}),
        file_of(GOOD | {"reviewer": "A" * 151}),
        file_of(GOOD | {"reviewer": "A\x00"}),
        file_of(GOOD | {"decided_at": "2026-01-01T10:00:00"}),
        file_of(GOOD | {"decided_at": "2999-01-01T10:00:00+00:00"}),
        file_of(GOOD, GOOD),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_with_a_sentence(client, reviewer, text):
    client.force_login(reviewer)

    answer = client.post(IMPORT, {"file": SimpleUploadedFile("reviews.json", text.encode())})

    assert answer.status_code == 422
    assert answer.context["form"].errors
    assert not FactReview.objects.exists()


def test_a_file_that_is_no_text_or_missing_is_refused(client, reviewer):
    client.force_login(reviewer)

    for data in ({"file": SimpleUploadedFile("reviews.json", b"\xff\xfe\x00")}, {}):
        assert client.post(IMPORT, data).status_code == 422
