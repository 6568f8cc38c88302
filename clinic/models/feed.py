"""Secret addresses from which a practitioner's calendar app reads the diary."""

from hashlib import sha256

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from .practitioner import Practitioner


def hash_token(token):
    """The SHA-256 of a secret, as hex. A slow hash is not needed: the secret is 256 random bits."""
    return sha256(token.encode()).hexdigest()


class CalendarFeedQuerySet(models.QuerySet):
    def not_revoked(self):
        return self.filter(revoked_at=None)

    def in_use(self):
        """Feeds that are not revoked and belong to an active practitioner."""
        return self.not_revoked().filter(practitioner__in=Practitioner.objects.active())

    def with_token(self, token):
        """Look up by the hash, so that the time of the query reveals nothing about the secret."""
        return self.filter(token_hash=hash_token(token))


class CalendarFeed(models.Model):
    """A practitioner has at most one active address. Only the hash of its secret is stored."""

    practitioner = models.ForeignKey(Practitioner, on_delete=models.PROTECT, related_name="calendar_feeds")
    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, editable=False, related_name="+")
    last_read_at = models.DateTimeField(
        null=True, blank=True, editable=False, help_text="When a calendar program last read it, to the hour or so."
    )
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
                violation_error_message="This practitioner already has a calendar address. Revoke that one first.",
            ),
            models.CheckConstraint(
                condition=Q(revoked_at=None, revoked_by=None) | Q(revoked_at__isnull=False, revoked_by__isnull=False),
                name="calendar_feed_revoked_at_and_by",
                violation_error_message="Record when the address was revoked and by whom.",
            ),
        ]

    def __str__(self):
        return f"Calendar address of {self.practitioner}"
