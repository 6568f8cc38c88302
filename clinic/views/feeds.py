"""The calendar feed of a practitioner. Anyone who knows the secret address can read it."""

from hashlib import sha256

from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.cache import get_conditional_response
from django.utils.http import quote_etag
from django.views.decorators.http import require_safe

from clinic.diary.calendar_feed import calendar_of, visits_in_feed
from clinic.models import CalendarFeed
from clinic.services.feeds import record_feed_reading


@require_safe
@login_not_required
def calendar_feed(request, token):
    """Answer 404 for an unknown or revoked address, and for that of an inactive practitioner."""
    feeds = CalendarFeed.objects.in_use().select_related("practitioner__user", "practitioner__site")
    feed = get_object_or_404(feeds.with_token(token))
    visits = list(visits_in_feed(feed.practitioner))
    calendar = calendar_of(feed.practitioner, visits=visits)
    etag = quote_etag(sha256(calendar).hexdigest())
    record_feed_reading(feed, etag=etag, patient_ids=[visit.patient_id for visit in visits])
    response = HttpResponse(calendar, content_type="text/calendar; charset=utf-8", headers={"ETag": etag})
    response = get_conditional_response(request, etag=etag, response=response)
    response.is_recorded = True
    return response
