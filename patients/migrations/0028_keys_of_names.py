"""The index of names also holds the keys by which namesakes are found."""

from django.db import migrations

from patients.name_keys import name_keys
from patients.search import words

BATCH = 2000


def add_keys(apps, schema_editor):
    alias = schema_editor.connection.alias
    patients = apps.get_model("patients", "Patient").objects.using(alias).order_by("pk")
    grams = apps.get_model("patients", "NameGram")
    new = []
    for pk, given_name, family_name in patients.values_list("pk", "given_name", "family_name").iterator():
        new += [grams(patient_id=pk, gram=key) for key in name_keys(words(given_name), words(family_name))]
        if len(new) >= BATCH:
            grams.objects.using(alias).bulk_create(new, ignore_conflicts=True)
            new = []
    grams.objects.using(alias).bulk_create(new, ignore_conflicts=True)


class Migration(migrations.Migration):
    dependencies = [("patients", "0027_merges")]

    # The keys can stay when this is reversed: nothing else in the index is like them.
    operations = [migrations.RunPython(add_keys, migrations.RunPython.noop)]
