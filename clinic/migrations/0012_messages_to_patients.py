"""Reminders become one kind of message. A clinic that exists already keeps sending only reminders until it decides."""

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import clinic.models.clinic_settings


def send_only_reminders(apps, schema_editor):
    patients = apps.get_model("patients", "Patient").objects.using(schema_editor.connection.alias)
    if patients.exists():
        stored = apps.get_model("clinic", "MessageSettings").objects.using(schema_editor.connection.alias)
        stored.create(
            id=1, sends_confirmations=False, sends_move_notices=False, sends_cancellation_notices=False
        )


class Migration(migrations.Migration):
    dependencies = [("clinic", "0011_visits_that_cannot_take_place"), ("patients", "0013_kinds_of_messages"), migrations.swappable_dependency(settings.AUTH_USER_MODEL)]

    operations = [
        migrations.RenameModel("Reminder", "Message"),
        migrations.CreateModel(
            name='MessageSettings',
            fields=[
                ('id', models.PositiveSmallIntegerField(default=1, editable=False, primary_key=True, serialize=False)),
                ('sends_reminders', models.BooleanField(default=True, verbose_name='reminders before a visit')),
                ('sends_confirmations', models.BooleanField(default=True, verbose_name='confirmations when a visit is booked')),
                ('sends_move_notices', models.BooleanField(default=True, verbose_name='notices when a visit is moved')),
                ('sends_cancellation_notices', models.BooleanField(default=True, verbose_name='notices when a visit is cancelled')),
                ('new_patients', models.CharField(choices=[('none', 'No messages, unless somebody chooses them'), ('reachable', 'Text message, or else e-mail')], default='none', help_text="What is chosen for a new patient at first: a text message needs a mobile number. It can be changed in each patient's details.", max_length=9, verbose_name='newly registered patients get')),
                ('public_address', models.URLField(blank=True, help_text='The address under which patients can open this server, such as https://clinic.example.org. With it, messages contain a private link to confirm a visit or to ask to move or cancel it. Leave it empty if patients cannot open this server: messages then contain no link.', validators=[clinic.models.clinic_settings.private_address], verbose_name='web address for patients')),
            ],
            options={
                'verbose_name': 'settings of messages',
                'verbose_name_plural': 'settings of messages',
            },
        ),
        migrations.CreateModel(
            name='MessageText',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('reminder', 'Reminder'), ('booked', 'Confirmation of the booking'), ('moved', 'Notice of a move'), ('cancelled', 'Notice of a cancellation')], max_length=9)),
                ('channel', models.CharField(choices=[('email', 'E-mail'), ('sms', 'Text message')], max_length=8)),
                ('subject', models.CharField(blank=True, help_text='Of an e-mail. Text messages have none.', max_length=120)),
                ('text', models.TextField(max_length=2000)),
            ],
            options={
                'verbose_name': 'text of a message',
                'verbose_name_plural': 'texts of messages',
                'ordering': ['kind', 'channel'],
            },
        ),
        migrations.CreateModel(
            name='VisitReply',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('confirmed', 'Confirmed'), ('move', 'Asks for another time'), ('cancel', 'Asks to cancel')], max_length=9)),
                ('starts_at', models.DateTimeField(verbose_name='start of the visit')),
                ('wishes', models.CharField(blank=True, help_text='Days and parts of the day that suit the patient.', max_length=80)),
                ('note', models.CharField(blank=True, max_length=120)),
                ('wants_call', models.BooleanField(blank=True, null=True)),
                ('made_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ('withdrawn_at', models.DateTimeField(blank=True, null=True)),
                ('closed_at', models.DateTimeField(blank=True, null=True)),
            ],
            options={
                'verbose_name_plural': 'visit replies',
                'ordering': ['-pk'],
            },
        ),
        migrations.RemoveConstraint(
            model_name='message',
            name='one_reminder_a_start',
        ),
        migrations.RenameIndex(
            model_name='message',
            new_name='clinic_mess_status_875686_idx',
            old_name='clinic_remi_status_37d871_idx',
        ),
        migrations.AddField(
            model_name='message',
            name='due_at',
            field=models.DateTimeField(blank=True, null=True, verbose_name='to be sent from'),
        ),
        migrations.AddField(
            model_name='message',
            name='kind',
            field=models.CharField(choices=[('reminder', 'Reminder'), ('booked', 'Confirmation of the booking'), ('moved', 'Notice of a move'), ('cancelled', 'Notice of a cancellation')], default='reminder', max_length=9),
        ),
        migrations.AddField(
            model_name='message',
            name='token_hash',
            field=models.CharField(blank=True, db_index=True, default='', editable=False, max_length=64),
        ),
        migrations.AddField(
            model_name='message',
            name='was_site',
            field=models.ForeignKey(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='clinic.site'),
        ),
        migrations.AddField(
            model_name='message',
            name='was_starts_at',
            field=models.DateTimeField(blank=True, editable=False, null=True, verbose_name='start before'),
        ),
        migrations.AlterField(
            model_name='message',
            name='appointment',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='messages', to='clinic.appointment'),
        ),
        migrations.AddIndex(
            model_name='message',
            index=models.Index(fields=['status', 'due_at'], name='clinic_mess_status_0f00bd_idx'),
        ),
        migrations.AddConstraint(
            model_name='message',
            constraint=models.UniqueConstraint(condition=models.Q(('kind', 'reminder')), fields=('appointment', 'starts_at', 'number'), name='one_reminder_a_start', violation_error_message='This visit already has a reminder.'),
        ),
        migrations.AddConstraint(
            model_name='message',
            constraint=models.UniqueConstraint(condition=models.Q(('status', 'pending'), models.Q(('kind', 'reminder'), _negated=True)), fields=('appointment',), name='one_waiting_message_a_visit', violation_error_message='A message about this visit is already waiting to be sent.'),
        ),
        migrations.AddConstraint(
            model_name='messagesettings',
            constraint=models.CheckConstraint(condition=models.Q(('id', 1)), name='one_row_of_message_settings', violation_error_message='There is one set of settings. Change that one.'),
        ),
        migrations.AddConstraint(
            model_name='messagetext',
            constraint=models.UniqueConstraint(fields=('kind', 'channel'), name='one_text_a_kind_and_channel', violation_error_message='There is already a text for these messages. Change that one.'),
        ),
        migrations.AddField(
            model_name='visitreply',
            name='appointment',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='replies', to='clinic.appointment'),
        ),
        migrations.AddField(
            model_name='visitreply',
            name='closed_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='visitreply',
            name='message',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='replies', to='clinic.message'),
        ),
        migrations.AddIndex(
            model_name='visitreply',
            index=models.Index(fields=['appointment', 'starts_at'], name='clinic_visi_appoint_943b73_idx'),
        ),
        migrations.AddIndex(
            model_name='visitreply',
            index=models.Index(fields=['kind', 'starts_at'], name='clinic_visi_kind_62e98c_idx'),
        ),
        migrations.AddConstraint(
            model_name='visitreply',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('closed_at', None), ('closed_by', None)), models.Q(('closed_at__isnull', False), ('closed_by__isnull', False)), _connector='OR'), name='visit_reply_closed_at_and_by', violation_error_message='Record when the request was dealt with and by whom.'),
        ),
        migrations.RunPython(send_only_reminders, migrations.RunPython.noop),
    ]
