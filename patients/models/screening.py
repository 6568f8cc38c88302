"""What is asked before a needle, and what the patient answered."""

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import slug_re
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from patients.integrity.immutability import Immutable

from .episode import BodyRegion
from .patient import Patient


def list_of_regions(values):
    if not isinstance(values, list) or set(values) - set(BodyRegion.values):
        raise ValidationError("Choose regions of the body from the list.")


def list_of_slugs(values):
    if not isinstance(values, list) or not all(isinstance(value, str) and slug_re.match(value) for value in values):
        raise ValidationError("Write the muscles’ slugs, like psoas-major, with commas between.")


class ScreeningQuestionQuerySet(models.QuerySet):
    def asked(self):
        return self.filter(is_active=True)

    def newest(self):
        """Of every question the version written last, asked or retired."""
        later = ScreeningQuestion.objects.filter(key=OuterRef("key"), version__gt=OuterRef("version"))
        return self.filter(~Exists(later))


class ScreeningQuestion(models.Model):
    """One version of a question. Data, not code: guidelines differ on what is absolute, so the clinic edits it.

    Other words make a new version and retire the old one, which never changes: old answers keep what they were asked
    with. `scope` says in words what `regions`, `muscles` and `technique` say to the machine.
    """

    class Category(models.TextChoices):
        ABSOLUTE = "absolute", "Do not needle"
        ABSOLUTE_LOCAL = "absolute_local", "Do not needle this muscle or area"
        RELATIVE = "relative", "Needle with care"

    class Technique(models.TextChoices):
        ELECTRICAL = "electrical", "Electrical stimulation"

    key = models.SlugField()
    version = models.PositiveSmallIntegerField(default=1, editable=False)
    text = models.CharField(max_length=300)
    alert = models.CharField(max_length=60, help_text="The words on the banner when the answer is yes.")
    category = models.CharField(max_length=16, choices=Category)
    scope = models.CharField(max_length=200, blank=True, help_text="Which muscle, area or technique it concerns.")
    regions = models.JSONField(
        default=list,
        blank=True,
        validators=[list_of_regions],
        help_text="None: the whole body, or what the answer says.",
    )
    muscles = models.JSONField(
        default=list, blank=True, validators=[list_of_slugs], help_text="Slugs of the catalogue, like psoas-major."
    )
    technique = models.CharField(max_length=16, choices=Technique, blank=True, help_text="None: every technique.")
    scope_category = models.CharField(
        "category within the scope",
        max_length=16,
        choices=Category,
        blank=True,
        help_text="Only when the named regions, muscles or technique are stricter than the rest of the body.",
    )
    needs_side = models.BooleanField(
        "ask where", default=False, help_text="A yes also asks on which side and in which regions."
    )
    source = models.CharField(max_length=200, blank=True)
    sort_order = models.PositiveSmallIntegerField(default=0)
    is_active = models.BooleanField("asked", default=True, help_text="Off: retired. Old answers stay as they are.")
    edited_at = models.DateTimeField(null=True, blank=True, editable=False)
    edited_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, editable=False, related_name="+"
    )

    objects = ScreeningQuestionQuerySet.as_manager()

    class Meta:
        ordering = ["sort_order", "key", "-version"]
        constraints = [
            models.UniqueConstraint(fields=["key", "version"], name="one_question_a_key_and_version"),
            models.UniqueConstraint(
                fields=["key"],
                condition=Q(is_active=True),
                name="one_version_of_a_question_asked",
                violation_error_message="Another version of this question is asked already.",
            ),
            models.CheckConstraint(
                condition=Q(edited_at=None, edited_by=None) | Q(edited_at__isnull=False, edited_by__isnull=False),
                name="question_edited_at_and_by",
                violation_error_message="An edit has a time and a name.",
            ),
            Immutable(
                name="screening_question_frozen",
                allow=["is_active", "sort_order"],
                violation_error_message="A version of a question keeps its words. Write the next version.",
            ),
        ]

    def __str__(self):
        return self.text

    @property
    def is_newest(self):
        return not ScreeningQuestion.objects.filter(key=self.key, version__gt=self.version).exists()


class ScreeningQuerySet(models.QuerySet):
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
        constraints = [
            Immutable(
                name="screening_frozen",
                violation_error_message="A screening never changes. Ask the questions again.",
            )
        ]

    def __str__(self):
        return f"Screening of {timezone.localtime(self.taken_at):%Y-%m-%d}"


def counts_as_yes(answer=""):
    """The condition on an answer, or on the relation named: a yes, and what is not known, until it is known.

    A house rule without a clinical source.
    """
    is_yes = f"{answer}__is_yes" if answer else "is_yes"
    return Q(**{is_yes: True}) | Q(**{is_yes: None})


class ScreeningAnswer(models.Model):
    """Keeps the words it was asked with, whatever becomes of the question."""

    class Side(models.TextChoices):
        LEFT = "left", "Left"
        RIGHT = "right", "Right"
        BOTH = "both", "Both or middle"

    screening = models.ForeignKey(Screening, on_delete=models.PROTECT, related_name="answers")
    question = models.ForeignKey(ScreeningQuestion, on_delete=models.PROTECT, related_name="answers")
    question_text = models.CharField(max_length=300)
    is_yes = models.BooleanField(null=True, blank=True, help_text="Empty: not known.")
    detail = models.CharField(max_length=200, blank=True)
    side = models.CharField(max_length=8, choices=Side, blank=True)
    regions = models.JSONField(default=list, blank=True, validators=[list_of_regions])

    class Meta:
        ordering = ["question__sort_order", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["screening", "question"], name="one_answer_a_question"),
            models.CheckConstraint(
                # Each half says whether the answer is known: a comparison with NULL alone would refuse nothing.
                condition=Q(is_yes__isnull=True, side="", regions=[])
                | Q(is_yes__isnull=False) & (Q(is_yes=True) | Q(detail="", side="", regions=[])),
                name="screening_no_says_no_more",
                violation_error_message="A no has no detail, and only a yes has a place.",
            ),
            Immutable(
                name="screening_answer_frozen",
                violation_error_message="An answer never changes. Ask the questions again.",
            ),
        ]

    def __str__(self):
        return f"{self.question_text}: {self.said.lower()}"

    @property
    def is_known(self):
        return self.is_yes is not None

    @property
    def said(self):
        """The answer in words."""
        return {True: "Yes", False: "No", None: "Not known"}[self.is_yes]

    @property
    def place(self):
        """Where it is, in words: 'left arm, hand'; empty when that was not asked."""
        regions = ", ".join(BodyRegion(region).label.lower() for region in self.regions)
        if self.side == self.Side.BOTH:
            return f"{regions}, both sides or middle" if regions else "both sides"
        return f"{self.side} {regions}".strip()
