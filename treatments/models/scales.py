"""The scales of the outcome measures that can be recorded: range, direction and how the total is computed."""

from dataclasses import dataclass

from .threshold import Threshold

Measure = Threshold.Measure


@dataclass(frozen=True)
class Scale:
    """The range of a measure, including both ends, and its direction."""

    low: int
    high: int
    unit: str
    higher_is_better: bool
    is_whole: bool
    about: str  # how to score it, shown in the form, with its source
    rates_change: bool = False  # the patient rates the change itself, so a single score is a change
    decimals: int = 1  # that pages show; 3 are stored

    @property
    def is_percentage(self):
        return self.unit == "%"

    @property
    def direction(self):
        return "higher is better" if self.higher_is_better else "lower is better"

    def holds(self, value):
        """Whether this value is in the range and has allowed decimals."""
        return self.low <= value <= self.high and not (self.is_whole and value != int(value))

    @property
    def sentence(self):
        """A description of the allowed values, such as "a whole number from 0 to 10"."""
        kind = "a whole number" if self.is_whole else "a percentage" if self.is_percentage else "a number"
        return f"{kind} from {self.low} to {self.high}".replace("-", "\N{MINUS SIGN}")


# NDI and ODI are stored in percent, so that totals with an item left out (16 of 45 is 35.5 % [@noterro-ndi]) can be
# compared with full ones. NDI can also be typed in points of 50, which are doubled. The limits of the EQ-5D index and
# of T-scores leave room for the value set of every country and the table of every form.
GENERAL = {
    Measure.NPRS: Scale(0, 10, "points", False, True, "One number, of now or of the last 24 hours [@farrar-2001]"),
    Measure.PSFS: Scale(0, 10, "points", True, False, "One row an activity, each from 0 to 10 [@stratford-1995-form]"),
    Measure.GROC: Scale(-7, 7, "points", True, True, "One of 15 answers; below 0 is worse [@groc-form]", True),
    Measure.MSKHQ: Scale(0, 56, "points", True, True, "Total of 14 items [@mskhq-fysiobasen]"),
    Measure.EQ5D: Scale(-1, 1, "points", True, False, "Index by the value set of a country [@euroqol-vas]", False, 3),
    Measure.EQVAS: Scale(0, 100, "points", True, True, "The mark on the scale of 0 to 100 [@euroqol-vas]"),
    Measure.FIQR: Scale(0, 100, "points", False, False, "Three parts: sums / 3, / 1 and / 2 [@fiqr-scoring]"),
}
BACK_AND_NECK = {
    Measure.NDI: Scale(0, 100, "%", False, False, "Ten items of 0 to 5; sum / (5 × answered) × 100 [@oats-scoring]"),
    Measure.ODI: Scale(0, 100, "%", False, False, "Ten items of 0 to 5; sum / (5 × answered) × 100 [@oats-scoring]"),
    Measure.RMDQ: Scale(0, 24, "points", False, True, "Statements that are ticked, of 24 [@rmdq-scoring]"),
}
ARM = {
    Measure.QUICKDASH: Scale(0, 100, "points", False, False, "(Mean of 10 or 11 items − 1) × 25 [@quickdash-formula]"),
    Measure.DASH: Scale(0, 100, "points", False, False, "(Mean of the answers − 1) × 25 [@dash-scoring]"),
    Measure.SPADI: Scale(0, 100, "points", False, False, "Points of 130 in percent [@oats-scoring]"),
    Measure.BCTQ_S: Scale(1, 5, "points", False, False, "Mean of the answers of 1 to 5 [@bctq-physiotutors]", False, 2),
    Measure.BCTQ_F: Scale(1, 5, "points", False, False, "Mean of the answers of 1 to 5 [@bctq-physiotutors]", False, 2),
}
LEG = {
    Measure.LEFS: Scale(0, 80, "points", True, True, "Twenty items of 0 to 4, summed [@lefs-form]"),
    Measure.VISA_A: Scale(0, 100, "points", True, True, "Total of the form [@visa-a-2001]"),
    Measure.VISA_P: Scale(0, 100, "points", True, True, "Total of the form [@visa-p-form]"),
    Measure.VISA_G: Scale(0, 100, "points", True, True, "Total of the form [@visa-g-physio-learning]"),
    Measure.VISA_H: Scale(0, 100, "points", True, True, "Total of the form [@visa-h-form]"),
}
HEAD = {
    Measure.HIT6: Scale(36, 78, "points", False, True, "Six items, summed [@gabormelli-hit6], [@ninds-hit6]"),
    Measure.HEADACHE: Scale(
        0, 28, "days", False, True, "Days with headache in the last 4 weeks of 7 days, from a diary"
    ),
}
PELVIS = {Measure.CPSI: Scale(0, 43, "points", False, True, "Total of the form [@cpsi-2009]")}
FEAR_AND_BELIEFS = {
    Measure.TSK17: Scale(17, 68, "points", False, True, "Total of the form [@tsk-osteopathy]"),
    Measure.TSK11: Scale(11, 44, "points", False, True, "Total of the form [@tsk11-physiotutors]"),
    Measure.PCS: Scale(0, 52, "points", False, True, "Total of the form [@pcs-norwegian-2012]"),
    Measure.FABQ_W: Scale(0, 42, "points", False, True, "Total of the work items [@delitto-2012-fabq]"),
    Measure.FABQ_PA: Scale(0, 24, "points", False, True, "Total of the activity items [@delitto-2012-fabq]"),
}
T_SCORE = "T-score from the table of the form; 50 is the mean of its population [@healthmeasures-promis]"
PROMIS = {
    Measure.PROMIS_PF: Scale(10, 90, "points", True, False, T_SCORE),
    Measure.PROMIS_PI: Scale(10, 90, "points", False, False, T_SCORE),
    Measure.PROMIS_FAT: Scale(10, 90, "points", False, False, T_SCORE),
    Measure.PROMIS_SLP: Scale(10, 90, "points", False, False, T_SCORE),
    Measure.PROMIS_ANX: Scale(10, 90, "points", False, False, T_SCORE),
    Measure.PROMIS_DEP: Scale(10, 90, "points", False, False, T_SCORE),
    Measure.PROMIS_SOC: Scale(10, 90, "points", True, False, T_SCORE),
}
# {what the patient complains about: {measure: its Scale}}, as the form lists them.
GROUPS = {
    "Neck and back": BACK_AND_NECK,
    "Shoulder, arm and hand": ARM,
    "Hip, leg and foot": LEG,
    "Head": HEAD,
    "Pelvis": PELVIS,
    "Any complaint": GENERAL,
    "Fear and beliefs": FEAR_AND_BELIEFS,
    "PROMIS, T-scores": PROMIS,
}
SCALES = {measure: scale for group in GROUPS.values() for measure, scale in group.items()}
