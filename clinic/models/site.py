"""The clinic's sites and their rooms."""

from zoneinfo import ZoneInfo, available_timezones

from django.core.exceptions import ValidationError
from django.db import models

from patients.phones import country_of_zone


def known_timezone(name):
    """Raise ValidationError unless `name` is an IANA time zone."""
    if name not in available_timezones():
        raise ValidationError("Enter a time zone such as Europe/Dublin.")


class Site(models.Model):
    name = models.CharField(max_length=100, unique=True)
    address = models.CharField(max_length=300, blank=True)
    phone = models.CharField(max_length=40, blank=True)
    timezone = models.CharField(max_length=64, default="Europe/London", validators=[known_timezone])
    is_demo = models.BooleanField(
        default=False, editable=False, help_text="Created by seed_demo. It contains no real people."
    )

    class Meta:
        ordering = ["name"]

    def __str__(self):
        return self.name

    @property
    def zone(self):
        return ZoneInfo(self.timezone)

    @property
    def country(self):
        """The country of the site's time zone as two letters, such as "GB", or "" for a zone such as UTC."""
        return country_of_zone(self.timezone)


class Room(models.Model):
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="rooms")
    name = models.CharField(max_length=60)
    is_active = models.BooleanField(default=True)

    class Meta:
        ordering = ["site__name", "name"]
        constraints = [models.UniqueConstraint(fields=["site", "name"], name="one_room_name_a_site")]

    def __str__(self):
        return self.name
