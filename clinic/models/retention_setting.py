"""How long the clinic keeps records, where that differs from the usual rule of the country."""

from django.db import models
from django.db.models import Q

from patients.retention import retention_rules

LONGEST_YEARS = 100


def rule_choices():
    """The sets of rules to choose from."""
    return [(rule.key, rule.name) for rule in retention_rules().values()]


class RetentionSetting(models.Model):
    """The clinic's own setting for its sites in one country: another set of rules, longer periods, or both.

    Without a row, the usual rule of the country holds. Where Filiform knows none, nothing may be destroyed without one.
    """

    country = models.CharField(
        max_length=2, unique=True, help_text="Two letters, such as GB: the country of the time zone of your sites."
    )
    rule = models.CharField("set of rules", max_length=20, blank=True, choices=rule_choices)
    years = models.PositiveSmallIntegerField(
        "years after the last entry", null=True, blank=True, help_text="Empty: as in the set of rules."
    )
    until_age = models.PositiveSmallIntegerField(
        "children until the age of",
        null=True,
        blank=True,
        help_text="For patients who were under 18 at the last entry. Empty: as in the set of rules.",
    )
    source = models.CharField(
        "source or reason",
        max_length=300,
        blank=True,
        help_text="The law, the insurer or the decision of the clinic that the periods come from.",
    )

    class Meta:
        ordering = ["country"]
        constraints = [
            models.CheckConstraint(
                condition=(Q(years=None) | Q(years__range=(1, LONGEST_YEARS)))
                & (Q(until_age=None) | Q(until_age__range=(18, LONGEST_YEARS))),
                name="retention_periods_possible",
                violation_error_message="Enter 1 to 100 years, and an age from 18 to 100.",
            ),
            models.CheckConstraint(
                condition=~Q(rule="") | Q(years__isnull=False, until_age__isnull=False),
                name="retention_has_both_periods",
                violation_error_message="Choose a set of rules, or enter both periods.",
            ),
            models.CheckConstraint(
                condition=Q(years=None, until_age=None) | ~Q(source=""),
                name="retention_periods_have_a_source",
                violation_error_message="Give the source or the reason of your own periods.",
            ),
        ]

    def __str__(self):
        return f"How long records are kept: {self.country}"
