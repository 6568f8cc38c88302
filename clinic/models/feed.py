"""The secret addresses at which practitioners' own calendars read their diary."""

from hashlib import sha256

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from .practitioner import Practitioner


def hash_of(token):
    """What is kept of a secret: 256 random bits need no slow hash."""
    return sha256(token.encode()).hexdigest()


class CalendarFeedQuerySet(models.QuerySet):
    def not_revoked(self):
        return self.filter(revoked_at=None)

    def in_use(self):
        """Feeds that answer: not revoked, and of somebody who still works here."""
        return self.not_revoked().filter(practitioner__in=Practitioner.objects.active())

    def with_token(self, token):
        """Found by the hash, so that how long it takes says nothing about the secret."""
        return self.filter(token_hash=hash_of(token))


class CalendarFeed(models.Model):
    """One working address a practitioner. The secret itself is kept nowhere, only its hash."""

    practitioner = models.ForeignKey(Practitioner, on_delete=models.PROTECT, related_name="calendar_feeds")
    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, editable=False, related_name="+")
    revoked_at = models.DateTimeField(null=True, blank=True, editable=False)
    revoked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, editable=False, related_name="+"
    )

    objects = CalendarFeedQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["practitioner"],
                condition=Q(revoked_at=None),
                name="one_calendar_feed_a_practitioner",
                violation_error_message="This practitioner has a calendar address. Revoke it before making another.",
            ),
            models.CheckConstraint(
                condition=Q(revoked_at=None, revoked_by=None) | Q(revoked_at__isnull=False, revoked_by__isnull=False),
                name="calendar_feed_revoked_at_and_by",
                violation_error_message="A revocation has a time and a name.",
            ),
        ]

    def __str__(self):
        return f"Calendar address of {self.practitioner}"
