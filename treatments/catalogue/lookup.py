"""The catalogue for one page: looked up in memory, and read from the database once, only if needed."""

from functools import cached_property

from patients.templatetags.citations import cited
from treatments.evidence.groups import split_list
from treatments.models import Muscle, Needle, TargetKind, TriggerPoint


class LazyRows(dict):
    """Rows by their primary key as text. It starts with `loaded` rows; `load` is called for all others if needed.

    Saving a session looks up only rows that it has already, and so does not read the catalogue. This keeps saving
    within its target of docs/performance.md.
    """

    def __init__(self, loaded, load):
        super().__init__({str(row.pk): row for row in loaded if row})
        self.load = load

    def __missing__(self, key):
        if key not in self.all():
            raise KeyError(key)
        return self[key]

    def all(self):
        """This dictionary with all rows loaded."""
        if self.load:
            everything = {str(row.pk): row for row in self.load()} | self
            self.load = None
            self.clear()
            self.update(everything)
        return self


class Catalogue:
    """Active muscles with their trigger points, and the needles that can be used on a day.

    `needlings` and `measurements` are the rows of a session with their related rows loaded. What they use remains a
    choice, even if it has been retired, used up or has expired since.
    """

    def __init__(self, on, needlings=(), measurements=()):
        self.on = on
        muscles = [row.muscle for row in [*needlings, *measurements]]
        self.muscles = LazyRows(muscles, Muscle.objects.active)
        points = TriggerPoint.objects.in_order().only("muscle_id", "label")
        self.points = LazyRows([row.trigger_point for row in needlings], points.all)
        self.needles = LazyRows([row.needle for row in needlings], lambda: Needle.objects.usable_on(on))

    @classmethod
    def of(cls, muscles, points):
        """A catalogue of these rows alone, without needles."""
        catalogue = cls(on=None)
        catalogue.muscles, catalogue.points = LazyRows(muscles, None), LazyRows(points, None)
        catalogue.needles = LazyRows([], None)
        return catalogue

    @cached_property
    def points_by_muscle(self):
        by_muscle = {}
        for point in self.points.all().values():
            by_muscle.setdefault(point.muscle_id, []).append(point)
        return by_muscle

    def as_json(self):
        """What the browser needs to add a row without a request: muscles with names, points, and notes as HTML."""
        return [self._muscle_json(muscle) for muscle in self.muscles.all().values()]

    def not_offered(self):
        """The same for the muscles of the session's rows that are not offered to others: retired, or in own words."""
        loaded = [self.muscles[key] for key in list(self.muscles)]
        return [self._muscle_json(muscle) for muscle in loaded if not muscle.is_offered]

    def _muscle_json(self, muscle):
        return {
            "id": muscle.pk,
            "slug": muscle.slug,
            "name": str(muscle),
            "words": _words_of(muscle),
            "kind": "" if muscle.kind == TargetKind.MUSCLE else muscle.get_kind_display(),
            "region": muscle.region,
            "restricted": muscle.restricted,
            "caution": cited(muscle.caution),
            "depthNote": cited(muscle.depth_note),
            "remark": cited(muscle.remark),
            "thorax": muscle.pneumothorax_risk,
            "reviewed": muscle.is_reviewed,
            "points": [{"id": p.pk, "label": p.label} for p in self.points_by_muscle.get(muscle.pk, [])],
        }


def _words_of(muscle):
    """The texts that find a muscle, its displayed name first, each once."""
    names = [str(muscle), muscle.name_en, muscle.name_latin]
    return list(dict.fromkeys([*filter(None, names), *split_list(muscle.synonyms), *split_list(muscle.search_words)]))
