"""Create and revoke the calendar address of a practitioner."""

import secrets
from datetime import timedelta

from django.core.cache import cache
from django.db import transaction
from django.utils import timezone

from clinic.models import CalendarFeed
from clinic.models.feed import hash_token
from clinic.permissions import may_create_calendar_feeds, may_revoke_calendar_feeds
from patients.audit.recording import add_audit_entry, add_entry_about_many
from patients.audit.request_context import current_request
from patients.integrity.authorization import needs
from patients.integrity.changes import changes_between, field_values
from patients.models import TrailEntry


@needs(may_create_calendar_feeds)
@transaction.atomic
def create_calendar_feed(practitioner, *, by):
    """Return (feed, secret). The secret is not stored. Raises ValidationError if an active feed exists."""
    token = secrets.token_urlsafe(32)
    feed = CalendarFeed(practitioner=practitioner, created_by=by, token_hash=hash_token(token))
    feed.full_clean()
    feed.save()
    add_audit_entry(TrailEntry.Action.CREATE, by=by, record=feed, changes=changes_between(None, feed))
    return feed, token


@needs(may_revoke_calendar_feeds)
@transaction.atomic
def revoke_calendar_feed(feed, *, by):
    """Stop the address from working. Revoking it again keeps the first time and user."""
    feed = CalendarFeed.objects.select_for_update().get(pk=feed.pk)
    if feed.revoked_at is None:
        before = field_values(feed)
        feed.revoked_at, feed.revoked_by = timezone.now(), by
        feed.full_clean()
        feed.save()
        add_audit_entry(TrailEntry.Action.CHANGE, by=by, record=feed, changes=changes_between(before, feed))
    return feed


def record_feed_reading(feed, *, etag, patient_ids):
    """Store that a calendar program read the feed, and add it to the audit trail with the patients of its visits.

    Each at most once an hour, so that reading seldom has to write; but another content, which `etag` identifies, or
    another network address is a new entry.
    """
    now = timezone.now()
    if cache.add(f"feed:{feed.pk}:{current_request.get().address}:{etag}", now, timeout=3600):
        note = f"The calendar of {feed.practitioner}"
        add_entry_about_many(TrailEntry.Action.READ, by=None, patient_ids=patient_ids, record=feed, note=note)
    if feed.last_read_at is None or now - feed.last_read_at >= timedelta(hours=1):
        CalendarFeed.objects.filter(pk=feed.pk).update(last_read_at=now)
