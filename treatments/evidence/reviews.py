"""What clinicians decided about the facts: which decision is in force, and what pages then show."""

from dataclasses import dataclass

from django.db.models import Q
from django.utils.formats import date_format
from django.utils.timezone import localtime

from treatments.evidence.facts import Fact
from treatments.models import FactReview

Verdict = FactReview.Verdict


@dataclass(frozen=True)
class ShownFact:
    """A Fact with the FactReview in force, or None if nobody has reviewed these words."""

    fact: Fact
    review: FactReview | None = None

    @property
    def is_reviewed(self):
        return self.review is not None

    @property
    def is_withdrawn(self):
        return self.is_reviewed and self.review.verdict == Verdict.WITHDRAWN

    @property
    def is_corrected(self):
        return self.is_reviewed and self.review.verdict == Verdict.CORRECTED

    @property
    def words(self):
        """What pages show as the fact: the corrected words if it was corrected."""
        return self.review.correction if self.is_corrected else self.fact.statement

    @property
    def citation(self):
        """The source of the words as a text cites it."""
        return self.review.basis if self.is_corrected else self.fact.citation

    @property
    def review_text(self):
        """Who decided what about the fact, as one sentence."""
        if not self.is_reviewed:
            return "Not yet reviewed by a clinician."
        review = self.review
        who = ", ".join(filter(None, [review.reviewer_name, review.qualification, review.origin]))
        return f"{review.get_verdict_display()} by {who}, {date_format(localtime(review.decided_at), 'j M Y')}."


def reviews_in_force(*kinds, using="default"):
    """{(key of a fact, fingerprint): FactReview} of the latest decisions, on these kinds or on all. One query."""
    of_kinds = Q()
    for kind in kinds:
        of_kinds |= Q(fact_key__startswith=f"{kind}:")
    in_force = {}
    for review in FactReview.objects.using(using).filter(of_kinds).latest_first():
        in_force.setdefault((review.fact_key, review.fingerprint), review)
    return in_force


def with_reviews(facts, reviews):
    """The Facts as ShownFacts, in the same order. `reviews` is the result of reviews_in_force."""
    return [ShownFact(fact, reviews.get((fact.fact_key, fact.fingerprint))) for fact in facts]
