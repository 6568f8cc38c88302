"""Changes of accounts that give rights: asked for by one admin, decided by another."""

from datetime import timedelta

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from patients.integrity.immutability import Immutable

RECENT_DAYS = 30
DECISION = ["decided_at", "decided_by", "is_accepted", "decision_proved_by_means"]


class AccountChangeQuerySet(models.QuerySet):
    def waiting(self, *, at=None):
        """Changes that can still be accepted at this time, by default now."""
        return self.filter(decided_at=None, expires_at__gt=at or timezone.now())

    def expired(self):
        """Changes that nobody decided in time."""
        return self.filter(decided_at=None, expires_at__lte=timezone.now())

    def recent(self):
        """Changes that wait, and those that were asked for in the last RECENT_DAYS days."""
        since = timezone.now() - timedelta(days=RECENT_DAYS)
        return self.filter(asked_at__gte=since) | self.waiting()

    def with_people(self):
        return self.select_related("user", "asked_by", "decided_by")


class AccountChange(models.Model):
    """A change of an account that takes effect when it is accepted. clinic.accounts.second_admin has the rules.

    `changes` is {field: [before, after]}, with the fields of clinic.accounts.second_admin.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="account_changes")
    changes = models.JSONField()
    asked_at = models.DateTimeField()
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    proved_by_means = models.CharField("proved by", max_length=40)
    # Empty if there was another admin who could decide.
    alone_from = models.DateTimeField("without a second admin from", null=True, blank=True)
    expires_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    is_accepted = models.BooleanField("accepted", null=True, blank=True)
    decision_proved_by_means = models.CharField("decision proved by", max_length=40, blank=True)

    objects = AccountChangeQuerySet.as_manager()

    class Meta:
        ordering = ["-asked_at", "-pk"]
        verbose_name = "account change"
        verbose_name_plural = "account changes"
        constraints = [
            models.CheckConstraint(
                condition=~Q(proved_by_means="") & Q(expires_at__gt=F("asked_at")),
                name="account_change_asked_with_proof",
                violation_error_message="A change of an account needs a proof of identity and must expire.",
            ),
            models.CheckConstraint(
                condition=Q(decided_at=None, decided_by=None, is_accepted=None, decision_proved_by_means="")
                | Q(decided_at__isnull=False, decided_by__isnull=False, is_accepted=False)
                | Q(
                    decided_at__isnull=False, decided_by__isnull=False, is_accepted=True, decided_at__lt=F("expires_at")
                )
                & ~Q(decision_proved_by_means=""),
                name="account_change_decided_at_by_and_how",
                violation_error_message="A decision needs a time before the change expires, a person and a proof.",
            ),
            # The check above is neither true nor false for a decision without an answer, and so would let it pass.
            models.CheckConstraint(
                condition=Q(decided_at=None) | Q(is_accepted__isnull=False),
                name="account_change_decision_known",
                violation_error_message="A decision accepts the change or refuses it.",
            ),
            models.CheckConstraint(
                condition=Q(is_accepted=None)
                | Q(is_accepted=False)
                | ~Q(decided_by=F("asked_by")) & ~Q(decided_by=F("user"))
                | Q(decided_by=F("asked_by"), alone_from__isnull=False, decided_at__gte=F("alone_from")),
                name="account_change_by_two_or_later",
                violation_error_message="Another admin must accept this change.",
            ),
            Immutable(
                name="account_change_asked_frozen",
                allow=DECISION,
                violation_error_message="What was asked for cannot be changed. Refuse it, and ask again.",
            ),
            Immutable(
                name="account_change_decision_frozen",
                when=Q(decided_at__isnull=False),
                violation_error_message="This change was decided, and that cannot be changed.",
            ),
        ]

    def __str__(self):
        return f"Change of the account {self.user.get_username()}"

    @property
    def is_waiting(self):
        return self.decided_at is None and self.expires_at > timezone.now()
