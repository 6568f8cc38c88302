"""Practitioners: the users who treat patients."""

from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.text import Truncator

from patients.models.screening import list_of_regions
from patients.staff import printed_name, users_who_may

from .site import Site

# Our own choice, without a source: time enough to renew a certificate or a cover.
EXPIRES_SOON_DAYS = 60


def describe_training(user):
    """Name, training and registration as far as recorded, as patients read them before consenting; or the name alone.

    It is cut to what a consent can hold.
    """
    practitioner = getattr(user, "practitioner", None)
    hours = practitioner and practitioner.needling_training_hours
    number = practitioner and practitioner.registration_number
    parts = [
        printed_name(user),
        f"{hours} hours of training in dry needling" if hours else "",
        f"registration {number}" if number else "",
        *(str(course) for course in (practitioner.courses.all() if practitioner else ())),
    ]
    return Truncator(", ".join(filter(None, parts))).chars(200)


def phone_country(user, page=""):
    """The country of phone numbers that a user types; "" if it is not known.

    It is that of all sites if it is the same, or of the site that the page with the address `page` shows, or of the
    user's own site.
    """
    sites = list(Site.objects.all())
    if len({site.country for site in sites}) == 1:
        return sites[0].country
    wanted = parse_qs(urlsplit(page).query).get("site", [""])[-1]
    looked_at = next((site for site in sites if str(site.pk) == wanted), None)
    practitioner = getattr(user, "practitioner", None)
    site = looked_at or (practitioner and practitioner.site)
    return site.country if site else ""


def phone_countries():
    """The countries of the sites, each as two letters, in order."""
    return sorted({site.country for site in Site.objects.all()} - {""})


class PractitionerQuerySet(models.QuerySet):
    def active(self):
        return self.filter(is_active=True, user__is_active=True)

    def expiring(self, *, on):
        """Active practitioners whose certificate or cover has expired or expires until EXPIRES_SOON_DAYS after `on`."""
        end = on + timedelta(days=EXPIRES_SOON_DAYS)
        return self.active().filter(Q(certificate_expires_on__lt=end) | Q(cover_expires_on__lt=end))

    def who_may(self, permission):
        """Practitioners whose user has this permission ("app.codename")."""
        return self.filter(user__in=users_who_may(permission))


class Practitioner(models.Model):
    class Colour(models.TextChoices):
        TEAL = "teal", "Teal"
        BLUE = "blue", "Blue"
        VIOLET = "violet", "Violet"
        AMBER = "amber", "Amber"
        ROSE = "rose", "Rose"
        GREEN = "green", "Green"

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="practitioner")
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="practitioners")
    registration_number = models.CharField(max_length=40, blank=True)
    needling_training_hours = models.PositiveSmallIntegerField(null=True, blank=True)
    qualified_in = models.PositiveSmallIntegerField(
        "year of qualification", null=True, blank=True, help_text="For case reports: years in practice."
    )
    needling_since = models.PositiveSmallIntegerField(
        "needling since (year)", null=True, blank=True, help_text="For case reports: years of experience."
    )
    certificate_expires_on = models.DateField(null=True, blank=True)
    insurer = models.CharField(max_length=120, blank=True)
    policy_number = models.CharField(max_length=60, blank=True)
    cover_expires_on = models.DateField(
        "insurance cover until", null=True, blank=True, help_text="Empty: not recorded, so nothing warns."
    )
    excludes_thorax = models.BooleanField(
        "no cover for the thorax", default=False, help_text="From below C7 to the diaphragm."
    )
    excluded_regions = models.JSONField(default=list, blank=True, validators=[list_of_regions])
    excluded_techniques = models.JSONField(default=list, blank=True)
    colour = models.CharField(max_length=8, choices=Colour, default=Colour.TEAL)
    is_active = models.BooleanField(default=True)

    objects = PractitionerQuerySet.as_manager()

    class Meta:
        ordering = ["user__last_name", "user__first_name"]
        constraints = [
            models.CheckConstraint(
                condition=Q(**{name: None}) | Q(**{f"{name}__range": (1940, 2100)}),
                name=f"practitioner_{name}_is_a_year",
                violation_error_message="Enter a year with four digits, such as 2014.",
            )
            for name in ("qualified_in", "needling_since")
        ]

    def __str__(self):
        return printed_name(self.user)

    @property
    def short_name(self):
        """The initial and the last name: "M. Solberg"."""
        first, last = self.user.first_name, self.user.last_name
        return f"{first[:1]}. {last}" if first and last else str(self)

    def is_covered_on(self, day):
        """Whether the insurance covers this day, or nobody recorded until when it does."""
        return self.cover_expires_on is None or self.cover_expires_on >= day

    def may_needle_on(self, day):
        """Whether the certificate and the cover are valid on this day."""
        return self.is_certified_on(day) and self.is_covered_on(day)

    def is_certified_on(self, day):
        """Whether the needling certificate is valid on this day."""
        return self.certificate_expires_on is not None and self.certificate_expires_on >= day
