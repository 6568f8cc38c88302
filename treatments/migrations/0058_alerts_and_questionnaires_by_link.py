import django.db.models.deletion
import patients.integrity.immutability
import treatments.models.follow_up_answers
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('clinic', '0029_site_email'),
        ('treatments', '0057_retention_cases'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='followupanswers',
            name='follow_up_answers_frozen',
        ),
        migrations.AddField(
            model_name='followupanswers',
            name='alerted_at',
            field=models.DateTimeField(blank=True, editable=False, null=True),
        ),
        migrations.AddField(
            model_name='followupanswers',
            name='questionnaires',
            field=models.JSONField(blank=True, default=dict, validators=[treatments.models.follow_up_answers.answers_by_measure]),
        ),
        migrations.AddField(
            model_name='outcomescore',
            name='follow_up_answers',
            field=models.ForeignKey(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='scores', to='treatments.followupanswers', verbose_name='answered through a link'),
        ),
        migrations.AlterField(
            model_name='outcomescore',
            name='answered_by_name',
            field=models.CharField(blank=True, help_text='Who entered the answers alone. Empty if the therapist did.', max_length=200),
        ),
        migrations.AddConstraint(
            model_name='followupanswers',
            constraint=patients.integrity.immutability.Immutable(allow=('alerted_at',), name='follow_up_answers_frozen', violation_error_message='The patient’s answers cannot be changed. Correct them when you confirm.'),
        ),
    ]
