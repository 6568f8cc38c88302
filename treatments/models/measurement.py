"""Measurements before and after needling."""

import uuid
from decimal import Decimal

from django.db import models
from django.db.models import Q

from .catalogue import Muscle
from .corrected_row import AS_SIGNED, CorrectedRow, CountingManager, corrected_row_constraints
from .needling import Needling
from .session import TreatmentSession
from .session_constraints import immutable_with_session

# By definition of the kilogram-force.
KPA_PER_KG_CM2 = Decimal("98.0665")


class Movement(models.TextChoices):
    NECK_FLEXION = "neck_flexion", "Neck flexion"
    NECK_EXTENSION = "neck_extension", "Neck extension"
    NECK_SIDE_BEND = "neck_side_bend", "Neck side bend"
    NECK_ROTATION = "neck_rotation", "Neck rotation"
    TRUNK_FLEXION = "trunk_flexion", "Trunk flexion"
    TRUNK_EXTENSION = "trunk_extension", "Trunk extension"
    TRUNK_SIDE_BEND = "trunk_side_bend", "Trunk side bend"
    TRUNK_ROTATION = "trunk_rotation", "Trunk rotation"
    SHOULDER_FLEXION = "shoulder_flexion", "Shoulder flexion"
    SHOULDER_EXTENSION = "shoulder_extension", "Shoulder extension"
    SHOULDER_ABDUCTION = "shoulder_abduction", "Shoulder abduction"
    SHOULDER_MEDIAL_ROTATION = "shoulder_medial_rotation", "Shoulder medial rotation"
    SHOULDER_LATERAL_ROTATION = "shoulder_lateral_rotation", "Shoulder lateral rotation"
    ELBOW_FLEXION = "elbow_flexion", "Elbow flexion"
    ELBOW_EXTENSION = "elbow_extension", "Elbow extension"
    FOREARM_PRONATION = "forearm_pronation", "Forearm pronation"
    FOREARM_SUPINATION = "forearm_supination", "Forearm supination"
    WRIST_FLEXION = "wrist_flexion", "Wrist flexion"
    WRIST_EXTENSION = "wrist_extension", "Wrist extension"
    WRIST_RADIAL = "wrist_radial_deviation", "Wrist radial deviation"
    WRIST_ULNAR = "wrist_ulnar_deviation", "Wrist ulnar deviation"
    HIP_FLEXION = "hip_flexion", "Hip flexion"
    HIP_EXTENSION = "hip_extension", "Hip extension"
    HIP_ABDUCTION = "hip_abduction", "Hip abduction"
    HIP_ADDUCTION = "hip_adduction", "Hip adduction"
    HIP_INTERNAL_ROTATION = "hip_internal_rotation", "Hip internal rotation"
    HIP_EXTERNAL_ROTATION = "hip_external_rotation", "Hip external rotation"
    KNEE_FLEXION = "knee_flexion", "Knee flexion"
    KNEE_EXTENSION = "knee_extension", "Knee extension"
    ANKLE_DORSIFLEXION = "ankle_dorsiflexion", "Ankle dorsiflexion"
    ANKLE_PLANTAR_FLEXION = "ankle_plantar_flexion", "Ankle plantar flexion"
    FOOT_INVERSION = "foot_inversion", "Foot inversion"
    FOOT_EVERSION = "foot_eversion", "Foot eversion"


class Measurement(CorrectedRow):
    """Values are stored in kPa, degrees or grade, whatever unit was typed in."""

    class Kind(models.TextChoices):
        PPT = "ppt", "Pressure pain threshold"
        ROM = "rom", "Range of motion"
        STRENGTH = "strength", "Strength"

    class Unit(models.TextChoices):
        KPA = "kpa", "kPa"
        KG_CM2 = "kg_cm2", "kg/cm²"
        DEGREES = "degrees", "°"
        GRADE = "grade", "of 5"

    UNITS = {Kind.PPT: (Unit.KPA, Unit.KG_CM2), Kind.ROM: (Unit.DEGREES,), Kind.STRENGTH: (Unit.GRADE,)}

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    session = models.ForeignKey(TreatmentSession, on_delete=models.PROTECT, related_name="measurements")
    sort_order = models.PositiveSmallIntegerField(default=0)
    kind = models.CharField(max_length=10, choices=Kind)
    muscle = models.ForeignKey(Muscle, on_delete=models.PROTECT, null=True, blank=True, related_name="measurements")
    movement = models.CharField(max_length=28, choices=Movement, blank=True)
    side = models.CharField(max_length=8, choices=Needling.Side, blank=True)
    before = models.DecimalField(max_digits=8, decimal_places=3, null=True, blank=True)
    after = models.DecimalField(max_digits=8, decimal_places=3, null=True, blank=True)
    unit = models.CharField("unit typed in", max_length=8, choices=Unit)

    objects = CountingManager()
    every_row = models.Manager()

    class Meta:
        ordering = ["sort_order", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="ppt", unit__in=["kpa", "kg_cm2"])
                | Q(kind="rom", unit="degrees")
                | Q(kind="strength", unit="grade"),
                name="measurement_unit_fits_kind",
                violation_error_message="Choose a unit that fits the measurement.",
            ),
            immutable_with_session("measurement_frozen_with_session", only=AS_SIGNED),
            *corrected_row_constraints("measurement"),
        ]

    def __str__(self):
        return f"{self.get_kind_display()}: {self.subject}"

    @property
    def subject(self):
        """The muscle or movement that was measured."""
        if self.muscle:
            return self.session.name_of(self.muscle) if self.session_id else str(self.muscle)
        return self.get_movement_display()

    def in_unit(self, value):
        """A stored value in the unit it was typed in, rounded to the precision of instruments."""
        if value is None:
            return None
        if self.unit == self.Unit.KG_CM2:
            value = value / KPA_PER_KG_CM2
            return value.quantize(Decimal("0.01")).normalize()
        return value.quantize(Decimal("0.1")).normalize()

    @property
    def before_in_unit(self):
        return self.in_unit(self.before)

    @property
    def after_in_unit(self):
        return self.in_unit(self.after)
