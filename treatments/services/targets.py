"""Store the targets that practitioners described in their own words."""

from treatments.models import Muscle


def store_free_entries(rows):
    """Store the unsaved targets of Needlings, or use the one that is stored already. Part of saving these rows."""
    for row in rows:
        if row.muscle_id is None:
            row.muscle = _stored(row.muscle)


def store_free_entries_of(changes):
    """The same for the targets that the Changes of an amendment name."""
    for change in changes:
        muscle = change.values.get("muscle")
        if muscle is not None and muscle.pk is None:
            change.values["muscle"] = _stored(muscle)


def _stored(muscle):
    values = {field.attname: getattr(muscle, field.attname) for field in Muscle._meta.concrete_fields}
    values = {name: value for name, value in values.items() if name not in ("id", "slug")}
    return Muscle.objects.get_or_create(slug=muscle.slug, defaults=values)[0]
