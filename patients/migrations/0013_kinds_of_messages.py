from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("patients", "0012_entered_in_error")]

    operations = [
        *[
            migrations.AddField("patient", name, models.BooleanField(default=True, verbose_name=words))
            for name, words in [
                ("wants_reminders", "reminders before visits"),
                ("wants_confirmations", "confirmations of bookings"),
                ("wants_move_notices", "notices of moved visits"),
                ("wants_cancellation_notices", "notices of cancelled visits"),
            ]
        ],
        migrations.AlterField(
            "patient",
            "reminder_channel",
            models.CharField(
                choices=[("none", "No messages"), ("email", "E-mail"), ("sms", "Text message")],
                default="none",
                max_length=8,
            ),
        ),
    ]
