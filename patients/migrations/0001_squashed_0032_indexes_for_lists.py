"""The schema in one step, for a new database. An older database goes on with the migrations that this replaces."""

import django.core.validators
import django.db.models.deletion
import django.db.models.functions.text
import django.utils.timezone
import patients.integrity.immutability
import patients.integrity.required_of_new
import patients.models.consent
import patients.models.patient
import patients.models.question_details
import patients.models.screening
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    replaces = [
        ("patients", "0001_initial"),
        ("patients", "0002_patient_registration_token"),
        ("patients", "0003_consent"),
        ("patients", "0004_trail"),
        ("patients", "0005_more_indexes"),
        ("patients", "0006_answers_not_known"),
        ("patients", "0007_consents_declined"),
        ("patients", "0008_plain_wording"),
        ("patients", "0009_find_by_first_digits"),
        ("patients", "0010_withdrawal_proved"),
        ("patients", "0011_planned_interval"),
        ("patients", "0012_entered_in_error"),
        ("patients", "0013_kinds_of_messages"),
        ("patients", "0014_desk_note_and_family"),
        ("patients", "0015_pelvic_region"),
        ("patients", "0016_body_measures"),
        ("patients", "0017_signed_with_proof"),
        ("patients", "0018_names_by_sound"),
        ("patients", "0019_screening_by_patients"),
        ("patients", "0020_conditions"),
        ("patients", "0021_postponement_notices"),
        ("patients", "0022_keyed_trail"),
        ("patients", "0023_episode_referred_by"),
        ("patients", "0024_onset_precision"),
        ("patients", "0025_closing_reason"),
        ("patients", "0026_questions_after_visits"),
        ("patients", "0027_merges"),
        ("patients", "0028_keys_of_names"),
        ("patients", "0029_export_patient"),
        ("patients", "0030_imports_of_files"),
        ("patients", "0031_opened_from_another_site"),
        ("patients", "0032_indexes_for_lists"),
    ]

    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="RecordNumberCounter",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("last", models.PositiveBigIntegerField(default=0)),
            ],
        ),
        migrations.CreateModel(
            name="ConsentForm",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("version", models.PositiveSmallIntegerField(unique=True)),
                ("title", models.CharField(max_length=120)),
                ("nature", models.TextField(verbose_name="what it is, and what it is not")),
                ("benefit", models.TextField(verbose_name="expected benefit")),
                ("common_effects", models.TextField()),
                ("serious_risks", models.TextField(verbose_name="rare and serious risks")),
                (
                    "thorax",
                    models.TextField(
                        help_text="Shown if the patient agrees to the neck, a shoulder, the upper back or the chest.",
                        verbose_name="near the lung",
                    ),
                ),
                ("alternatives", models.TextField()),
                ("training", models.TextField(verbose_name="the therapist's training")),
                ("right_to_stop", models.TextField(verbose_name="right to stop and to withdraw")),
                ("drowsiness", models.TextField(verbose_name="drowsiness and driving")),
                ("pregnancy", models.TextField()),
                (
                    "source",
                    models.TextField(
                        blank=True, help_text="The source of each statement. Name the statements that have none."
                    ),
                ),
                ("published_at", models.DateTimeField(blank=True, null=True)),
                (
                    "published_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["-version"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("published_at__isnull", False),
                            models.Q(("published_at", None), ("published_by", None)),
                            _connector="OR",
                        ),
                        name="consent_form_published_at_and_by",
                        violation_error_message="If a publisher is recorded, the publication time is required.",
                    ),
                    patients.integrity.immutability.Immutable(
                        name="consent_form_frozen",
                        violation_error_message="This form is published and cannot be changed. Write a new version.",
                        when=models.Q(("published_at__isnull", False)),
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="FileImport",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("kind", models.CharField(max_length=20)),
                ("name", models.CharField(max_length=200, verbose_name="file")),
                ("size_bytes", models.PositiveIntegerField(verbose_name="size")),
                ("encrypted", models.BinaryField(null=True)),
                ("key_id", models.CharField(blank=True, editable=False, max_length=8)),
                ("choices", models.JSONField(blank=True, default=dict)),
                ("header", models.JSONField(blank=True, default=list, verbose_name="columns")),
                ("counts", models.JSONField(blank=True, default=dict)),
                ("uploaded_at", models.DateTimeField()),
                ("stored_at", models.DateTimeField(blank=True, null=True)),
                ("undone_at", models.DateTimeField(blank=True, null=True)),
                ("undo_reason", models.CharField(blank=True, max_length=300)),
                (
                    "stored_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "undone_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "uploaded_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "import of a file",
                "verbose_name_plural": "imports of files",
                "ordering": ["-uploaded_at", "pk"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("uploaded_at__isnull", False),
                            models.Q(
                                models.Q(("stored_by", None), ("uploaded_by", None)),
                                models.Q(("uploaded_by", None), _negated=True),
                                _connector="OR",
                            ),
                        ),
                        name="import_uploaded_at_and_by",
                        violation_error_message="An upload has a time, and a person unless a command made it.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("stored_at", None), ("stored_by", None)),
                            models.Q(("encrypted", None), ("stored_at__isnull", False)),
                            _connector="OR",
                        ),
                        name="import_stored_at_and_by",
                        violation_error_message="The content of a file is deleted when it is stored.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("undo_reason", ""), ("undone_at", None), ("undone_by", None)),
                            models.Q(
                                ("stored_at__isnull", False),
                                ("undone_at__isnull", False),
                                ("undone_by__isnull", False),
                                models.Q(("undo_reason", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="import_undone_at_by_and_why",
                        violation_error_message="An undo needs a time, a person and a reason.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ImportedRow",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveIntegerField(verbose_name="row")),
                ("fingerprint", models.CharField(db_index=True, max_length=64)),
                ("record_id", models.CharField(max_length=40)),
                ("is_new", models.BooleanField()),
                ("before", models.JSONField(blank=True, default=dict)),
                (
                    "file_import",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="rows", to="patients.fileimport"
                    ),
                ),
            ],
            options={
                "verbose_name": "imported row",
                "ordering": ["file_import", "number"],
                "constraints": [
                    models.UniqueConstraint(fields=("file_import", "number"), name="one_imported_row_a_number")
                ],
            },
        ),
        migrations.CreateModel(
            name="Patient",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("record_number", models.CharField(editable=False, max_length=16, unique=True)),
                ("given_name", models.CharField(max_length=100)),
                ("family_name", models.CharField(max_length=100)),
                ("preferred_name", models.CharField(blank=True, max_length=100)),
                (
                    "born_on",
                    models.DateField(validators=[patients.models.patient.born_in_the_past], verbose_name="birth date"),
                ),
                ("died_on", models.DateField(blank=True, null=True, verbose_name="date of death")),
                (
                    "sex",
                    models.CharField(
                        choices=[("female", "Female"), ("male", "Male"), ("other", "Other"), ("unknown", "Not known")],
                        default="unknown",
                        max_length=8,
                    ),
                ),
                ("phone", models.CharField(blank=True, max_length=40)),
                ("email", models.EmailField(blank=True, max_length=254, verbose_name="e-mail")),
                ("street", models.CharField(blank=True, max_length=200)),
                ("city", models.CharField(blank=True, max_length=100)),
                ("postcode", models.CharField(blank=True, max_length=20)),
                ("country", models.CharField(blank=True, max_length=60)),
                ("emergency_contact_name", models.CharField(blank=True, max_length=200)),
                ("emergency_contact_phone", models.CharField(blank=True, max_length=40)),
                ("general_practitioner", models.CharField(blank=True, max_length=200, verbose_name="GP")),
                ("occupation", models.CharField(blank=True, max_length=100)),
                (
                    "interpreter_language",
                    models.CharField(blank=True, help_text="Fill in only if an interpreter is needed.", max_length=60),
                ),
                (
                    "desk_note",
                    models.CharField(
                        blank=True,
                        help_text="Shown with every visit, such as “wheelchair, room 1”. Do not write clinical information here.",
                        max_length=200,
                        verbose_name="note for the front desk",
                    ),
                ),
                (
                    "reminder_channel",
                    models.CharField(
                        choices=[("none", "No messages"), ("email", "E-mail"), ("sms", "Text message")],
                        default="none",
                        max_length=8,
                    ),
                ),
                ("wants_reminders", models.BooleanField(default=True, verbose_name="reminders before visits")),
                ("wants_confirmations", models.BooleanField(default=True, verbose_name="confirmations of bookings")),
                ("wants_move_notices", models.BooleanField(default=True, verbose_name="notices of moved visits")),
                (
                    "wants_cancellation_notices",
                    models.BooleanField(default=True, verbose_name="notices of cancelled visits"),
                ),
                (
                    "wants_postponement_notices",
                    models.BooleanField(default=True, verbose_name="notices of visits that cannot take place"),
                ),
                (
                    "wants_questions_after",
                    models.BooleanField(default=False, verbose_name="questions after a visit with needles"),
                ),
                (
                    "is_active",
                    models.BooleanField(default=True, help_text="Turn off for a former patient. The record is kept."),
                ),
                ("merged_at", models.DateTimeField(blank=True, editable=False, null=True)),
                (
                    "external_id",
                    models.CharField(
                        blank=True,
                        editable=False,
                        max_length=64,
                        null=True,
                        unique=True,
                        verbose_name="number in another system",
                    ),
                ),
                ("import_undone_at", models.DateTimeField(blank=True, editable=False, null=True)),
                ("family", models.UUIDField(blank=True, db_index=True, editable=False, null=True)),
                ("phone_key", models.CharField(blank=True, db_index=True, editable=False, max_length=40)),
                ("phone_start", models.CharField(blank=True, db_index=True, default="", editable=False, max_length=40)),
                ("registration_token", models.UUIDField(blank=True, editable=False, null=True, unique=True)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "merged_into",
                    models.ForeignKey(
                        blank=True,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="merged_from",
                        to="patients.patient",
                    ),
                ),
            ],
            options={
                "ordering": ["family_name", "given_name", "pk"],
                "permissions": [("export_patient", "Can export the whole record of a patient")],
                "indexes": [
                    models.Index(fields=["family_name", "given_name"], name="patients_pa_family__a96a9c_idx"),
                    models.Index(fields=["born_on"], name="patients_pa_born_on_114cd8_idx"),
                    models.Index(django.db.models.functions.text.Lower("email"), name="patient_email"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("died_on", None), ("died_on__gte", models.F("born_on")), _connector="OR"),
                        name="patient_died_after_birth",
                        violation_error_message="The date of death is before the birth date.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("merged_into", models.F("pk")), _negated=True),
                        name="patient_not_merged_into_itself",
                        violation_error_message="A record cannot be merged into itself.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="NameGram",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("gram", models.CharField(max_length=3)),
                (
                    "patient",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="grams", to="patients.patient"
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("gram", "patient"), name="one_gram_a_patient")],
            },
        ),
        migrations.CreateModel(
            name="ErrorMark",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("kind", models.CharField(max_length=20)),
                ("record_id", models.CharField(max_length=40)),
                ("reason", models.CharField(help_text="Why this record is wrong.", max_length=300)),
                ("marked_at", models.DateTimeField()),
                ("marked_name", models.CharField(max_length=150, verbose_name="marked by")),
                ("proved_by_means", models.CharField(blank=True, max_length=40, verbose_name="proved by")),
                (
                    "second_reason",
                    models.CharField(
                        blank=True,
                        help_text="Empty if no second person has to confirm.",
                        max_length=200,
                        verbose_name="why a second person",
                    ),
                ),
                (
                    "alone_reason",
                    models.CharField(
                        blank=True,
                        help_text="Why, where nobody else works who could confirm it.",
                        max_length=300,
                        verbose_name="marked without a second person",
                    ),
                ),
                ("content_hash", models.CharField(max_length=64)),
                ("decided_at", models.DateTimeField(blank=True, null=True)),
                ("decided_name", models.CharField(blank=True, max_length=150, verbose_name="decided by")),
                ("decision_proved_by_means", models.CharField(blank=True, max_length=40)),
                (
                    "is_confirmed",
                    models.BooleanField(
                        blank=True, help_text="Empty until somebody decided.", null=True, verbose_name="confirmed"
                    ),
                ),
                ("decline_reason", models.CharField(blank=True, max_length=300)),
                ("decision_hash", models.CharField(blank=True, max_length=64)),
                (
                    "asked",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "decided_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "marked_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "patient",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="error_marks", to="patients.patient"
                    ),
                ),
            ],
            options={
                "ordering": ["-marked_at", "-pk"],
                "permissions": [("mark_any_errormark", "Can mark records of others as entered in error")],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("is_confirmed", None), ("is_confirmed", True), _connector="OR"),
                        fields=("kind", "record_id"),
                        name="one_error_mark_a_record",
                        violation_error_message="This record is already marked as entered in error.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("reason", ""), _negated=True),
                            models.Q(("marked_name", ""), _negated=True),
                            models.Q(("content_hash", ""), _negated=True),
                        ),
                        name="error_mark_says_why_and_who",
                        violation_error_message="A mark needs a reason and a name.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("alone_reason", ""), ("asked", None), ("decided_at", None), ("second_reason", "")
                            ),
                            models.Q(
                                models.Q(("second_reason", ""), _negated=True),
                                ("alone_reason", ""),
                                ("asked__isnull", False),
                            ),
                            models.Q(
                                models.Q(("second_reason", ""), _negated=True),
                                ("asked", None),
                                ("decided_at", None),
                                models.Q(("alone_reason", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="error_mark_asks_or_is_alone",
                        violation_error_message="Choose who confirms this, or give a reason for having nobody.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("decided_at", None),
                                ("decided_by", None),
                                ("decided_name", ""),
                                ("decision_hash", ""),
                                ("decision_proved_by_means", ""),
                                ("decline_reason", ""),
                                ("is_confirmed__isnull", True),
                            ),
                            models.Q(
                                ("decided_at__isnull", False),
                                ("decided_by__isnull", False),
                                models.Q(
                                    models.Q(
                                        ("decline_reason", ""), ("is_confirmed", True), ("is_confirmed__isnull", False)
                                    ),
                                    models.Q(
                                        ("is_confirmed", False),
                                        ("is_confirmed__isnull", False),
                                        models.Q(("decline_reason", ""), _negated=True),
                                    ),
                                    _connector="OR",
                                ),
                                models.Q(("decided_name", ""), _negated=True),
                                models.Q(("decision_hash", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="error_mark_decided_at_by_and_how",
                        violation_error_message="A decision needs a time and a name, and a reason if the mark is declined.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("decided_by", None),
                            models.Q(("decided_by", models.F("marked_by")), _negated=True),
                            _connector="OR",
                        ),
                        name="error_mark_decided_by_another",
                        violation_error_message="Another person must confirm this mark.",
                    ),
                    patients.integrity.required_of_new.RequiredOfNew(
                        condition=models.Q(("proved_by_means", ""), _negated=True),
                        name="error_mark_with_proof",
                        violation_error_message="Whoever marks a record must have proved who they are.",
                    ),
                    patients.integrity.required_of_new.RequiredOfNew(
                        condition=models.Q(("decision_proved_by_means", ""), _negated=True),
                        name="error_mark_decision_with_proof",
                        violation_error_message="Whoever confirms or declines a mark must have proved who they are.",
                        when=models.Q(("decided_at__isnull", False)),
                    ),
                    patients.integrity.immutability.Immutable(
                        allow=(
                            "decided_at",
                            "decided_by",
                            "decided_name",
                            "decision_proved_by_means",
                            "is_confirmed",
                            "decline_reason",
                            "decision_hash",
                        ),
                        name="error_mark_frozen",
                        violation_error_message="A mark cannot be changed or removed.",
                    ),
                    patients.integrity.immutability.Immutable(
                        name="error_mark_decision_frozen",
                        violation_error_message="This decision cannot be changed.",
                        when=models.Q(("decided_at__isnull", False)),
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Episode",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "complaint",
                    models.CharField(help_text="In the patient’s words: what hurts, and where.", max_length=200),
                ),
                (
                    "region",
                    models.CharField(
                        choices=[
                            ("head_face", "Head and face"),
                            ("neck", "Neck"),
                            ("shoulder", "Shoulder"),
                            ("upper_back", "Upper back"),
                            ("chest", "Chest"),
                            ("arm", "Arm"),
                            ("forearm", "Forearm"),
                            ("hand", "Hand"),
                            ("low_back", "Low back"),
                            ("abdomen", "Abdomen"),
                            ("hip_buttock", "Hip and buttock"),
                            ("pelvis_perineum", "Pelvic floor and perineum"),
                            ("thigh", "Thigh"),
                            ("leg", "Lower leg"),
                            ("foot", "Foot"),
                        ],
                        max_length=16,
                    ),
                ),
                (
                    "diagnosis_code",
                    models.CharField(
                        blank=True,
                        max_length=10,
                        validators=[
                            django.core.validators.RegexValidator(
                                "^[A-Z]\\d[0-9A-Z](\\.[0-9A-Z]{1,4})?$", "Enter an ICD-10 code such as M54.2."
                            )
                        ],
                        verbose_name="ICD-10 code",
                    ),
                ),
                (
                    "code_system",
                    models.CharField(
                        blank=True,
                        choices=[("who", "ICD-10 (WHO)"), ("cm", "ICD-10-CM")],
                        editable=False,
                        max_length=3,
                        verbose_name="classification",
                    ),
                ),
                ("condition", models.CharField(blank=True, max_length=40)),
                ("onset_on", models.DateField(blank=True, null=True, verbose_name="onset")),
                (
                    "onset_precision",
                    models.CharField(
                        choices=[("day", "Day"), ("week", "Week"), ("month", "Month"), ("year", "Year")],
                        default="day",
                        max_length=5,
                        verbose_name="how exact the onset is",
                    ),
                ),
                ("onset_words", models.CharField(blank=True, max_length=60, verbose_name="onset as it was typed")),
                ("mechanism", models.CharField(blank=True, help_text="How it began.", max_length=200)),
                (
                    "referred_by",
                    models.CharField(
                        blank=True,
                        default="",
                        help_text="Who referred the patient, for letters. Empty if nobody did.",
                        max_length=200,
                    ),
                ),
                ("goals", models.TextField(blank=True)),
                (
                    "planned_sessions",
                    models.PositiveSmallIntegerField(
                        default=6,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(60),
                        ],
                    ),
                ),
                (
                    "planned_interval_days",
                    models.PositiveSmallIntegerField(
                        blank=True,
                        help_text="The next visit is looked for so many days after a session.",
                        null=True,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(365),
                        ],
                        verbose_name="days between sessions",
                    ),
                ),
                ("opened_on", models.DateField(default=django.utils.timezone.localdate)),
                ("closed_on", models.DateField(blank=True, null=True)),
                (
                    "closing_reason",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("goal_reached", "Goals reached"),
                            ("improved", "Improved, goals partly reached"),
                            ("no_change", "No useful change"),
                            ("referred", "Referred on"),
                            ("did_not_return", "Did not return"),
                            ("unwell", "Unwell after needling"),
                            ("stopped", "Patient chose to stop"),
                            ("moved", "Moved away or treated elsewhere"),
                            ("other", "Another reason"),
                        ],
                        max_length=14,
                        verbose_name="reason for closing",
                    ),
                ),
                ("closing_summary", models.TextField(blank=True)),
                (
                    "lead",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="episodes_led",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="lead",
                    ),
                ),
                (
                    "error_mark",
                    models.OneToOneField(
                        blank=True,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="patients.errormark",
                    ),
                ),
                (
                    "patient",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="episodes", to="patients.patient"
                    ),
                ),
            ],
            options={
                "ordering": ["-opened_on", "-pk"],
                "indexes": [
                    models.Index(fields=["diagnosis_code"], name="patients_ep_diagnos_750ebe_idx"),
                    models.Index(fields=["condition"], name="patients_ep_conditi_59cb2c_idx"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("closed_on", None), ("closed_on__gte", models.F("opened_on")), _connector="OR"
                        ),
                        name="episode_closed_after_opening",
                        violation_error_message="An episode cannot be closed before it was opened.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("onset_precision__in", ["day", "week", "month", "year"]),
                            models.Q(
                                ("onset_on__isnull", False),
                                models.Q(("onset_precision", "day"), ("onset_words", "")),
                                _connector="OR",
                            ),
                        ),
                        name="episode_onset_with_its_precision",
                        violation_error_message="Say when it began: a day, a week, a month or a year.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("planned_sessions__range", (1, 60))),
                        name="episode_planned_sessions_1_to_60",
                        violation_error_message="Plan between 1 and 60 sessions.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("planned_interval_days", None), ("planned_interval_days__range", (1, 365)), _connector="OR"
                        ),
                        name="episode_planned_interval_1_to_365_days",
                        violation_error_message="Plan between 1 and 365 days from one session to the next.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("code_system", ""),
                            models.Q(
                                ("code_system__in", ["who", "cm"]), models.Q(("diagnosis_code", ""), _negated=True)
                            ),
                            _connector="OR",
                        ),
                        name="episode_classification_of_a_code",
                        violation_error_message="Only a code has a classification.",
                    ),
                    patients.integrity.immutability.Immutable(
                        fields=("error_mark",),
                        name="episode_mark_stays",
                        violation_error_message="A record stays entered in error. Write it again if it was right.",
                        when=models.Q(("error_mark__isnull", False)),
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Consent",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                (
                    "method",
                    models.CharField(
                        choices=[
                            ("written", "In writing"),
                            ("verbal", "Spoken"),
                            ("both", "In writing and spoken"),
                            ("declined", "Declined"),
                        ],
                        max_length=8,
                    ),
                ),
                (
                    "scope",
                    models.JSONField(
                        blank=True,
                        help_text="The regions that the patient agreed to. Empty for a refusal.",
                        validators=[patients.models.screening.list_of_regions],
                    ),
                ),
                (
                    "explained",
                    models.JSONField(blank=True, default=list, validators=[patients.models.consent.list_of_points]),
                ),
                (
                    "training",
                    models.CharField(
                        blank=True, help_text="What the patient was told about the therapist.", max_length=200
                    ),
                ),
                ("given_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "signing",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("drawn", "Signs on the screen"),
                            ("typed", "Signs by typing the name"),
                            ("witnessed", "Cannot sign: a witness confirms"),
                        ],
                        max_length=10,
                    ),
                ),
                ("signed_name", models.CharField(blank=True, max_length=200)),
                ("signature", models.JSONField(blank=True, null=True, validators=[patients.models.consent.drawing])),
                ("witness_name", models.CharField(blank=True, max_length=200)),
                ("guardian_name", models.CharField(blank=True, max_length=200)),
                ("guardian_relationship", models.CharField(blank=True, max_length=60)),
                (
                    "refusal_words",
                    models.CharField(blank=True, help_text="What the patient said when declining.", max_length=500),
                ),
                (
                    "offered_instead",
                    models.CharField(blank=True, help_text="What was offered instead of needling.", max_length=500),
                ),
                ("content_hash", models.CharField(editable=False, max_length=64)),
                ("withdrawn_at", models.DateTimeField(blank=True, null=True)),
                ("withdrawal_reason", models.CharField(blank=True, max_length=500)),
                ("withdrawal_proved_by_means", models.CharField(blank=True, editable=False, max_length=40)),
                (
                    "explained_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="consents_explained",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "withdrawn_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "form",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="consents", to="patients.consentform"
                    ),
                ),
                (
                    "error_mark",
                    models.OneToOneField(
                        blank=True,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="patients.errormark",
                    ),
                ),
                (
                    "patient",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="consents", to="patients.patient"
                    ),
                ),
            ],
            options={
                "ordering": ["-given_at", "-pk"],
                "indexes": [
                    models.Index(fields=["patient", "-given_at"], name="patients_co_patient_7530d0_idx"),
                    models.Index(fields=["given_at"], name="patients_co_given_a_6b45c4_idx"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("method", "verbal"), ("signature__isnull", True), ("signed_name", ""), ("signing", "")
                            ),
                            models.Q(
                                ("method__in", ["written", "both"]),
                                ("signature__isnull", False),
                                ("signing", "drawn"),
                                models.Q(("signed_name", ""), _negated=True),
                            ),
                            models.Q(
                                ("method__in", ["written", "both"]),
                                ("signature__isnull", True),
                                ("signing", "typed"),
                                models.Q(("signed_name", ""), _negated=True),
                            ),
                            models.Q(
                                ("method__in", ["written", "both"]),
                                ("signature__isnull", True),
                                ("signing", "witnessed"),
                                models.Q(("witness_name", ""), _negated=True),
                            ),
                            models.Q(
                                ("method", "declined"),
                                ("signature__isnull", True),
                                ("signed_name", ""),
                                ("signing", ""),
                                ("witness_name", ""),
                            ),
                            _connector="OR",
                        ),
                        name="consent_signed_when_written",
                        violation_error_message="Only written consent has a signature or a witness, and it needs one.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("method", "declined"), ("scope", []), ("withdrawn_at", None)),
                            models.Q(
                                models.Q(("method", "declined"), _negated=True),
                                models.Q(("scope", []), _negated=True),
                                models.Q(("explained", []), _negated=True),
                                ("offered_instead", ""),
                                ("refusal_words", ""),
                            ),
                            _connector="OR",
                        ),
                        name="consent_agreed_or_declined",
                        violation_error_message="A consent needs regions and explained points. A refusal cannot be withdrawn.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("guardian_name", ""), ("guardian_relationship", "")),
                            models.Q(
                                models.Q(("guardian_name", ""), _negated=True),
                                models.Q(("guardian_relationship", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="consent_guardian_with_relationship",
                        violation_error_message="Give both the guardian’s name and their relationship to the patient.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("withdrawal_proved_by_means", ""),
                                ("withdrawal_reason", ""),
                                ("withdrawn_at", None),
                                ("withdrawn_by", None),
                            ),
                            models.Q(
                                ("withdrawn_at__gte", models.F("given_at")),
                                ("withdrawn_by__isnull", False),
                                models.Q(("withdrawal_reason", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="consent_withdrawn_at_by_and_why",
                        violation_error_message="A withdrawal needs a time, a person and a reason.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("content_hash", ""), _negated=True),
                        name="consent_has_a_hash",
                        violation_error_message="A consent must be stored with its hash.",
                    ),
                    patients.integrity.required_of_new.RequiredOfNew(
                        condition=models.Q(("withdrawal_proved_by_means", ""), _negated=True),
                        name="withdrawal_with_proof",
                        violation_error_message="Whoever withdraws a consent must have proved who they are.",
                        when=models.Q(("withdrawn_at__isnull", False)),
                    ),
                    patients.integrity.immutability.Immutable(
                        allow=(
                            "withdrawn_at",
                            "withdrawn_by",
                            "withdrawal_reason",
                            "withdrawal_proved_by_means",
                            "error_mark",
                        ),
                        name="consent_frozen",
                        violation_error_message="A consent cannot be changed. Withdraw it, or record a new one.",
                    ),
                    patients.integrity.immutability.Immutable(
                        allow=("error_mark",),
                        name="consent_withdrawn_frozen",
                        violation_error_message="A withdrawal cannot be changed. Record a new consent instead.",
                        when=models.Q(("withdrawn_at__isnull", False)),
                    ),
                    patients.integrity.immutability.Immutable(
                        fields=("error_mark",),
                        name="consent_mark_stays",
                        violation_error_message="A record stays entered in error. Write it again if it was right.",
                        when=models.Q(("error_mark__isnull", False)),
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="BodyMeasure",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("measured_on", models.DateField(verbose_name="measured on")),
                (
                    "height_cm",
                    models.DecimalField(
                        blank=True,
                        decimal_places=1,
                        max_digits=4,
                        null=True,
                        validators=[
                            django.core.validators.MinValueValidator(
                                40, "Give the height in centimetres, between 40 and 250."
                            ),
                            django.core.validators.MaxValueValidator(
                                250, "Give the height in centimetres, between 40 and 250."
                            ),
                        ],
                        verbose_name="height",
                    ),
                ),
                (
                    "weight_kg",
                    models.DecimalField(
                        blank=True,
                        decimal_places=1,
                        max_digits=4,
                        null=True,
                        validators=[
                            django.core.validators.MinValueValidator(
                                1, "Give the weight in kilograms, between 1 and 400."
                            ),
                            django.core.validators.MaxValueValidator(
                                400, "Give the weight in kilograms, between 1 and 400."
                            ),
                        ],
                        verbose_name="weight",
                    ),
                ),
                ("recorded_at", models.DateTimeField()),
                (
                    "recorded_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "error_mark",
                    models.OneToOneField(
                        blank=True,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="patients.errormark",
                    ),
                ),
                (
                    "patient",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="body_measures", to="patients.patient"
                    ),
                ),
            ],
            options={
                "ordering": ["-measured_on", "-recorded_at", "pk"],
                "indexes": [models.Index(fields=["patient", "-measured_on"], name="patients_bo_patient_cf149a_idx")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("height_cm__isnull", False), ("weight_kg__isnull", False), _connector="OR"),
                        name="body_measure_is_not_empty",
                        violation_error_message="Give a height, a weight or both.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("height_cm", None), ("height_cm__range", (40, 250)), _connector="OR"),
                        name="body_measure_height_in_bounds",
                        violation_error_message="Give the height in centimetres, between 40 and 250.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("weight_kg", None), ("weight_kg__range", (1, 400)), _connector="OR"),
                        name="body_measure_weight_in_bounds",
                        violation_error_message="Give the weight in kilograms, between 1 and 400.",
                    ),
                    patients.integrity.immutability.Immutable(
                        allow=("error_mark",),
                        name="body_measure_frozen",
                        violation_error_message="A measurement cannot be changed. Record another one.",
                    ),
                    patients.integrity.immutability.Immutable(
                        fields=("error_mark",),
                        name="body_measure_mark_stays",
                        violation_error_message="A record stays entered in error. Write it again if it was right.",
                        when=models.Q(("error_mark__isnull", False)),
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="PatientAnswers",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("answered_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("answered_by_name", models.CharField(max_length=200, verbose_name="answered by")),
                ("answers", models.JSONField()),
                (
                    "handed_over_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "patient",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="answers_on_tablet",
                        to="patients.patient",
                    ),
                ),
            ],
            options={
                "verbose_name": "answers of the patient",
                "verbose_name_plural": "answers of the patient",
                "ordering": ["-answered_at", "-pk"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("answered_by_name", ""), _negated=True),
                        name="patient_answers_name_who_answered",
                        violation_error_message="Enter the name of the person who answered.",
                    ),
                    patients.integrity.immutability.Immutable(
                        name="patient_answers_frozen",
                        violation_error_message="The patient’s answers cannot be changed. Correct them when you confirm.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="PatientMerge",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("reason", models.CharField(max_length=300)),
                ("asked_at", models.DateTimeField()),
                ("decided_at", models.DateTimeField(blank=True, null=True)),
                ("is_confirmed", models.BooleanField(blank=True, null=True)),
                ("decline_reason", models.CharField(blank=True, max_length=300)),
                ("proved_by_means", models.CharField(blank=True, max_length=40, verbose_name="proved by")),
                ("kept", models.JSONField(blank=True, default=dict)),
                ("undone_at", models.DateTimeField(blank=True, null=True)),
                ("undo_reason", models.CharField(blank=True, max_length=300)),
                ("undo_proved_by_means", models.CharField(blank=True, max_length=40, verbose_name="undo proved by")),
                (
                    "asked_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "decided_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "duplicate",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="merges_as_duplicate",
                        to="patients.patient",
                    ),
                ),
                (
                    "survivor",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="merges", to="patients.patient"
                    ),
                ),
                (
                    "undone_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "merge of two patients",
                "verbose_name_plural": "merges of two patients",
                "ordering": ["-asked_at", "pk"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(
                            ("decided_at", None), models.Q(("is_confirmed", True), ("undone_at", None)), _connector="OR"
                        ),
                        fields=("duplicate",),
                        name="one_merge_a_duplicate",
                        violation_error_message="A merge of this record is waiting already, or it was merged.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("survivor", models.F("duplicate")), _negated=True),
                        name="merge_of_two_records",
                        violation_error_message="A record cannot be merged with itself.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("decided_at", None),
                                ("decided_by", None),
                                ("decline_reason", ""),
                                ("is_confirmed", None),
                                ("proved_by_means", ""),
                            ),
                            models.Q(
                                ("decided_at__isnull", False),
                                ("decided_by__isnull", False),
                                ("decline_reason", ""),
                                ("is_confirmed", True),
                                models.Q(("proved_by_means", ""), _negated=True),
                            ),
                            models.Q(
                                ("decided_at__isnull", False),
                                ("decided_by__isnull", False),
                                ("is_confirmed", False),
                                models.Q(("decline_reason", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="merge_decided_at_by_and_how",
                        violation_error_message="A decision needs a time and a person, and a proof or a reason.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("decided_by", None),
                            models.Q(("decided_by", models.F("asked_by")), _negated=True),
                            ("is_confirmed", False),
                            _connector="OR",
                        ),
                        name="merge_confirmed_by_another",
                        violation_error_message="Another person must confirm this merge.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("undo_proved_by_means", ""),
                                ("undo_reason", ""),
                                ("undone_at", None),
                                ("undone_by", None),
                            ),
                            models.Q(
                                ("is_confirmed", True),
                                ("undone_at__isnull", False),
                                ("undone_by__isnull", False),
                                models.Q(("undo_reason", ""), _negated=True),
                                models.Q(("undo_proved_by_means", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="merge_undone_at_by_and_why",
                        violation_error_message="An undo needs a time, a person, a reason and a proof.",
                    ),
                    patients.integrity.immutability.Immutable(
                        allow=("undone_at", "undone_by", "undo_reason", "undo_proved_by_means"),
                        name="merge_decision_frozen",
                        violation_error_message="A decided merge cannot be changed. Undo it.",
                        when=models.Q(("decided_at__isnull", False)),
                    ),
                    patients.integrity.immutability.Immutable(
                        name="merge_undo_frozen",
                        violation_error_message="This merge was undone, and that cannot be changed.",
                        when=models.Q(("undone_at__isnull", False)),
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Screening",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("taken_at", models.DateTimeField()),
                ("valid_until", models.DateField()),
                ("conflicts_confirmed", models.JSONField(blank=True, default=list)),
                (
                    "error_mark",
                    models.OneToOneField(
                        blank=True,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="patients.errormark",
                    ),
                ),
                (
                    "patient",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="screenings", to="patients.patient"
                    ),
                ),
                (
                    "patient_answers",
                    models.OneToOneField(
                        blank=True,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="screening",
                        to="patients.patientanswers",
                    ),
                ),
                (
                    "taken_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="screenings_taken",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["-taken_at", "-pk"],
                "indexes": [
                    models.Index(fields=["patient", "-taken_at"], name="patients_sc_patient_a8a271_idx"),
                    models.Index(fields=["taken_at"], name="patients_sc_taken_a_e9d151_idx"),
                ],
                "constraints": [
                    patients.integrity.immutability.Immutable(
                        allow=("error_mark",),
                        name="screening_frozen",
                        violation_error_message="A screening cannot be changed. Take a new screening.",
                    ),
                    patients.integrity.immutability.Immutable(
                        fields=("error_mark",),
                        name="screening_mark_stays",
                        violation_error_message="A record stays entered in error. Write it again if it was right.",
                        when=models.Q(("error_mark__isnull", False)),
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ScreeningQuestion",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.SlugField()),
                ("version", models.PositiveSmallIntegerField(default=1, editable=False)),
                ("text", models.CharField(max_length=300)),
                (
                    "alert",
                    models.CharField(help_text="Shown on the patient’s banner if the answer is yes.", max_length=60),
                ),
                (
                    "asked_of",
                    models.CharField(
                        choices=[("patient", "The patient"), ("therapist", "The therapist")],
                        default="patient",
                        help_text="Patients who answer on a tablet are not asked the questions for the therapist.",
                        max_length=10,
                        verbose_name="answered by",
                    ),
                ),
                (
                    "category",
                    models.CharField(
                        choices=[
                            ("absolute", "Do not needle"),
                            ("absolute_local", "Do not needle this muscle or area"),
                            ("relative", "Needle with care"),
                        ],
                        max_length=16,
                    ),
                ),
                (
                    "scope",
                    models.CharField(
                        blank=True, help_text="The muscles, area or technique that it concerns.", max_length=200
                    ),
                ),
                (
                    "regions",
                    models.JSONField(
                        blank=True,
                        default=list,
                        help_text="Empty for the whole body, or for the regions in the answer.",
                        validators=[patients.models.screening.list_of_regions],
                    ),
                ),
                (
                    "muscles",
                    models.JSONField(
                        blank=True,
                        default=list,
                        help_text="Slugs from the catalogue, such as psoas-major.",
                        validators=[patients.models.screening.list_of_slugs],
                    ),
                ),
                (
                    "technique",
                    models.CharField(
                        blank=True,
                        choices=[("electrical", "Electrical stimulation")],
                        help_text="Empty for every technique.",
                        max_length=16,
                    ),
                ),
                (
                    "scope_category",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("absolute", "Do not needle"),
                            ("absolute_local", "Do not needle this muscle or area"),
                            ("relative", "Needle with care"),
                        ],
                        help_text="Only if the rule is stricter for these regions, muscles or technique than elsewhere.",
                        max_length=16,
                        verbose_name="category within the scope",
                    ),
                ),
                (
                    "needs_side",
                    models.BooleanField(
                        default=False,
                        help_text="A yes also asks for the side and the regions.",
                        verbose_name="ask where",
                    ),
                ),
                (
                    "details",
                    models.JSONField(
                        blank=True, default=list, validators=[patients.models.question_details.list_of_detail_fields]
                    ),
                ),
                ("source", models.CharField(blank=True, max_length=200)),
                ("sort_order", models.PositiveSmallIntegerField(default=0)),
                (
                    "is_active",
                    models.BooleanField(
                        default=True, help_text="Off: retired. Old answers are kept.", verbose_name="asked"
                    ),
                ),
                ("edited_at", models.DateTimeField(blank=True, editable=False, null=True)),
                (
                    "edited_by",
                    models.ForeignKey(
                        blank=True,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["sort_order", "key", "-version"],
                "constraints": [
                    models.UniqueConstraint(fields=("key", "version"), name="one_question_a_key_and_version"),
                    models.UniqueConstraint(
                        condition=models.Q(("is_active", True)),
                        fields=("key",),
                        name="one_version_of_a_question_asked",
                        violation_error_message="Another version of this question is already in use.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("edited_at", None), ("edited_by", None)),
                            models.Q(("edited_at__isnull", False), ("edited_by__isnull", False)),
                            _connector="OR",
                        ),
                        name="question_edited_at_and_by",
                        violation_error_message="An edit needs a time and a person.",
                    ),
                    patients.integrity.immutability.Immutable(
                        allow=("is_active", "sort_order"),
                        name="screening_question_frozen",
                        violation_error_message="A version of a question cannot be changed. Write a new version.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ScreeningAnswer",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("question_text", models.CharField(max_length=300)),
                ("is_yes", models.BooleanField(blank=True, help_text="Empty means not known.", null=True)),
                ("detail", models.CharField(blank=True, max_length=200)),
                (
                    "details",
                    models.JSONField(
                        blank=True,
                        default=list,
                        help_text="[words that ask for it, answer] of each.",
                        validators=[patients.models.question_details.list_of_details],
                    ),
                ),
                (
                    "patient_said",
                    models.CharField(
                        blank=True, choices=[("yes", "Yes"), ("no", "No"), ("not_known", "Not known")], max_length=10
                    ),
                ),
                (
                    "side",
                    models.CharField(
                        blank=True,
                        choices=[("left", "Left"), ("right", "Right"), ("both", "Both or middle")],
                        max_length=8,
                    ),
                ),
                (
                    "regions",
                    models.JSONField(blank=True, default=list, validators=[patients.models.screening.list_of_regions]),
                ),
                (
                    "screening",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="answers", to="patients.screening"
                    ),
                ),
                (
                    "question",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="answers",
                        to="patients.screeningquestion",
                    ),
                ),
            ],
            options={
                "ordering": ["question__sort_order", "pk"],
                "constraints": [
                    models.UniqueConstraint(fields=("screening", "question"), name="one_answer_a_question"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("is_yes__isnull", True), ("regions", []), ("side", "")),
                            models.Q(
                                ("is_yes__isnull", False),
                                models.Q(
                                    ("is_yes", True),
                                    models.Q(("detail", ""), ("details", []), ("regions", []), ("side", "")),
                                    _connector="OR",
                                ),
                            ),
                            _connector="OR",
                        ),
                        name="screening_no_says_no_more",
                        violation_error_message="“No” cannot have details, and only “Yes” can have a location.",
                    ),
                    patients.integrity.immutability.Immutable(
                        name="screening_answer_frozen",
                        violation_error_message="An answer cannot be changed. Take a new screening.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="TrailEntry",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name="when")),
                (
                    "by_name",
                    models.CharField(
                        blank=True,
                        help_text="At that time, or as it was typed.",
                        max_length=150,
                        verbose_name="user name",
                    ),
                ),
                (
                    "action",
                    models.CharField(
                        choices=[
                            ("read", "Read"),
                            ("print", "Printed"),
                            ("export", "Exported"),
                            ("create", "Added"),
                            ("change", "Changed"),
                            ("delete", "Deleted"),
                            ("sign", "Signed"),
                            ("amend", "Amended"),
                            ("withdraw", "Withdrawn"),
                            ("in_error", "Marked as entered in error"),
                            ("open_elsewhere", "Opened from another site, with a reason"),
                            ("hand_over", "Handed over"),
                            ("refused", "Refused"),
                            ("login", "Signed in"),
                            ("failed_login", "Failed sign-in"),
                            ("logout", "Signed out"),
                            ("lock_out", "Locked out"),
                            ("permission_change", "Permissions changed"),
                        ],
                        max_length=20,
                    ),
                ),
                ("record_type", models.CharField(blank=True, max_length=60, verbose_name="record")),
                ("record_id", models.CharField(blank=True, max_length=64, verbose_name="id of the record")),
                ("page", models.CharField(blank=True, help_text="The name of the page’s URL.", max_length=100)),
                (
                    "address",
                    models.CharField(blank=True, help_text="The network address.", max_length=45, verbose_name="from"),
                ),
                ("request_id", models.CharField(blank=True, max_length=32, verbose_name="request")),
                (
                    "changes",
                    models.JSONField(blank=True, default=dict, help_text="For each field its value before and after."),
                ),
                ("note", models.CharField(blank=True, max_length=300)),
                ("chain", models.CharField(max_length=28)),
                ("number", models.PositiveBigIntegerField(verbose_name="number in the chain")),
                ("previous_hash", models.CharField(blank=True, max_length=64)),
                ("hash", models.CharField(max_length=64)),
                (
                    "key_id",
                    models.CharField(
                        blank=True,
                        help_text="The key of the hash. Entries of earlier versions have none.",
                        max_length=8,
                    ),
                ),
                (
                    "by",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        help_text="Empty for a command, and for somebody who was not signed in.",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="who",
                    ),
                ),
                (
                    "patient",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="trail",
                        to="patients.patient",
                    ),
                ),
            ],
            options={
                "verbose_name": "audit trail entry",
                "verbose_name_plural": "audit trail",
                "ordering": ["-at", "-pk"],
                "indexes": [
                    models.Index(fields=["-at", "-id"], name="trail_at"),
                    models.Index(fields=["action", "-at"], name="trail_action_at"),
                    models.Index(fields=["by", "-at"], name="trail_by_at"),
                    models.Index(fields=["patient", "-at"], name="trail_patient_at"),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("chain", "number"), name="one_trail_entry_a_number"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("number", 1), ("previous_hash", "")),
                            models.Q(("number__gt", 1), models.Q(("previous_hash", ""), _negated=True)),
                            _connector="OR",
                        ),
                        name="trail_entry_follows_one",
                        violation_error_message="An entry must contain the hash of the entry before it.",
                    ),
                    patients.integrity.immutability.Immutable(
                        name="trail_only_grows", violation_error_message="Audit trail entries cannot be changed."
                    ),
                ],
            },
        ),
    ]
