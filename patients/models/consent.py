"""The consent form, and the consents and refusals of patients."""

import uuid

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q, Subquery
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils import timezone

from patients.integrity.immutability import Immutable
from patients.integrity.proof import PROOF_LENGTH
from patients.integrity.required_of_new import RequiredOfNew

from .episode import BodyRegion
from .error_mark import CountingQuerySet, link_to_error_mark, mark_stays
from .patient import Patient
from .patient_key import PatientKey
from .screening import list_of_regions

# The size of the signature pad. Points of a signature are whole numbers within it.
PAD_WIDTH, PAD_HEIGHT = 600, 200
MOST_STROKES, MOST_POINTS = 200, 6000
THORAX = (BodyRegion.NECK, BodyRegion.SHOULDER, BodyRegion.UPPER_BACK, BodyRegion.CHEST)


class ConsentFormQuerySet(models.QuerySet):
    def published(self):
        return self.filter(published_at__lte=timezone.now())

    def in_force_on(self, day):
        """Published before this day: on the day of publication nobody is asked again."""
        return self.filter(published_at__date__lt=day)

    def newest_first(self):
        return self.order_by("-version")


class ConsentForm(models.Model):
    """One version of the form. A draft can be edited in the admin; a published version never changes."""

    # Each field with its heading on the form. Rules of states ask for such a list ([@virginia-2003], [@nj-45-9-37-34k],
    # [@state-24h-rule]); the form names the source of each statement.
    SECTIONS = [
        ("nature", "What it is, and what it is not"),
        ("benefit", "What it may do for you"),
        ("common_effects", "Common effects"),
        ("serious_risks", "Rare but serious"),
        ("thorax", "Near the lung"),
        ("alternatives", "Other ways"),
        ("training", "Your therapist"),
        ("right_to_stop", "Your choice"),
        ("drowsiness", "Afterwards"),
        ("pregnancy", "If you are pregnant"),
    ]
    version = models.PositiveSmallIntegerField(unique=True)
    title = models.CharField(max_length=120)
    nature = models.TextField("what it is, and what it is not")
    benefit = models.TextField("expected benefit")
    common_effects = models.TextField()
    serious_risks = models.TextField("rare and serious risks")
    thorax = models.TextField(
        "near the lung", help_text="Shown if the patient agrees to the neck, a shoulder, the upper back or the chest."
    )
    alternatives = models.TextField()
    training = models.TextField("the therapist's training")
    right_to_stop = models.TextField("right to stop and to withdraw")
    drowsiness = models.TextField("drowsiness and driving")
    pregnancy = models.TextField()
    source = models.TextField(blank=True, help_text="The source of each statement. Name the statements that have none.")
    published_at = models.DateTimeField(null=True, blank=True)
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    objects = ConsentFormQuerySet.as_manager()

    class Meta:
        ordering = ["-version"]
        constraints = [
            models.CheckConstraint(
                # The form that comes with Filiform is published by a command, not by a person.
                condition=Q(published_at__isnull=False) | Q(published_at=None, published_by=None),
                name="consent_form_published_at_and_by",
                violation_error_message="If a publisher is recorded, the publication time is required.",
            ),
            Immutable(
                name="consent_form_frozen",
                when=Q(published_at__isnull=False),
                violation_error_message="This form is published and cannot be changed. Write a new version.",
            ),
        ]

    def __str__(self):
        return f"{self.title}, version {self.version}"

    def sections(self, regions=None):
        """(field, heading, text) of each section in order. "Near the lung" only if one of the regions is near it."""
        near_lung = regions is None or set(regions) & set(THORAX)
        return [
            (field, heading, getattr(self, field)) for field, heading in self.SECTIONS if field != "thorax" or near_lung
        ]


class ConsentQuerySet(CountingQuerySet):
    def given_before(self, moment):
        return self.filter(given_at__lt=moment)

    def latest_first(self):
        return self.order_by("-given_at", "-pk")

    def with_newest_version(self, day):
        """Annotate `newest_version`, the newest version of the form in force on this day; 0 if there was none."""
        newest = ConsentForm.objects.in_force_on(day).newest_first().values("version")[:1]
        return self.annotate(newest_version=Coalesce(Subquery(newest), 0))


def drawing(strokes):
    """Validate a signature: a list of strokes, each of two or more points [x, y] inside the pad."""
    sentence = "The signature is not valid. Clear it and sign again."
    if not isinstance(strokes, list) or not 1 <= len(strokes) <= MOST_STROKES:
        raise ValidationError(sentence)
    if not all(isinstance(stroke, list) and len(stroke) >= 2 and all(map(_is_point, stroke)) for stroke in strokes):
        raise ValidationError(sentence)
    if sum(map(len, strokes)) > MOST_POINTS:
        raise ValidationError(sentence)


def _is_point(point):
    if not isinstance(point, list) or [type(number) for number in point] != [int, int]:
        return False
    return 0 <= point[0] <= PAD_WIDTH and 0 <= point[1] <= PAD_HEIGHT


def list_of_points(values):
    if not isinstance(values, list) or set(values) - set(Consent.Point.values):
        raise ValidationError("Tick the points that were explained.")


class Consent(models.Model):
    """One consent or one informed refusal, given at `given_at`.

    A row never changes, except that a consent can be withdrawn. A change of mind or of scope is a new row. Only the
    patient's latest row counts.
    """

    class Method(models.TextChoices):
        WRITTEN = "written", "In writing"
        VERBAL = "verbal", "Spoken"
        BOTH = "both", "In writing and spoken"
        DECLINED = "declined", "Declined"

    AGREEING = [Method.WRITTEN, Method.VERBAL, Method.BOTH]
    SIGNED = [Method.WRITTEN, Method.BOTH]

    class Signing(models.TextChoices):
        DRAWN = "drawn", "Signs on the screen"
        TYPED = "typed", "Signs by typing the name"
        WITNESSED = "witnessed", "Cannot sign: a witness confirms"

    class Point(models.TextChoices):
        NATURE = "nature", "Technique"
        COMMON_EFFECTS = "common_effects", "Common effects"
        SERIOUS_RISKS = "serious_risks", "Serious risks"
        ALTERNATIVES = "alternatives", "Alternatives"
        TRAINING = "training", "Therapist’s training"
        RIGHT_TO_STOP = "right_to_stop", "Can stop any time"
        COPY = "copy", "Copy given"

    # The points that must be explained before the patient agrees. A copy can only be given afterwards.
    NEEDED_POINTS = [point for point in Point.values if point != "copy"]

    # The page chooses the key, so that a page sent twice is stored once.
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    patient = PatientKey(Patient, on_delete=models.PROTECT, moves=False, related_name="consents")
    form = models.ForeignKey(ConsentForm, on_delete=models.PROTECT, related_name="consents")
    method = models.CharField(max_length=8, choices=Method)
    scope = models.JSONField(
        blank=True,
        validators=[list_of_regions],
        help_text="The regions that the patient agreed to. Empty for a refusal.",
    )
    explained = models.JSONField(default=list, blank=True, validators=[list_of_points])
    training = models.CharField(max_length=200, blank=True, help_text="What the patient was told about the therapist.")
    given_at = models.DateTimeField(default=timezone.now)
    explained_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="consents_explained"
    )
    signing = models.CharField(max_length=10, choices=Signing, blank=True)
    signed_name = models.CharField(max_length=200, blank=True)
    signature = models.JSONField(null=True, blank=True, validators=[drawing])
    witness_name = models.CharField(max_length=200, blank=True)
    guardian_name = models.CharField(max_length=200, blank=True)
    guardian_relationship = models.CharField(max_length=60, blank=True)
    # Of a patient whose birth date is not known well enough.
    judged_old_enough = models.BooleanField("judged to be 16 or older", default=False, db_default=False)
    refusal_words = models.CharField(max_length=500, blank=True, help_text="What the patient said when declining.")
    offered_instead = models.CharField(max_length=500, blank=True, help_text="What was offered instead of needling.")
    content_hash = models.CharField(max_length=64, editable=False)
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    withdrawal_reason = models.CharField(max_length=500, blank=True)
    # How the person who withdrew it proved who they are. Empty in withdrawals from before that was asked.
    withdrawal_proved_by_means = models.CharField(max_length=PROOF_LENGTH, blank=True, editable=False)
    error_mark = link_to_error_mark()

    objects = ConsentQuerySet.as_manager()

    class Meta:
        ordering = ["-given_at", "-pk"]
        indexes = [models.Index(fields=["patient", "-given_at"]), models.Index(fields=["given_at"])]
        constraints = [
            models.CheckConstraint(
                condition=Q(method="verbal", signing="", signed_name="", signature__isnull=True)
                | Q(method__in=["written", "both"], signing="drawn", signature__isnull=False) & ~Q(signed_name="")
                | Q(method__in=["written", "both"], signing="typed", signature__isnull=True) & ~Q(signed_name="")
                | Q(method__in=["written", "both"], signing="witnessed", signature__isnull=True) & ~Q(witness_name="")
                | Q(method="declined", signing="", signed_name="", signature__isnull=True, witness_name=""),
                name="consent_signed_when_written",
                violation_error_message="Only written consent has a signature or a witness, and it needs one.",
            ),
            models.CheckConstraint(
                condition=Q(method="declined", scope=[], withdrawn_at=None)
                | ~Q(method="declined") & ~Q(scope=[]) & ~Q(explained=[]) & Q(refusal_words="", offered_instead=""),
                name="consent_agreed_or_declined",
                violation_error_message="A consent needs regions and explained points. A refusal cannot be withdrawn.",
            ),
            models.CheckConstraint(
                condition=Q(guardian_name="", guardian_relationship="")
                | ~Q(guardian_name="") & ~Q(guardian_relationship=""),
                name="consent_guardian_with_relationship",
                violation_error_message="Give both the guardian’s name and their relationship to the patient.",
            ),
            models.CheckConstraint(
                condition=Q(withdrawn_at=None, withdrawn_by=None, withdrawal_reason="", withdrawal_proved_by_means="")
                | Q(withdrawn_at__gte=F("given_at"), withdrawn_by__isnull=False) & ~Q(withdrawal_reason=""),
                name="consent_withdrawn_at_by_and_why",
                violation_error_message="A withdrawal needs a time, a person and a reason.",
            ),
            models.CheckConstraint(
                condition=~Q(content_hash=""),
                name="consent_has_a_hash",
                violation_error_message="A consent must be stored with its hash.",
            ),
            RequiredOfNew(
                name="withdrawal_with_proof",
                when=Q(withdrawn_at__isnull=False),
                condition=~Q(withdrawal_proved_by_means=""),
                violation_error_message="Whoever withdraws a consent must have proved who they are.",
            ),
            Immutable(
                name="consent_frozen",
                allow=["withdrawn_at", "withdrawn_by", "withdrawal_reason", "withdrawal_proved_by_means", "error_mark"],
                violation_error_message="A consent cannot be changed. Withdraw it, or record a new one.",
            ),
            Immutable(
                name="consent_withdrawn_frozen",
                when=Q(withdrawn_at__isnull=False),
                allow=["error_mark"],
                violation_error_message="A withdrawal cannot be changed. Record a new consent instead.",
            ),
            mark_stays("consent_mark_stays"),
        ]

    def __str__(self):
        return f"{self.get_method_display()}, {timezone.localtime(self.given_at):%Y-%m-%d}"

    def get_absolute_url(self):
        return reverse("consent_detail", args=[self.patient_id, self.pk])

    @property
    def is_declined(self):
        return self.method == self.Method.DECLINED

    @property
    def scope_labels(self):
        return [label for value, label in BodyRegion.choices if value in self.scope]

    @property
    def explained_labels(self):
        return [label for value, label in self.Point.choices if value in self.explained]

    @property
    def covers_everything(self):
        return set(self.scope) == set(BodyRegion.values)

    @property
    def sections(self):
        return self.form.sections(None if self.is_declined else self.scope)

    @property
    def signature_path(self):
        """The signature as the path data of an SVG."""
        strokes = (" L".join(f"{x} {y}" for x, y in stroke) for stroke in self.signature or [])
        return " ".join(f"M{stroke}" for stroke in strokes)
