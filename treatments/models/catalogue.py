"""What is needled (muscles and other targets), trigger points and thresholds: facts with a source, from CSV files."""

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q

from patients.integrity.immutability import Immutable
from patients.models import BodyRegion


class View(models.TextChoices):
    POSTERIOR = "posterior", "Back"
    ANTERIOR = "anterior", "Front"
    HEAD_NECK_LATERAL = "head_neck_lateral", "Side"


class TargetKind(models.TextChoices):
    MUSCLE = "muscle", "Muscle"
    TENDON = "tendon", "Tendon"
    LIGAMENT = "ligament", "Ligament"
    SCAR = "scar", "Scar"
    FASCIA = "fascia", "Fascia"
    JOINT_CAPSULE = "joint_capsule", "Joint capsule"
    PERIOSTEUM = "periosteum", "Periosteum"
    PERINEURAL = "perineural", "Tissue beside a nerve"
    SKIN_SUPERFICIAL = "skin_superficial", "Skin or tissue under the skin"
    OTHER = "other", "Other"
    FREE = "free", "Free entry"


class CatalogueEntry(models.Model):
    """A fact that a clinician can edit in the admin, and review on the page of published facts.

    Loading the CSV files then no longer changes it.
    """

    edited_at = models.DateTimeField(null=True, blank=True, editable=False)
    edited_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, editable=False, related_name="+"
    )
    reviewed_at = models.DateTimeField(null=True, blank=True, editable=False)
    reviewed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, editable=False, related_name="+"
    )

    class Meta:
        abstract = True
        constraints = [
            models.CheckConstraint(
                condition=Q(reviewed_at=None, reviewed_by=None)
                | Q(reviewed_at__isnull=False, reviewed_by__isnull=False),
                name="%(class)s_reviewed_at_and_by",
                violation_error_message="A review needs a time and a name.",
            ),
            models.CheckConstraint(
                condition=Q(edited_at=None, edited_by=None) | Q(edited_at__isnull=False, edited_by__isnull=False),
                name="%(class)s_edited_at_and_by",
                violation_error_message="An edit needs a time and a name.",
            ),
        ]

    @property
    def is_reviewed(self):
        """Whether it is reviewed and has a source, without which nobody can check it."""
        return self.reviewed_at is not None and bool(self.source)


class MuscleQuerySet(models.QuerySet):
    def active(self):
        """The entries that are offered: not retired, and not the words of one practitioner."""
        return self.filter(is_active=True).exclude(kind=TargetKind.FREE)


class Muscle(CatalogueEntry):
    """A muscle or another target of a needle; `kind` says which. They share one table, so that every rule covers both.

    A row of kind "free" is a target that a practitioner described in words, with its region. An admin can let it count
    as an entry of the catalogue in figures (`counts_as`); the words that were signed stay.
    """

    class View(models.TextChoices):
        ANTERIOR = "anterior", "Front"
        POSTERIOR = "posterior", "Back"
        LATERAL = "lateral", "Side"

    class Restriction(models.TextChoices):
        PELVIC_CONSENT = "pelvic_consent", "Needs explicit consent, and a chaperone is offered"

    slug = models.SlugField(unique=True)
    kind = models.CharField(max_length=16, choices=TargetKind, default=TargetKind.MUSCLE)
    name_en = models.CharField("name", max_length=80)
    display_name = models.CharField(
        max_length=80, blank=True, help_text="What colleagues and doctors call it, if that is not the name above."
    )
    name_latin = models.CharField("Latin name", max_length=80, blank=True)
    plain_words = models.CharField(max_length=80, blank=True, help_text="What a patient would understand.")
    search_words = models.TextField(
        blank=True, help_text="Abbreviations, nicknames and old names that find it, separated by semicolons."
    )
    synonyms = models.CharField(max_length=200, blank=True, help_text="Other names, separated by semicolons.")
    region = models.CharField(
        max_length=16,
        choices=BodyRegion,
        blank=True,
        help_text="Empty for what occurs anywhere, such as a burn scar: whoever needles it names the region.",
    )
    view = models.CharField(max_length=12, choices=View)
    referred_pain = models.CharField(max_length=300, blank=True)
    needle_length_min_mm = models.PositiveSmallIntegerField(null=True, blank=True, help_text="Usual, never a limit.")
    needle_length_max_mm = models.PositiveSmallIntegerField(null=True, blank=True, help_text="Usual, never a limit.")
    needle_length_basis = models.CharField(max_length=200, blank=True)
    caution = models.CharField(max_length=300, blank=True, help_text="Structures close to the path of the needle.")
    pneumothorax_risk = models.BooleanField(default=False)
    max_depth_caution_mm = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="Advice from a published mean, not a safe limit."
    )
    depth_note = models.CharField(max_length=400, blank=True)
    no_compression_haemostasis = models.BooleanField(
        "bleeding cannot be stopped by pressure", null=True, blank=True, help_text="Unknown is not the same as safe."
    )
    nerve_supply = models.CharField(max_length=200, blank=True)
    billing_muscle = models.CharField(
        max_length=80, blank=True, help_text="Parts of one muscle share this name and are billed once."
    )
    uberon = models.CharField("UBERON", max_length=16, blank=True, help_text="Its identifier in the UBERON ontology.")
    fma = models.CharField("FMA", max_length=12, blank=True, help_text="In the Foundational Model of Anatomy.")
    restricted = models.CharField(
        max_length=16, choices=Restriction, blank=True, help_text="What is required before it is needled."
    )
    remark = models.CharField(max_length=400, blank=True, help_text="How to reach it, or what to write down.")
    source = models.CharField(max_length=300, blank=True)
    is_active = models.BooleanField(default=True)
    counts_as = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="free_entries",
        help_text="Figures count it there. The words that practitioners signed stay.",
    )

    objects = MuscleQuerySet.as_manager()

    class Meta(CatalogueEntry.Meta):
        ordering = ["name_en"]
        constraints = [
            *CatalogueEntry.Meta.constraints,
            models.CheckConstraint(
                condition=Q(kind__in=TargetKind.values),
                name="muscle_kind_listed",
                violation_error_message="Choose the kind from the list.",
            ),
            models.CheckConstraint(
                condition=Q(kind=TargetKind.FREE, slug__startswith="free-")
                | ~Q(kind=TargetKind.FREE) & ~Q(slug__startswith="free-") & Q(counts_as=None),
                name="muscle_free_or_listed",
                violation_error_message="Only a free entry has a slug that starts with 'free-' and counts as another.",
            ),
            models.CheckConstraint(
                condition=~Q(region="") | ~Q(kind=TargetKind.FREE),
                name="free_entry_has_a_region",
                violation_error_message="Choose the region.",
            ),
            Immutable(
                name="muscle_kind_frozen",
                fields=["kind"],
                violation_error_message="Figures count muscles and other targets apart. The kind cannot be changed.",
            ),
            Immutable(
                name="muscle_free_region_frozen",
                when=Q(kind=TargetKind.FREE),
                fields=["region"],
                violation_error_message="Signed records use the region of a free entry. It cannot be changed.",
            ),
            Immutable(
                name="muscle_name_frozen",
                fields=["slug", "name_en"],
                violation_error_message="Signed records use the name and slug of a muscle. They cannot be changed.",
            ),
        ]

    def __str__(self):
        return self.display_name or self.name_en

    @property
    def is_offered(self):
        """Whether it is one of `active()`."""
        return self.is_active and self.kind != TargetKind.FREE

    def clean(self):
        entry = self.counts_as
        if entry and (entry.kind == TargetKind.FREE or entry.region not in ("", self.region)):
            raise ValidationError({"counts_as": "Choose an entry of the catalogue of the same region."})


class TriggerPointQuerySet(models.QuerySet):
    def in_order(self):
        return self.order_by("sort_order", "label")


class TriggerPoint(CatalogueEntry):
    class LabelKind(models.TextChoices):
        TRAVELL_SIMONS_NUMBER = "travell_simons_number", "Travell and Simons number"
        SITE_NAME = "site_name", "Site name"

    class Sides(models.TextChoices):
        BOTH = "both", "Both sides"
        RIGHT = "right", "Right side only"

    muscle = models.ForeignKey(Muscle, on_delete=models.PROTECT, related_name="trigger_points")
    label = models.CharField(max_length=40)
    label_kind = models.CharField(max_length=24, choices=LabelKind, default=LabelKind.SITE_NAME)
    sort_order = models.PositiveSmallIntegerField(default=1)
    location = models.CharField(max_length=200, blank=True)
    referred_pain = models.CharField(max_length=200, blank=True)
    source = models.CharField(max_length=300, blank=True)
    view = models.CharField(max_length=20, choices=View, blank=True)
    x = models.DecimalField(
        max_digits=5,
        decimal_places=1,
        null=True,
        blank=True,
        help_text="Position on the body chart, on the patient's right side.",
    )
    y = models.DecimalField(max_digits=5, decimal_places=1, null=True, blank=True)
    sides = models.CharField(max_length=8, choices=Sides, default=Sides.BOTH)

    objects = TriggerPointQuerySet.as_manager()

    class Meta(CatalogueEntry.Meta):
        ordering = ["muscle__name_en", "sort_order", "label"]
        constraints = [
            *CatalogueEntry.Meta.constraints,
            models.UniqueConstraint(fields=["muscle", "label"], name="one_label_a_muscle"),
            Immutable(
                name="trigger_point_label_frozen",
                fields=["muscle", "label"],
                violation_error_message="Signed records use the muscle and label. They cannot be changed.",
            ),
        ]

    def __str__(self):
        return self.label
