"""The catalogue as one page needs it: looked up in memory, read from the database once and only when asked for more."""

from functools import cached_property

from treatments.models import Muscle, Needle, TriggerPoint


class Entries(dict):
    """Rows by primary key as text, as pages post it: those at hand first, all of them when another is asked for."""

    def __init__(self, at_hand, load):
        super().__init__({str(row.pk): row for row in at_hand if row})
        self.load = load

    def __missing__(self, key):
        if key not in self.all():
            raise KeyError(key)
        return self[key]

    def all(self):
        if self.load:
            everything = {str(row.pk): row for row in self.load()} | self
            self.load = None
            self.clear()
            self.update(everything)
        return self


class Catalogue:
    """Muscles with their points, and the needles usable on a day.

    `needlings` and `measurements` are a session's rows with what they point to: what they have chosen stays a choice,
    even when it has been retired, used up or has expired since.
    """

    def __init__(self, on, needlings=(), measurements=()):
        self.on = on
        muscles = [row.muscle for row in [*needlings, *measurements]]
        self.muscles = Entries(muscles, Muscle.objects.active)
        points = TriggerPoint.objects.in_their_order().only("muscle_id", "label")
        self.points = Entries([row.trigger_point for row in needlings], points.all)
        self.needles = Entries([row.needle for row in needlings], lambda: Needle.objects.usable_on(on))

    @cached_property
    def points_by_muscle(self):
        by_muscle = {}
        for point in self.points.all().values():
            by_muscle.setdefault(point.muscle_id, []).append(point)
        return by_muscle

    def as_json(self):
        """What the browser needs to add a row without asking: names, points, cautions."""
        return [self._muscle_json(muscle) for muscle in self.muscles.all().values()]

    def _muscle_json(self, muscle):
        return {
            "id": muscle.pk,
            "slug": muscle.slug,
            "name": muscle.name_en,
            "words": f"{muscle.name_en} {muscle.name_latin} {muscle.synonyms}".lower(),
            "caution": muscle.caution,
            "thorax": muscle.pneumothorax_risk,
            "reviewed": muscle.is_reviewed,
            "points": [{"id": p.pk, "label": p.label} for p in self.points_by_muscle.get(muscle.pk, [])],
        }
