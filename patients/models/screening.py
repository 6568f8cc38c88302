"""The screening questions, and the screenings with their answers."""

import uuid

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import slug_re
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from patients.integrity.immutability import Immutable

from .episode import BodyRegion
from .error_mark import CountingQuerySet, link_to_error_mark, mark_stays
from .patient import Patient
from .patient_key import PatientKey
from .question_details import list_of_detail_fields, list_of_details


def list_of_regions(values):
    if not isinstance(values, list) or set(values) - set(BodyRegion.values):
        raise ValidationError("Choose body regions from the list.")


def list_of_slugs(values):
    if not isinstance(values, list) or not all(isinstance(value, str) and slug_re.match(value) for value in values):
        raise ValidationError("Enter the slugs of muscles, such as psoas-major, separated by commas.")


class ScreeningQuestionQuerySet(models.QuerySet):
    def asked(self):
        return self.filter(is_active=True)

    def asked_of_patients(self):
        return self.asked().filter(asked_of=ScreeningQuestion.AskedOf.PATIENT)

    def newest(self):
        """The newest version of each question, whether it is asked or retired."""
        later = ScreeningQuestion.objects.filter(key=OuterRef("key"), version__gt=OuterRef("version"))
        return self.filter(~Exists(later))


class ScreeningQuestion(models.Model):
    """One version of a question. A clinic can edit its questions, because guidelines differ on contraindications.

    Changed words make a new version and retire the old one, which never changes, so that old answers keep the words of
    their question. `scope` describes for people what `regions`, `muscles` and `technique` describe for the program.
    """

    class Category(models.TextChoices):
        ABSOLUTE = "absolute", "Do not needle"
        ABSOLUTE_LOCAL = "absolute_local", "Do not needle this muscle or area"
        RELATIVE = "relative", "Needle with care"

    class Technique(models.TextChoices):
        ELECTRICAL = "electrical", "Electrical stimulation"

    class AskedOf(models.TextChoices):
        PATIENT = "patient", "The patient"
        THERAPIST = "therapist", "The therapist"

    key = models.SlugField()
    version = models.PositiveSmallIntegerField(default=1, editable=False)
    text = models.CharField(max_length=300)
    alert = models.CharField(max_length=60, help_text="Shown on the patient’s banner if the answer is yes.")
    asked_of = models.CharField(
        "answered by",
        max_length=10,
        choices=AskedOf,
        default=AskedOf.PATIENT,
        help_text="Patients who answer on a tablet are not asked the questions for the therapist.",
    )
    category = models.CharField(max_length=16, choices=Category)
    scope = models.CharField(max_length=200, blank=True, help_text="The muscles, area or technique that it concerns.")
    regions = models.JSONField(
        default=list,
        blank=True,
        validators=[list_of_regions],
        help_text="Empty for the whole body, or for the regions in the answer.",
    )
    muscles = models.JSONField(
        default=list, blank=True, validators=[list_of_slugs], help_text="Slugs from the catalogue, such as psoas-major."
    )
    technique = models.CharField(max_length=16, choices=Technique, blank=True, help_text="Empty for every technique.")
    scope_category = models.CharField(
        "category within the scope",
        max_length=16,
        choices=Category,
        blank=True,
        help_text="Only if the rule is stricter for these regions, muscles or technique than elsewhere.",
    )
    needs_side = models.BooleanField(
        "ask where", default=False, help_text="A yes also asks for the side and the regions."
    )
    # What a yes asks for, in fields of their own: [{"label": "Which one", "choices": ["warfarin", "heparin"]}, ...].
    details = models.JSONField(default=list, blank=True, validators=[list_of_detail_fields])
    source = models.CharField(max_length=200, blank=True)
    sort_order = models.PositiveSmallIntegerField(default=0)
    is_active = models.BooleanField("asked", default=True, help_text="Off: retired. Old answers are kept.")
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
                violation_error_message="Another version of this question is already in use.",
            ),
            models.CheckConstraint(
                condition=Q(edited_at=None, edited_by=None) | Q(edited_at__isnull=False, edited_by__isnull=False),
                name="question_edited_at_and_by",
                violation_error_message="An edit needs a time and a person.",
            ),
            Immutable(
                name="screening_question_frozen",
                allow=["is_active", "sort_order"],
                violation_error_message="A version of a question cannot be changed. Write a new version.",
            ),
        ]

    def __str__(self):
        return self.text

    @property
    def is_newest(self):
        return not ScreeningQuestion.objects.filter(key=self.key, version__gt=self.version).exists()


class PatientAnswersQuerySet(models.QuerySet):
    def not_confirmed(self):
        """Those that are in no screening yet, newest first, unless a later screening was taken without them."""
        later = Screening.objects.filter(patient=OuterRef("patient"), taken_at__gt=OuterRef("answered_at"))
        return self.filter(~Exists(later), screening=None).order_by("-answered_at", "-pk")


class PatientAnswers(models.Model):
    """What a patient answered alone, on the clinic's tablet, before a therapist confirmed it in a Screening.

    `answers` is {id of the question: {"answer": "yes", "no" or "not_known", "detail", "details", "side", "regions"}}.
    """

    # The page chooses the key, so that a page sent twice is stored once.
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    patient = PatientKey(Patient, on_delete=models.PROTECT, moves=False, related_name="answers_on_tablet")
    answered_at = models.DateTimeField(default=timezone.now)
    answered_by_name = models.CharField("answered by", max_length=200)
    handed_over_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    answers = models.JSONField()

    objects = PatientAnswersQuerySet.as_manager()

    class Meta:
        ordering = ["-answered_at", "-pk"]
        verbose_name = verbose_name_plural = "answers of the patient"
        constraints = [
            models.CheckConstraint(
                condition=~Q(answered_by_name=""),
                name="patient_answers_name_who_answered",
                violation_error_message="Enter the name of the person who answered.",
            ),
            Immutable(
                name="patient_answers_frozen",
                violation_error_message="The patient’s answers cannot be changed. Correct them when you confirm.",
            ),
        ]

    def __str__(self):
        return f"Answers of {timezone.localtime(self.answered_at):%Y-%m-%d}"


class ScreeningQuerySet(CountingQuerySet):
    def latest_first(self):
        return self.order_by("-taken_at", "-pk")


class Screening(models.Model):
    patient = PatientKey(Patient, on_delete=models.PROTECT, moves=False, related_name="screenings")
    taken_at = models.DateTimeField()
    taken_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="screenings_taken")
    valid_until = models.DateField()
    # What the patient had answered alone before `taken_by` confirmed it. Empty if `taken_by` asked the questions.
    patient_answers = models.OneToOneField(
        PatientAnswers, on_delete=models.PROTECT, null=True, blank=True, editable=False, related_name="screening"
    )
    # A sentence for each pair of answers that do not fit together, although both are right.
    conflicts_confirmed = models.JSONField(default=list, blank=True)
    error_mark = link_to_error_mark()

    objects = ScreeningQuerySet.as_manager()

    class Meta:
        ordering = ["-taken_at", "-pk"]
        indexes = [models.Index(fields=["patient", "-taken_at"]), models.Index(fields=["taken_at"])]
        constraints = [
            Immutable(
                name="screening_frozen",
                allow=["error_mark"],
                violation_error_message="A screening cannot be changed. Take a new screening.",
            ),
            mark_stays("screening_mark_stays"),
        ]

    def __str__(self):
        return f"Screening of {timezone.localtime(self.taken_at):%Y-%m-%d}"


def counts_as_yes(answer=""):
    """The condition for answers that count as yes: "yes", and "not known" to be on the safe side.

    That "not known" counts as yes is a rule of this software without a clinical source. `answer` is the name of the
    relation that leads to the answers; empty for a query of answers.
    """
    is_yes = f"{answer}__is_yes" if answer else "is_yes"
    return Q(**{is_yes: True}) | Q(**{is_yes: None})


class ScreeningAnswer(models.Model):
    """One answer. It keeps the words of its question."""

    class Side(models.TextChoices):
        LEFT = "left", "Left"
        RIGHT = "right", "Right"
        BOTH = "both", "Both or middle"

    class Choice(models.TextChoices):
        YES = "yes", "Yes"
        NO = "no", "No"
        NOT_KNOWN = "not_known", "Not known"

    screening = models.ForeignKey(Screening, on_delete=models.PROTECT, related_name="answers")
    question = models.ForeignKey(ScreeningQuestion, on_delete=models.PROTECT, related_name="answers")
    question_text = models.CharField(max_length=300)
    is_yes = models.BooleanField(null=True, blank=True, help_text="Empty means not known.")
    detail = models.CharField(max_length=200, blank=True)
    details = models.JSONField(
        default=list, blank=True, validators=[list_of_details], help_text="[words that ask for it, answer] of each."
    )
    # What the patient had answered on the tablet; empty if the therapist asked this question.
    patient_said = models.CharField(max_length=10, choices=Choice, blank=True)
    side = models.CharField(max_length=8, choices=Side, blank=True)
    regions = models.JSONField(default=list, blank=True, validators=[list_of_regions])

    class Meta:
        ordering = ["question__sort_order", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["screening", "question"], name="one_answer_a_question"),
            models.CheckConstraint(
                # Both halves need is_yes__isnull: a comparison with NULL is not false, so the check would pass.
                condition=Q(is_yes__isnull=True, side="", regions=[])
                | Q(is_yes__isnull=False) & (Q(is_yes=True) | Q(detail="", details=[], side="", regions=[])),
                name="screening_no_says_no_more",
                violation_error_message="“No” cannot have details, and only “Yes” can have a location.",
            ),
            Immutable(
                name="screening_answer_frozen",
                violation_error_message="An answer cannot be changed. Take a new screening.",
            ),
        ]

    def __str__(self):
        return f"{self.question_text}: {self.answer_text.lower()}"

    @property
    def is_known(self):
        return self.is_yes is not None

    @property
    def answer_text(self):
        return {True: "Yes", False: "No", None: "Not known"}[self.is_yes]

    @property
    def details_text(self):
        """The details of “yes” or “not known”: "Which one: apixaban, Last INR: 2.5, since May"."""
        return ", ".join([*(f"{label}: {value}" for label, value in self.details), *filter(None, [self.detail])])

    @property
    def differs_from_patient(self):
        """Whether the therapist recorded another answer than the patient had given on the tablet."""
        return (
            bool(self.patient_said) and self.patient_said != {True: "yes", False: "no", None: "not_known"}[self.is_yes]
        )

    @property
    def place(self):
        """A description of the location, such as "left arm, hand"; empty if there is none."""
        regions = ", ".join(BodyRegion(region).label.lower() for region in self.regions)
        if self.side == self.Side.BOTH:
            return f"{regions}, both sides or middle" if regions else "both sides"
        return f"{self.side} {regions}".strip()
