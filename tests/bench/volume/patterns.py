"""Prepared rows of needlings and sets of reactions, from which each session takes some."""

from tests.demo.visits import ACTIONS, OVER_BEFORE_LEAVING, REACTIONS, Technique, depth_for, stimulation
from treatments.models import Needling

from .invented import generator
from .writing import encoded

# Every field of a needling but those that the writer of the sessions counts up.
FIELDS = [field for field in Needling._meta.concrete_fields if field.name not in ("id", "session", "sort_order")]
NEEDLING = [field.attname for field in FIELDS]
BLANK = {field.attname: field.get_default() for field in FIELDS}
FEWEST, MOST, MOST_ROWS = 20, 300, 6
SETS_OF_REACTIONS = 1 << 16


class Patterns:
    """Needlings of a region, side and half-year, made when first asked for."""

    def __init__(self, muscles, needles, scale, seed):
        self.muscles, self.needles, self.seed = muscles, needles, seed
        self.size = min(MOST, max(FEWEST, scale.sessions // 1000))
        self.made = {}

    def rows(self, region, side, half, rng, count):
        """So many encoded rows, in the order of NEEDLING, of different points or with different needles."""
        key = region, side, half
        pool = self.made.get(key) or self.made.setdefault(key, self._pool(*key))
        start = int(rng.random() * (self.size - MOST_ROWS))
        return pool[start : start + count]

    def _pool(self, region, side, half):
        rng = generator(self.seed, region, side, half)
        muscles = [muscle for muscle in self.muscles if muscle.region == region]
        return [self._row(rng.choice(muscles), side, self.needles[half], rng) for _ in range(self.size)]

    def _row(self, muscle, side, needles, rng):
        usual = range(muscle.needle_length_min_mm, muscle.needle_length_max_mm + 1)
        needle = rng.choice([needle for needle in needles if needle.length_mm in usual])
        technique = rng.choices([*Technique], [58, 24, 14, 4])[0]
        points = [point for point in muscle.trigger_points.all() if point.sides == "both"]
        row = {
            **BLANK,
            "muscle_id": muscle.pk,
            "side": side,
            "trigger_point_id": rng.choice(points).pk if points else None,
            "point_state": rng.choices(["active", "latent", ""], [60, 25, 15])[0],
            "taut_band": rng.choices([True, False, None], [70, 10, 20])[0],
            "needle_id": needle.pk,
            "depth_mm": depth_for(muscle, needle, technique, rng),
            **stimulation(technique, rng),
        }
        return encoded(row[name] for name in NEEDLING)


def sets_of_reactions(seed):
    """What is seen at a session, as tuples of types, nearly all of them empty; rates of REACTIONS in each type."""
    rng = generator(seed, "reactions")
    return [
        tuple(type_ for type_, percent in REACTIONS.items() if rng.random() * 100 < percent)
        for _ in range(SETS_OF_REACTIONS)
    ]


# Of each type what is written down with it: type, grade, what was done, the outcome.
WRITTEN = {
    type_: encoded(
        (
            type_.value,
            "significant" if type_ == "fainting" else "mild",
            ACTIONS.get(type_, ""),
            "Over before leaving" if type_ in OVER_BEFORE_LEAVING else "",
        )
    )
    for type_ in REACTIONS
}
