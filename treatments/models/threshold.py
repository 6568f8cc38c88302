"""Published thresholds of meaningful change, from a CSV file."""

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q

from patients.models import BodyRegion

from .catalogue import CatalogueEntry


def known_regions(text):
    """Refuse words that are not short names of regions, such as low_back."""
    if unknown := set(text.split()) - set(BodyRegion.values):
        known = ", ".join(BodyRegion.values)
        raise ValidationError(f"Not a region: {', '.join(sorted(unknown))}. Use one or more of: {known}.")


class ThresholdQuerySet(models.QuerySet):
    def in_use(self):
        """Without those that were found to be wrong. They are kept, because older figures name them."""
        return self.filter(retired_because="")


class Threshold(CatalogueEntry):
    """A published threshold of meaningful change in an outcome measure, with its population and source."""

    class Measure(models.TextChoices):
        NPRS = "nprs", "Pain, NPRS 0 to 10"
        VAS = "vas", "Pain, VAS 0 to 100 mm"
        PPT = "ppt", "Pressure pain threshold"
        ROM = "rom", "Range of motion"
        PSFS = "psfs", "PSFS"
        GROC = "groc", "GROC"
        NDI = "ndi", "NDI"
        ODI = "odi", "ODI"
        QUICKDASH = "quickdash", "QuickDASH"
        LEFS = "lefs", "LEFS"
        HIT6 = "hit6", "HIT-6"
        HEADACHE = "headache", "Headache days in 4 weeks"
        RMDQ = "rmdq", "RMDQ"
        DASH = "dash", "DASH"
        SPADI = "spadi", "SPADI"
        BCTQ_S = "bctq_s", "Boston carpal tunnel, symptoms"
        BCTQ_F = "bctq_f", "Boston carpal tunnel, function"
        VISA_A = "visa_a", "VISA-A, Achilles"
        VISA_P = "visa_p", "VISA-P, patella"
        VISA_G = "visa_g", "VISA-G, gluteal"
        VISA_H = "visa_h", "VISA-H, hamstring"
        TSK17 = "tsk17", "TSK, 17 items"
        TSK11 = "tsk11", "TSK-11"
        PCS = "pcs", "PCS"
        FABQ_W = "fabq_w", "FABQ, work"
        FABQ_PA = "fabq_pa", "FABQ, physical activity"
        EQ5D = "eq5d", "EQ-5D index"
        EQVAS = "eqvas", "EQ VAS"
        FIQR = "fiqr", "FIQR"
        MSKHQ = "mskhq", "MSK-HQ"
        CPSI = "cpsi", "NIH-CPSI"
        PROMIS_PF = "promis_pf", "PROMIS physical function"
        PROMIS_PI = "promis_pi", "PROMIS pain interference"
        PROMIS_FAT = "promis_fat", "PROMIS fatigue"
        PROMIS_SLP = "promis_slp", "PROMIS sleep disturbance"
        PROMIS_ANX = "promis_anx", "PROMIS anxiety"
        PROMIS_DEP = "promis_dep", "PROMIS depression"
        PROMIS_SOC = "promis_soc", "PROMIS social roles"

    class Kind(models.TextChoices):
        MDC = "mdc", "Smallest detectable change"
        MCID = "mcid", "Smallest important change"
        MUCH_BETTER = "much_better", "Much better"

    slug = models.SlugField(unique=True)
    measure = models.CharField(max_length=12, choices=Measure)
    population = models.CharField(max_length=120)
    kind = models.CharField(max_length=12, choices=Kind)
    value = models.DecimalField(max_digits=6, decimal_places=2)
    unit = models.CharField(max_length=20)
    source = models.CharField(max_length=200, blank=True)
    is_on_pain_course = models.BooleanField("drawn on pain courses", default=False)
    # Only for scores in this range before treatment, including both ends; empty: for all.
    baseline_low = models.PositiveSmallIntegerField("from a first score of", null=True, blank=True)
    baseline_high = models.PositiveSmallIntegerField("to a first score of", null=True, blank=True)
    # Only for complaints of these regions, and that have lasted so long at the first session; empty: for all.
    regions = models.CharField(
        "regions of the complaint",
        max_length=100,
        blank=True,
        validators=[known_regions],
        help_text="Their short names, such as low_back, with spaces between them. Empty: all.",
    )
    least_weeks = models.PositiveSmallIntegerField(
        "weeks it had lasted", null=True, blank=True, help_text="At least, before the first session. Empty: any time."
    )
    # Thresholds for different first scores that make one rule have a name in common; each may be in several rules.
    rules = models.CharField(
        "rules", max_length=100, blank=True, help_text="A name for all thresholds that are used together."
    )
    retired_because = models.CharField(
        max_length=200, blank=True, help_text="Why it is no longer used. Figures made before may name it."
    )

    objects = ThresholdQuerySet.as_manager()

    class Meta(CatalogueEntry.Meta):
        ordering = ["measure", "kind", "value"]
        constraints = [
            *CatalogueEntry.Meta.constraints,
            models.UniqueConstraint(
                fields=["measure"],
                condition=Q(is_on_pain_course=True),
                name="one_pain_course_threshold",
                violation_error_message="Only one threshold can be drawn. Clear this option on the other one first.",
            ),
            models.CheckConstraint(
                condition=Q(baseline_low=None, baseline_high=None) | Q(baseline_low__lte=F("baseline_high")),
                name="threshold_baseline_range",
                violation_error_message="Give both ends of the range, the lower one first.",
            ),
        ]

    def __str__(self):
        return f"{self.get_measure_display()}: {self.value.normalize():f} {self.unit}, {self.population}"

    @property
    def is_chosen_for_pain(self):
        """Whether the clinic has chosen it to be drawn on pain courses."""
        return self.measure == self.Measure.NPRS and self.is_on_pain_course

    def is_for(self, region, lasted_days):
        """Whether it was published for complaints of this region that have lasted so many days."""
        return (not self.regions or region in self.regions.split()) and lasted_days >= 7 * (self.least_weeks or 0)

    def covers(self, first):
        """Whether it was published for courses with this first score."""
        return self.baseline_low is None or self.baseline_low <= first <= self.baseline_high
