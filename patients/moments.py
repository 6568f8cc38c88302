"""Moments at which a screening or a consent is judged: whole minutes, because people see and type minutes."""

from datetime import datetime, time, timedelta

from django.utils import timezone


def minute_of(moment):
    """The start of the minute of a moment."""
    return moment.replace(second=0, microsecond=0)


def end_of_minute(moment):
    """The first moment after the minute of a moment."""
    return minute_of(moment) + timedelta(minutes=1)


def end_of_day(day):
    """The last moment of a local day."""
    return timezone.make_aware(datetime.combine(day, time.max))
