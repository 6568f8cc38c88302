"""Store the targets that practitioners described in their own words."""

from treatments.models import Muscle


def store_free_entries(rows):
    """Store the unsaved targets of Needlings, or use the one that is stored already. Part of saving these rows."""
    for row in rows:
        if row.muscle_id is None:
            wanted = row.muscle
            values = {field.attname: getattr(wanted, field.attname) for field in Muscle._meta.concrete_fields}
            values = {name: value for name, value in values.items() if name not in ("id", "slug")}
            row.muscle, _ = Muscle.objects.get_or_create(slug=wanted.slug, defaults=values)
