"""Birth dates of which only the month or year is known become the first day of it, as pages always stored them."""

from django.db import migrations

ROWS_AT_ONCE = 500


def take_first_days(apps, schema_editor):
    Patient = apps.get_model("patients", "Patient")
    in_part = Patient.objects.using(schema_editor.connection.alias).filter(birth_precision__in=["month", "year", "about"])
    changed = []
    for patient in in_part.exclude(born_on=None).only("pk", "born_on", "birth_precision").iterator():
        first = {"day": 1} if patient.birth_precision == "month" else {"month": 1, "day": 1}
        if patient.born_on != patient.born_on.replace(**first):
            patient.born_on = patient.born_on.replace(**first)
            changed.append(patient)
    in_part.bulk_update(changed, ["born_on"], batch_size=ROWS_AT_ONCE)


class Migration(migrations.Migration):
    dependencies = [("patients", "0036_contacts")]

    operations = [migrations.RunPython(take_first_days, migrations.RunPython.noop, elidable=True)]
