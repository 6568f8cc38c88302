"""Pieces of text that a practitioner writes again and again, with placeholders for what differs."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q


class SnippetQuerySet(models.QuerySet):
    def active(self):
        return self.filter(retired_at=None)

    def open_to(self, user):
        """The user's own snippets and those that are shared with the clinic."""
        return self.filter(Q(owner=user) | Q(is_shared=True))


class Snippet(models.Model):
    """A text to insert into the note or the plan of a session. Only its owner changes it."""

    class Field(models.TextChoices):
        """The field of a session that it is offered for."""

        NOTE = "note", "Note"
        PLAN = "plan", "Plan"

    # The page chooses the key, so that a page sent twice makes one snippet.
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=60)
    field = models.CharField("for", max_length=4, choices=Field, default=Field.NOTE)
    text = models.TextField(max_length=1000)
    is_shared = models.BooleanField("shared with the clinic", default=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    retired_at = models.DateTimeField(null=True, blank=True, editable=False)
    retired_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, editable=False, related_name="+"
    )

    objects = SnippetQuerySet.as_manager()

    class Meta:
        ordering = ["name", "created_at"]
        permissions = [("retire_any_snippet", "Can retire any shared snippet")]
        constraints = [
            models.CheckConstraint(
                condition=~Q(name="") & ~Q(text=""),
                name="snippet_has_a_name_and_a_text",
                violation_error_message="A snippet needs a name and a text.",
            ),
            models.CheckConstraint(
                condition=Q(retired_at=None, retired_by=None) | Q(retired_at__isnull=False, retired_by__isnull=False),
                name="snippet_retired_at_and_by",
                violation_error_message="A retired snippet needs a time and a name.",
            ),
        ]

    def __str__(self):
        return self.name
