"""The types of visit that can be booked."""

from django.db import models
from django.db.models import Q

from .practitioner import Practitioner

SHORTEST, LONGEST = 5, 480  # minutes


class AppointmentType(models.Model):
    name = models.CharField(max_length=60, unique=True)
    minutes = models.PositiveSmallIntegerField()
    colour = models.CharField(max_length=8, choices=Practitioner.Colour, default=Practitioner.Colour.TEAL)
    needs_certificate = models.BooleanField(
        "needs a needling certificate",
        default=False,
        help_text="Only practitioners whose certificate is valid on the day of the visit can be booked.",
    )
    is_active = models.BooleanField(default=True)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                condition=Q(minutes__range=(SHORTEST, LONGEST)),
                name="appointment_type_5_to_480_minutes",
                violation_error_message="A visit must last between 5 and 480 minutes.",
            )
        ]

    def __str__(self):
        return self.name
