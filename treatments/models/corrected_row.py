"""Rows of a signed session that an amendment can correct: the signed row stays, and a new row counts instead of it."""

from django.db import models
from django.db.models import Q

from patients.integrity.immutability import Immutable

from .amendment import Amendment

AS_SIGNED = Q(amendment=None)


class CountingManager(models.Manager):
    """The rows that count: as corrected by the latest amendment, without those that did not happen.

    `session.needlings` goes through it too. A join such as `session__needlings__side` and a foreign key to a row do
    not, and find rows that were replaced: begin a query with `Needling.objects` instead, and ask a row for its
    `counting_row`.
    """

    def get_queryset(self):
        replaced = self.model.every_row.filter(replaces__isnull=False).values("replaces")
        return super().get_queryset().filter(~Q(pk__in=replaced), did_not_happen=False)


class CorrectedRow(models.Model):
    """The abstract base of a row that can be corrected.

    A model that inherits it has `objects`, a CountingManager, and `every_row`, which also finds replaced rows. A row
    with an amendment was made from that amendment's corrections; all others are as they were signed.
    """

    amendment = models.ForeignKey(
        Amendment, on_delete=models.PROTECT, null=True, blank=True, editable=False, related_name="+"
    )
    # The row that counted before, and the first one of this chain. Both are empty for a row that had been left out.
    replaces = models.OneToOneField(
        "self", on_delete=models.PROTECT, null=True, blank=True, editable=False, related_name="replaced_by"
    )
    original = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, editable=False, related_name="+"
    )
    did_not_happen = models.BooleanField(default=False, editable=False)

    class Meta:
        abstract = True

    @property
    def first_id(self):
        """The key of the first row of this chain, which stays the same when the row is corrected again."""
        return self.original_id or self.pk

    @property
    def counting_row(self):
        """The row that counts instead of this one, or this row if it counts or did not happen. One query.

        `name_counting_rows` in treatments.record.corrections does it for many records at once.
        """
        return type(self).objects.filter(original=self.first_id).first() or self

    @property
    def is_corrected(self):
        return self.amendment_id is not None


def corrected_row_constraints(name):
    """The constraints of a CorrectedRow; `name` begins their names."""
    return [
        models.CheckConstraint(
            condition=Q(amendment__isnull=False) | Q(replaces=None, original=None, did_not_happen=False),
            name=f"{name}_corrected_by_an_amendment",
            violation_error_message="Only an amendment can correct a row of a signed session.",
        ),
        models.CheckConstraint(
            condition=Q(replaces=None, original=None) | Q(replaces__isnull=False, original__isnull=False),
            name=f"{name}_replaces_and_original",
            violation_error_message="A row that replaces another names the first one too.",
        ),
        Immutable(
            name=f"{name}_corrected_frozen",
            when=Q(amendment__isnull=False),
            violation_error_message="A corrected row cannot be changed. Add another amendment.",
        ),
    ]
