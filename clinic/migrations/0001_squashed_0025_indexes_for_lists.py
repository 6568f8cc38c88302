"""The schema in one step, for a new database. An older database goes on with the migrations that this replaces."""

import clinic.models.clinic_settings
import clinic.models.site
import clinic.models.waiting_list
import datetime
import django.db.models.deletion
import django.db.models.functions.text
import django.db.models.lookups
import django.utils.timezone
import patients.integrity.immutability
import patients.integrity.no_overlap
import patients.models.screening
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    replaces = [
        ("clinic", "0001_initial"),
        ("clinic", "0002_diary"),
        ("clinic", "0003_reminders_and_calendar_feeds"),
        ("clinic", "0004_indexes_on_the_end_of_visits"),
        ("clinic", "0005_bounds_groups_and_numbers"),
        ("clinic", "0006_more_indexes"),
        ("clinic", "0007_plainer_words"),
        ("clinic", "0008_feed_last_read"),
        ("clinic", "0009_proof_of_identity"),
        ("clinic", "0010_finder_and_waiting_list"),
        ("clinic", "0011_visits_that_cannot_take_place"),
        ("clinic", "0012_messages_to_patients"),
        ("clinic", "0013_first_run_and_colours"),
        ("clinic", "0014_one_place_for_settings_and_closed_rooms"),
        ("clinic", "0015_scope_and_cover"),
        ("clinic", "0016_code_system"),
        ("clinic", "0017_postponement_notices"),
        ("clinic", "0018_backups"),
        ("clinic", "0019_site_and_day_of_a_visit"),
        ("clinic", "0020_failed_messages"),
        ("clinic", "0021_practice_and_setting"),
        ("clinic", "0022_questions_after_visits"),
        ("clinic", "0023_access_by_site"),
        ("clinic", "0024_sites_of_people_and_patients"),
        ("clinic", "0025_indexes_for_lists"),
    ]

    initial = True

    dependencies = [
        ("auth", "0012_alter_user_first_name_max_length"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("patients", "0001_squashed_0032_indexes_for_lists"),
    ]

    operations = [
        migrations.CreateModel(
            name="Backup",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("made_at", models.DateTimeField()),
                ("file_name", models.CharField(max_length=100, unique=True)),
                ("bytes", models.BigIntegerField()),
                ("rows", models.BigIntegerField()),
                ("checked_at", models.DateTimeField(blank=True, null=True, verbose_name="restored and compared at")),
            ],
            options={
                "ordering": ["-made_at"],
                "get_latest_by": "made_at",
            },
        ),
        migrations.CreateModel(
            name="SigningPin",
            fields=[
                (
                    "user",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="signing_pin",
                        serialize=False,
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("pin_hash", models.CharField(editable=False, max_length=128)),
                ("set_at", models.DateTimeField(editable=False)),
                ("wrong_in_a_row", models.PositiveSmallIntegerField(default=0, editable=False)),
            ],
        ),
        migrations.CreateModel(
            name="AppointmentType",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=60, unique=True)),
                ("minutes", models.PositiveSmallIntegerField()),
                (
                    "colour",
                    models.CharField(
                        choices=[
                            ("teal", "Teal"),
                            ("blue", "Blue"),
                            ("violet", "Violet"),
                            ("amber", "Amber"),
                            ("rose", "Rose"),
                            ("green", "Green"),
                        ],
                        default="teal",
                        max_length=8,
                    ),
                ),
                (
                    "needs_certificate",
                    models.BooleanField(
                        default=False,
                        help_text="Only practitioners whose certificate is valid on the day of the visit can be booked.",
                        verbose_name="needs a needling certificate",
                    ),
                ),
                ("is_active", models.BooleanField(default=True)),
            ],
            options={
                "ordering": ["name"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("minutes__range", (5, 480))),
                        name="appointment_type_5_to_480_minutes",
                        violation_error_message="A visit must last between 5 and 480 minutes.",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="ClinicSettings",
            fields=[
                ("id", models.PositiveSmallIntegerField(default=1, editable=False, primary_key=True, serialize=False)),
                (
                    "practitioners_book",
                    models.BooleanField(
                        default=True,
                        help_text="Without this, only the front desk and admins do.",
                        verbose_name="physiotherapists book, move and cancel visits in their own diary",
                    ),
                ),
                (
                    "proof_minutes",
                    models.PositiveSmallIntegerField(
                        default=5,
                        help_text="After somebody has proved who they are on their own device, they can sign sessions and withdraw a consent for this number of minutes without another proof. 0: every signature is proved. At most 15. On a shared device, and for agreeing to a stop, amending or closing a serious event, they are always asked.",
                        verbose_name="minutes that a proof of identity holds",
                    ),
                ),
                ("sends_reminders", models.BooleanField(default=True, verbose_name="reminders before a visit")),
                (
                    "sends_confirmations",
                    models.BooleanField(default=True, verbose_name="confirmations when a visit is booked"),
                ),
                ("sends_move_notices", models.BooleanField(default=True, verbose_name="notices when a visit is moved")),
                (
                    "sends_cancellation_notices",
                    models.BooleanField(default=True, verbose_name="notices when a visit is cancelled"),
                ),
                (
                    "sends_postponement_notices",
                    models.BooleanField(
                        default=True,
                        verbose_name="notices that a visit cannot take place, when the front desk chooses to send one",
                    ),
                ),
                (
                    "sends_questions_after",
                    models.BooleanField(
                        default=False,
                        help_text="Only to patients who have agreed to it in their details, and only with a web address for patients.",
                        verbose_name="questions after a visit with needles, with a private link",
                    ),
                ),
                (
                    "new_patients",
                    models.CharField(
                        choices=[
                            ("none", "No messages, unless somebody chooses them"),
                            ("reachable", "Text message, or else e-mail"),
                        ],
                        default="none",
                        help_text="What is chosen for a new patient at first: a text message needs a mobile number. It can be changed in each patient's details.",
                        max_length=9,
                        verbose_name="newly registered patients get",
                    ),
                ),
                (
                    "public_address",
                    models.URLField(
                        blank=True,
                        help_text="The address under which patients can open this server, such as https://clinic.example.org. With it, messages contain a private link to confirm a visit or to ask to move or cancel it. Leave it empty if patients cannot open this server: messages then contain no link.",
                        validators=[clinic.models.clinic_settings.private_address],
                        verbose_name="web address for patients",
                    ),
                ),
                (
                    "code_system",
                    models.CharField(
                        choices=[("who", "ICD-10 (WHO)"), ("cm", "ICD-10-CM")],
                        default="who",
                        help_text="The classification that new diagnosis codes are from. Codes recorded before keep theirs.",
                        max_length=3,
                        verbose_name="classification of diagnoses",
                    ),
                ),
            ],
            options={
                "verbose_name": "clinic settings",
                "verbose_name_plural": "clinic settings",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("id", 1)),
                        name="one_row_of_clinic_settings",
                        violation_error_message="The clinic has one set of settings. Change that one.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("proof_minutes__lte", 15)),
                        name="proof_holds_up_to_15_minutes",
                        violation_error_message="A proof can hold for 0 to 15 minutes.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("code_system__in", ["who", "cm"])),
                        name="code_system_listed",
                        violation_error_message="Choose a classification from the list.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="MessageText",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("reminder", "Reminder"),
                            ("booked", "Confirmation of the booking"),
                            ("moved", "Notice of a move"),
                            ("cancelled", "Notice of a cancellation"),
                            ("postponed", "Notice that a visit cannot take place"),
                            ("after", "Questions after the visit"),
                        ],
                        max_length=9,
                    ),
                ),
                ("channel", models.CharField(choices=[("email", "E-mail"), ("sms", "Text message")], max_length=8)),
                (
                    "subject",
                    models.CharField(blank=True, help_text="Of an e-mail. Text messages have none.", max_length=120),
                ),
                ("text", models.TextField(max_length=2000)),
            ],
            options={
                "verbose_name": "text of a message",
                "verbose_name_plural": "texts of messages",
                "ordering": ["kind", "channel"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("kind", "channel"),
                        name="one_text_a_kind_and_channel",
                        violation_error_message="There is already a text for these messages. Change that one.",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Site",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=100, unique=True)),
                (
                    "setting",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("clinic", "Clinic or practice"),
                            ("hospital", "Hospital, outpatients"),
                            ("ward", "Hospital ward"),
                            ("sport", "Sports club"),
                            ("home", "Patient’s home"),
                        ],
                        help_text="For case reports.",
                        max_length=8,
                        verbose_name="kind of setting",
                    ),
                ),
                ("address", models.CharField(blank=True, max_length=300)),
                ("phone", models.CharField(blank=True, max_length=40)),
                (
                    "emergency_phone",
                    models.CharField(
                        blank=True,
                        help_text="What patients of this site dial in an emergency, such as 999. Shown to those who report a warning sign after a visit.",
                        max_length=20,
                        verbose_name="emergency number",
                    ),
                ),
                (
                    "timezone",
                    models.CharField(
                        default="Europe/London", max_length=64, validators=[clinic.models.site.known_timezone]
                    ),
                ),
                (
                    "colour_by",
                    models.CharField(
                        choices=[("kind", "Kind of visit"), ("person", "Practitioner")],
                        default="kind",
                        help_text="What a colour means.",
                        max_length=8,
                        verbose_name="colours in the diary",
                    ),
                ),
                ("email_tested_at", models.DateTimeField(blank=True, editable=False, null=True)),
                (
                    "is_demo",
                    models.BooleanField(
                        default=False, editable=False, help_text="Created by seed_demo. It contains no real people."
                    ),
                ),
                (
                    "email_tested_by",
                    models.ForeignKey(
                        blank=True,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("people", models.ManyToManyField(blank=True, related_name="sites", to=settings.AUTH_USER_MODEL)),
            ],
            options={
                "ordering": ["name"],
                "permissions": [("everywhere_site", "Works at every site")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("email_tested_at", None), ("email_tested_by", None)),
                            models.Q(("email_tested_at__isnull", False), ("email_tested_by__isnull", False)),
                            _connector="OR",
                        ),
                        name="site_email_tested_at_and_by",
                        violation_error_message="A test of the e-mail needs a time and a person.",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="PatientSite",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("added_at", models.DateTimeField(blank=True, editable=False, null=True)),
                (
                    "added_by",
                    models.ForeignKey(
                        blank=True,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "patient",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="sites",
                        to="patients.patient",
                    ),
                ),
                (
                    "site",
                    models.ForeignKey(
                        db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="clinic.site"
                    ),
                ),
            ],
            options={
                "verbose_name": "site of a patient",
                "verbose_name_plural": "sites of patients",
                "ordering": ["patient", "site"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("patient", "site"),
                        name="one_row_a_patient_and_site",
                        violation_error_message="This is already a site of the patient.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("added_at", None), ("added_by", None)),
                            models.Q(("added_at__isnull", False), ("added_by__isnull", False)),
                            _connector="OR",
                        ),
                        name="patient_site_added_at_and_by",
                        violation_error_message="Record when the site was added and by whom.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="OtherSiteAccess",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("opened_at", models.DateTimeField()),
                ("ends_at", models.DateTimeField()),
                (
                    "reason",
                    models.CharField(
                        choices=[
                            ("urgent", "Urgent care"),
                            ("treating", "The patient is coming to our site"),
                            ("asked", "A colleague or the patient asked me"),
                            ("own_record", "To complete a record that I began"),
                            ("same_person", "To check whether it is the same person"),
                            ("other", "Another reason"),
                        ],
                        max_length=12,
                    ),
                ),
                ("explanation", models.CharField(max_length=250)),
                (
                    "opened_by",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "patient",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="other_site_accesses",
                        to="patients.patient",
                    ),
                ),
            ],
            options={
                "verbose_name": "access from another site",
                "verbose_name_plural": "access from other sites",
                "ordering": ["-opened_at", "-pk"],
                "indexes": [
                    models.Index(fields=["opened_by", "ends_at"], name="other_site_access_by"),
                    models.Index(fields=["-opened_at"], name="other_site_access_at"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("ends_at__gt", models.F("opened_at"))),
                        name="other_site_access_ends_later",
                        violation_error_message="The access must end after it began.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("reason", ""), _negated=True), models.Q(("explanation", ""), _negated=True)
                        ),
                        name="other_site_access_says_why",
                        violation_error_message="Choose a reason and explain it.",
                    ),
                    patients.integrity.immutability.Immutable(
                        name="other_site_access_frozen",
                        violation_error_message="A reason for opening a record cannot be changed.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Room",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=60)),
                ("is_active", models.BooleanField(default=True)),
                (
                    "site",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="rooms", to="clinic.site"
                    ),
                ),
            ],
            options={
                "ordering": ["site__name", "name"],
                "constraints": [models.UniqueConstraint(fields=("site", "name"), name="one_room_name_a_site")],
            },
        ),
        migrations.CreateModel(
            name="Practitioner",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("registration_number", models.CharField(blank=True, max_length=40)),
                ("needling_training_hours", models.PositiveSmallIntegerField(blank=True, null=True)),
                (
                    "qualified_in",
                    models.PositiveSmallIntegerField(
                        blank=True,
                        help_text="For case reports: years in practice.",
                        null=True,
                        verbose_name="year of qualification",
                    ),
                ),
                (
                    "needling_since",
                    models.PositiveSmallIntegerField(
                        blank=True,
                        help_text="For case reports: years of experience.",
                        null=True,
                        verbose_name="needling since (year)",
                    ),
                ),
                ("certificate_expires_on", models.DateField(blank=True, null=True)),
                ("insurer", models.CharField(blank=True, max_length=120)),
                ("policy_number", models.CharField(blank=True, max_length=60)),
                (
                    "cover_expires_on",
                    models.DateField(
                        blank=True,
                        help_text="Empty: not recorded, so nothing warns.",
                        null=True,
                        verbose_name="insurance cover until",
                    ),
                ),
                (
                    "excludes_thorax",
                    models.BooleanField(
                        default=False,
                        help_text="From below C7 to the diaphragm.",
                        verbose_name="no cover for the thorax",
                    ),
                ),
                (
                    "excluded_regions",
                    models.JSONField(blank=True, default=list, validators=[patients.models.screening.list_of_regions]),
                ),
                ("excluded_techniques", models.JSONField(blank=True, default=list)),
                (
                    "colour",
                    models.CharField(
                        choices=[
                            ("teal", "Teal"),
                            ("blue", "Blue"),
                            ("violet", "Violet"),
                            ("amber", "Amber"),
                            ("rose", "Rose"),
                            ("green", "Green"),
                        ],
                        default="teal",
                        max_length=8,
                    ),
                ),
                ("is_active", models.BooleanField(default=True)),
                (
                    "user",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="practitioner",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "site",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="practitioners", to="clinic.site"
                    ),
                ),
            ],
            options={
                "ordering": ["user__last_name", "user__first_name"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("qualified_in", None), ("qualified_in__range", (1940, 2100)), _connector="OR"
                        ),
                        name="practitioner_qualified_in_is_a_year",
                        violation_error_message="Enter a year with four digits, such as 2014.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("needling_since", None), ("needling_since__range", (1940, 2100)), _connector="OR"
                        ),
                        name="practitioner_needling_since_is_a_year",
                        violation_error_message="Enter a year with four digits, such as 2014.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="TimeOff",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("starts_at", models.DateTimeField()),
                ("ends_at", models.DateTimeField()),
                ("reason", models.CharField(blank=True, max_length=100)),
                ("changed_at", models.DateTimeField(auto_now=True, null=True)),
                ("cancelled_at", models.DateTimeField(blank=True, editable=False, null=True)),
                (
                    "cancelled_by",
                    models.ForeignKey(
                        blank=True,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "practitioner",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="time_off",
                        to="clinic.practitioner",
                    ),
                ),
                (
                    "room",
                    models.ForeignKey(
                        blank=True,
                        help_text="Only this room is closed during this time.",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="closing_times",
                        to="clinic.room",
                    ),
                ),
                (
                    "site",
                    models.ForeignKey(
                        blank=True,
                        help_text="The site is closed during this time.",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="closing_times",
                        to="clinic.site",
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "time off",
                "ordering": ["-starts_at"],
                "indexes": [models.Index(fields=["ends_at"], name="clinic_time_ends_at_23a112_idx")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("practitioner__isnull", False), ("room", None), ("site", None)),
                            models.Q(("practitioner", None), ("room", None), ("site__isnull", False)),
                            models.Q(("practitioner", None), ("room__isnull", False), ("site", None)),
                            _connector="OR",
                        ),
                        name="time_off_of_one_practitioner_site_or_room",
                        violation_error_message="Choose one of these: a practitioner, a site or a room.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("ends_at__gt", models.F("starts_at"))),
                        name="time_off_ends_after_start",
                        violation_error_message="Time off must end after it starts.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("cancelled_at", None), ("cancelled_by", None)),
                            models.Q(("cancelled_at__isnull", False), ("cancelled_by__isnull", False)),
                            _connector="OR",
                        ),
                        name="time_off_cancelled_at_and_by",
                        violation_error_message="Record when the time off was cancelled and by whom.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="TrainingCourse",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("title", models.CharField(max_length=120)),
                ("provider", models.CharField(blank=True, max_length=120)),
                ("completed_on", models.DateField()),
                ("hours", models.PositiveSmallIntegerField(blank=True, null=True)),
                ("certificate_number", models.CharField(blank=True, max_length=60)),
                (
                    "practitioner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="courses", to="clinic.practitioner"
                    ),
                ),
            ],
            options={
                "ordering": ["-completed_on", "-pk"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("title", ""), _negated=True),
                        name="training_course_has_a_title",
                        violation_error_message="Enter the title of the course.",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="WorkingHours",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "weekday",
                    models.PositiveSmallIntegerField(
                        choices=[
                            (0, "Monday"),
                            (1, "Tuesday"),
                            (2, "Wednesday"),
                            (3, "Thursday"),
                            (4, "Friday"),
                            (5, "Saturday"),
                            (6, "Sunday"),
                        ]
                    ),
                ),
                ("starts", models.TimeField()),
                ("ends", models.TimeField(help_text="00:00 means midnight at the end of the day.")),
                ("valid_from", models.DateField(blank=True, null=True)),
                ("valid_until", models.DateField(blank=True, null=True)),
                (
                    "practitioner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="working_hours",
                        to="clinic.practitioner",
                    ),
                ),
                (
                    "room",
                    models.ForeignKey(
                        blank=True,
                        help_text="The usual room. It is offered first.",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="clinic.room",
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "working hours",
                "ordering": ["practitioner", "weekday", "starts"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("weekday__range", (0, 6))),
                        name="working_hours_weekday",
                        violation_error_message="Choose a day of the week.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("ends__gt", models.F("starts")), ("ends", datetime.time(0, 0)), _connector="OR"
                        ),
                        name="working_hours_end_after_start",
                        violation_error_message="The end must be after the start. For work past midnight, enter two rows.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("valid_from", None),
                            ("valid_until", None),
                            ("valid_until__gte", models.F("valid_from")),
                            _connector="OR",
                        ),
                        name="working_hours_valid_in_order",
                        violation_error_message="The last day must not be before the first day.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="CalendarFeed",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("token_hash", models.CharField(editable=False, max_length=64, unique=True)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                (
                    "last_read_at",
                    models.DateTimeField(
                        blank=True,
                        editable=False,
                        help_text="When a calendar program last read it, to the hour or so.",
                        null=True,
                    ),
                ),
                ("revoked_at", models.DateTimeField(blank=True, editable=False, null=True)),
                (
                    "created_by",
                    models.ForeignKey(
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "revoked_by",
                    models.ForeignKey(
                        blank=True,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "practitioner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="calendar_feeds",
                        to="clinic.practitioner",
                    ),
                ),
            ],
            options={
                "ordering": ["-created_at", "-pk"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("revoked_at", None)),
                        fields=("practitioner",),
                        name="one_calendar_feed_a_practitioner",
                        violation_error_message="This practitioner already has a calendar address. Revoke that one first.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("revoked_at", None), ("revoked_by", None)),
                            models.Q(("revoked_at__isnull", False), ("revoked_by__isnull", False)),
                            _connector="OR",
                        ),
                        name="calendar_feed_revoked_at_and_by",
                        violation_error_message="Record when the address was revoked and by whom.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Appointment",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("starts_at", models.DateTimeField()),
                ("ends_at", models.DateTimeField()),
                ("takes_place_on", models.DateField(blank=True, editable=False, null=True)),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("booked", "Booked"),
                            ("arrived", "Arrived"),
                            ("in_session", "In session"),
                            ("done", "Done"),
                            ("no_show", "Did not come"),
                            ("cancelled", "Cancelled"),
                        ],
                        default="booked",
                        max_length=12,
                    ),
                ),
                ("arrived_at", models.DateTimeField(blank=True, null=True)),
                ("series", models.UUIDField(blank=True, db_index=True, editable=False, null=True)),
                ("overlap_reason", models.CharField(blank=True, max_length=200)),
                ("booked_at", models.DateTimeField(blank=True, editable=False, null=True)),
                ("cancelled_at", models.DateTimeField(blank=True, null=True)),
                ("cancellation_reason", models.CharField(blank=True, max_length=200)),
                (
                    "no_show_reason",
                    models.CharField(blank=True, max_length=200, verbose_name="why the patient did not come"),
                ),
                (
                    "afterwards_reason",
                    models.CharField(
                        blank=True, editable=False, max_length=200, verbose_name="why it was entered afterwards"
                    ),
                ),
                ("is_booking_undone", models.BooleanField(default=False, editable=False)),
                ("is_cancelled_by_clinic", models.BooleanField(default=False, editable=False)),
                ("outside_hours_at", models.DateTimeField(blank=True, editable=False, null=True)),
                (
                    "note",
                    models.CharField(
                        blank=True,
                        help_text="For the front desk. Do not write clinical information here.",
                        max_length=300,
                    ),
                ),
                ("request_token", models.UUIDField(blank=True, editable=False, null=True, unique=True)),
                ("version", models.PositiveIntegerField(default=0, editable=False)),
                (
                    "booked_by",
                    models.ForeignKey(
                        blank=True,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "cancelled_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "outside_hours_by",
                    models.ForeignKey(
                        blank=True,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "overlap_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "patient",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="appointments", to="patients.patient"
                    ),
                ),
                (
                    "type",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="appointments",
                        to="clinic.appointmenttype",
                    ),
                ),
                (
                    "practitioner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="appointments",
                        to="clinic.practitioner",
                    ),
                ),
                (
                    "room",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="appointments",
                        to="clinic.room",
                    ),
                ),
                (
                    "site",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="clinic.site",
                    ),
                ),
            ],
            options={
                "ordering": ["starts_at", "pk"],
                "permissions": [("book_others_appointment", "Can keep the diary of other practitioners")],
                "indexes": [
                    models.Index(fields=["practitioner", "starts_at"], name="clinic_appo_practit_74fed3_idx"),
                    models.Index(fields=["patient", "starts_at"], name="clinic_appo_patient_63f511_idx"),
                    models.Index(fields=["room", "starts_at"], name="clinic_appo_room_id_5827aa_idx"),
                    models.Index(fields=["starts_at"], name="clinic_appo_starts__40e7b6_idx"),
                    models.Index(
                        fields=["takes_place_on", "site", "practitioner", "status", "is_booking_undone"],
                        name="clinic_appo_takes_p_a78dae_idx",
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("ends_at__gt", models.F("starts_at"))),
                        name="appointment_ends_after_start",
                        violation_error_message="An appointment must end after it starts.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("ends_at__lte", patients.integrity.no_overlap.OneDayAfter("starts_at"))),
                        name="appointment_within_a_day",
                        violation_error_message="An appointment cannot be longer than a day.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("cancelled_at", None), ("cancelled_by", None)),
                            models.Q(("cancelled_at__isnull", False), ("cancelled_by__isnull", False)),
                            _connector="OR",
                        ),
                        name="appointment_cancelled_at_and_by",
                        violation_error_message="Record when the visit was cancelled and by whom.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("booked_at", None), ("booked_by", None)),
                            models.Q(("booked_at__isnull", False), ("booked_by__isnull", False)),
                            _connector="OR",
                        ),
                        name="appointment_booked_at_and_by",
                        violation_error_message="Record when the visit was booked and by whom.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("outside_hours_at", None), ("outside_hours_by", None)),
                            models.Q(("outside_hours_at__isnull", False), ("outside_hours_by__isnull", False)),
                            _connector="OR",
                        ),
                        name="appointment_outside_hours_at_and_by",
                        violation_error_message="Record when the time outside working hours was allowed and by whom.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("overlap_by", None), ("overlap_reason", "")),
                            models.Q(
                                models.Q(
                                    django.db.models.lookups.Exact(
                                        django.db.models.functions.text.Trim("overlap_reason"), ""
                                    ),
                                    _negated=True,
                                ),
                                ("overlap_by__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="appointment_overlap_reason_and_by",
                        violation_error_message="Record why the visit overlaps another one and who allowed it.",
                    ),
                    patients.integrity.no_overlap.NoOverlap(
                        condition=models.Q(
                            ("overlap_reason", ""), ("status__in", ["booked", "arrived", "in_session", "done"])
                        ),
                        end="ends_at",
                        name="appointment_no_overlap_of_practitioner",
                        same="practitioner",
                        start="starts_at",
                        violation_error_code="overlap",
                        violation_error_message="This physiotherapist is already booked {clash.times}.",
                    ),
                    patients.integrity.no_overlap.NoOverlap(
                        condition=models.Q(
                            ("overlap_reason", ""), ("status__in", ["booked", "arrived", "in_session", "done"])
                        ),
                        end="ends_at",
                        name="appointment_no_overlap_of_room",
                        same="room",
                        start="starts_at",
                        violation_error_code="overlap",
                        violation_error_message="This room is already taken {clash.times}.",
                    ),
                    patients.integrity.no_overlap.NoOverlap(
                        condition=models.Q(
                            ("overlap_reason", ""), ("status__in", ["booked", "arrived", "in_session", "done"])
                        ),
                        end="ends_at",
                        name="appointment_no_overlap_of_patient",
                        same="patient",
                        start="starts_at",
                        violation_error_code="overlap",
                        violation_error_message="This patient already has a visit {clash.times}.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="AppointmentChange",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("moved", "Moved"),
                            ("edited", "Edited"),
                            ("arrived", "Checked in"),
                            ("cancelled", "Cancelled"),
                            ("no_show", "Did not come"),
                            ("kept", "Takes place"),
                            ("unbooked", "Booking undone"),
                            ("undone", "Undone"),
                        ],
                        max_length=12,
                    ),
                ),
                ("made_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("group", models.UUIDField(blank=True, db_index=True, editable=False, null=True)),
                ("before", models.JSONField()),
                ("after", models.JSONField()),
                (
                    "appointment",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="changes", to="clinic.appointment"
                    ),
                ),
                (
                    "made_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "ordering": ["-pk"],
            },
        ),
        migrations.CreateModel(
            name="Message",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("reminder", "Reminder"),
                            ("booked", "Confirmation of the booking"),
                            ("moved", "Notice of a move"),
                            ("cancelled", "Notice of a cancellation"),
                            ("postponed", "Notice that a visit cannot take place"),
                            ("after", "Questions after the visit"),
                        ],
                        default="reminder",
                        max_length=9,
                    ),
                ),
                ("starts_at", models.DateTimeField(verbose_name="start of the visit")),
                (
                    "was_starts_at",
                    models.DateTimeField(blank=True, editable=False, null=True, verbose_name="start before"),
                ),
                ("number", models.PositiveSmallIntegerField(default=1, editable=False)),
                ("channel", models.CharField(choices=[("email", "E-mail"), ("sms", "Text message")], max_length=8)),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("pending", "To be sent"),
                            ("claimed", "Being sent"),
                            ("sent", "Sent"),
                            ("failed", "Failed"),
                            ("skipped", "Not sent"),
                        ],
                        default="pending",
                        max_length=8,
                    ),
                ),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
                ("due_at", models.DateTimeField(blank=True, null=True, verbose_name="to be sent from")),
                ("claimed_at", models.DateTimeField(blank=True, null=True)),
                ("sent_at", models.DateTimeField(blank=True, null=True)),
                (
                    "error",
                    models.CharField(
                        blank=True,
                        help_text="Never contains an address or a name.",
                        max_length=200,
                        verbose_name="problem",
                    ),
                ),
                ("token_hash", models.CharField(blank=True, db_index=True, default="", editable=False, max_length=64)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ("handled_at", models.DateTimeField(blank=True, editable=False, null=True)),
                (
                    "appointment",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="messages", to="clinic.appointment"
                    ),
                ),
                (
                    "handled_by",
                    models.ForeignKey(
                        blank=True,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "was_site",
                    models.ForeignKey(
                        blank=True,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="clinic.site",
                    ),
                ),
            ],
            options={
                "ordering": ["-starts_at", "-pk"],
                "indexes": [
                    models.Index(fields=["status", "claimed_at"], name="clinic_mess_status_875686_idx"),
                    models.Index(fields=["status", "due_at"], name="clinic_mess_status_0f00bd_idx"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("handled_at", None), ("handled_by", None)),
                            models.Q(("handled_at__isnull", False), ("handled_by__isnull", False)),
                            _connector="OR",
                        ),
                        name="message_handled_at_and_by",
                        violation_error_message="Record when the message was dealt with and by whom.",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("kind", "reminder")),
                        fields=("appointment", "starts_at", "number"),
                        name="one_reminder_a_start",
                        violation_error_message="This visit already has a reminder.",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("kind", "after")),
                        fields=("appointment",),
                        name="one_message_after_a_visit",
                        violation_error_message="The questions after this visit were already sent.",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("status", "pending"), models.Q(("kind", "reminder"), _negated=True)),
                        fields=("appointment",),
                        name="one_waiting_message_a_visit",
                        violation_error_message="A message about this visit is already waiting to be sent.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="VisitReply",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("confirmed", "Confirmed"),
                            ("move", "Asks for another time"),
                            ("cancel", "Asks to cancel"),
                        ],
                        max_length=9,
                    ),
                ),
                ("starts_at", models.DateTimeField(verbose_name="start of the visit")),
                (
                    "wishes",
                    models.CharField(
                        blank=True, help_text="Days and parts of the day that suit the patient.", max_length=80
                    ),
                ),
                ("note", models.CharField(blank=True, max_length=120)),
                ("wants_call", models.BooleanField(blank=True, null=True)),
                ("made_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ("withdrawn_at", models.DateTimeField(blank=True, null=True)),
                ("closed_at", models.DateTimeField(blank=True, null=True)),
                (
                    "appointment",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="replies", to="clinic.appointment"
                    ),
                ),
                (
                    "closed_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "message",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="replies", to="clinic.message"
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "visit replies",
                "ordering": ["-pk"],
                "indexes": [
                    models.Index(fields=["appointment", "starts_at"], name="clinic_visi_appoint_943b73_idx"),
                    models.Index(fields=["kind", "starts_at"], name="clinic_visi_kind_62e98c_idx"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("closed_at", None), ("closed_by", None)),
                            models.Q(("closed_at__isnull", False), ("closed_by__isnull", False)),
                            _connector="OR",
                        ),
                        name="visit_reply_closed_at_and_by",
                        violation_error_message="Record when the request was dealt with and by whom.",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="WaitingListEntry",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("earliest_on", models.DateField(blank=True, null=True)),
                ("latest_on", models.DateField(blank=True, null=True)),
                (
                    "weekdays",
                    models.JSONField(
                        blank=True,
                        default=list,
                        help_text="Monday is 0; empty means any day.",
                        validators=[clinic.models.waiting_list.weekdays_of_a_week],
                    ),
                ),
                ("earliest_time", models.TimeField(blank=True, null=True)),
                ("latest_time", models.TimeField(blank=True, help_text="The visit must end by this time.", null=True)),
                (
                    "priority",
                    models.PositiveSmallIntegerField(choices=[(0, "Normal"), (1, "Soon"), (2, "Urgent")], default=0),
                ),
                (
                    "note",
                    models.CharField(
                        blank=True,
                        help_text="For the front desk. Do not write clinical information here.",
                        max_length=300,
                    ),
                ),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ("closed_at", models.DateTimeField(blank=True, null=True)),
                ("version", models.PositiveIntegerField(default=0, editable=False)),
                (
                    "booked",
                    models.ForeignKey(
                        blank=True,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="fulfilled_entries",
                        to="clinic.appointment",
                    ),
                ),
                (
                    "closed_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "created_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "patient",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="waiting_list_entries",
                        to="patients.patient",
                    ),
                ),
                (
                    "practitioner",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="clinic.practitioner",
                    ),
                ),
                (
                    "site",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="clinic.site",
                    ),
                ),
                (
                    "type",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="clinic.appointmenttype"
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "waiting list",
                "ordering": ["-priority", "created_at", "pk"],
                "indexes": [
                    models.Index(fields=["closed_at", "-priority", "created_at"], name="waiting_list_open"),
                    models.Index(fields=["-priority", "created_at"], name="clinic_wait_priorit_1079d1_idx"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("closed_at", None), ("closed_by", None)),
                            models.Q(("closed_at__isnull", False), ("closed_by__isnull", False)),
                            _connector="OR",
                        ),
                        name="waiting_list_closed_at_and_by",
                        violation_error_message="Record when the entry was closed and by whom.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("booked", None), ("closed_at__isnull", False), _connector="OR"),
                        name="waiting_list_booked_is_closed",
                        violation_error_message="An entry for which a visit is booked must be closed.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("earliest_on", None),
                            ("latest_on", None),
                            ("latest_on__gte", models.F("earliest_on")),
                            _connector="OR",
                        ),
                        name="waiting_list_days_in_order",
                        violation_error_message="The latest day must not be before the earliest day.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("earliest_time", None),
                            ("latest_time", None),
                            ("latest_time__gt", models.F("earliest_time")),
                            _connector="OR",
                        ),
                        name="waiting_list_times_in_order",
                        violation_error_message="The latest time must be after the earliest time.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="CallAttempt",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("called_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "appointment",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="call_attempts",
                        to="clinic.appointment",
                    ),
                ),
                (
                    "called_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "ordering": ["-pk"],
                "constraints": [
                    patients.integrity.immutability.Immutable(
                        name="call_attempt_immutable",
                        violation_error_message="A call that was recorded cannot be changed or deleted.",
                    )
                ],
            },
        ),
    ]
