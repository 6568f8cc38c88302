"""The index of names also holds how each name sounds."""

from django.db import migrations

from patients.search import words
from patients.sounds import sound_gram

BATCH = 2000


def add_sounds(apps, schema_editor):
    alias = schema_editor.connection.alias
    patients = apps.get_model("patients", "Patient").objects.using(alias).order_by("pk")
    grams = apps.get_model("patients", "NameGram")
    new = []
    for pk, *names in patients.values_list("pk", "given_name", "family_name", "preferred_name").iterator():
        sounds = {sound_gram(word) for word in words(" ".join(names))} - {""}
        new += [grams(patient_id=pk, gram=sound) for sound in sounds]
        if len(new) >= BATCH:
            grams.objects.using(alias).bulk_create(new, ignore_conflicts=True)
            new = []
    grams.objects.using(alias).bulk_create(new, ignore_conflicts=True)


class Migration(migrations.Migration):
    dependencies = [("patients", "0017_signed_with_proof")]

    # The sounds can stay when this is reversed: nothing else in the index is like them.
    operations = [migrations.RunPython(add_sounds, migrations.RunPython.noop)]
