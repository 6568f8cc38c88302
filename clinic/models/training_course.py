"""Courses of practitioners, as the clinic recorded them."""

from django.db import models
from django.db.models import Q

from .practitioner import Practitioner


class TrainingCourse(models.Model):
    """A course or an examination in dry needling. The day until which one may needle is with the practitioner."""

    practitioner = models.ForeignKey(Practitioner, on_delete=models.PROTECT, related_name="courses")
    title = models.CharField(max_length=120)
    provider = models.CharField(max_length=120, blank=True)
    completed_on = models.DateField()
    hours = models.PositiveSmallIntegerField(null=True, blank=True)
    certificate_number = models.CharField(max_length=60, blank=True)

    class Meta:
        ordering = ["-completed_on", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(title=""),
                name="training_course_has_a_title",
                violation_error_message="Enter the title of the course.",
            )
        ]

    def __str__(self):
        return f"{self.title}, {self.completed_on:%Y}"
