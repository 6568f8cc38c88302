"""The tag of a page of the diary, with which an unchanged page is not sent again."""

import hashlib

from django.utils import timezone

from clinic.diary.grid import ROW_MINUTES
from clinic.diary.visit_links import with_answers
from clinic.models import Appointment, TimeOff


def day_tag(bounds, site, *parts, now=None):
    """A hash that changes with every change of a visit or absence, and every five minutes for hours. Two queries."""
    found = Appointment.objects.filter(starts_at__gte=bounds[0], starts_at__lt=bounds[1], practitioner__site=site)
    now = now or timezone.now()
    shown = ["pk", "version", "status", "reply_kind", "reply_closed_at", "is_unconfirmed", "patient__desk_note"]
    visits = list(with_answers(found.order_by("pk"), at=now).values_list(*shown))
    # Absences are marked at once, other obstacles with the clock.
    away = list(TimeOff.objects.between(*bounds).order_by("pk").values_list("pk", "changed_at"))
    clock = int(now.timestamp()) // (60 * ROW_MINUTES)
    return hashlib.sha256(repr((visits, away, clock, site.pk, *parts)).encode()).hexdigest()[:32]
