from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('clinic', '0028_retention_settings'),
    ]

    operations = [
        migrations.AddField(
            model_name='site',
            name='email',
            field=models.EmailField(blank=True, help_text='When a patient reports a warning sign after a visit, an e-mail goes to this address. It does not say who. Choose an address that somebody reads during the day.', max_length=254, verbose_name='e-mail address'),
        ),
    ]
