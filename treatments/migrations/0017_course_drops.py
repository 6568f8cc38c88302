"""Course.reached becomes one field for each number of points, so that queries need not cut a text into pieces."""

from django.db import migrations, models
from django.db.models import SmallIntegerField, Value
from django.db.models.functions import Cast, NullIf, Substr

POINTS = range(1, 11)


def split_reached(apps, schema_editor):
    """reached has three digits and a comma for each point: "002,004" becomes drop_1 = 2, drop_2 = 4."""
    courses = apps.get_model("treatments", "Course").objects.using(schema_editor.connection.alias)
    courses.exclude(reached="").update(**{
        f"drop_{points}": Cast(NullIf(Substr("reached", 4 * points - 3, 3), Value("")), SmallIntegerField())
        for points in POINTS
    })


def join_reached(apps, schema_editor):
    courses = apps.get_model("treatments", "Course").objects.using(schema_editor.connection.alias)
    for course in courses.filter(drop_1__isnull=False).iterator():
        numbers = [getattr(course, f"drop_{points}") for points in POINTS]
        course.reached = ",".join(f"{min(number, 999):03}" for number in numbers if number)
        course.save(update_fields=["reached"])


class Migration(migrations.Migration):

    dependencies = [
        ('treatments', '0016_bounds_of_a_session'),
    ]

    operations = [
        *[
            migrations.AddField(
                model_name='course',
                name=f'drop_{points}',
                field=models.PositiveSmallIntegerField(null=True),
            )
            for points in POINTS
        ],
        migrations.RunPython(split_reached, join_reached),
    ]
