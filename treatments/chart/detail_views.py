"""The enlarged views of the body chart, such as the hand or the deep muscles of the neck, and their labelled points.

A view is a part of one of the drawings. Everything in it that can be needled has a point with a letter. The points are
in `data/chart_points.csv`, on the patient's right side; they come from no publication, and no clinician has reviewed
them. Rows whose view is a drawing are the points of regions: a free entry is shown at the point of its region.
"""

import csv
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from string import ascii_uppercase

DATA = Path(__file__).resolve().parent.parent / "data"
DRAWING_WIDTH = {"anterior": 400, "posterior": 400, "head_neck_lateral": 300, "pelvis": 300}
RADIUS = 0.031  # of a point, as a part of the longer edge of its view: 11 px where that is 360 px
REGION_RADIUS = 3.2
OTHER_SIDE = {"right": "left", "left": "right"}


@dataclass(frozen=True)
class ChartPoint:
    slug: str  # of an entry of the catalogue, or region-... for the free entries of a region
    letter: str
    kind: str  # "muscle", "target" or "free"
    x: float
    y: float
    side: str  # "midline" for what exists once

    def path(self, radius):
        """The outline of its mark: a circle for a muscle, a diamond for another target, a square for a free entry."""
        if self.kind == "muscle":
            return _circle(self.x, self.y, radius)
        if self.kind == "target":
            wide = radius * 1.3
            return f"M{self.x - wide:.1f} {self.y:.1f}" + _lines((wide, -wide), (wide, wide), (-wide, wide))
        top, edge = radius * 0.9, radius * 1.8
        return f"M{self.x - top:.1f} {self.y - top:.1f}" + _lines((edge, 0), (0, edge), (-edge, 0))


@dataclass(frozen=True)
class DetailView:
    key: str
    label: str
    drawing: str
    left: float  # of the right side, if it shows one limb
    top: float
    width: float
    height: float
    is_one_limb: bool = False

    def view_box(self, side="right"):
        """The part of the drawing that it shows. One limb is shown on its side."""
        mirrored = self.is_one_limb and side == "left"
        left = DRAWING_WIDTH[self.drawing] - self.left - self.width if mirrored else self.left
        return f"{left:g} {self.top:g} {self.width:g} {self.height:g}"

    @property
    def radius(self):
        return RADIUS * max(self.width, self.height)

    @cached_property
    def points(self):
        """Its points on both sides, in the order of their letters."""
        return tuple(points_of(self.key, self.drawing))


DETAIL_VIEWS = (
    DetailView("face", "Face and throat", "anterior", 150, 14, 100, 144),
    DetailView("neck_back", "Neck, deep", "posterior", 150, 66, 100, 110),
    DetailView("upper_back", "Upper back, deep", "posterior", 130, 150, 140, 140),
    DetailView("lower_back", "Lower back, deep", "posterior", 130, 272, 140, 140),
    DetailView("trunk_front", "Chest and belly, deep", "anterior", 110, 150, 180, 310),
    DetailView("shoulder_front", "Shoulder and upper arm, front", "anterior", 64, 150, 110, 190, True),
    DetailView("shoulder_back", "Shoulder and upper arm, back", "posterior", 236, 150, 110, 190, True),
    DetailView("forearm_front", "Forearm, front", "anterior", 36, 290, 84, 150, True),
    DetailView("forearm_back", "Forearm, back", "posterior", 280, 290, 84, 150, True),
    DetailView("hand_palm", "Hand, palm", "anterior", 0, 424, 72, 108, True),
    DetailView("hand_back", "Hand, back", "posterior", 328, 424, 72, 108, True),
    DetailView("buttock", "Buttock, deep", "posterior", 112, 374, 176, 130),
    DetailView("pelvis", "Pelvic floor", "pelvis", 30, 40, 240, 240),
    DetailView("groin", "Hip and thigh, front", "anterior", 100, 400, 104, 246, True),
    DetailView("leg_front", "Knee and leg, front", "anterior", 110, 616, 90, 220, True),
    DetailView("leg_back", "Knee and leg, back", "posterior", 206, 640, 88, 220, True),
    DetailView("foot_top", "Foot, top", "anterior", 112, 806, 72, 90, True),
    DetailView("foot_sole", "Foot, sole", "posterior", 318, 738, 68, 140, True),
)


def points_of(view, drawing):
    """Yield the ChartPoints in a view (the key of a DetailView, or a drawing), with their reflections."""
    width = DRAWING_WIDTH[drawing]
    for number, row in enumerate(_rows().get(view, ())):
        kind = "free" if row["slug"].startswith("region-") else "muscle" if row["slug"] in _muscles() else "target"
        x, y, letter = float(row["x"]), float(row["y"]), "" if kind == "free" else ascii_uppercase[number]
        if row["sides"] == "midline":
            yield ChartPoint(row["slug"], letter, kind, x, y, "midline")
        else:
            yield ChartPoint(row["slug"], letter, kind, x, y, "right")
            yield ChartPoint(row["slug"], letter, kind, width - x, y, "left")


@cache
def _rows():
    """{view: rows of the file}."""
    rows = {}
    with (DATA / "chart_points.csv").open(newline="", encoding="utf-8") as lines:
        for row in csv.DictReader(lines):
            rows.setdefault(row["view"], []).append(row)
    return rows


@cache
def _muscles():
    with (DATA / "muscles.csv").open(newline="", encoding="utf-8") as lines:
        return {row["slug"] for row in csv.DictReader(lines)}


def _circle(x, y, r):
    bend = r * 0.5523  # makes a quarter of a circle of a cubic curve
    quarters = [
        (0, -bend, r - bend, -r, r, -r),
        (bend, 0, r, r - bend, r, r),
        (0, bend, bend - r, r, -r, r),
        (-bend, 0, -r, bend - r, -r, -r),
    ]
    curves = "".join("c" + " ".join(f"{number:.1f}" for number in quarter) for quarter in quarters)
    return f"M{x - r:.1f} {y:.1f}{curves}z"


def _lines(*steps):
    return "".join(f"l{across:.1f} {down:.1f}" for across, down in steps) + "z"
