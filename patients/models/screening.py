"""What is asked before a needle, and what the patient answered."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from .patient import Patient


class ScreeningQuestionQuerySet(models.QuerySet):
    def asked(self):
        return self.filter(is_active=True)


class ScreeningQuestion(models.Model):
    """Data, not code: guidelines differ on what is absolute, so the clinic edits it. Loaded by key from CSV."""

    class Category(models.TextChoices):
        ABSOLUTE = "absolute", "Do not needle"
        ABSOLUTE_LOCAL = "absolute_local", "Do not needle this muscle or area"
        RELATIVE = "relative", "Needle with care"

    key = models.SlugField(unique=True)
    text = models.CharField(max_length=300)
    alert = models.CharField(max_length=60, help_text="The words on the banner when the answer is yes.")
    category = models.CharField(max_length=16, choices=Category)
    scope = models.CharField(max_length=200, blank=True, help_text="Which muscle, area or technique it concerns.")
    source = models.CharField(max_length=200, blank=True)
    sort_order = models.PositiveSmallIntegerField(default=0)
    is_active = models.BooleanField(default=True)

    objects = ScreeningQuestionQuerySet.as_manager()

    class Meta:
        ordering = ["sort_order", "key"]

    def __str__(self):
        return self.text


class ScreeningQuerySet(models.QuerySet):
    def valid_on(self, day):
        return self.filter(taken_at__date__lte=day, valid_until__gte=day)

    def latest_first(self):
        return self.order_by("-taken_at", "-pk")


class Screening(models.Model):
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="screenings")
    taken_at = models.DateTimeField()
    taken_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="screenings_taken")
    valid_until = models.DateField()

    objects = ScreeningQuerySet.as_manager()

    class Meta:
        ordering = ["-taken_at", "-pk"]
        indexes = [models.Index(fields=["patient", "-taken_at"])]

    def __str__(self):
        return f"Screening of {self.taken_at:%Y-%m-%d}"


class ScreeningAnswer(models.Model):
    """Keeps the words it was asked with, whatever becomes of the question."""

    screening = models.ForeignKey(Screening, on_delete=models.PROTECT, related_name="answers")
    question = models.ForeignKey(ScreeningQuestion, on_delete=models.PROTECT, related_name="answers")
    question_text = models.CharField(max_length=300)
    is_yes = models.BooleanField()
    detail = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["question__sort_order", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["screening", "question"], name="one_answer_a_question"),
            models.CheckConstraint(
                condition=Q(is_yes=True) | Q(detail=""),
                name="screening_detail_only_with_yes",
                violation_error_message="Say yes first, then add the detail.",
            ),
        ]

    def __str__(self):
        return f"{self.question_text}: {'yes' if self.is_yes else 'no'}"
