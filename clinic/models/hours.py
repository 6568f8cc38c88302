"""Working hours, time off and closing times."""

from datetime import time

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q

from .practitioner import Practitioner
from .site import Room, Site

MIDNIGHT = time(0)


class WorkingHoursQuerySet(models.QuerySet):
    def valid_between(self, first_day, last_day):
        """Hours that apply on at least one day from `first_day` to `last_day`."""
        return self.filter(
            Q(valid_from=None) | Q(valid_from__lte=last_day), Q(valid_until=None) | Q(valid_until__gte=first_day)
        )


class WorkingHours(models.Model):
    """A period worked every week, in the site's local time. A break is the gap between two rows."""

    class Weekday(models.IntegerChoices):
        MONDAY = 0, "Monday"
        TUESDAY = 1, "Tuesday"
        WEDNESDAY = 2, "Wednesday"
        THURSDAY = 3, "Thursday"
        FRIDAY = 4, "Friday"
        SATURDAY = 5, "Saturday"
        SUNDAY = 6, "Sunday"

    practitioner = models.ForeignKey(Practitioner, on_delete=models.PROTECT, related_name="working_hours")
    weekday = models.PositiveSmallIntegerField(choices=Weekday)
    starts = models.TimeField()
    ends = models.TimeField(help_text="00:00 means midnight at the end of the day.")
    room = models.ForeignKey(
        Room,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text="The usual room. It is offered first.",
    )
    valid_from = models.DateField(null=True, blank=True)
    valid_until = models.DateField(null=True, blank=True)

    objects = WorkingHoursQuerySet.as_manager()

    class Meta:
        ordering = ["practitioner", "weekday", "starts"]
        verbose_name_plural = "working hours"
        constraints = [
            models.CheckConstraint(
                condition=Q(weekday__range=(0, 6)),
                name="working_hours_weekday",
                violation_error_message="Choose a day of the week.",
            ),
            models.CheckConstraint(
                condition=Q(ends__gt=F("starts")) | Q(ends=MIDNIGHT),
                name="working_hours_end_after_start",
                violation_error_message="The end must be after the start. For work past midnight, enter two rows.",
            ),
            models.CheckConstraint(
                condition=Q(valid_from=None) | Q(valid_until=None) | Q(valid_until__gte=F("valid_from")),
                name="working_hours_valid_in_order",
                violation_error_message="The last day must not be before the first day.",
            ),
        ]

    def __str__(self):
        return f"{self.get_weekday_display()} {self.starts:%H:%M} to {self.ends:%H:%M}"

    def clean(self):
        if self.room_id and self.practitioner_id and self.room.site_id != self.practitioner.site_id:
            raise ValidationError({"room": "This room is at another site. Choose a room at the practitioner's site."})

    def applies_on(self, day):
        return (
            self.weekday == day.weekday()
            and (self.valid_from is None or self.valid_from <= day)
            and (self.valid_until is None or day <= self.valid_until)
        )


class TimeOffQuerySet(models.QuerySet):
    def between(self, start, end):
        """Time off that was not cancelled and overlaps [start, end)."""
        return self.filter(cancelled_at=None, starts_at__lt=end, ends_at__gt=start)


class TimeOff(models.Model):
    """A time when one practitioner is away, or one site or one room is closed."""

    practitioner = models.ForeignKey(
        Practitioner, on_delete=models.PROTECT, null=True, blank=True, related_name="time_off"
    )
    site = models.ForeignKey(
        Site,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="closing_times",
        help_text="The site is closed during this time.",
    )
    room = models.ForeignKey(
        Room,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="closing_times",
        help_text="Only this room is closed during this time.",
    )
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    reason = models.CharField(max_length=100, blank=True)
    # Empty for rows that were entered before this was recorded.
    changed_at = models.DateTimeField(auto_now=True, null=True, editable=False)
    cancelled_at = models.DateTimeField(null=True, blank=True, editable=False)
    cancelled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, editable=False, related_name="+"
    )

    objects = TimeOffQuerySet.as_manager()

    class Meta:
        ordering = ["-starts_at"]
        verbose_name_plural = "time off"
        indexes = [models.Index(fields=["ends_at"])]
        constraints = [
            models.CheckConstraint(
                condition=Q(practitioner__isnull=False, site=None, room=None)
                | Q(practitioner=None, site__isnull=False, room=None)
                | Q(practitioner=None, site=None, room__isnull=False),
                name="time_off_of_one_practitioner_site_or_room",
                violation_error_message="Choose one of these: a practitioner, a site or a room.",
            ),
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")),
                name="time_off_ends_after_start",
                violation_error_message="Time off must end after it starts.",
            ),
            models.CheckConstraint(
                condition=Q(cancelled_at=None, cancelled_by=None)
                | Q(cancelled_at__isnull=False, cancelled_by__isnull=False),
                name="time_off_cancelled_at_and_by",
                violation_error_message="Record when the time off was cancelled and by whom.",
            ),
        ]

    def __str__(self):
        return f"{self.subject}: {self.reason or ('away' if self.practitioner_id else 'closed')}"

    @property
    def subject(self):
        """Who is away, or what is closed."""
        return self.practitioner or self.room or self.site

    @property
    def zone(self):
        """The time zone in which the times are shown; None for a row without a subject."""
        site = self.site or getattr(self.practitioner or self.room, "site", None)
        return site and site.zone
