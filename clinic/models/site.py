"""The clinic's sites and their rooms."""

from zoneinfo import ZoneInfo, available_timezones

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q

from patients.phones import country_of_zone


def known_timezone(name):
    """Raise ValidationError unless `name` is an IANA time zone."""
    if name not in available_timezones():
        raise ValidationError("Enter a time zone such as Europe/Dublin.")


class Site(models.Model):
    class ColourBy(models.TextChoices):
        KIND = "kind", "Kind of visit"
        PERSON = "person", "Practitioner"

    class Setting(models.TextChoices):
        CLINIC = "clinic", "Clinic or practice"
        HOSPITAL = "hospital", "Hospital, outpatients"
        WARD = "ward", "Hospital ward"
        SPORT = "sport", "Sports club"
        HOME = "home", "Patient’s home"

    name = models.CharField(max_length=100, unique=True)
    setting = models.CharField(
        "kind of setting", max_length=8, choices=Setting, blank=True, help_text="For case reports."
    )
    address = models.CharField(max_length=300, blank=True)
    phone = models.CharField(max_length=40, blank=True)
    email = models.EmailField(
        "e-mail address",
        blank=True,
        help_text="When a patient reports a warning sign after a visit, an e-mail goes to this address. It does not say"
        " who. Choose an address that somebody reads during the day.",
    )
    emergency_phone = models.CharField(
        "emergency number",
        max_length=20,
        blank=True,
        help_text="What patients of this site dial in an emergency, such as 999. Shown to those who report a warning"
        " sign after a visit.",
    )
    timezone = models.CharField(max_length=64, default="Europe/London", validators=[known_timezone])
    colour_by = models.CharField(
        "colours in the diary", max_length=8, choices=ColourBy, default=ColourBy.KIND, help_text="What a colour means."
    )
    # When an e-mail of this server last arrived, according to the person who asked for it.
    email_tested_at = models.DateTimeField(null=True, blank=True, editable=False)
    email_tested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, editable=False, related_name="+"
    )
    # Besides the practitioners whose own site it is. clinic.site_access has the rule.
    people = models.ManyToManyField(settings.AUTH_USER_MODEL, blank=True, related_name="sites")
    is_demo = models.BooleanField(
        default=False, editable=False, help_text="Created by seed_demo. It contains no real people."
    )

    class Meta:
        ordering = ["name"]
        permissions = [("everywhere_site", "Works at every site")]
        constraints = [
            models.CheckConstraint(
                condition=Q(email_tested_at=None, email_tested_by=None)
                | Q(email_tested_at__isnull=False, email_tested_by__isnull=False),
                name="site_email_tested_at_and_by",
                violation_error_message="A test of the e-mail needs a time and a person.",
            )
        ]

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
