"""Review published facts, and take over reviews from other clinics."""

import uuid

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from patients.audit.recording import add_audit_entry
from patients.integrity.authorization import needs
from patients.integrity.changes import changes_between
from patients.models import TrailEntry
from patients.services.once import record_once
from patients.staff import printed_name
from treatments.evidence.exchange import read_file
from treatments.evidence.registry import CatalogueFact, fact_of
from treatments.models import FactReview
from treatments.permissions import may_review_facts

Action = TrailEntry.Action
Verdict = FactReview.Verdict
FROM_PAGE = ("fact_key", "fingerprint", "verdict", "correction", "basis", "qualification")


@needs(may_review_facts)
@transaction.atomic
def review_fact(fact_key, *, by, fingerprint, verdict, qualification, correction="", basis="", id=None):
    """Record what `by` decided about a fact, and return the FactReview. It is in force at once.

    `fingerprint` identifies the words that the page showed. The page chooses `id`, so that a page sent twice records
    once. Raises ValidationError, also if the words have changed since.
    """
    fact = fact_of(fact_key)
    if fact is None:
        raise ValidationError("This fact does not exist any more.")
    now = timezone.now()
    review = FactReview(
        id=id or uuid.uuid4(),
        fact_key=fact_key,
        fingerprint=fingerprint,
        verdict=verdict,
        correction=correction.strip() if verdict == Verdict.CORRECTED else "",
        basis=basis.strip(),
        reviewer_name=printed_name(by),
        qualification=qualification.strip(),
        decided_at=now,
        recorded_at=now,
        recorded_by=by,
    )

    def prepare(review):
        if fact.fingerprint != fingerprint:
            raise ValidationError("The words of this fact have changed since the page was opened. Read it again.")
        if verdict == Verdict.CORRECTED and not review.correction:
            raise ValidationError({"correction": "Write the fact as it should be."})
        if verdict in (Verdict.CORRECTED, Verdict.WITHDRAWN) and not review.basis:
            raise ValidationError({"basis": "Give the source or the reason."})
        _mark_entry(fact, review)

    return record_once(review, by=by, same=FROM_PAGE, prepare=prepare)


@needs(may_review_facts)
@transaction.atomic
def import_fact_reviews(text, *, by):
    """Take over the reviews of a file that are new here and about facts with the same words. Returns how many.

    They keep the name, qualification, clinic and time of the person who decided. Raises ValidationError for a file
    that cannot be read, and then takes over nothing.
    """
    taken = [offered for offered in read_file(text) if offered.is_new]
    for offered in sorted(taken, key=lambda offered: offered.review.decided_at):
        offered.review.recorded_at, offered.review.recorded_by = timezone.now(), by
        offered.review.save(force_insert=True)
        changes = changes_between(None, offered.review)
        add_audit_entry(Action.CREATE, by=by, record=offered.review, changes=changes)
        _mark_entry(offered.fact, offered.review)
    if taken:
        clinics = ", ".join(sorted({offered.review.origin for offered in taken}))
        changes = {"fact_reviews": [None, len(taken)]}
        add_audit_entry(Action.CHANGE, by=by, changes=changes, note=f"Reviews taken over from {clinics}"[:200])
    return len(taken)


def _mark_entry(fact, review):
    """Note on an entry of the catalogue whether it is reviewed, so that lists need not look it up."""
    if not isinstance(fact, CatalogueFact):
        return
    is_withdrawn = review.verdict == Verdict.WITHDRAWN
    fact.entry.reviewed_at = None if is_withdrawn else review.decided_at
    fact.entry.reviewed_by = None if is_withdrawn else review.recorded_by
    fact.entry.save(update_fields=["reviewed_at", "reviewed_by"])
