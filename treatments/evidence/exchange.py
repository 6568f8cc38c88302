"""The file in which clinics share their reviews of facts, as JSON."""

import json
import uuid
from dataclasses import dataclass
from datetime import datetime

from django.core.exceptions import ValidationError
from django.utils import timezone

from treatments.models import FactReview

from .registry import KINDS, facts_of

FORMAT = "filiform-fact-reviews-1"
LONGEST = 2_000_000
MOST = 5000
# The names in the file, and the fields of FactReview that they fill.
FIELDS = {
    "id": "id",
    "fact": "fact_key",
    "words": "fingerprint",
    "verdict": "verdict",
    "correction": "correction",
    "source_or_reason": "basis",
    "reviewer": "reviewer_name",
    "qualification": "qualification",
    "decided_at": "decided_at",
    "clinic": "origin",
}
NEW, HERE, UNKNOWN, OTHER_WORDS = "new", "already here", "no such fact here", "about other words"


@dataclass(frozen=True)
class Offered:
    """One review of a file: the unsaved FactReview, the Fact it is about or None, and whether it can be taken over."""

    review: FactReview
    fact: object
    state: str

    @property
    def is_new(self):
        return self.state == NEW


def as_json(reviews, *, clinic):
    """The text of the file with these FactReviews. Those made here are marked as of `clinic`."""
    rows = []
    for review in reviews:
        row = {name: str(getattr(review, field)) for name, field in FIELDS.items()}
        row["decided_at"] = review.decided_at.isoformat()
        rows.append(row | {"clinic": review.origin or clinic})
    return json.dumps({"format": FORMAT, "reviews": rows}, indent=1, ensure_ascii=False)


def read_file(text):
    """The Offered reviews of a file, in its order. Raises ValidationError that names what is wrong and where."""
    if len(text) > LONGEST:
        raise ValidationError("This file is too large for reviews. Choose the file that Filiform exported.")
    try:
        content = json.loads(text)
    except (ValueError, RecursionError):
        raise ValidationError("This is not a JSON file. Choose the file that Filiform exported.") from None
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise ValidationError("This file was not exported by Filiform as reviews of facts.")
    rows = content.get("reviews")
    if not isinstance(rows, list) or not rows:
        raise ValidationError("This file has no reviews.")
    if len(rows) > MOST:
        raise ValidationError(f"This file has more than {MOST} reviews. Ask for it in parts.")
    reviews = [_review(row, number) for number, row in enumerate(rows, start=1)]
    if len({review.pk for review in reviews}) < len(reviews):
        raise ValidationError("This file has the same review twice.")
    return _compared(reviews)


def _review(row, number):
    where = f"Review {number}"
    if not isinstance(row, dict) or not all(_is_text(row.get(name, "")) for name in FIELDS):
        raise ValidationError(f"{where} is not written as Filiform writes it.")
    review = FactReview(**{field: row.get(name, "").strip() for name, field in FIELDS.items()})
    try:
        review.pk = uuid.UUID(row.get("id", ""))
        review.decided_at = datetime.fromisoformat(row.get("decided_at", ""))
    except ValueError:
        raise ValidationError(f"{where} has no valid id or time.") from None
    if timezone.is_naive(review.decided_at) or review.decided_at > timezone.now():
        raise ValidationError(f"{where} has a time in the future or without a time zone.")
    if not review.origin:
        raise ValidationError(f"{where} does not name the clinic.")
    try:
        review.clean_fields(exclude=["recorded_at", "recorded_by"])
        review.validate_constraints(exclude=["recorded_at", "recorded_by"])
    except ValidationError as refusal:
        raise ValidationError(f"{where}: {' '.join(refusal.messages)}") from refusal
    return review


def _is_text(value):
    return isinstance(value, str) and "\0" not in value


def _compared(reviews):
    here = set(FactReview.objects.filter(pk__in=[review.pk for review in reviews]).values_list("pk", flat=True))
    kinds = {review.fact_key.partition(":")[0] for review in reviews} & set(KINDS)
    facts = {fact.fact_key: fact for kind in kinds for fact in facts_of(kind)}
    return [Offered(review, facts.get(review.fact_key), _state(review, facts, here)) for review in reviews]


def _state(review, facts, here):
    fact = facts.get(review.fact_key)
    if review.pk in here:
        return HERE
    if fact is None:
        return UNKNOWN
    return NEW if fact.fingerprint == review.fingerprint else OTHER_WORDS
