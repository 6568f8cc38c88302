"""The settings of a clinic move to one table. A room can be closed. A missed and a forgotten visit have a reason."""

import clinic.models.clinic_settings
import django.db.models.deletion
import environ
from django.conf import settings
from django.db import migrations, models


MOVED = (
    "sends_reminders sends_confirmations sends_move_notices sends_cancellation_notices new_patients public_address"
).split()


def take_over(apps, schema_editor):
    """Take over the settings of messages, and PRACTITIONERS_BOOK, which was a variable of the environment."""
    alias = schema_editor.connection.alias
    of_messages = apps.get_model("clinic", "MessageSettings").objects.using(alias).first()
    practitioners_book = environ.Env().bool("PRACTITIONERS_BOOK", default=True)
    if of_messages is None and practitioners_book:
        return
    stored = apps.get_model("clinic", "ClinicSettings").objects.using(alias)
    row, _ = stored.get_or_create(id=1)
    row.practitioners_book = practitioners_book
    for name in MOVED if of_messages else ():
        setattr(row, name, getattr(of_messages, name))
    row.save()


def give_back(apps, schema_editor):
    alias = schema_editor.connection.alias
    row = apps.get_model("clinic", "ClinicSettings").objects.using(alias).first()
    if row is not None:
        values = {name: getattr(row, name) for name in MOVED}
        apps.get_model("clinic", "MessageSettings").objects.using(alias).create(id=1, **values)


class Migration(migrations.Migration):

    dependencies = [
        ('clinic', '0013_first_run_and_colours'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='timeoff',
            name='time_off_of_one_practitioner_or_site',
        ),
        migrations.AddField(
            model_name='appointment',
            name='afterwards_reason',
            field=models.CharField(blank=True, editable=False, max_length=200, verbose_name='why it was entered afterwards'),
        ),
        migrations.AddField(
            model_name='appointment',
            name='no_show_reason',
            field=models.CharField(blank=True, max_length=200, verbose_name='why the patient did not come'),
        ),
        migrations.AddField(
            model_name='clinicsettings',
            name='new_patients',
            field=models.CharField(choices=[('none', 'No messages, unless somebody chooses them'), ('reachable', 'Text message, or else e-mail')], default='none', help_text="What is chosen for a new patient at first: a text message needs a mobile number. It can be changed in each patient's details.", max_length=9, verbose_name='newly registered patients get'),
        ),
        migrations.AddField(
            model_name='clinicsettings',
            name='practitioners_book',
            field=models.BooleanField(default=True, help_text='Without this, only the front desk and admins do.', verbose_name='physiotherapists book, move and cancel visits in their own diary'),
        ),
        migrations.AddField(
            model_name='clinicsettings',
            name='public_address',
            field=models.URLField(blank=True, help_text='The address under which patients can open this server, such as https://clinic.example.org. With it, messages contain a private link to confirm a visit or to ask to move or cancel it. Leave it empty if patients cannot open this server: messages then contain no link.', validators=[clinic.models.clinic_settings.private_address], verbose_name='web address for patients'),
        ),
        migrations.AddField(
            model_name='clinicsettings',
            name='sends_cancellation_notices',
            field=models.BooleanField(default=True, verbose_name='notices when a visit is cancelled'),
        ),
        migrations.AddField(
            model_name='clinicsettings',
            name='sends_confirmations',
            field=models.BooleanField(default=True, verbose_name='confirmations when a visit is booked'),
        ),
        migrations.AddField(
            model_name='clinicsettings',
            name='sends_move_notices',
            field=models.BooleanField(default=True, verbose_name='notices when a visit is moved'),
        ),
        migrations.AddField(
            model_name='clinicsettings',
            name='sends_reminders',
            field=models.BooleanField(default=True, verbose_name='reminders before a visit'),
        ),
        migrations.RunPython(take_over, give_back),
        migrations.DeleteModel(
            name='MessageSettings',
        ),
        migrations.AddField(
            model_name='timeoff',
            name='room',
            field=models.ForeignKey(blank=True, help_text='Only this room is closed during this time.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='closing_times', to='clinic.room'),
        ),
        migrations.AddConstraint(
            model_name='timeoff',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('practitioner__isnull', False), ('room', None), ('site', None)), models.Q(('practitioner', None), ('room', None), ('site__isnull', False)), models.Q(('practitioner', None), ('room__isnull', False), ('site', None)), _connector='OR'), name='time_off_of_one_practitioner_site_or_room', violation_error_message='Choose one of these: a practitioner, a site or a room.'),
        ),
        migrations.AddField(
            model_name='appointment',
            name='is_booking_undone',
            field=models.BooleanField(default=False, editable=False),
        ),
        migrations.AlterField(
            model_name='appointmentchange',
            name='kind',
            field=models.CharField(choices=[('moved', 'Moved'), ('edited', 'Edited'), ('arrived', 'Checked in'), ('cancelled', 'Cancelled'), ('no_show', 'Did not come'), ('kept', 'Takes place'), ('unbooked', 'Booking undone'), ('undone', 'Undone')], max_length=12),
        ),
    ]
