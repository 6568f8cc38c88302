"""What a patient is told before dry needling, and what the patient agreed to, or that the patient declined."""

import uuid

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q, Subquery
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils import timezone

from patients.integrity.immutability import Immutable

from .episode import BodyRegion
from .patient import Patient
from .screening import list_of_regions

# The pad's drawing: whole units of a box this wide and high.
PAD_WIDTH, PAD_HEIGHT = 600, 200
MOST_STROKES, MOST_POINTS = 200, 6000
THORAX = (BodyRegion.NECK, BodyRegion.SHOULDER, BodyRegion.UPPER_BACK, BodyRegion.CHEST)


class ConsentFormQuerySet(models.QuerySet):
    def published(self):
        return self.filter(published_at__lte=timezone.now())

    def in_force_on(self, day):
        """Published before this day: a form published in the middle of a day asks nobody again on that day."""
        return self.filter(published_at__date__lt=day)

    def newest_first(self):
        return self.order_by("-version")


class ConsentForm(models.Model):
    """One version of the text. A draft is edited in the admin; once published it never changes."""

    # Field, and its heading on the form. The list follows [@virginia-2003], [@nj-45-9-37-34k], [@state-24h-rule],
    # [@movewell-nz], [@clinic-consent-pages], [@bodytherapy-health], [@nzasa-code] and [@goldfields-hub].
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
        "near the lung", help_text="Shown when the neck, a shoulder, the upper back or the chest is agreed."
    )
    alternatives = models.TextField()
    training = models.TextField("the therapist's training")
    right_to_stop = models.TextField("right to stop and to withdraw")
    drowsiness = models.TextField("drowsiness and driving")
    pregnancy = models.TextField()
    source = models.TextField(blank=True, help_text="Where each statement comes from; what has no source is named.")
    published_at = models.DateTimeField(null=True, blank=True)
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    objects = ConsentFormQuerySet.as_manager()

    class Meta:
        ordering = ["-version"]
        constraints = [
            models.CheckConstraint(
                # The form that comes with Filiform is published by nobody.
                condition=Q(published_at__isnull=False) | Q(published_at=None, published_by=None),
                name="consent_form_published_at_and_by",
                violation_error_message="A person who publishes does so at some time.",
            ),
            Immutable(
                name="consent_form_frozen",
                when=Q(published_at__isnull=False),
                violation_error_message="This form is published and never changes. Write a new version.",
            ),
        ]

    def __str__(self):
        return f"{self.title}, version {self.version}"

    def sections(self, regions=None):
        """(field, heading, text) in the order they are read; the lung only when a region near it is agreed."""
        near_lung = regions is None or set(regions) & set(THORAX)
        return [
            (field, heading, getattr(self, field)) for field, heading in self.SECTIONS if field != "thorax" or near_lung
        ]


class ConsentQuerySet(models.QuerySet):
    def given_by(self, day):
        return self.filter(given_at__date__lte=day)

    def latest_first(self):
        return self.order_by("-given_at", "-pk")

    def with_newest_version(self, day):
        """Annotates `newest_version`: of the forms in force on this day; 0 when there was none."""
        newest = ConsentForm.objects.in_force_on(day).newest_first().values("version")[:1]
        return self.annotate(newest_version=Coalesce(Subquery(newest), 0))


def drawing(strokes):
    """A signature: strokes of two points or more, each point two whole numbers inside the pad."""
    sentence = "The signature is not a drawing of the pad. Clear it and sign again."
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
        raise ValidationError("Tick what was explained.")


class Consent(models.Model):
    """One agreement, or one informed refusal: told, and declined; `given_at` says when, whichever it is.

    Only the withdrawal of an agreement is ever added; a change of mind or of scope is a new row. The latest counts.
    """

    class Method(models.TextChoices):
        WRITTEN = "written", "In writing"
        VERBAL = "verbal", "Spoken"
        DECLINED = "declined", "Declined"

    AGREEING = [Method.WRITTEN, Method.VERBAL]

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

    # All that must be explained; the copy can only follow.
    NEEDED_POINTS = [point for point in Point.values if point != "copy"]

    # The page chooses the key, so that sending it twice agrees once.
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="consents")
    form = models.ForeignKey(ConsentForm, on_delete=models.PROTECT, related_name="consents")
    method = models.CharField(max_length=8, choices=Method)
    scope = models.JSONField(
        blank=True, validators=[list_of_regions], help_text="The regions of the body agreed to; of a refusal none."
    )
    explained = models.JSONField(default=list, blank=True, validators=[list_of_points])
    training = models.CharField(max_length=200, blank=True, help_text="What was said of this therapist's training.")
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
    refusal_words = models.CharField(max_length=500, blank=True, help_text="What the patient said when declining.")
    offered_instead = models.CharField(max_length=500, blank=True, help_text="What was offered to who declined.")
    content_hash = models.CharField(max_length=64, editable=False)
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    withdrawal_reason = models.CharField(max_length=500, blank=True)

    objects = ConsentQuerySet.as_manager()

    class Meta:
        ordering = ["-given_at", "-pk"]
        indexes = [models.Index(fields=["patient", "-given_at"])]
        constraints = [
            models.CheckConstraint(
                condition=Q(method="verbal", signing="", signed_name="", signature__isnull=True)
                | Q(method="written", signing="drawn", signature__isnull=False) & ~Q(signed_name="")
                | Q(method="written", signing="typed", signature__isnull=True) & ~Q(signed_name="")
                | Q(method="written", signing="witnessed", signature__isnull=True) & ~Q(witness_name="")
                | Q(method="declined", signing="", signed_name="", signature__isnull=True, witness_name=""),
                name="consent_signed_when_written",
                violation_error_message="Written consent has a signature or a witness, others have neither.",
            ),
            models.CheckConstraint(
                condition=Q(method="declined", scope=[], withdrawn_at=None)
                | ~Q(method="declined") & ~Q(scope=[]) & ~Q(explained=[]) & Q(refusal_words="", offered_instead=""),
                name="consent_agreed_or_declined",
                violation_error_message="Consent names regions and what was explained; a refusal is not withdrawn.",
            ),
            models.CheckConstraint(
                condition=Q(guardian_name="", guardian_relationship="")
                | ~Q(guardian_name="") & ~Q(guardian_relationship=""),
                name="consent_guardian_with_relationship",
                violation_error_message="Say who the guardian is and how related to the patient.",
            ),
            models.CheckConstraint(
                condition=Q(withdrawn_at=None, withdrawn_by=None, withdrawal_reason="")
                | Q(withdrawn_at__gte=F("given_at"), withdrawn_by__isnull=False) & ~Q(withdrawal_reason=""),
                name="consent_withdrawn_at_by_and_why",
                violation_error_message="A withdrawal has a time, a name and a reason.",
            ),
            models.CheckConstraint(
                condition=~Q(content_hash=""),
                name="consent_has_a_hash",
                violation_error_message="A consent keeps the hash of what was agreed.",
            ),
            Immutable(
                name="consent_frozen",
                allow=["withdrawn_at", "withdrawn_by", "withdrawal_reason"],
                violation_error_message="A consent never changes. It can be withdrawn, or given again.",
            ),
            Immutable(
                name="consent_withdrawn_frozen",
                when=Q(withdrawn_at__isnull=False),
                violation_error_message="A withdrawn consent stays withdrawn. Ask for a new one.",
            ),
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
        """The drawing as the path of an SVG."""
        strokes = (" L".join(f"{x} {y}" for x, y in stroke) for stroke in self.signature or [])
        return " ".join(f"M{stroke}" for stroke in strokes)
