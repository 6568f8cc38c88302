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
NEWTON_PER_KG = Decimal("9.80665")
# A grade with a sign is stored as a number, so that it can be compared: 4+ is 4.3 and 4− is 3.7. Our convention.
SIGN = Decimal("0.3")


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
    SCAPULA_UPWARD = "scapula_upward_rotation", "Scapula upward rotation"
    SCAPULA_DOWNWARD = "scapula_downward_rotation", "Scapula downward rotation"
    SHOULDER_ADDUCTION = "shoulder_adduction", "Shoulder adduction"
    SHOULDER_HORIZONTAL = "shoulder_horizontal_adduct", "Shoulder horizontal adduction"
    FINGER_MCP_FLEXION = "finger_mcp_flexion", "Finger base joint (MCP) flexion"
    FINGER_MCP_EXTENSION = "finger_mcp_extension", "Finger base joint (MCP) extension"
    FINGER_PIP_FLEXION = "finger_pip_flexion", "Finger middle joint (PIP) flexion"
    FINGER_PIP_EXTENSION = "finger_pip_extension", "Finger middle joint (PIP) extension"
    FINGER_DIP_FLEXION = "finger_dip_flexion", "Finger end joint (DIP) flexion"
    THUMB_FLEXION = "thumb_flexion", "Thumb flexion"
    THUMB_EXTENSION = "thumb_extension", "Thumb extension"
    THUMB_ABDUCTION = "thumb_abduction", "Thumb abduction"
    BIG_TOE_FLEXION = "big_toe_flexion", "Big toe flexion"
    BIG_TOE_EXTENSION = "big_toe_extension", "Big toe extension"
    TOES_FLEXION = "toes_flexion", "Lesser toes flexion"
    TOES_EXTENSION = "toes_extension", "Lesser toes extension"
    JAW_OPENING = "jaw_opening", "Jaw opening"
    JAW_LATERAL = "jaw_lateral", "Jaw sideways movement"
    JAW_PROTRUSION = "jaw_protrusion", "Jaw forward movement"


# Movements that are measured in millimetres, not in degrees.
IN_MILLIMETRES = [Movement.JAW_OPENING.value, Movement.JAW_LATERAL.value, Movement.JAW_PROTRUSION.value]


class Measurement(CorrectedRow):
    """Values are stored in kPa, degrees, millimetres, newtons or grade, whatever unit was typed in."""

    class Kind(models.TextChoices):
        PPT = "ppt", "Pressure pain threshold"
        ROM = "rom", "Range of motion"
        STRENGTH = "strength", "Strength"
        DISTANCE = "distance", "Distance of movement"
        FORCE = "force", "Force by dynamometer"
        GRIP = "grip", "Grip strength"

    class Mode(models.TextChoices):
        ACTIVE = "active", "Active"
        PASSIVE = "passive", "Passive"

    class Unit(models.TextChoices):
        KPA = "kpa", "kPa"
        KG_CM2 = "kg_cm2", "kg/cm²"
        DEGREES = "degrees", "°"
        GRADE = "grade", "of 5"
        MRC = "mrc", "of 5, MRC"  # with plus or minus
        MM = "mm", "mm"
        NEWTON = "newton", "N"
        KG = "kg", "kg"

    UNITS = {
        Kind.PPT: (Unit.KPA, Unit.KG_CM2),
        Kind.ROM: (Unit.DEGREES,),
        Kind.STRENGTH: (Unit.GRADE, Unit.MRC),
        Kind.DISTANCE: (Unit.MM,),
        Kind.FORCE: (Unit.NEWTON, Unit.KG),
        Kind.GRIP: (Unit.NEWTON, Unit.KG),
    }
    # Stored unit in one unit typed in, where the two differ.
    FACTORS = {Unit.KG_CM2: KPA_PER_KG_CM2, Unit.KG: NEWTON_PER_KG}

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    session = models.ForeignKey(TreatmentSession, on_delete=models.PROTECT, related_name="measurements")
    sort_order = models.PositiveSmallIntegerField(default=0)
    kind = models.CharField(max_length=10, choices=Kind)
    muscle = models.ForeignKey(Muscle, on_delete=models.PROTECT, null=True, blank=True, related_name="measurements")
    movement = models.CharField(max_length=28, choices=Movement, blank=True)
    mode = models.CharField("active or passive", max_length=7, choices=Mode, blank=True)
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
                | Q(kind="strength", unit__in=["grade", "mrc"])
                | Q(kind="distance", unit="mm")
                | Q(kind__in=["force", "grip"], unit__in=["newton", "kg"]),
                name="measurement_unit_fits_kind",
                violation_error_message="Choose a unit that fits the measurement.",
            ),
            models.CheckConstraint(
                condition=Q(mode="") | Q(kind="rom", mode__in=["active", "passive"]),
                name="measurement_mode_only_of_motion",
                violation_error_message="Only a range of motion is active or passive.",
            ),
            immutable_with_session("measurement_frozen_with_session", only=AS_SIGNED),
            *corrected_row_constraints("measurement"),
        ]

    def __str__(self):
        return f"{self.get_kind_display()}: {self.subject}" if self.subject else self.get_kind_display()

    @property
    def subject(self):
        """The muscle or movement that was measured, and whether it was active or passive."""
        name = self.get_movement_display()
        if self.muscle:
            name = self.session.name_of(self.muscle) if self.session_id else str(self.muscle)
        return f"{name}, {self.get_mode_display().lower()}" if self.mode else name

    def in_unit(self, value):
        """A stored value in the unit it was typed in, rounded to the precision of instruments."""
        if value is None:
            return None
        if factor := self.FACTORS.get(self.unit):
            return (value / factor).quantize(Decimal("0.01")).normalize()
        return value.quantize(Decimal("0.1")).normalize()

    def text_of(self, value):
        """A stored value as text, in the unit it was typed in; "" for None. A grade with a sign is "4+" or "4−"."""
        if value is None:
            return ""
        sign = value - round(value)
        if self.unit == self.Unit.MRC and abs(sign) == SIGN:
            return f"{round(value)}{'+' if sign > 0 else chr(0x2212)}"
        return f"{self.in_unit(value):f}"

    @property
    def before_in_unit(self):
        return self.text_of(self.before) or None

    @property
    def after_in_unit(self):
        return self.text_of(self.after) or None
