"""The schema in one step, for a new database. An older database goes on with the migrations that this replaces."""

import clinic.models.site
import django.contrib.auth.models
import django.db.models.deletion
import django.db.models.functions.math
import django.db.models.functions.text
import django.utils.timezone
import patients.integrity.immutability
import patients.integrity.moments
import patients.integrity.no_rows
import patients.integrity.required_of_new
import treatments.models.exercise
import treatments.models.follow_up_answers
import treatments.models.outcome_score
import treatments.models.serious_closing
import treatments.models.threshold
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    replaces = [
        ("treatments", "0001_initial"),
        ("treatments", "0002_triggerpoint_view_choices"),
        ("treatments", "0003_recent_saves"),
        ("treatments", "0004_event_outlives_its_row"),
        ("treatments", "0005_sealed_record"),
        ("treatments", "0006_warning_answers"),
        ("treatments", "0007_consent"),
        ("treatments", "0008_event_reports_and_recalls"),
        ("treatments", "0009_trail"),
        ("treatments", "0010_summaries"),
        ("treatments", "0011_outcome_review"),
        ("treatments", "0012_outcome_scores"),
        ("treatments", "0013_more_indexes"),
        ("treatments", "0014_stands_once_signed"),
        ("treatments", "0015_seconded"),
        ("treatments", "0016_bounds_of_a_session"),
        ("treatments", "0017_course_drops"),
        ("treatments", "0018_remove_course_reached"),
        ("treatments", "0019_plain_messages"),
        ("treatments", "0020_closed_alone_reason"),
        ("treatments", "0021_agreed_rows"),
        ("treatments", "0022_needle_count_and_measured_retention"),
        ("treatments", "0023_shown_warnings_and_seal_version"),
        ("treatments", "0024_visit_kinds"),
        ("treatments", "0025_needling_times"),
        ("treatments", "0026_proved_by_means"),
        ("treatments", "0027_entered_in_error"),
        ("treatments", "0028_corrections"),
        ("treatments", "0029_targets_of_a_needle"),
        ("treatments", "0030_fact_reviews"),
        ("treatments", "0031_signed_with_proof"),
        ("treatments", "0032_dose"),
        ("treatments", "0033_pelvic_consent_and_free_entries"),
        ("treatments", "0034_events_entered_in_error"),
        ("treatments", "0035_names_of_muscles"),
        ("treatments", "0036_measures_and_thresholds"),
        ("treatments", "0037_serious_event_closed"),
        ("treatments", "0038_exercises"),
        ("treatments", "0039_facts_of_the_session"),
        ("treatments", "0040_assessments"),
        ("treatments", "0041_pads_and_hygiene"),
        ("treatments", "0042_questionnaires"),
        ("treatments", "0043_protocols"),
        ("treatments", "0044_answers_as_last_time"),
        ("treatments", "0045_letters"),
        ("treatments", "0046_record_check"),
        ("treatments", "0047_drawings_of_patients"),
        ("treatments", "0048_attachments"),
        ("treatments", "0049_defaults_and_snippets"),
        ("treatments", "0050_answers_after_visits"),
        ("treatments", "0051_spread_over_patients"),
        ("treatments", "0052_how_courses_began"),
        ("treatments", "0053_sites_of_earlier_sessions"),
        ("treatments", "0054_indexes_for_lists"),
        ("treatments", "0055_follow_ups_in_summaries"),
    ]

    initial = True

    dependencies = [
        ("auth", "0012_alter_user_first_name_max_length"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("clinic", "0001_squashed_0025_indexes_for_lists"),
        ("patients", "0001_squashed_0032_indexes_for_lists"),
    ]

    operations = [
        migrations.CreateModel(
            name="RecordCheck",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("checked_at", models.DateTimeField()),
                ("signed_sessions", models.PositiveBigIntegerField()),
                ("audit_entries", models.PositiveBigIntegerField()),
                ("problems", models.PositiveIntegerField()),
            ],
            options={
                "ordering": ["-checked_at", "-pk"],
                "get_latest_by": "checked_at",
            },
        ),
        migrations.CreateModel(
            name="TreatmentSession",
            fields=[
                (
                    "pelvic_consent",
                    models.BooleanField(
                        default=False,
                        help_text="Explained and agreed on its own, at this visit.",
                        verbose_name="explicit consent to pelvic needling",
                    ),
                ),
                (
                    "chaperone",
                    models.CharField(
                        blank=True,
                        choices=[("accepted", "Offered and accepted"), ("declined", "Offered and declined")],
                        max_length=8,
                    ),
                ),
                ("chaperone_name", models.CharField(blank=True, max_length=120, verbose_name="name of the chaperone")),
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("version", models.PositiveIntegerField(default=1, editable=False)),
                ("recent_saves", models.JSONField(blank=True, default=list, editable=False)),
                ("saved_at", models.DateTimeField(auto_now=True)),
                (
                    "status",
                    models.CharField(
                        choices=[("draft", "Draft"), ("signed", "Signed"), ("withdrawn", "Withdrawn")],
                        default="draft",
                        editable=False,
                        max_length=9,
                    ),
                ),
                ("signed_at", models.DateTimeField(blank=True, editable=False, null=True)),
                ("signed_name", models.CharField(blank=True, editable=False, max_length=150)),
                (
                    "proved_by_means",
                    models.CharField(blank=True, editable=False, max_length=40, verbose_name="proved by"),
                ),
                ("content_hash", models.CharField(blank=True, editable=False, max_length=64)),
                ("seal_version", models.PositiveSmallIntegerField(default=1, editable=False)),
                ("withdrawn_at", models.DateTimeField(blank=True, editable=False, null=True)),
                ("withdrawal_reason", models.CharField(blank=True, editable=False, max_length=300)),
                ("complaint", models.CharField(blank=True, editable=False, max_length=200)),
                ("started_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(blank=True, null=True, verbose_name="end of the session")),
                ("opened_at", models.DateTimeField(blank=True, editable=False, null=True)),
                (
                    "late_entry_reason",
                    models.CharField(blank=True, max_length=300, verbose_name="reason for the late entry"),
                ),
                (
                    "visit_kind",
                    models.CharField(
                        choices=[
                            ("needling", "Needling"),
                            ("assessment", "Assessment only"),
                            ("exercise", "Exercise or manual therapy only"),
                            ("unwell", "Patient unwell, not needled"),
                            ("refused", "Refused today, not needled"),
                            ("stopped", "Needling stopped early"),
                        ],
                        default="needling",
                        max_length=10,
                        verbose_name="kind of visit",
                    ),
                ),
                ("visit_reason", models.CharField(blank=True, max_length=1000, verbose_name="reason or finding")),
                ("stopped_at", models.DateTimeField(blank=True, null=True, verbose_name="stopped at")),
                (
                    "departure",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("recovered", "Recovered, left alone"),
                            ("accompanied", "Left with somebody"),
                            ("referred", "Sent to a doctor or hospital"),
                            ("ambulance", "Left by ambulance"),
                        ],
                        max_length=11,
                        verbose_name="how the patient left",
                    ),
                ),
                (
                    "position",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("prone", "Prone"),
                            ("supine", "Supine"),
                            ("side_lying", "Side-lying"),
                            ("sitting", "Sitting"),
                        ],
                        max_length=12,
                    ),
                ),
                (
                    "approach",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("trigger_point", "Trigger points"),
                            ("superficial", "Superficial needling"),
                            ("motor_point", "Motor points"),
                            ("tendon", "Tendon"),
                            ("scar", "Scar"),
                            ("spinal_segment", "Spinal segment"),
                            ("other", "Other"),
                        ],
                        max_length=14,
                    ),
                ),
                (
                    "rationale",
                    models.CharField(blank=True, help_text="Why dry needling, and why these muscles.", max_length=1000),
                ),
                (
                    "consent_confirmed",
                    models.BooleanField(
                        default=False,
                        help_text="The patient was asked before needling and agrees.",
                        verbose_name="consent confirmed today",
                    ),
                ),
                (
                    "pain_before",
                    models.PositiveSmallIntegerField(
                        blank=True, help_text="NPRS, 0 to 10, before needling.", null=True
                    ),
                ),
                (
                    "pain_after",
                    models.PositiveSmallIntegerField(blank=True, help_text="NPRS, 0 to 10, right after.", null=True),
                ),
                ("needles_inserted", models.PositiveSmallIntegerField(blank=True, null=True)),
                ("needles_removed", models.PositiveSmallIntegerField(blank=True, null=True)),
                (
                    "needle_count_reason",
                    models.CharField(blank=True, max_length=200, verbose_name="reason for the needle count"),
                ),
                ("counted_rows", models.JSONField(blank=True, default=list, editable=False)),
                (
                    "no_reaction",
                    models.BooleanField(
                        default=False,
                        help_text="No adverse reaction after asking and checking.",
                        verbose_name="no reaction",
                    ),
                ),
                ("co_treatments", models.JSONField(blank=True, default=list)),
                ("advice", models.JSONField(blank=True, default=list)),
                ("plan", models.TextField(blank=True)),
                ("note", models.TextField(blank=True)),
                ("basis_changes", models.JSONField(blank=True, default=list, editable=False)),
                ("muscle_names", models.JSONField(blank=True, default=list, editable=False)),
                (
                    "signed_meaning",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("authored", "I treated this patient, and this is what was done"),
                            ("attended", "I saw this patient, and this is what happened"),
                            ("completed", "I complete a record that a colleague began and handed over to me"),
                        ],
                        editable=False,
                        max_length=9,
                    ),
                ),
                (
                    "appointment",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="treatment_sessions",
                        to="clinic.appointment",
                    ),
                ),
                (
                    "consent",
                    models.ForeignKey(
                        blank=True,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="patients.consent",
                    ),
                ),
                (
                    "copied_from",
                    models.ForeignKey(
                        blank=True,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="treatments.treatmentsession",
                    ),
                ),
                (
                    "episode",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="treatment_sessions",
                        to="patients.episode",
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
                    "handed_over_from",
                    models.ForeignKey(
                        blank=True,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="clinic.practitioner",
                    ),
                ),
                (
                    "patient",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="treatment_sessions",
                        to="patients.patient",
                    ),
                ),
                (
                    "practitioner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="treatment_sessions",
                        to="clinic.practitioner",
                    ),
                ),
                (
                    "saved_by",
                    models.ForeignKey(
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "screening",
                    models.ForeignKey(
                        blank=True,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="patients.screening",
                    ),
                ),
                (
                    "signed_by",
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
                    "withdrawn_by",
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
                "ordering": ["-started_at", "-pk"],
                "permissions": [("hand_over_treatmentsession", "Can hand over any draft")],
                "indexes": [
                    models.Index(fields=["patient", "-started_at"], name="treatments__patient_d72e75_idx"),
                    models.Index(fields=["episode", "-started_at"], name="treatments__episode_3e9a2f_idx"),
                    models.Index(
                        fields=["practitioner", "status", "-started_at"], name="treatments__practit_7ec959_idx"
                    ),
                    models.Index(fields=["started_at"], name="treatments__started_10e839_idx"),
                    models.Index(fields=["status", "started_at"], name="treatments__status_c0a319_idx"),
                    models.Index(fields=["visit_kind", "started_at"], name="treatments__visit_k_ed70ce_idx"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("error_mark", None)),
                        fields=("appointment",),
                        name="one_session_an_appointment",
                        violation_error_message="This visit already has a session.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("pain_before", None), ("pain_before__range", (0, 10)), _connector="OR"),
                        name="session_pain_before_0_to_10",
                        violation_error_message="Pain must be a whole number from 0 to 10.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("pain_after", None), ("pain_after__range", (0, 10)), _connector="OR"),
                        name="session_pain_after_0_to_10",
                        violation_error_message="Pain must be a whole number from 0 to 10.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("needles_inserted", None), ("needles_inserted__range", (0, 200)), _connector="OR"
                        ),
                        name="session_needles_inserted_0_to_200",
                        violation_error_message="The number of needles must be between 0 and 200.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("needles_removed", None), ("needles_removed__range", (0, 200)), _connector="OR"
                        ),
                        name="session_needles_removed_0_to_200",
                        violation_error_message="The number of needles must be between 0 and 200.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("signed_at", None),
                            ("signed_at__gte", patients.integrity.moments.MinutesBefore("started_at", minutes=5)),
                            _connector="OR",
                        ),
                        name="session_signed_after_it_began",
                        violation_error_message="A session cannot be signed before it started.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("content_hash", ""),
                                ("signed_at", None),
                                ("signed_by", None),
                                ("signed_meaning", ""),
                                ("signed_name", ""),
                                models.Q(("status", "signed"), _negated=True),
                            ),
                            models.Q(
                                ("signed_at__isnull", False),
                                ("signed_by__isnull", False),
                                ("status", "signed"),
                                models.Q(
                                    models.Q(
                                        ("visit_kind__in", ["assessment", "exercise", "unwell", "refused"]),
                                        models.Q(("needles_inserted", None), ("needles_inserted", 0), _connector="OR"),
                                        models.Q(("needles_removed", None), ("needles_removed", 0), _connector="OR"),
                                        models.Q(
                                            models.Q(
                                                ("visit_kind__in", ["assessment", "unwell", "refused"]), _negated=True
                                            ),
                                            models.Q(("visit_reason", ""), _negated=True),
                                            _connector="OR",
                                        ),
                                    ),
                                    models.Q(
                                        ("pain_before__isnull", False),
                                        ("visit_kind__in", ["needling", "stopped"]),
                                        ("needles_inserted__isnull", False),
                                        ("needles_removed__isnull", False),
                                        models.Q(
                                            ("needles_removed", models.F("needles_inserted")),
                                            models.Q(
                                                ("needles_removed__lt", models.F("needles_inserted")),
                                                models.Q(("needle_count_reason", ""), _negated=True),
                                            ),
                                            _connector="OR",
                                        ),
                                        models.Q(
                                            models.Q(("pain_after__isnull", False), ("visit_kind", "needling")),
                                            models.Q(
                                                ("stopped_at__isnull", False),
                                                ("visit_kind", "stopped"),
                                                models.Q(("departure", ""), _negated=True),
                                            ),
                                            _connector="OR",
                                        ),
                                    ),
                                    _connector="OR",
                                ),
                                models.Q(("signed_name", ""), _negated=True),
                                models.Q(("signed_meaning", ""), _negated=True),
                                models.Q(("content_hash", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="session_signed_only_when_complete",
                        violation_error_message="A signed session needs what its kind of visit requires, a time and a name.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("visit_kind__in", ["needling", "assessment", "exercise", "unwell", "refused", "stopped"])
                        ),
                        name="session_of_a_known_kind",
                        violation_error_message="Choose a kind of visit from the list.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("ended_at", None), ("ended_at__gte", models.F("started_at")), _connector="OR"
                        ),
                        name="session_ended_after_it_began",
                        violation_error_message="A session cannot end before it started.",
                    ),
                    patients.integrity.no_rows.NoRows(
                        link="session_id",
                        name="session_without_needling_has_no_rows",
                        related="needlings",
                        table="treatments_needling",
                        violation_error_message="A visit of this kind has no needling. Remove its rows, or change the kind.",
                        when=models.Q(
                            ("status", "signed"), ("visit_kind__in", ["assessment", "exercise", "unwell", "refused"])
                        ),
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("signed_at", None),
                            ("opened_at", None),
                            ("started_at__gte", patients.integrity.moments.MinutesBefore("opened_at", minutes=60)),
                            models.Q(("late_entry_reason", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="session_late_entry_with_reason",
                        violation_error_message="A late entry needs a reason before it is signed.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("status", "draft"), _negated=True), ("proved_by_means", ""), _connector="OR"
                        ),
                        name="draft_proves_nothing",
                        violation_error_message="Only who signs or withdraws a session proves who they are.",
                    ),
                    patients.integrity.required_of_new.RequiredOfNew(
                        condition=models.Q(("proved_by_means", ""), _negated=True),
                        name="session_closed_with_proof",
                        violation_error_message="Whoever signs or withdraws a session must have proved who they are.",
                        when=models.Q(("status__in", ["signed", "withdrawn"])),
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("withdrawal_reason", ""),
                                ("withdrawn_at", None),
                                ("withdrawn_by", None),
                                models.Q(("status", "withdrawn"), _negated=True),
                            ),
                            models.Q(
                                ("status", "withdrawn"),
                                ("withdrawn_at__isnull", False),
                                ("withdrawn_by__isnull", False),
                                models.Q(("withdrawal_reason", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="session_withdrawn_with_reason",
                        violation_error_message="A withdrawn draft needs a time, a name and a reason.",
                    ),
                    patients.integrity.immutability.Immutable(
                        allow=("error_mark",),
                        name="session_frozen",
                        violation_error_message="This session is signed or withdrawn, so it can no longer be changed.",
                        when=models.Q(("status__in", ["signed", "withdrawn"])),
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("error_mark", None), ("status", "signed"), _connector="OR"),
                        name="session_in_error_was_signed",
                        violation_error_message="Only a signed session can be entered in error. Withdraw the draft instead.",
                    ),
                    patients.integrity.immutability.Immutable(
                        fields=("error_mark",),
                        name="session_mark_stays",
                        violation_error_message="A record stays entered in error. Write it again if it was right.",
                        when=models.Q(("error_mark__isnull", False)),
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("chaperone_name", ""), ("chaperone", "accepted"), _connector="OR"),
                        name="session_chaperone_only_when_accepted",
                        violation_error_message="Only an accepted chaperone has a name.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ChartReader",
            fields=[],
            options={
                "verbose_name": "unusual access",
                "verbose_name_plural": "unusual access",
                "proxy": True,
                "default_permissions": ("view",),
                "indexes": [],
                "constraints": [],
            },
            bases=("auth.user",),
            managers=[
                ("objects", django.contrib.auth.models.UserManager()),
            ],
        ),
        migrations.CreateModel(
            name="AttachmentContent",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("encrypted", models.BinaryField(max_length=20971520)),
                (
                    "key_id",
                    models.CharField(help_text="Which of the keys in the settings it is encrypted with.", max_length=8),
                ),
            ],
            options={
                "constraints": [
                    patients.integrity.immutability.Immutable(
                        name="attachment_content_frozen",
                        violation_error_message="The content of an attachment cannot be changed. Attach another file.",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Course",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("month", models.DateField()),
                ("began_on", models.DateField(null=True)),
                (
                    "age",
                    models.PositiveSmallIntegerField(
                        help_text="Of the patient at the first session, in years.", null=True
                    ),
                ),
                ("window_sessions", models.PositiveSmallIntegerField(null=True)),
                (
                    "window_pain_last",
                    models.PositiveSmallIntegerField(help_text="Empty for a single session by then.", null=True),
                ),
                ("sessions", models.PositiveSmallIntegerField()),
                ("pain_first", models.PositiveSmallIntegerField()),
                ("pain_last", models.PositiveSmallIntegerField(help_text="Empty for a single session.", null=True)),
                ("drop_1", models.PositiveSmallIntegerField(null=True)),
                ("drop_2", models.PositiveSmallIntegerField(null=True)),
                ("drop_3", models.PositiveSmallIntegerField(null=True)),
                ("drop_4", models.PositiveSmallIntegerField(null=True)),
                ("drop_5", models.PositiveSmallIntegerField(null=True)),
                ("drop_6", models.PositiveSmallIntegerField(null=True)),
                ("drop_7", models.PositiveSmallIntegerField(null=True)),
                ("drop_8", models.PositiveSmallIntegerField(null=True)),
                ("drop_9", models.PositiveSmallIntegerField(null=True)),
                ("drop_10", models.PositiveSmallIntegerField(null=True)),
                (
                    "began_at",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="clinic.site",
                    ),
                ),
                (
                    "began_with",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="clinic.practitioner",
                    ),
                ),
                (
                    "episode",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="patients.episode"
                    ),
                ),
                (
                    "patient",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="patients.patient"
                    ),
                ),
                (
                    "practitioner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="clinic.practitioner"
                    ),
                ),
                (
                    "site",
                    models.ForeignKey(
                        db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="clinic.site"
                    ),
                ),
                (
                    "first_session",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="first_of",
                        to="treatments.treatmentsession",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        fields=["practitioner", "pain_first", "pain_last", "month", "site"],
                        name="treatments__practit_1758aa_idx",
                    ),
                    models.Index(
                        fields=[
                            "pain_first",
                            "drop_1",
                            "drop_2",
                            "drop_3",
                            "drop_4",
                            "drop_5",
                            "drop_6",
                            "drop_7",
                            "drop_8",
                            "drop_9",
                            "drop_10",
                        ],
                        name="course_drops",
                    ),
                    models.Index(fields=["episode"], name="treatments__episode_d583c3_idx"),
                    models.Index(fields=["began_on"], name="treatments__began_o_904af2_idx"),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("patient", "episode"), name="one_course_a_complaint"),
                    models.UniqueConstraint(
                        condition=models.Q(("episode", None)), fields=("patient",), name="one_course_without_complaint"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="EventSpread",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("slot", models.PositiveSmallIntegerField(db_default=0, default=0)),
                (
                    "axis",
                    models.CharField(
                        choices=[
                            ("session", "Session"),
                            ("region", "Region"),
                            ("muscle", "Muscle"),
                            ("point", "Trigger point"),
                            ("needle", "Needle"),
                            ("technique", "Technique"),
                            ("depth", "Depth band"),
                            ("pair", "Technique and muscle"),
                            ("area", "Technique and region"),
                        ],
                        max_length=9,
                    ),
                ),
                ("scope", models.CharField(blank=True, max_length=12)),
                ("key", models.CharField(blank=True, max_length=30)),
                ("what", models.CharField(help_text="A type or a grade of AdverseEvent.", max_length=20)),
                ("patients", models.IntegerField(default=0)),
                ("n_h", models.BigIntegerField(default=0)),
                ("h_h", models.BigIntegerField(default=0)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("axis", "scope", "key", "slot", "what"), name="one_event_spread_a_slot"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="ExercisePicture",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("content", models.BinaryField(max_length=4000000, validators=[treatments.models.exercise.is_jpeg])),
            ],
            options={
                "constraints": [
                    patients.integrity.immutability.Immutable(
                        name="exercise_picture_frozen",
                        violation_error_message="A picture cannot be changed. Choose another one for the exercise.",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Exercise",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=80)),
                ("instructions", models.TextField(help_text="What to do, in words for the patient.", max_length=2000)),
                (
                    "usual_dose",
                    models.CharField(
                        help_text="Such as 3 × 10, twice a day. It can be changed for each patient.", max_length=120
                    ),
                ),
                ("added_at", models.DateTimeField(editable=False)),
                ("retired_at", models.DateTimeField(blank=True, editable=False, null=True)),
                (
                    "added_by",
                    models.ForeignKey(
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "retired_by",
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
                    "picture",
                    models.ForeignKey(
                        blank=True,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="exercises",
                        to="treatments.exercisepicture",
                    ),
                ),
            ],
            options={
                "ordering": [django.db.models.functions.text.Lower("name"), "pk"],
                "constraints": [
                    models.UniqueConstraint(
                        django.db.models.functions.text.Lower("name"),
                        condition=models.Q(("retired_at", None)),
                        name="one_exercise_a_name",
                        violation_error_message="There is already an exercise with this name. Change that one instead.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("name", ""), _negated=True),
                            models.Q(("instructions", ""), _negated=True),
                            models.Q(("usual_dose", ""), _negated=True),
                        ),
                        name="exercise_is_complete",
                        violation_error_message="An exercise needs a name, instructions and a usual dose.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("retired_at", None), ("retired_by", None)),
                            models.Q(("retired_at__isnull", False), ("retired_by__isnull", False)),
                            _connector="OR",
                        ),
                        name="exercise_retired_at_and_by",
                        violation_error_message="A retirement needs a time and a person.",
                    ),
                    patients.integrity.immutability.Immutable(
                        allow=("retired_at", "retired_by"),
                        name="exercise_frozen",
                        violation_error_message="An exercise cannot be changed. Write a new version.",
                    ),
                    patients.integrity.immutability.Immutable(
                        name="exercise_stays_retired",
                        violation_error_message="This exercise is retired. Add it again under a new entry.",
                        when=models.Q(("retired_at__isnull", False)),
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ExercisePrescription",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("dose", models.CharField(max_length=120)),
                ("prescribed_at", models.DateTimeField()),
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
                    "exercise",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="prescriptions",
                        to="treatments.exercise",
                    ),
                ),
                (
                    "patient",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="exercise_prescriptions",
                        to="patients.patient",
                    ),
                ),
                (
                    "prescribed_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "ordering": ["-prescribed_at", "pk"],
                "indexes": [models.Index(fields=["patient", "-prescribed_at"], name="treatments__patient_29c3f7_idx")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("dose", ""), _negated=True),
                        name="prescription_has_dose",
                        violation_error_message="Give the dose, such as 3 × 10, twice a day.",
                    ),
                    patients.integrity.immutability.Immutable(
                        allow=("error_mark",),
                        name="exercise_prescription_frozen",
                        violation_error_message="A prescription cannot be changed. End it, then prescribe the exercise again.",
                    ),
                    patients.integrity.immutability.Immutable(
                        fields=("error_mark",),
                        name="exercise_prescription_mark_stays",
                        violation_error_message="A record stays entered in error. Write it again if it was right.",
                        when=models.Q(("error_mark__isnull", False)),
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ExerciseReport",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                (
                    "how",
                    models.CharField(
                        choices=[
                            ("done", "As prescribed"),
                            ("partly", "Partly"),
                            ("not_done", "Not done"),
                            ("not_asked", "Not asked"),
                        ],
                        max_length=10,
                        verbose_name="how it was done",
                    ),
                ),
                ("note", models.CharField(blank=True, max_length=300)),
                ("ends", models.BooleanField(default=False, verbose_name="exercise ended")),
                ("recorded_at", models.DateTimeField()),
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
                    "prescription",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="reports",
                        to="treatments.exerciseprescription",
                    ),
                ),
                (
                    "recorded_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "ordering": ["-recorded_at", "pk"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("how__in", ["done", "partly", "not_done"]),
                            models.Q(("ends", True), ("how", "not_asked")),
                            _connector="OR",
                        ),
                        name="exercise_report_says_something",
                        violation_error_message="Choose how it was done. “Not asked” is only for ending an exercise.",
                    ),
                    patients.integrity.immutability.Immutable(
                        allow=("error_mark",),
                        name="exercise_report_frozen",
                        violation_error_message="A report cannot be changed. Record another one.",
                    ),
                    patients.integrity.immutability.Immutable(
                        fields=("error_mark",),
                        name="exercise_report_mark_stays",
                        violation_error_message="A record stays entered in error. Write it again if it was right.",
                        when=models.Q(("error_mark__isnull", False)),
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="FactReview",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("fact_key", models.CharField(max_length=120, verbose_name="fact")),
                ("fingerprint", models.CharField(max_length=16)),
                (
                    "verdict",
                    models.CharField(
                        choices=[("agreed", "Agreed"), ("corrected", "Corrected"), ("withdrawn", "Withdrawn")],
                        max_length=12,
                    ),
                ),
                ("correction", models.TextField(blank=True, max_length=600, verbose_name="corrected words")),
                ("basis", models.CharField(blank=True, max_length=300, verbose_name="source or reason")),
                ("reviewer_name", models.CharField(max_length=150, verbose_name="reviewed by")),
                ("qualification", models.CharField(max_length=150)),
                ("decided_at", models.DateTimeField()),
                ("origin", models.CharField(blank=True, max_length=150, verbose_name="from clinic")),
                ("recorded_at", models.DateTimeField()),
                (
                    "recorded_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "ordering": ["-decided_at", "-recorded_at", "pk"],
                "indexes": [models.Index(fields=["fact_key", "-decided_at"], name="treatments__fact_ke_7f18cb_idx")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("reviewer_name", ""), _negated=True),
                            models.Q(("qualification", ""), _negated=True),
                        ),
                        name="fact_review_has_name_and_qualification",
                        violation_error_message="A review needs the name and the qualification of the reviewer.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("verdict", "corrected"), models.Q(("correction", ""), _negated=True)),
                            models.Q(("verdict__in", ["agreed", "withdrawn"]), ("correction", "")),
                            _connector="OR",
                        ),
                        name="fact_review_correction_has_words",
                        violation_error_message="Give the corrected words, for a correction only.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("verdict", "agreed"), models.Q(("basis", ""), _negated=True), _connector="OR"
                        ),
                        name="fact_review_says_why",
                        violation_error_message="Give the source or the reason.",
                    ),
                    patients.integrity.immutability.Immutable(
                        name="fact_review_frozen",
                        violation_error_message="A review cannot be changed or deleted. Review the fact again.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="FollowUpAnswers",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("answered_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "warning_signs",
                    models.JSONField(
                        blank=True, default=list, validators=[treatments.models.follow_up_answers.list_of_signs]
                    ),
                ),
                ("pain", models.PositiveSmallIntegerField(blank=True, help_text="NPRS, 0 to 10.", null=True)),
                (
                    "soreness",
                    models.PositiveSmallIntegerField(
                        blank=True, help_text="Soreness at the needled sites, 0 to 10.", null=True
                    ),
                ),
                (
                    "reactions",
                    models.JSONField(
                        blank=True, default=list, validators=[treatments.models.follow_up_answers.list_of_reactions]
                    ),
                ),
                ("words", models.CharField(blank=True, max_length=500, verbose_name="in the patient’s own words")),
                (
                    "message",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="clinic.message"
                    ),
                ),
                (
                    "session",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="patient_answers",
                        to="treatments.treatmentsession",
                    ),
                ),
            ],
            options={
                "verbose_name": "answers after a visit",
                "verbose_name_plural": "answers after a visit",
                "ordering": ["-answered_at", "-pk"],
                "indexes": [models.Index(fields=["session", "-answered_at"], name="treatments__session_bdae3b_idx")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("pain", None), ("pain__range", (0, 10)), _connector="OR"),
                            models.Q(("soreness", None), ("soreness__range", (0, 10)), _connector="OR"),
                        ),
                        name="follow_up_answers_0_to_10",
                        violation_error_message="Pain and soreness must be whole numbers from 0 to 10.",
                    ),
                    patients.integrity.immutability.Immutable(
                        name="follow_up_answers_frozen",
                        violation_error_message="The patient’s answers cannot be changed. Correct them when you confirm.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Letter",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("version", models.PositiveIntegerField(default=1, editable=False)),
                ("recent_saves", models.JSONField(blank=True, default=list, editable=False)),
                ("saved_at", models.DateTimeField(auto_now=True)),
                (
                    "status",
                    models.CharField(
                        choices=[("draft", "Draft"), ("signed", "Signed"), ("withdrawn", "Withdrawn")],
                        default="draft",
                        editable=False,
                        max_length=9,
                    ),
                ),
                ("signed_at", models.DateTimeField(blank=True, editable=False, null=True)),
                ("signed_name", models.CharField(blank=True, editable=False, max_length=150)),
                (
                    "proved_by_means",
                    models.CharField(blank=True, editable=False, max_length=40, verbose_name="proved by"),
                ),
                ("content_hash", models.CharField(blank=True, editable=False, max_length=64)),
                ("seal_version", models.PositiveSmallIntegerField(default=1, editable=False)),
                ("withdrawn_at", models.DateTimeField(blank=True, editable=False, null=True)),
                ("withdrawal_reason", models.CharField(blank=True, editable=False, max_length=300)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("gp", "Letter to the GP"),
                            ("referrer", "Letter to the referrer"),
                            ("discharge", "Discharge summary"),
                        ],
                        editable=False,
                        max_length=9,
                    ),
                ),
                ("opened_at", models.DateTimeField(editable=False)),
                ("recipient_name", models.CharField(blank=True, max_length=200, verbose_name="to")),
                ("recipient_address", models.TextField(blank=True, max_length=500, verbose_name="postal address")),
                ("recipient_email", models.EmailField(blank=True, max_length=254, verbose_name="e-mail")),
                ("subject", models.CharField(blank=True, max_length=200)),
                ("body", models.TextField(blank=True, max_length=20000, verbose_name="text")),
                ("letterhead", models.TextField(blank=True, editable=False)),
                ("about", models.CharField(blank=True, editable=False, max_length=300)),
                (
                    "signed_meaning",
                    models.CharField(
                        blank=True,
                        choices=[("authored", "I wrote this letter, and I answer for what it says")],
                        editable=False,
                        max_length=9,
                    ),
                ),
                (
                    "episode",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="letters", to="patients.episode"
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
                        on_delete=django.db.models.deletion.PROTECT, related_name="letters", to="patients.patient"
                    ),
                ),
                (
                    "practitioner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="letters", to="clinic.practitioner"
                    ),
                ),
                (
                    "saved_by",
                    models.ForeignKey(
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "signed_by",
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
                    "withdrawn_by",
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
                "ordering": ["-opened_at", "-pk"],
                "indexes": [models.Index(fields=["patient", "-opened_at"], name="treatments__patient_246a2b_idx")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("kind__in", ["gp", "referrer", "discharge"])),
                        name="letter_kind_known",
                        violation_error_message="Choose the kind of letter from the list.",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("status", "draft")),
                        fields=("episode", "practitioner", "kind"),
                        name="one_draft_letter_of_a_kind",
                        violation_error_message="You already have a draft of such a letter in this episode.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("content_hash", ""),
                                ("signed_at", None),
                                ("signed_by", None),
                                ("signed_meaning", ""),
                                ("signed_name", ""),
                                ("about", ""),
                                ("letterhead", ""),
                                models.Q(("status", "signed"), _negated=True),
                            ),
                            models.Q(
                                ("signed_at__isnull", False),
                                ("signed_by__isnull", False),
                                ("status", "signed"),
                                models.Q(("recipient_name", ""), _negated=True),
                                models.Q(("subject", ""), _negated=True),
                                models.Q(("body", ""), _negated=True),
                                models.Q(("about", ""), _negated=True),
                                models.Q(("signed_name", ""), _negated=True),
                                models.Q(("signed_meaning", ""), _negated=True),
                                models.Q(("content_hash", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="letter_signed_only_when_complete",
                        violation_error_message="A signed letter needs a recipient, a subject, a text, a time and a name.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("status", "draft"), _negated=True), ("proved_by_means", ""), _connector="OR"
                        ),
                        name="draft_letter_proves_nothing",
                        violation_error_message="Only who signs or withdraws a letter proves who they are.",
                    ),
                    patients.integrity.required_of_new.RequiredOfNew(
                        condition=models.Q(("proved_by_means", ""), _negated=True),
                        name="letter_closed_with_proof",
                        violation_error_message="Whoever signs or withdraws a letter must have proved who they are.",
                        when=models.Q(("status__in", ["signed", "withdrawn"])),
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("withdrawal_reason", ""),
                                ("withdrawn_at", None),
                                ("withdrawn_by", None),
                                models.Q(("status", "withdrawn"), _negated=True),
                            ),
                            models.Q(
                                ("status", "withdrawn"),
                                ("withdrawn_at__isnull", False),
                                ("withdrawn_by__isnull", False),
                                models.Q(("withdrawal_reason", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="letter_withdrawn_with_reason",
                        violation_error_message="A withdrawn draft needs a time, a name and a reason.",
                    ),
                    patients.integrity.immutability.Immutable(
                        allow=("error_mark",),
                        name="letter_frozen",
                        violation_error_message="This letter is signed or withdrawn, so it can no longer be changed.",
                        when=models.Q(("status__in", ["signed", "withdrawn"])),
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("error_mark", None), ("status", "signed"), _connector="OR"),
                        name="letter_in_error_was_signed",
                        violation_error_message="Only a signed letter can be entered in error. Withdraw the draft instead.",
                    ),
                    patients.integrity.immutability.Immutable(
                        fields=("error_mark",),
                        name="letter_mark_stays",
                        violation_error_message="A record stays entered in error. Write it again if it was right.",
                        when=models.Q(("error_mark__isnull", False)),
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Disclosure",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                (
                    "way",
                    models.CharField(
                        choices=[("email", "E-mail"), ("post", "Post or fax"), ("patient", "Given to the patient")],
                        max_length=7,
                        verbose_name="how",
                    ),
                ),
                ("recipient_name", models.CharField(max_length=200, verbose_name="to")),
                ("address", models.CharField(blank=True, help_text="The e-mail or postal address.", max_length=500)),
                ("patient_agreed", models.BooleanField()),
                ("disclosed_at", models.DateTimeField()),
                ("document_hash", models.CharField(blank=True, max_length=64, verbose_name="SHA-256 of the PDF")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("unknown", "Not known whether it was sent"),
                            ("sent", "Sent"),
                            ("not_sent", "Not sent"),
                        ],
                        max_length=8,
                    ),
                ),
                ("problem", models.CharField(blank=True, max_length=300)),
                (
                    "disclosed_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "letter",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="disclosures", to="treatments.letter"
                    ),
                ),
            ],
            options={
                "ordering": ["-disclosed_at", "pk"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("patient_agreed", True)),
                        name="disclosure_patient_agreed",
                        violation_error_message="A letter goes to nobody before the patient has agreed.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("way", "email"),
                                models.Q(("address", ""), _negated=True),
                                models.Q(("document_hash", ""), _negated=True),
                            ),
                            models.Q(("way", "post"), models.Q(("address", ""), _negated=True)),
                            models.Q(("address", ""), ("way", "patient")),
                            _connector="OR",
                        ),
                        name="disclosure_to_an_address",
                        violation_error_message="Enter the address to which the letter goes.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("problem", ""), ("state", "sent")),
                            models.Q(("state__in", ["unknown", "not_sent"]), ("way", "email")),
                            _connector="OR",
                        ),
                        name="disclosure_state_known",
                        violation_error_message="Only an e-mail can fail to be sent.",
                    ),
                    patients.integrity.immutability.Immutable(
                        allow=("state", "problem"),
                        name="disclosure_frozen",
                        violation_error_message="The record of a letter that was sent cannot be changed.",
                    ),
                    patients.integrity.immutability.Immutable(
                        name="disclosure_state_stays",
                        violation_error_message="The record of a letter that was sent cannot be changed.",
                        when=models.Q(
                            models.Q(("state", "unknown"), _negated=True),
                            models.Q(("problem", ""), _negated=True),
                            _connector="OR",
                        ),
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Muscle",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("edited_at", models.DateTimeField(blank=True, editable=False, null=True)),
                ("reviewed_at", models.DateTimeField(blank=True, editable=False, null=True)),
                ("slug", models.SlugField(unique=True)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("muscle", "Muscle"),
                            ("tendon", "Tendon"),
                            ("ligament", "Ligament"),
                            ("scar", "Scar"),
                            ("fascia", "Fascia"),
                            ("joint_capsule", "Joint capsule"),
                            ("periosteum", "Periosteum"),
                            ("perineural", "Tissue beside a nerve"),
                            ("skin_superficial", "Skin or tissue under the skin"),
                            ("other", "Other"),
                            ("free", "Free entry"),
                        ],
                        default="muscle",
                        max_length=16,
                    ),
                ),
                ("name_en", models.CharField(max_length=80, verbose_name="name")),
                (
                    "display_name",
                    models.CharField(
                        blank=True,
                        help_text="What colleagues and doctors call it, if that is not the name above.",
                        max_length=80,
                    ),
                ),
                ("name_latin", models.CharField(blank=True, max_length=80, verbose_name="Latin name")),
                (
                    "plain_words",
                    models.CharField(blank=True, help_text="What a patient would understand.", max_length=80),
                ),
                (
                    "search_words",
                    models.TextField(
                        blank=True,
                        help_text="Abbreviations, nicknames and old names that find it, separated by semicolons.",
                    ),
                ),
                (
                    "synonyms",
                    models.CharField(blank=True, help_text="Other names, separated by semicolons.", max_length=200),
                ),
                (
                    "region",
                    models.CharField(
                        blank=True,
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
                        help_text="Empty for what occurs anywhere, such as a burn scar: whoever needles it names the region.",
                        max_length=16,
                    ),
                ),
                (
                    "view",
                    models.CharField(
                        choices=[("anterior", "Front"), ("posterior", "Back"), ("lateral", "Side")], max_length=12
                    ),
                ),
                ("referred_pain", models.CharField(blank=True, max_length=300)),
                (
                    "needle_length_min_mm",
                    models.PositiveSmallIntegerField(blank=True, help_text="Usual, never a limit.", null=True),
                ),
                (
                    "needle_length_max_mm",
                    models.PositiveSmallIntegerField(blank=True, help_text="Usual, never a limit.", null=True),
                ),
                ("needle_length_basis", models.CharField(blank=True, max_length=200)),
                (
                    "caution",
                    models.CharField(
                        blank=True, help_text="Structures close to the path of the needle.", max_length=300
                    ),
                ),
                ("pneumothorax_risk", models.BooleanField(default=False)),
                (
                    "max_depth_caution_mm",
                    models.PositiveSmallIntegerField(
                        blank=True, help_text="Advice from a published mean, not a safe limit.", null=True
                    ),
                ),
                ("depth_note", models.CharField(blank=True, max_length=400)),
                (
                    "no_compression_haemostasis",
                    models.BooleanField(
                        blank=True,
                        help_text="Unknown is not the same as safe.",
                        null=True,
                        verbose_name="bleeding cannot be stopped by pressure",
                    ),
                ),
                ("nerve_supply", models.CharField(blank=True, max_length=200)),
                (
                    "billing_muscle",
                    models.CharField(
                        blank=True, help_text="Parts of one muscle share this name and are billed once.", max_length=80
                    ),
                ),
                (
                    "uberon",
                    models.CharField(
                        blank=True,
                        help_text="Its identifier in the UBERON ontology.",
                        max_length=16,
                        verbose_name="UBERON",
                    ),
                ),
                (
                    "fma",
                    models.CharField(
                        blank=True, help_text="In the Foundational Model of Anatomy.", max_length=12, verbose_name="FMA"
                    ),
                ),
                (
                    "restricted",
                    models.CharField(
                        blank=True,
                        choices=[("pelvic_consent", "Needs explicit consent, and a chaperone is offered")],
                        help_text="What is required before it is needled.",
                        max_length=16,
                    ),
                ),
                (
                    "remark",
                    models.CharField(blank=True, help_text="How to reach it, or what to write down.", max_length=400),
                ),
                ("source", models.CharField(blank=True, max_length=300)),
                ("is_active", models.BooleanField(default=True)),
                (
                    "counts_as",
                    models.ForeignKey(
                        blank=True,
                        help_text="Figures count it there. The words that practitioners signed stay.",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="free_entries",
                        to="treatments.muscle",
                    ),
                ),
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
                (
                    "reviewed_by",
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
                "ordering": ["name_en"],
                "abstract": False,
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("reviewed_at", None), ("reviewed_by", None)),
                            models.Q(("reviewed_at__isnull", False), ("reviewed_by__isnull", False)),
                            _connector="OR",
                        ),
                        name="muscle_reviewed_at_and_by",
                        violation_error_message="A review needs a time and a name.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("edited_at", None), ("edited_by", None)),
                            models.Q(("edited_at__isnull", False), ("edited_by__isnull", False)),
                            _connector="OR",
                        ),
                        name="muscle_edited_at_and_by",
                        violation_error_message="An edit needs a time and a name.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "kind__in",
                                [
                                    "muscle",
                                    "tendon",
                                    "ligament",
                                    "scar",
                                    "fascia",
                                    "joint_capsule",
                                    "periosteum",
                                    "perineural",
                                    "skin_superficial",
                                    "other",
                                    "free",
                                ],
                            )
                        ),
                        name="muscle_kind_listed",
                        violation_error_message="Choose the kind from the list.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("kind", "free"), ("slug__startswith", "free-")),
                            models.Q(
                                models.Q(("kind", "free"), _negated=True),
                                models.Q(("slug__startswith", "free-"), _negated=True),
                                ("counts_as", None),
                            ),
                            _connector="OR",
                        ),
                        name="muscle_free_or_listed",
                        violation_error_message="Only a free entry has a slug that starts with 'free-' and counts as another.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("region", ""), _negated=True),
                            models.Q(("kind", "free"), _negated=True),
                            _connector="OR",
                        ),
                        name="free_entry_has_a_region",
                        violation_error_message="Choose the region.",
                    ),
                    patients.integrity.immutability.Immutable(
                        fields=("kind",),
                        name="muscle_kind_frozen",
                        violation_error_message="Figures count muscles and other targets apart. The kind cannot be changed.",
                    ),
                    patients.integrity.immutability.Immutable(
                        fields=("region",),
                        name="muscle_free_region_frozen",
                        violation_error_message="Signed records use the region of a free entry. It cannot be changed.",
                        when=models.Q(("kind", "free")),
                    ),
                    patients.integrity.immutability.Immutable(
                        fields=("slug", "name_en"),
                        name="muscle_name_frozen",
                        violation_error_message="Signed records use the name and slug of a muscle. They cannot be changed.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Needle",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("maker", models.CharField(max_length=80)),
                ("diameter_mm", models.DecimalField(decimal_places=2, max_digits=3)),
                ("length_mm", models.PositiveSmallIntegerField()),
                ("lot", models.CharField(max_length=40)),
                ("expires_on", models.DateField()),
                ("is_active", models.BooleanField(default=True, verbose_name="in stock")),
                (
                    "recalled_on",
                    models.DateField(blank=True, help_text="From this day on, the lot cannot be chosen.", null=True),
                ),
                ("recall_reason", models.CharField(blank=True, help_text="Who recalled it, and why.", max_length=200)),
                ("in_record_since", models.DateTimeField(editable=False, null=True)),
            ],
            options={
                "ordering": ["diameter_mm", "length_mm", "expires_on"],
                "permissions": [("export_needle", "Can export who was treated with a lot")],
                "indexes": [models.Index(fields=["lot"], name="treatments__lot_dd21fb_idx")],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("maker", "diameter_mm", "length_mm", "lot"),
                        name="one_row_a_lot_and_size",
                        violation_error_message="This lot is already in stock.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("diameter_mm__gte", "0.10"), ("diameter_mm__lte", "1.00")),
                        name="needle_diameter_in_range",
                        violation_error_message="The diameter must be between 0.10 and 1.00 mm.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("length_mm__range", (5, 150))),
                        name="needle_length_in_range",
                        violation_error_message="The length must be between 5 and 150 mm.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("recall_reason", ""), ("recalled_on", None)),
                            models.Q(("recalled_on__isnull", False), models.Q(("recall_reason", ""), _negated=True)),
                            _connector="OR",
                        ),
                        name="needle_recalled_for_a_reason",
                        violation_error_message="A recall needs a day and a reason. Enter both or neither.",
                    ),
                    patients.integrity.immutability.Immutable(
                        fields=("maker", "diameter_mm", "length_mm", "lot", "expires_on", "in_record_since"),
                        name="needle_of_a_record_frozen",
                        violation_error_message="This lot is used in signed records, so its details cannot be changed.",
                        when=models.Q(("in_record_since__isnull", False)),
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="NeedlingDefaults",
            fields=[
                (
                    "practitioner",
                    models.OneToOneField(
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="needling_defaults",
                        serialize=False,
                        to="clinic.practitioner",
                    ),
                ),
                ("needle_diameter_mm", models.DecimalField(blank=True, decimal_places=2, max_digits=3, null=True)),
                ("needle_length_mm", models.PositiveSmallIntegerField(blank=True, null=True)),
                (
                    "technique",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("pistoning", "Pistoning"),
                            ("static", "Static"),
                            ("superficial", "Superficial"),
                            ("electrical", "Electrical"),
                        ],
                        max_length=12,
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "needling defaults",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("needle_diameter_mm", None), ("needle_length_mm", None)),
                            models.Q(("needle_diameter_mm__isnull", False), ("needle_length_mm__isnull", False)),
                            _connector="OR",
                        ),
                        name="needling_defaults_whole_needle_size",
                        violation_error_message="A needle has a diameter and a length.",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="OutcomeScore",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                (
                    "measure",
                    models.CharField(
                        choices=[
                            ("ndi", "NDI"),
                            ("odi", "ODI"),
                            ("rmdq", "RMDQ"),
                            ("quickdash", "QuickDASH"),
                            ("dash", "DASH"),
                            ("spadi", "SPADI"),
                            ("bctq_s", "Boston carpal tunnel, symptoms"),
                            ("bctq_f", "Boston carpal tunnel, function"),
                            ("lefs", "LEFS"),
                            ("visa_a", "VISA-A, Achilles"),
                            ("visa_p", "VISA-P, patella"),
                            ("visa_g", "VISA-G, gluteal"),
                            ("visa_h", "VISA-H, hamstring"),
                            ("hit6", "HIT-6"),
                            ("headache", "Headache days in 4 weeks"),
                            ("cpsi", "NIH-CPSI"),
                            ("nprs", "Pain, NPRS 0 to 10"),
                            ("psfs", "PSFS"),
                            ("groc", "GROC"),
                            ("mskhq", "MSK-HQ"),
                            ("eq5d", "EQ-5D index"),
                            ("eqvas", "EQ VAS"),
                            ("fiqr", "FIQR"),
                            ("tsk17", "TSK, 17 items"),
                            ("tsk11", "TSK-11"),
                            ("pcs", "PCS"),
                            ("fabq_w", "FABQ, work"),
                            ("fabq_pa", "FABQ, physical activity"),
                            ("promis_pf", "PROMIS physical function"),
                            ("promis_pi", "PROMIS pain interference"),
                            ("promis_fat", "PROMIS fatigue"),
                            ("promis_slp", "PROMIS sleep disturbance"),
                            ("promis_anx", "PROMIS anxiety"),
                            ("promis_dep", "PROMIS depression"),
                            ("promis_soc", "PROMIS social roles"),
                        ],
                        max_length=12,
                    ),
                ),
                (
                    "item",
                    models.CharField(
                        blank=True,
                        help_text="PSFS: the activity. NPRS: now or 24 h average. Empty for totals.",
                        max_length=80,
                    ),
                ),
                ("scored_on", models.DateField()),
                (
                    "value",
                    models.DecimalField(
                        blank=True,
                        decimal_places=3,
                        help_text="NDI and ODI in percent. Empty for a withdrawn score.",
                        max_digits=6,
                        null=True,
                    ),
                ),
                (
                    "answers",
                    models.JSONField(
                        blank=True, default=list, validators=[treatments.models.outcome_score.list_of_answers]
                    ),
                ),
                (
                    "patient_answers",
                    models.JSONField(
                        blank=True, default=list, validators=[treatments.models.outcome_score.list_of_answers]
                    ),
                ),
                (
                    "answered_by_name",
                    models.CharField(
                        blank=True,
                        help_text="Who entered the answers on the tablet. Empty if the therapist did.",
                        max_length=200,
                    ),
                ),
                ("recorded_at", models.DateTimeField()),
                ("reason", models.CharField(blank=True, max_length=300, verbose_name="reason for the correction")),
                (
                    "episode",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="outcome_scores",
                        to="patients.episode",
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
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="outcome_scores",
                        to="patients.patient",
                    ),
                ),
                (
                    "recorded_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "replaces",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="replaced_by",
                        to="treatments.outcomescore",
                    ),
                ),
            ],
            options={
                "ordering": ["-scored_on", "-recorded_at", "-pk"],
                "indexes": [
                    models.Index(fields=["patient", "-scored_on"], name="treatments__patient_ab288e_idx"),
                    models.Index(fields=["episode", "-scored_on"], name="treatments__episode_fd54d8_idx"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "measure__in",
                                [
                                    "ndi",
                                    "odi",
                                    "rmdq",
                                    "quickdash",
                                    "dash",
                                    "spadi",
                                    "bctq_s",
                                    "bctq_f",
                                    "lefs",
                                    "visa_a",
                                    "visa_p",
                                    "visa_g",
                                    "visa_h",
                                    "hit6",
                                    "headache",
                                    "cpsi",
                                    "nprs",
                                    "psfs",
                                    "groc",
                                    "mskhq",
                                    "eq5d",
                                    "eqvas",
                                    "fiqr",
                                    "tsk17",
                                    "tsk11",
                                    "pcs",
                                    "fabq_w",
                                    "fabq_pa",
                                    "promis_pf",
                                    "promis_pi",
                                    "promis_fat",
                                    "promis_slp",
                                    "promis_anx",
                                    "promis_dep",
                                    "promis_soc",
                                ],
                            )
                        ),
                        name="outcome_score_measure_known",
                        violation_error_message="Choose a measure from the list.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("measure", "ndi"), _negated=True),
                            ("value", None),
                            ("value__range", (0, 100)),
                            _connector="OR",
                        ),
                        name="outcome_score_ndi_range",
                        violation_error_message="NDI: enter a percentage from 0 to 100.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("measure", "odi"), _negated=True),
                            ("value", None),
                            ("value__range", (0, 100)),
                            _connector="OR",
                        ),
                        name="outcome_score_odi_range",
                        violation_error_message="ODI: enter a percentage from 0 to 100.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("measure", "rmdq"), _negated=True),
                            ("value", None),
                            models.Q(
                                ("value", django.db.models.functions.math.Round("value")), ("value__range", (0, 24))
                            ),
                            _connector="OR",
                        ),
                        name="outcome_score_rmdq_range",
                        violation_error_message="RMDQ: enter a whole number from 0 to 24.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("measure", "quickdash"), _negated=True),
                            ("value", None),
                            ("value__range", (0, 100)),
                            _connector="OR",
                        ),
                        name="outcome_score_quickdash_range",
                        violation_error_message="QuickDASH: enter a number from 0 to 100.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("measure", "dash"), _negated=True),
                            ("value", None),
                            ("value__range", (0, 100)),
                            _connector="OR",
                        ),
                        name="outcome_score_dash_range",
                        violation_error_message="DASH: enter a number from 0 to 100.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("measure", "spadi"), _negated=True),
                            ("value", None),
                            ("value__range", (0, 100)),
                            _connector="OR",
                        ),
                        name="outcome_score_spadi_range",
                        violation_error_message="SPADI: enter a number from 0 to 100.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("measure", "bctq_s"), _negated=True),
                            ("value", None),
                            ("value__range", (1, 5)),
                            _connector="OR",
                        ),
                        name="outcome_score_bctq_s_range",
                        violation_error_message="Boston carpal tunnel, symptoms: enter a number from 1 to 5.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("measure", "bctq_f"), _negated=True),
                            ("value", None),
                            ("value__range", (1, 5)),
                            _connector="OR",
                        ),
                        name="outcome_score_bctq_f_range",
                        violation_error_message="Boston carpal tunnel, function: enter a number from 1 to 5.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("measure", "lefs"), _negated=True),
                            ("value", None),
                            models.Q(
                                ("value", django.db.models.functions.math.Round("value")), ("value__range", (0, 80))
                            ),
                            _connector="OR",
                        ),
                        name="outcome_score_lefs_range",
                        violation_error_message="LEFS: enter a whole number from 0 to 80.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("measure", "visa_a"), _negated=True),
                            ("value", None),
                            models.Q(
                                ("value", django.db.models.functions.math.Round("value")), ("value__range", (0, 100))
                            ),
                            _connector="OR",
                        ),
                        name="outcome_score_visa_a_range",
                        violation_error_message="VISA-A, Achilles: enter a whole number from 0 to 100.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("measure", "visa_p"), _negated=True),
                            ("value", None),
                            models.Q(
                                ("value", django.db.models.functions.math.Round("value")), ("value__range", (0, 100))
                            ),
                            _connector="OR",
                        ),
                        name="outcome_score_visa_p_range",
                        violation_error_message="VISA-P, patella: enter a whole number from 0 to 100.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("measure", "visa_g"), _negated=True),
                            ("value", None),
                            models.Q(
                                ("value", django.db.models.functions.math.Round("value")), ("value__range", (0, 100))
                            ),
                            _connector="OR",
                        ),
                        name="outcome_score_visa_g_range",
                        violation_error_message="VISA-G, gluteal: enter a whole number from 0 to 100.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("measure", "visa_h"), _negated=True),
                            ("value", None),
                            models.Q(
                                ("value", django.db.models.functions.math.Round("value")), ("value__range", (0, 100))
                            ),
                            _connector="OR",
                        ),
                        name="outcome_score_visa_h_range",
                        violation_error_message="VISA-H, hamstring: enter a whole number from 0 to 100.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("measure", "hit6"), _negated=True),
                            ("value", None),
                            models.Q(
                                ("value", django.db.models.functions.math.Round("value")), ("value__range", (36, 78))
                            ),
                            _connector="OR",
                        ),
                        name="outcome_score_hit6_range",
                        violation_error_message="HIT-6: enter a whole number from 36 to 78.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("measure", "headache"), _negated=True),
                            ("value", None),
                            models.Q(
                                ("value", django.db.models.functions.math.Round("value")), ("value__range", (0, 28))
                            ),
                            _connector="OR",
                        ),
                        name="outcome_score_headache_range",
                        violation_error_message="Headache days in 4 weeks: enter a whole number from 0 to 28.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("measure", "cpsi"), _negated=True),
                            ("value", None),
                            models.Q(
                                ("value", django.db.models.functions.math.Round("value")), ("value__range", (0, 43))
                            ),
                            _connector="OR",
                        ),
                        name="outcome_score_cpsi_range",
                        violation_error_message="NIH-CPSI: enter a whole number from 0 to 43.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("measure", "nprs"), _negated=True),
                            ("value", None),
                            models.Q(
                                ("value", django.db.models.functions.math.Round("value")), ("value__range", (0, 10))
                            ),
                            _connector="OR",
                        ),
                        name="outcome_score_nprs_range",
                        violation_error_message="Pain, NPRS 0 to 10: enter a whole number from 0 to 10.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("measure", "psfs"), _negated=True),
                            ("value", None),
                            ("value__range", (0, 10)),
                            _connector="OR",
                        ),
                        name="outcome_score_psfs_range",
                        violation_error_message="PSFS: enter a number from 0 to 10.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("measure", "groc"), _negated=True),
                            ("value", None),
                            models.Q(
                                ("value", django.db.models.functions.math.Round("value")), ("value__range", (-7, 7))
                            ),
                            _connector="OR",
                        ),
                        name="outcome_score_groc_range",
                        violation_error_message="GROC: enter a whole number from −7 to 7.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("measure", "mskhq"), _negated=True),
                            ("value", None),
                            models.Q(
                                ("value", django.db.models.functions.math.Round("value")), ("value__range", (0, 56))
                            ),
                            _connector="OR",
                        ),
                        name="outcome_score_mskhq_range",
                        violation_error_message="MSK-HQ: enter a whole number from 0 to 56.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("measure", "eq5d"), _negated=True),
                            ("value", None),
                            ("value__range", (-1, 1)),
                            _connector="OR",
                        ),
                        name="outcome_score_eq5d_range",
                        violation_error_message="EQ-5D index: enter a number from −1 to 1.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("measure", "eqvas"), _negated=True),
                            ("value", None),
                            models.Q(
                                ("value", django.db.models.functions.math.Round("value")), ("value__range", (0, 100))
                            ),
                            _connector="OR",
                        ),
                        name="outcome_score_eqvas_range",
                        violation_error_message="EQ VAS: enter a whole number from 0 to 100.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("measure", "fiqr"), _negated=True),
                            ("value", None),
                            ("value__range", (0, 100)),
                            _connector="OR",
                        ),
                        name="outcome_score_fiqr_range",
                        violation_error_message="FIQR: enter a number from 0 to 100.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("measure", "tsk17"), _negated=True),
                            ("value", None),
                            models.Q(
                                ("value", django.db.models.functions.math.Round("value")), ("value__range", (17, 68))
                            ),
                            _connector="OR",
                        ),
                        name="outcome_score_tsk17_range",
                        violation_error_message="TSK, 17 items: enter a whole number from 17 to 68.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("measure", "tsk11"), _negated=True),
                            ("value", None),
                            models.Q(
                                ("value", django.db.models.functions.math.Round("value")), ("value__range", (11, 44))
                            ),
                            _connector="OR",
                        ),
                        name="outcome_score_tsk11_range",
                        violation_error_message="TSK-11: enter a whole number from 11 to 44.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("measure", "pcs"), _negated=True),
                            ("value", None),
                            models.Q(
                                ("value", django.db.models.functions.math.Round("value")), ("value__range", (0, 52))
                            ),
                            _connector="OR",
                        ),
                        name="outcome_score_pcs_range",
                        violation_error_message="PCS: enter a whole number from 0 to 52.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("measure", "fabq_w"), _negated=True),
                            ("value", None),
                            models.Q(
                                ("value", django.db.models.functions.math.Round("value")), ("value__range", (0, 42))
                            ),
                            _connector="OR",
                        ),
                        name="outcome_score_fabq_w_range",
                        violation_error_message="FABQ, work: enter a whole number from 0 to 42.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("measure", "fabq_pa"), _negated=True),
                            ("value", None),
                            models.Q(
                                ("value", django.db.models.functions.math.Round("value")), ("value__range", (0, 24))
                            ),
                            _connector="OR",
                        ),
                        name="outcome_score_fabq_pa_range",
                        violation_error_message="FABQ, physical activity: enter a whole number from 0 to 24.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("measure", "promis_pf"), _negated=True),
                            ("value", None),
                            ("value__range", (10, 90)),
                            _connector="OR",
                        ),
                        name="outcome_score_promis_pf_range",
                        violation_error_message="PROMIS physical function: enter a number from 10 to 90.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("measure", "promis_pi"), _negated=True),
                            ("value", None),
                            ("value__range", (10, 90)),
                            _connector="OR",
                        ),
                        name="outcome_score_promis_pi_range",
                        violation_error_message="PROMIS pain interference: enter a number from 10 to 90.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("measure", "promis_fat"), _negated=True),
                            ("value", None),
                            ("value__range", (10, 90)),
                            _connector="OR",
                        ),
                        name="outcome_score_promis_fat_range",
                        violation_error_message="PROMIS fatigue: enter a number from 10 to 90.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("measure", "promis_slp"), _negated=True),
                            ("value", None),
                            ("value__range", (10, 90)),
                            _connector="OR",
                        ),
                        name="outcome_score_promis_slp_range",
                        violation_error_message="PROMIS sleep disturbance: enter a number from 10 to 90.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("measure", "promis_anx"), _negated=True),
                            ("value", None),
                            ("value__range", (10, 90)),
                            _connector="OR",
                        ),
                        name="outcome_score_promis_anx_range",
                        violation_error_message="PROMIS anxiety: enter a number from 10 to 90.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("measure", "promis_dep"), _negated=True),
                            ("value", None),
                            ("value__range", (10, 90)),
                            _connector="OR",
                        ),
                        name="outcome_score_promis_dep_range",
                        violation_error_message="PROMIS depression: enter a number from 10 to 90.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("measure", "promis_soc"), _negated=True),
                            ("value", None),
                            ("value__range", (10, 90)),
                            _connector="OR",
                        ),
                        name="outcome_score_promis_soc_range",
                        violation_error_message="PROMIS social roles: enter a number from 10 to 90.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("measure", "psfs"), models.Q(("item", ""), _negated=True)),
                            models.Q(("item__in", ["now", "24 h average"]), ("measure", "nprs")),
                            models.Q(models.Q(("measure__in", ["psfs", "nprs"]), _negated=True), ("item", "")),
                            _connector="OR",
                        ),
                        name="outcome_score_item_fits_measure",
                        violation_error_message="PSFS needs an activity, NPRS the time it is about; others have neither.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("reason", ""), ("replaces", None), ("value__isnull", False)),
                            models.Q(("replaces__isnull", False), models.Q(("reason", ""), _negated=True)),
                            _connector="OR",
                        ),
                        name="outcome_score_replaced_with_reason",
                        violation_error_message="A correction needs the score that it replaces and a reason.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("answered_by_name", ""), ("patient_answers", [])),
                            models.Q(
                                models.Q(("answered_by_name", ""), _negated=True),
                                models.Q(("patient_answers", []), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="outcome_score_answers_of_somebody",
                        violation_error_message="Answers from the tablet need the name of the person who gave them.",
                    ),
                    patients.integrity.immutability.Immutable(
                        fields=("error_mark",),
                        name="outcome_score_mark_stays",
                        violation_error_message="A record stays entered in error. Write it again if it was right.",
                        when=models.Q(("error_mark__isnull", False)),
                    ),
                    patients.integrity.immutability.Immutable(
                        allow=("error_mark",),
                        name="outcome_score_frozen",
                        violation_error_message="A recorded score cannot be changed. Record a correction.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="PatientDrawing",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("drawn_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("drawn_by_name", models.CharField(max_length=200, verbose_name="drawn by")),
                ("drawing", models.JSONField(verbose_name="pain drawing")),
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
                        related_name="drawings_on_tablet",
                        to="patients.patient",
                    ),
                ),
            ],
            options={
                "verbose_name": "drawing of the patient",
                "verbose_name_plural": "drawings of patients",
                "ordering": ["-drawn_at", "-pk"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("drawn_by_name", ""), _negated=True),
                        name="patient_drawing_names_who_drew",
                        violation_error_message="Enter the name of the person who drew.",
                    ),
                    patients.integrity.immutability.Immutable(
                        name="patient_drawing_frozen",
                        violation_error_message="The patient’s drawing cannot be changed. Change the one of the assessment.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Protocol",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("name", models.CharField(max_length=80)),
                ("condition", models.CharField(blank=True, max_length=40)),
                (
                    "region",
                    models.CharField(
                        blank=True,
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
                ("is_shared", models.BooleanField(default=False, verbose_name="shared with the clinic")),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("retired_at", models.DateTimeField(blank=True, editable=False, null=True)),
                (
                    "owner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="protocols",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "retired_by",
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
                "ordering": ["name", "created_at"],
                "permissions": [("retire_any_protocol", "Can retire any shared protocol")],
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("name", ""), _negated=True), name="protocol_has_a_name"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("retired_at", None), ("retired_by", None)),
                            models.Q(("retired_at__isnull", False), ("retired_by__isnull", False)),
                            _connector="OR",
                        ),
                        name="protocol_retired_at_and_by",
                        violation_error_message="A retired protocol needs a time and a name.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="SessionContext",
            fields=[
                (
                    "session",
                    models.OneToOneField(
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="context",
                        serialize=False,
                        to="treatments.treatmentsession",
                    ),
                ),
                (
                    "timezone",
                    models.CharField(
                        editable=False,
                        max_length=64,
                        validators=[clinic.models.site.known_timezone],
                        verbose_name="time zone",
                    ),
                ),
                (
                    "took_place_on",
                    models.DateField(
                        editable=False, help_text="The local day on which it started.", verbose_name="day"
                    ),
                ),
                (
                    "patient_age",
                    models.PositiveSmallIntegerField(
                        editable=False, help_text="In completed years on that day.", verbose_name="patient's age"
                    ),
                ),
                ("is_derived", models.BooleanField(default=False, editable=False)),
                (
                    "site",
                    models.ForeignKey(
                        db_index=False,
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="clinic.site",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["took_place_on", "site"], name="treatments__took_pl_6b0ac9_idx")],
                "constraints": [
                    patients.integrity.immutability.Immutable(
                        name="session_context_frozen",
                        violation_error_message="Where and when a signed session took place can no longer be changed.",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="SessionFact",
            fields=[
                (
                    "session",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to="treatments.treatmentsession",
                    ),
                ),
                ("month", models.DateField()),
                (
                    "change",
                    models.SmallIntegerField(
                        help_text="Change of pain in points, after - before, if rated after.", null=True
                    ),
                ),
                ("twitch", models.PositiveSmallIntegerField(help_text="2: seen. 1: sought, none seen. 0: not sought.")),
                ("events", models.PositiveSmallIntegerField()),
                (
                    "co_treatments",
                    models.CharField(help_text="Between spaces, such as “ exercise heat ”.", max_length=200, null=True),
                ),
                (
                    "course",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="treatments.course"
                    ),
                ),
                (
                    "practitioner",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="clinic.practitioner",
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
                "indexes": [
                    models.Index(fields=["practitioner", "month", "site"], name="treatments__practit_694705_idx"),
                    models.Index(
                        fields=["month", "course", "practitioner", "site", "change", "twitch", "events", "session"],
                        name="fact_of_a_month",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ProtocolUse",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("used_at", models.DateTimeField()),
                ("added", models.JSONField(default=list, verbose_name="ids of the rows that were added")),
                ("left_out", models.JSONField(default=list, verbose_name="rows that were left out")),
                ("undone_at", models.DateTimeField(blank=True, null=True)),
                (
                    "protocol",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="uses", to="treatments.protocol"
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
                    "used_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "session",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="protocol_uses",
                        to="treatments.treatmentsession",
                    ),
                ),
            ],
            options={
                "ordering": ["used_at", "pk"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("undone_at", None), ("undone_by", None)),
                            models.Q(("undone_at__isnull", False), ("undone_by__isnull", False)),
                            _connector="OR",
                        ),
                        name="protocol_use_undone_at_and_by",
                        violation_error_message="A use that was undone needs a time and a name.",
                    ),
                    patients.integrity.immutability.Immutable(
                        name="protocol_use_frozen_with_session",
                        through="session",
                        violation_error_message="This session is signed or withdrawn, so it cannot be changed.",
                        when=models.Q(("status__in", ["signed", "withdrawn"])),
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Outcome",
            fields=[],
            options={
                "verbose_name": "outcome",
                "permissions": [
                    ("export_outcome", "Can export sessions without names"),
                    ("identify_outcome", "Can export sessions with patients' names"),
                ],
                "proxy": True,
                "default_permissions": ("view",),
                "indexes": [],
                "constraints": [],
            },
            bases=("treatments.treatmentsession",),
        ),
        migrations.CreateModel(
            name="SessionSummary",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "axis",
                    models.CharField(
                        choices=[
                            ("session", "Session"),
                            ("region", "Region"),
                            ("muscle", "Muscle"),
                            ("point", "Trigger point"),
                            ("needle", "Needle"),
                            ("technique", "Technique"),
                            ("depth", "Depth band"),
                            ("pair", "Technique and muscle"),
                            ("area", "Technique and region"),
                        ],
                        max_length=9,
                    ),
                ),
                (
                    "key",
                    models.CharField(
                        blank=True, help_text="Which region, muscle ...; empty for the session axis.", max_length=30
                    ),
                ),
                ("is_first", models.BooleanField()),
                ("month", models.DateField()),
                ("sessions", models.IntegerField(default=0)),
                ("change", models.IntegerField(default=0)),
                ("change_squared", models.IntegerField(default=0)),
                ("twitch", models.IntegerField(default=0)),
                ("twitch_change", models.IntegerField(default=0)),
                ("twitch_change_squared", models.IntegerField(default=0)),
                ("no_twitch", models.IntegerField(default=0)),
                ("no_twitch_change", models.IntegerField(default=0)),
                ("no_twitch_change_squared", models.IntegerField(default=0)),
                ("events", models.IntegerField(default=0)),
                ("sessions_with_event", models.IntegerField(default=0)),
                ("unrated", models.IntegerField(default=0)),
                ("twitch_unrated", models.IntegerField(default=0)),
                ("no_twitch_unrated", models.IntegerField(default=0)),
                (
                    "practitioner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="clinic.practitioner"
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
                "indexes": [
                    models.Index(
                        fields=[
                            "axis",
                            "is_first",
                            "key",
                            "month",
                            "practitioner",
                            "site",
                            "sessions",
                            "change",
                            "change_squared",
                            "twitch",
                            "sessions_with_event",
                            "unrated",
                        ],
                        name="session_summary_shown",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("axis", "is_first", "key", "month", "practitioner", "site"),
                        name="one_session_summary_a_cell",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Snippet",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("name", models.CharField(max_length=60)),
                (
                    "field",
                    models.CharField(
                        choices=[("note", "Note"), ("plan", "Plan")], default="note", max_length=4, verbose_name="for"
                    ),
                ),
                ("text", models.TextField(max_length=1000)),
                ("is_shared", models.BooleanField(default=False, verbose_name="shared with the clinic")),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("retired_at", models.DateTimeField(blank=True, editable=False, null=True)),
                (
                    "owner",
                    models.ForeignKey(
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "retired_by",
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
                "ordering": ["name", "created_at"],
                "permissions": [("retire_any_snippet", "Can retire any shared snippet")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("name", ""), _negated=True), models.Q(("text", ""), _negated=True)
                        ),
                        name="snippet_has_a_name_and_a_text",
                        violation_error_message="A snippet needs a name and a text.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("retired_at", None), ("retired_by", None)),
                            models.Q(("retired_at__isnull", False), ("retired_by__isnull", False)),
                            _connector="OR",
                        ),
                        name="snippet_retired_at_and_by",
                        violation_error_message="A retired snippet needs a time and a name.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="SpreadSummary",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("slot", models.PositiveSmallIntegerField(db_default=0, default=0)),
                (
                    "axis",
                    models.CharField(
                        choices=[
                            ("session", "Session"),
                            ("region", "Region"),
                            ("muscle", "Muscle"),
                            ("point", "Trigger point"),
                            ("needle", "Needle"),
                            ("technique", "Technique"),
                            ("depth", "Depth band"),
                            ("pair", "Technique and muscle"),
                            ("area", "Technique and region"),
                        ],
                        max_length=9,
                    ),
                ),
                ("scope", models.CharField(blank=True, max_length=12)),
                ("key", models.CharField(blank=True, max_length=30)),
                ("courses", models.IntegerField(default=0)),
                ("patients", models.IntegerField(default=0)),
                ("n_n", models.BigIntegerField(default=0)),
                ("n_e", models.BigIntegerField(default=0)),
                ("e_e", models.BigIntegerField(default=0)),
                (
                    "rated",
                    models.IntegerField(
                        default=0, help_text="Patients with any r; the next numbers are those with t and o."
                    ),
                ),
                ("r_r", models.BigIntegerField(default=0)),
                ("r_d", models.BigIntegerField(default=0)),
                ("d_d", models.BigIntegerField(default=0)),
                ("twitched", models.IntegerField(default=0)),
                ("t_t", models.BigIntegerField(default=0)),
                ("t_u", models.BigIntegerField(default=0)),
                ("u_u", models.BigIntegerField(default=0)),
                ("untwitched", models.IntegerField(default=0)),
                ("o_o", models.BigIntegerField(default=0)),
                ("o_v", models.BigIntegerField(default=0)),
                ("v_v", models.BigIntegerField(default=0)),
                ("sought", models.IntegerField(default=0, help_text="Patients with any t or o.")),
                ("t_o", models.BigIntegerField(default=0)),
                ("t_v", models.BigIntegerField(default=0)),
                ("u_o", models.BigIntegerField(default=0)),
                ("u_v", models.BigIntegerField(default=0)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("axis", "scope", "key", "slot"), name="one_spread_summary_a_slot")
                ],
            },
        ),
        migrations.CreateModel(
            name="Threshold",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("edited_at", models.DateTimeField(blank=True, editable=False, null=True)),
                ("reviewed_at", models.DateTimeField(blank=True, editable=False, null=True)),
                ("slug", models.SlugField(unique=True)),
                (
                    "measure",
                    models.CharField(
                        choices=[
                            ("nprs", "Pain, NPRS 0 to 10"),
                            ("vas", "Pain, VAS 0 to 100 mm"),
                            ("ppt", "Pressure pain threshold"),
                            ("rom", "Range of motion"),
                            ("psfs", "PSFS"),
                            ("groc", "GROC"),
                            ("ndi", "NDI"),
                            ("odi", "ODI"),
                            ("quickdash", "QuickDASH"),
                            ("lefs", "LEFS"),
                            ("hit6", "HIT-6"),
                            ("headache", "Headache days in 4 weeks"),
                            ("rmdq", "RMDQ"),
                            ("dash", "DASH"),
                            ("spadi", "SPADI"),
                            ("bctq_s", "Boston carpal tunnel, symptoms"),
                            ("bctq_f", "Boston carpal tunnel, function"),
                            ("visa_a", "VISA-A, Achilles"),
                            ("visa_p", "VISA-P, patella"),
                            ("visa_g", "VISA-G, gluteal"),
                            ("visa_h", "VISA-H, hamstring"),
                            ("tsk17", "TSK, 17 items"),
                            ("tsk11", "TSK-11"),
                            ("pcs", "PCS"),
                            ("fabq_w", "FABQ, work"),
                            ("fabq_pa", "FABQ, physical activity"),
                            ("eq5d", "EQ-5D index"),
                            ("eqvas", "EQ VAS"),
                            ("fiqr", "FIQR"),
                            ("mskhq", "MSK-HQ"),
                            ("cpsi", "NIH-CPSI"),
                            ("promis_pf", "PROMIS physical function"),
                            ("promis_pi", "PROMIS pain interference"),
                            ("promis_fat", "PROMIS fatigue"),
                            ("promis_slp", "PROMIS sleep disturbance"),
                            ("promis_anx", "PROMIS anxiety"),
                            ("promis_dep", "PROMIS depression"),
                            ("promis_soc", "PROMIS social roles"),
                        ],
                        max_length=12,
                    ),
                ),
                ("population", models.CharField(max_length=120)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("mdc", "Smallest detectable change"),
                            ("mcid", "Smallest important change"),
                            ("much_better", "Much better"),
                        ],
                        max_length=12,
                    ),
                ),
                ("value", models.DecimalField(decimal_places=2, max_digits=6)),
                ("unit", models.CharField(max_length=20)),
                ("source", models.CharField(blank=True, max_length=200)),
                ("is_on_pain_course", models.BooleanField(default=False, verbose_name="drawn on pain courses")),
                (
                    "baseline_low",
                    models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="from a first score of"),
                ),
                (
                    "baseline_high",
                    models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="to a first score of"),
                ),
                (
                    "regions",
                    models.CharField(
                        blank=True,
                        help_text="Their short names, such as low_back, with spaces between them. Empty: all.",
                        max_length=100,
                        validators=[treatments.models.threshold.known_regions],
                        verbose_name="regions of the complaint",
                    ),
                ),
                (
                    "least_weeks",
                    models.PositiveSmallIntegerField(
                        blank=True,
                        help_text="At least, before the first session. Empty: any time.",
                        null=True,
                        verbose_name="weeks it had lasted",
                    ),
                ),
                (
                    "rules",
                    models.CharField(
                        blank=True,
                        help_text="A name for all thresholds that are used together.",
                        max_length=100,
                        verbose_name="rules",
                    ),
                ),
                (
                    "retired_because",
                    models.CharField(
                        blank=True,
                        help_text="Why it is no longer used. Figures made before may name it.",
                        max_length=200,
                    ),
                ),
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
                (
                    "reviewed_by",
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
                "ordering": ["measure", "kind", "value"],
                "abstract": False,
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("reviewed_at", None), ("reviewed_by", None)),
                            models.Q(("reviewed_at__isnull", False), ("reviewed_by__isnull", False)),
                            _connector="OR",
                        ),
                        name="threshold_reviewed_at_and_by",
                        violation_error_message="A review needs a time and a name.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("edited_at", None), ("edited_by", None)),
                            models.Q(("edited_at__isnull", False), ("edited_by__isnull", False)),
                            _connector="OR",
                        ),
                        name="threshold_edited_at_and_by",
                        violation_error_message="An edit needs a time and a name.",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("is_on_pain_course", True)),
                        fields=("measure",),
                        name="one_pain_course_threshold",
                        violation_error_message="Only one threshold can be drawn. Clear this option on the other one first.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("baseline_high", None), ("baseline_low", None)),
                            ("baseline_low__lte", models.F("baseline_high")),
                            _connector="OR",
                        ),
                        name="threshold_baseline_range",
                        violation_error_message="Give both ends of the range, the lower one first.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="TriggerPoint",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("edited_at", models.DateTimeField(blank=True, editable=False, null=True)),
                ("reviewed_at", models.DateTimeField(blank=True, editable=False, null=True)),
                ("label", models.CharField(max_length=40)),
                (
                    "label_kind",
                    models.CharField(
                        choices=[("travell_simons_number", "Travell and Simons number"), ("site_name", "Site name")],
                        default="site_name",
                        max_length=24,
                    ),
                ),
                ("sort_order", models.PositiveSmallIntegerField(default=1)),
                ("location", models.CharField(blank=True, max_length=200)),
                ("referred_pain", models.CharField(blank=True, max_length=200)),
                ("source", models.CharField(blank=True, max_length=300)),
                (
                    "view",
                    models.CharField(
                        blank=True,
                        choices=[("posterior", "Back"), ("anterior", "Front"), ("head_neck_lateral", "Side")],
                        max_length=20,
                    ),
                ),
                (
                    "x",
                    models.DecimalField(
                        blank=True,
                        decimal_places=1,
                        help_text="Position on the body chart, on the patient's right side.",
                        max_digits=5,
                        null=True,
                    ),
                ),
                ("y", models.DecimalField(blank=True, decimal_places=1, max_digits=5, null=True)),
                (
                    "sides",
                    models.CharField(
                        choices=[("both", "Both sides"), ("right", "Right side only")], default="both", max_length=8
                    ),
                ),
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
                (
                    "muscle",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="trigger_points",
                        to="treatments.muscle",
                    ),
                ),
                (
                    "reviewed_by",
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
                "ordering": ["muscle__name_en", "sort_order", "label"],
                "abstract": False,
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("reviewed_at", None), ("reviewed_by", None)),
                            models.Q(("reviewed_at__isnull", False), ("reviewed_by__isnull", False)),
                            _connector="OR",
                        ),
                        name="triggerpoint_reviewed_at_and_by",
                        violation_error_message="A review needs a time and a name.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("edited_at", None), ("edited_by", None)),
                            models.Q(("edited_at__isnull", False), ("edited_by__isnull", False)),
                            _connector="OR",
                        ),
                        name="triggerpoint_edited_at_and_by",
                        violation_error_message="An edit needs a time and a name.",
                    ),
                    models.UniqueConstraint(fields=("muscle", "label"), name="one_label_a_muscle"),
                    patients.integrity.immutability.Immutable(
                        fields=("muscle", "label"),
                        name="trigger_point_label_frozen",
                        violation_error_message="Signed records use the muscle and label. They cannot be changed.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ProtocolRow",
            fields=[
                (
                    "level",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("upper_third", "Upper third"),
                            ("middle_third", "Middle third"),
                            ("lower_third", "Lower third"),
                            ("C0", "C0"),
                            ("C1", "C1"),
                            ("C2", "C2"),
                            ("C3", "C3"),
                            ("C4", "C4"),
                            ("C5", "C5"),
                            ("C6", "C6"),
                            ("C7", "C7"),
                            ("T1", "T1"),
                            ("T2", "T2"),
                            ("T3", "T3"),
                            ("T4", "T4"),
                            ("T5", "T5"),
                            ("T6", "T6"),
                            ("T7", "T7"),
                            ("T8", "T8"),
                            ("T9", "T9"),
                            ("T10", "T10"),
                            ("T11", "T11"),
                            ("T12", "T12"),
                            ("L1", "L1"),
                            ("L2", "L2"),
                            ("L3", "L3"),
                            ("L4", "L4"),
                            ("L5", "L5"),
                            ("S1", "S1"),
                            ("S2", "S2"),
                            ("S3", "S3"),
                            ("S4", "S4"),
                        ],
                        max_length=12,
                    ),
                ),
                (
                    "found_by",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("palpation", "Palpation"),
                            ("landmark", "Landmark"),
                            ("ultrasound", "Ultrasound"),
                            ("emg", "EMG"),
                        ],
                        max_length=10,
                        verbose_name="found by",
                    ),
                ),
                (
                    "direction",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("perpendicular", "Perpendicular"),
                            ("cranial", "Cranial"),
                            ("caudal", "Caudal"),
                            ("medial", "Medial"),
                            ("lateral", "Lateral"),
                            ("tangential", "Tangential"),
                        ],
                        max_length=13,
                    ),
                ),
                (
                    "angle_degrees",
                    models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="angle to the skin"),
                ),
                (
                    "tissue_reached",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("skin", "Skin"),
                            ("subcutaneous", "Under the skin"),
                            ("fascia", "Fascia"),
                            ("muscle", "Muscle"),
                            ("tendon", "Tendon"),
                            ("periosteum", "Periosteum"),
                        ],
                        max_length=12,
                        verbose_name="tissue reached",
                    ),
                ),
                (
                    "response_sought",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("twitch", "Local twitch"),
                            ("referred_pain", "Referred pain"),
                            ("relaxation", "Relaxation"),
                            ("none", "None"),
                        ],
                        max_length=13,
                        verbose_name="response sought",
                    ),
                ),
                ("strokes", models.PositiveSmallIntegerField(blank=True, null=True)),
                (
                    "needling_seconds",
                    models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="needling time"),
                ),
                (
                    "current_ma",
                    models.DecimalField(blank=True, decimal_places=1, max_digits=4, null=True, verbose_name="current"),
                ),
                (
                    "waveform",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("continuous", "Continuous"),
                            ("burst", "Burst"),
                            ("dense_disperse", "Dense-disperse"),
                        ],
                        max_length=14,
                    ),
                ),
                (
                    "stimulation_minutes",
                    models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="stimulation"),
                ),
                ("pulse_width_us", models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="pulse width")),
                (
                    "electrodes",
                    models.CharField(
                        blank=True, choices=[("needles", "Between needles"), ("pad", "Needle and pad")], max_length=8
                    ),
                ),
                (
                    "imaging",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("none", "None"),
                            ("before", "Ultrasound before needling"),
                            ("during", "Ultrasound during needling"),
                        ],
                        max_length=6,
                    ),
                ),
                (
                    "imaged_depth_mm",
                    models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="depth on the image"),
                ),
                (
                    "imaged_structure",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("rib", "Rib"),
                            ("pleura", "Pleura"),
                            ("nerve", "Nerve"),
                            ("vessel", "Vessel"),
                            ("organ", "Organ"),
                        ],
                        max_length=6,
                        verbose_name="measured to",
                    ),
                ),
                ("guide_tube", models.BooleanField(blank=True, null=True, verbose_name="guide tube")),
                (
                    "skin_preparation",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("none", "Visibly clean, none"),
                            ("alcohol", "Alcohol"),
                            ("chlorhexidine", "Chlorhexidine"),
                            ("other", "Other"),
                        ],
                        max_length=14,
                        verbose_name="skin preparation",
                    ),
                ),
                ("gloves", models.BooleanField(blank=True, null=True)),
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("sort_order", models.PositiveSmallIntegerField(default=0)),
                ("is_midline", models.BooleanField(default=False)),
                ("location", models.CharField(blank=True, max_length=120, verbose_name="other place")),
                ("needle_diameter_mm", models.DecimalField(blank=True, decimal_places=2, max_digits=3, null=True)),
                ("needle_length_mm", models.PositiveSmallIntegerField(blank=True, null=True)),
                ("depth_mm", models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="depth")),
                (
                    "technique",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("pistoning", "Pistoning"),
                            ("static", "Static"),
                            ("superficial", "Superficial"),
                            ("electrical", "Electrical"),
                        ],
                        max_length=12,
                    ),
                ),
                (
                    "frequency_hz",
                    models.DecimalField(
                        blank=True, decimal_places=1, max_digits=5, null=True, verbose_name="frequency"
                    ),
                ),
                (
                    "retention_seconds",
                    models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="retention"),
                ),
                (
                    "muscle",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="treatments.muscle"
                    ),
                ),
                (
                    "protocol",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="rows", to="treatments.protocol"
                    ),
                ),
                (
                    "trigger_point",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="treatments.triggerpoint",
                    ),
                ),
            ],
            options={
                "ordering": ["sort_order", "pk"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("needle_diameter_mm", None), ("needle_length_mm", None)),
                            models.Q(("needle_diameter_mm__isnull", False), ("needle_length_mm__isnull", False)),
                            _connector="OR",
                        ),
                        name="protocol_row_whole_needle_size",
                        violation_error_message="A needle has a diameter and a length.",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Attachment",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("referral", "Referral"),
                            ("imaging", "Imaging report"),
                            ("photo", "Photo"),
                            ("other", "Other document"),
                        ],
                        max_length=10,
                    ),
                ),
                ("title", models.CharField(blank=True, max_length=120)),
                ("dated_on", models.DateField(verbose_name="date of the document")),
                (
                    "media_type",
                    models.CharField(
                        choices=[("image/jpeg", "Picture"), ("application/pdf", "PDF")],
                        max_length=20,
                        verbose_name="format",
                    ),
                ),
                ("size_bytes", models.PositiveIntegerField(verbose_name="size")),
                (
                    "content_hash",
                    models.CharField(help_text="SHA-256 of the content before it was encrypted.", max_length=64),
                ),
                ("added_at", models.DateTimeField()),
                (
                    "added_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "episode",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="attachments",
                        to="patients.episode",
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
                        on_delete=django.db.models.deletion.PROTECT, related_name="attachments", to="patients.patient"
                    ),
                ),
                (
                    "content",
                    models.OneToOneField(
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="attachment",
                        to="treatments.attachmentcontent",
                    ),
                ),
            ],
            options={
                "ordering": ["-dated_on", "-added_at", "pk"],
                "permissions": [("open_attachment", "Can open the content of attachments")],
                "indexes": [models.Index(fields=["patient", "-dated_on"], name="treatments__patient_de1fc3_idx")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(models.Q(("content_hash", ""), _negated=True), ("size_bytes__gt", 0)),
                        name="attachment_has_content",
                        violation_error_message="Choose a file to attach.",
                    ),
                    patients.integrity.immutability.Immutable(
                        allow=("error_mark",),
                        name="attachment_frozen",
                        violation_error_message="An attachment cannot be changed. Mark it as entered in error.",
                    ),
                    patients.integrity.immutability.Immutable(
                        fields=("error_mark",),
                        name="attachment_mark_stays",
                        violation_error_message="A record stays entered in error. Write it again if it was right.",
                        when=models.Q(("error_mark__isnull", False)),
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="CourseKey",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "axis",
                    models.CharField(
                        choices=[
                            ("session", "Session"),
                            ("region", "Region"),
                            ("muscle", "Muscle"),
                            ("point", "Trigger point"),
                            ("needle", "Needle"),
                            ("technique", "Technique"),
                            ("depth", "Depth band"),
                            ("pair", "Technique and muscle"),
                            ("area", "Technique and region"),
                        ],
                        max_length=9,
                    ),
                ),
                ("key", models.CharField(max_length=20)),
                (
                    "course",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="keys", to="treatments.course"
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("axis", "key", "course"), name="one_key_a_course")],
            },
        ),
        migrations.CreateModel(
            name="EventSummary",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "axis",
                    models.CharField(
                        choices=[
                            ("session", "Session"),
                            ("region", "Region"),
                            ("muscle", "Muscle"),
                            ("point", "Trigger point"),
                            ("needle", "Needle"),
                            ("technique", "Technique"),
                            ("depth", "Depth band"),
                            ("pair", "Technique and muscle"),
                            ("area", "Technique and region"),
                        ],
                        max_length=9,
                    ),
                ),
                (
                    "key",
                    models.CharField(
                        blank=True, help_text="Which region, muscle ...; empty for the session axis.", max_length=30
                    ),
                ),
                ("is_first", models.BooleanField()),
                ("month", models.DateField()),
                ("what", models.CharField(help_text="A type or a grade of AdverseEvent.", max_length=20)),
                ("events", models.IntegerField(default=0)),
                ("sessions", models.IntegerField(default=0)),
                (
                    "practitioner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="clinic.practitioner"
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
                "constraints": [
                    models.UniqueConstraint(
                        fields=("axis", "is_first", "key", "month", "practitioner", "site", "what"),
                        name="one_event_summary_a_cell",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="FollowUpFact",
            fields=[
                (
                    "fact",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="follow_up",
                        serialize=False,
                        to="treatments.sessionfact",
                    ),
                ),
                (
                    "by_patient",
                    models.PositiveSmallIntegerField(help_text="1 if the patient answered through the link."),
                ),
                (
                    "later_event",
                    models.PositiveSmallIntegerField(help_text="1 if an adverse event appeared after the visit."),
                ),
                ("heard_24", models.PositiveSmallIntegerField()),
                ("change_24", models.SmallIntegerField(null=True)),
                ("soreness_24", models.PositiveSmallIntegerField(null=True)),
                ("heard_48", models.PositiveSmallIntegerField()),
                ("change_48", models.SmallIntegerField(null=True)),
                ("soreness_48", models.PositiveSmallIntegerField(null=True)),
                ("heard_72", models.PositiveSmallIntegerField()),
                ("change_72", models.SmallIntegerField(null=True)),
                ("soreness_72", models.PositiveSmallIntegerField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name="Assessment",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("version", models.PositiveIntegerField(default=1, editable=False)),
                ("recent_saves", models.JSONField(blank=True, default=list, editable=False)),
                ("saved_at", models.DateTimeField(auto_now=True)),
                (
                    "status",
                    models.CharField(
                        choices=[("draft", "Draft"), ("signed", "Signed"), ("withdrawn", "Withdrawn")],
                        default="draft",
                        editable=False,
                        max_length=9,
                    ),
                ),
                ("signed_at", models.DateTimeField(blank=True, editable=False, null=True)),
                ("signed_name", models.CharField(blank=True, editable=False, max_length=150)),
                (
                    "proved_by_means",
                    models.CharField(blank=True, editable=False, max_length=40, verbose_name="proved by"),
                ),
                ("content_hash", models.CharField(blank=True, editable=False, max_length=64)),
                ("seal_version", models.PositiveSmallIntegerField(default=1, editable=False)),
                ("withdrawn_at", models.DateTimeField(blank=True, editable=False, null=True)),
                ("withdrawal_reason", models.CharField(blank=True, editable=False, max_length=300)),
                ("complaint", models.CharField(blank=True, editable=False, max_length=200)),
                ("started_at", models.DateTimeField(verbose_name="date and time")),
                ("opened_at", models.DateTimeField(editable=False)),
                (
                    "late_entry_reason",
                    models.CharField(blank=True, max_length=300, verbose_name="reason for the late entry"),
                ),
                ("pain_now", models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="pain now")),
                (
                    "pain_worst",
                    models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="worst pain in 24 hours"),
                ),
                (
                    "pain_average",
                    models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="average pain in 24 hours"),
                ),
                ("sites", models.JSONField(blank=True, default=list)),
                ("drawing", models.JSONField(blank=True, default=list, verbose_name="pain drawing")),
                ("day_patterns", models.JSONField(blank=True, default=list, verbose_name="over 24 hours")),
                ("behaviour_24h", models.CharField(blank=True, max_length=1000, verbose_name="more about 24 hours")),
                ("history", models.TextField(blank=True)),
                ("aggravating", models.CharField(blank=True, max_length=1000, verbose_name="worse with")),
                ("easing", models.CharField(blank=True, max_length=1000, verbose_name="better with")),
                ("medication", models.CharField(blank=True, max_length=1000, verbose_name="medicines")),
                ("earlier_treatment", models.CharField(blank=True, max_length=1000)),
                ("surgery", models.CharField(blank=True, max_length=1000, verbose_name="operations")),
                ("surgery_when", models.CharField(blank=True, max_length=10, verbose_name="last operation in")),
                (
                    "red_flags",
                    models.CharField(
                        blank=True,
                        choices=[("none", "Asked, none"), ("found", "Found"), ("not_asked", "Not asked")],
                        max_length=9,
                    ),
                ),
                (
                    "red_flags_detail",
                    models.CharField(blank=True, max_length=1000, verbose_name="which, or why not asked"),
                ),
                ("findings", models.TextField(blank=True)),
                ("hypothesis", models.CharField(blank=True, max_length=1000, verbose_name="working hypothesis")),
                (
                    "signed_meaning",
                    models.CharField(
                        blank=True,
                        choices=[("authored", "I assessed this patient, and this is what I asked and found")],
                        editable=False,
                        max_length=9,
                    ),
                ),
                (
                    "episode",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="assessments", to="patients.episode"
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
                        on_delete=django.db.models.deletion.PROTECT, related_name="assessments", to="patients.patient"
                    ),
                ),
                (
                    "practitioner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="assessments",
                        to="clinic.practitioner",
                    ),
                ),
                (
                    "saved_by",
                    models.ForeignKey(
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "signed_by",
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
                    "withdrawn_by",
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
                    "patient_drawing",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="assessments",
                        to="treatments.patientdrawing",
                    ),
                ),
            ],
            options={
                "ordering": ["-started_at", "-pk"],
                "indexes": [
                    models.Index(fields=["patient", "-started_at"], name="treatments__patient_2eb9b2_idx"),
                    models.Index(fields=["episode", "-started_at"], name="treatments__episode_61e6dc_idx"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("pain_now", None), ("pain_now__range", (0, 10)), _connector="OR"),
                        name="assessment_pain_now_0_to_10",
                        violation_error_message="Pain must be a whole number from 0 to 10.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("pain_worst", None), ("pain_worst__range", (0, 10)), _connector="OR"),
                        name="assessment_pain_worst_0_to_10",
                        violation_error_message="Pain must be a whole number from 0 to 10.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("pain_average", None), ("pain_average__range", (0, 10)), _connector="OR"),
                        name="assessment_pain_average_0_to_10",
                        violation_error_message="Pain must be a whole number from 0 to 10.",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("status", "draft")),
                        fields=("episode", "practitioner"),
                        name="one_draft_assessment_an_episode",
                        violation_error_message="You already have a draft of an assessment in this episode.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("red_flags__in", ["", "none", "found", "not_asked"])),
                        name="assessment_red_flags_known",
                        violation_error_message="Choose an answer about red flags from the list.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("content_hash", ""),
                                ("signed_at", None),
                                ("signed_by", None),
                                ("signed_meaning", ""),
                                ("signed_name", ""),
                                models.Q(("status", "signed"), _negated=True),
                            ),
                            models.Q(
                                ("signed_at__isnull", False),
                                ("signed_by__isnull", False),
                                ("status", "signed"),
                                models.Q(
                                    ("red_flags", "none"),
                                    models.Q(
                                        models.Q(("red_flags", ""), _negated=True),
                                        models.Q(("red_flags_detail", ""), _negated=True),
                                    ),
                                    _connector="OR",
                                ),
                                models.Q(("signed_name", ""), _negated=True),
                                models.Q(("signed_meaning", ""), _negated=True),
                                models.Q(("content_hash", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="assessment_signed_only_when_complete",
                        violation_error_message="A signed assessment needs an answer about red flags, a time and a name.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("signed_at", None),
                            ("signed_at__gte", patients.integrity.moments.MinutesBefore("started_at", minutes=5)),
                            _connector="OR",
                        ),
                        name="assessment_signed_after_it_began",
                        violation_error_message="An assessment cannot be signed before it started.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("signed_at", None),
                            ("started_at__gte", patients.integrity.moments.MinutesBefore("opened_at", minutes=60)),
                            models.Q(("late_entry_reason", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="assessment_late_entry_with_reason",
                        violation_error_message="A late entry needs a reason before it is signed.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("status", "draft"), _negated=True), ("proved_by_means", ""), _connector="OR"
                        ),
                        name="draft_assessment_proves_nothing",
                        violation_error_message="Only who signs or withdraws an assessment proves who they are.",
                    ),
                    patients.integrity.required_of_new.RequiredOfNew(
                        condition=models.Q(("proved_by_means", ""), _negated=True),
                        name="assessment_closed_with_proof",
                        violation_error_message="Whoever signs or withdraws an assessment must have proved who they are.",
                        when=models.Q(("status__in", ["signed", "withdrawn"])),
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("withdrawal_reason", ""),
                                ("withdrawn_at", None),
                                ("withdrawn_by", None),
                                models.Q(("status", "withdrawn"), _negated=True),
                            ),
                            models.Q(
                                ("status", "withdrawn"),
                                ("withdrawn_at__isnull", False),
                                ("withdrawn_by__isnull", False),
                                models.Q(("withdrawal_reason", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="assessment_withdrawn_with_reason",
                        violation_error_message="A withdrawn draft needs a time, a name and a reason.",
                    ),
                    patients.integrity.immutability.Immutable(
                        allow=("error_mark",),
                        name="assessment_frozen",
                        violation_error_message="This assessment is signed or withdrawn, so it can no longer be changed.",
                        when=models.Q(("status__in", ["signed", "withdrawn"])),
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("error_mark", None), ("status", "signed"), _connector="OR"),
                        name="assessment_in_error_was_signed",
                        violation_error_message="Only a signed assessment can be entered in error. Withdraw the draft instead.",
                    ),
                    patients.integrity.immutability.Immutable(
                        fields=("error_mark",),
                        name="assessment_mark_stays",
                        violation_error_message="A record stays entered in error. Write it again if it was right.",
                        when=models.Q(("error_mark__isnull", False)),
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Amendment",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                (
                    "number",
                    models.PositiveSmallIntegerField(
                        help_text="1 for the first amendment of a record, then one more each time."
                    ),
                ),
                ("text", models.TextField(max_length=10000)),
                ("reason", models.CharField(help_text="Why the record is amended.", max_length=300)),
                ("signed_at", models.DateTimeField()),
                ("signed_name", models.CharField(max_length=150)),
                (
                    "proved_by_means",
                    models.CharField(blank=True, editable=False, max_length=40, verbose_name="proved by"),
                ),
                (
                    "previous_hash",
                    models.CharField(
                        help_text="Hash of the previous amendment, or of the record for the first.", max_length=64
                    ),
                ),
                ("content_hash", models.CharField(max_length=64)),
                ("seal_version", models.PositiveSmallIntegerField(default=1, editable=False)),
                (
                    "signed_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "assessment",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="amendments",
                        to="treatments.assessment",
                    ),
                ),
                (
                    "session",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="amendments",
                        to="treatments.treatmentsession",
                    ),
                ),
            ],
            options={
                "ordering": ["session", "assessment", "number"],
                "indexes": [models.Index(fields=["signed_at"], name="treatments__signed__025408_idx")],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("session", "number"),
                        name="one_amendment_a_number",
                        violation_error_message="A colleague amended this session at the same moment. Try again.",
                    ),
                    models.UniqueConstraint(
                        fields=("assessment", "number"),
                        name="one_amendment_a_number_of_assessments",
                        violation_error_message="A colleague amended this assessment at the same moment. Try again.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("assessment", None), ("session__isnull", False)),
                            models.Q(("assessment__isnull", False), ("session", None)),
                            _connector="OR",
                        ),
                        name="amendment_of_one_record",
                        violation_error_message="An amendment belongs to one session or one assessment.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("text", ""), _negated=True),
                            models.Q(("reason", ""), _negated=True),
                            models.Q(("signed_name", ""), _negated=True),
                            models.Q(("content_hash", ""), _negated=True),
                        ),
                        name="amendment_says_what_why_and_who",
                        violation_error_message="An amendment needs a text, a reason and a name.",
                    ),
                    patients.integrity.required_of_new.RequiredOfNew(
                        condition=models.Q(("proved_by_means", ""), _negated=True),
                        name="amendment_with_proof",
                        violation_error_message="Whoever amends a record must have proved who they are.",
                    ),
                    patients.integrity.immutability.Immutable(
                        name="amendment_frozen",
                        violation_error_message="A signed amendment cannot be changed. Add another amendment.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="FollowUp",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("contacted_at", models.DateTimeField()),
                ("pain", models.PositiveSmallIntegerField(blank=True, help_text="NPRS, 0 to 10.", null=True)),
                (
                    "soreness",
                    models.PositiveSmallIntegerField(
                        blank=True, help_text="Soreness at the needled sites, 0 to 10.", null=True
                    ),
                ),
                ("note", models.TextField(blank=True)),
                (
                    "contacted_by",
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
                    "patient_answers",
                    models.OneToOneField(
                        blank=True,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="follow_up",
                        to="treatments.followupanswers",
                    ),
                ),
                (
                    "session",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="follow_ups",
                        to="treatments.treatmentsession",
                    ),
                ),
            ],
            options={
                "ordering": ["-contacted_at", "-pk"],
                "indexes": [
                    models.Index(fields=["session", "-contacted_at"], name="treatments__session_db0af4_idx"),
                    models.Index(fields=["contacted_at"], name="treatments__contact_14d511_idx"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("pain", None), ("pain__range", (0, 10)), _connector="OR"),
                            models.Q(("soreness", None), ("soreness__range", (0, 10)), _connector="OR"),
                        ),
                        name="follow_up_scores_0_to_10",
                        violation_error_message="Pain and soreness must be whole numbers from 0 to 10.",
                    ),
                    patients.integrity.immutability.Immutable(
                        fields=("error_mark",),
                        name="follow_up_mark_stays",
                        violation_error_message="A record stays entered in error. Write it again if it was right.",
                        when=models.Q(("error_mark__isnull", False)),
                    ),
                    patients.integrity.immutability.Immutable(
                        allow=("error_mark",),
                        name="follow_up_frozen",
                        violation_error_message="A follow-up cannot be changed. Record another one.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Measurement",
            fields=[
                ("did_not_happen", models.BooleanField(default=False, editable=False)),
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("sort_order", models.PositiveSmallIntegerField(default=0)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("ppt", "Pressure pain threshold"),
                            ("rom", "Range of motion"),
                            ("strength", "Strength"),
                            ("distance", "Distance of movement"),
                            ("force", "Force by dynamometer"),
                            ("grip", "Grip strength"),
                        ],
                        max_length=10,
                    ),
                ),
                (
                    "movement",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("neck_flexion", "Neck flexion"),
                            ("neck_extension", "Neck extension"),
                            ("neck_side_bend", "Neck side bend"),
                            ("neck_rotation", "Neck rotation"),
                            ("trunk_flexion", "Trunk flexion"),
                            ("trunk_extension", "Trunk extension"),
                            ("trunk_side_bend", "Trunk side bend"),
                            ("trunk_rotation", "Trunk rotation"),
                            ("shoulder_flexion", "Shoulder flexion"),
                            ("shoulder_extension", "Shoulder extension"),
                            ("shoulder_abduction", "Shoulder abduction"),
                            ("shoulder_medial_rotation", "Shoulder medial rotation"),
                            ("shoulder_lateral_rotation", "Shoulder lateral rotation"),
                            ("elbow_flexion", "Elbow flexion"),
                            ("elbow_extension", "Elbow extension"),
                            ("forearm_pronation", "Forearm pronation"),
                            ("forearm_supination", "Forearm supination"),
                            ("wrist_flexion", "Wrist flexion"),
                            ("wrist_extension", "Wrist extension"),
                            ("wrist_radial_deviation", "Wrist radial deviation"),
                            ("wrist_ulnar_deviation", "Wrist ulnar deviation"),
                            ("hip_flexion", "Hip flexion"),
                            ("hip_extension", "Hip extension"),
                            ("hip_abduction", "Hip abduction"),
                            ("hip_adduction", "Hip adduction"),
                            ("hip_internal_rotation", "Hip internal rotation"),
                            ("hip_external_rotation", "Hip external rotation"),
                            ("knee_flexion", "Knee flexion"),
                            ("knee_extension", "Knee extension"),
                            ("ankle_dorsiflexion", "Ankle dorsiflexion"),
                            ("ankle_plantar_flexion", "Ankle plantar flexion"),
                            ("foot_inversion", "Foot inversion"),
                            ("foot_eversion", "Foot eversion"),
                            ("scapula_upward_rotation", "Scapula upward rotation"),
                            ("scapula_downward_rotation", "Scapula downward rotation"),
                            ("shoulder_adduction", "Shoulder adduction"),
                            ("shoulder_horizontal_adduct", "Shoulder horizontal adduction"),
                            ("finger_mcp_flexion", "Finger base joint (MCP) flexion"),
                            ("finger_mcp_extension", "Finger base joint (MCP) extension"),
                            ("finger_pip_flexion", "Finger middle joint (PIP) flexion"),
                            ("finger_pip_extension", "Finger middle joint (PIP) extension"),
                            ("finger_dip_flexion", "Finger end joint (DIP) flexion"),
                            ("thumb_flexion", "Thumb flexion"),
                            ("thumb_extension", "Thumb extension"),
                            ("thumb_abduction", "Thumb abduction"),
                            ("big_toe_flexion", "Big toe flexion"),
                            ("big_toe_extension", "Big toe extension"),
                            ("toes_flexion", "Lesser toes flexion"),
                            ("toes_extension", "Lesser toes extension"),
                            ("jaw_opening", "Jaw opening"),
                            ("jaw_lateral", "Jaw sideways movement"),
                            ("jaw_protrusion", "Jaw forward movement"),
                        ],
                        max_length=28,
                    ),
                ),
                (
                    "mode",
                    models.CharField(
                        blank=True,
                        choices=[("active", "Active"), ("passive", "Passive")],
                        max_length=7,
                        verbose_name="active or passive",
                    ),
                ),
                (
                    "side",
                    models.CharField(
                        blank=True, choices=[("left", "Left"), ("right", "Right"), ("midline", "Midline")], max_length=8
                    ),
                ),
                ("before", models.DecimalField(blank=True, decimal_places=3, max_digits=8, null=True)),
                ("after", models.DecimalField(blank=True, decimal_places=3, max_digits=8, null=True)),
                (
                    "unit",
                    models.CharField(
                        choices=[
                            ("kpa", "kPa"),
                            ("kg_cm2", "kg/cm²"),
                            ("degrees", "°"),
                            ("grade", "of 5"),
                            ("mrc", "of 5, MRC"),
                            ("mm", "mm"),
                            ("newton", "N"),
                            ("kg", "kg"),
                        ],
                        max_length=8,
                        verbose_name="unit typed in",
                    ),
                ),
                (
                    "amendment",
                    models.ForeignKey(
                        blank=True,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="treatments.amendment",
                    ),
                ),
                (
                    "original",
                    models.ForeignKey(
                        blank=True,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="treatments.measurement",
                    ),
                ),
                (
                    "replaces",
                    models.OneToOneField(
                        blank=True,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="replaced_by",
                        to="treatments.measurement",
                    ),
                ),
                (
                    "muscle",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="measurements",
                        to="treatments.muscle",
                    ),
                ),
                (
                    "session",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="measurements",
                        to="treatments.treatmentsession",
                    ),
                ),
            ],
            options={
                "ordering": ["sort_order", "pk"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("kind", "ppt"), ("unit__in", ["kpa", "kg_cm2"])),
                            models.Q(("kind", "rom"), ("unit", "degrees")),
                            models.Q(("kind", "strength"), ("unit__in", ["grade", "mrc"])),
                            models.Q(("kind", "distance"), ("unit", "mm")),
                            models.Q(("kind__in", ["force", "grip"]), ("unit__in", ["newton", "kg"])),
                            _connector="OR",
                        ),
                        name="measurement_unit_fits_kind",
                        violation_error_message="Choose a unit that fits the measurement.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("mode", ""),
                            models.Q(("kind", "rom"), ("mode__in", ["active", "passive"])),
                            _connector="OR",
                        ),
                        name="measurement_mode_only_of_motion",
                        violation_error_message="Only a range of motion is active or passive.",
                    ),
                    patients.integrity.immutability.Immutable(
                        name="measurement_frozen_with_session",
                        only=models.Q(("amendment", None)),
                        through="session",
                        violation_error_message="This session is signed or withdrawn, so it cannot be changed.",
                        when=models.Q(("status__in", ["signed", "withdrawn"])),
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("amendment__isnull", False),
                            models.Q(("did_not_happen", False), ("original", None), ("replaces", None)),
                            _connector="OR",
                        ),
                        name="measurement_corrected_by_an_amendment",
                        violation_error_message="Only an amendment can correct a row of a signed session.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("original", None), ("replaces", None)),
                            models.Q(("original__isnull", False), ("replaces__isnull", False)),
                            _connector="OR",
                        ),
                        name="measurement_replaces_and_original",
                        violation_error_message="A row that replaces another names the first one too.",
                    ),
                    patients.integrity.immutability.Immutable(
                        name="measurement_corrected_frozen",
                        violation_error_message="A corrected row cannot be changed. Add another amendment.",
                        when=models.Q(("amendment__isnull", False)),
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Needling",
            fields=[
                ("did_not_happen", models.BooleanField(default=False, editable=False)),
                (
                    "level",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("upper_third", "Upper third"),
                            ("middle_third", "Middle third"),
                            ("lower_third", "Lower third"),
                            ("C0", "C0"),
                            ("C1", "C1"),
                            ("C2", "C2"),
                            ("C3", "C3"),
                            ("C4", "C4"),
                            ("C5", "C5"),
                            ("C6", "C6"),
                            ("C7", "C7"),
                            ("T1", "T1"),
                            ("T2", "T2"),
                            ("T3", "T3"),
                            ("T4", "T4"),
                            ("T5", "T5"),
                            ("T6", "T6"),
                            ("T7", "T7"),
                            ("T8", "T8"),
                            ("T9", "T9"),
                            ("T10", "T10"),
                            ("T11", "T11"),
                            ("T12", "T12"),
                            ("L1", "L1"),
                            ("L2", "L2"),
                            ("L3", "L3"),
                            ("L4", "L4"),
                            ("L5", "L5"),
                            ("S1", "S1"),
                            ("S2", "S2"),
                            ("S3", "S3"),
                            ("S4", "S4"),
                        ],
                        max_length=12,
                    ),
                ),
                (
                    "found_by",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("palpation", "Palpation"),
                            ("landmark", "Landmark"),
                            ("ultrasound", "Ultrasound"),
                            ("emg", "EMG"),
                        ],
                        max_length=10,
                        verbose_name="found by",
                    ),
                ),
                (
                    "direction",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("perpendicular", "Perpendicular"),
                            ("cranial", "Cranial"),
                            ("caudal", "Caudal"),
                            ("medial", "Medial"),
                            ("lateral", "Lateral"),
                            ("tangential", "Tangential"),
                        ],
                        max_length=13,
                    ),
                ),
                (
                    "angle_degrees",
                    models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="angle to the skin"),
                ),
                (
                    "tissue_reached",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("skin", "Skin"),
                            ("subcutaneous", "Under the skin"),
                            ("fascia", "Fascia"),
                            ("muscle", "Muscle"),
                            ("tendon", "Tendon"),
                            ("periosteum", "Periosteum"),
                        ],
                        max_length=12,
                        verbose_name="tissue reached",
                    ),
                ),
                (
                    "response_sought",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("twitch", "Local twitch"),
                            ("referred_pain", "Referred pain"),
                            ("relaxation", "Relaxation"),
                            ("none", "None"),
                        ],
                        max_length=13,
                        verbose_name="response sought",
                    ),
                ),
                ("strokes", models.PositiveSmallIntegerField(blank=True, null=True)),
                (
                    "needling_seconds",
                    models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="needling time"),
                ),
                (
                    "current_ma",
                    models.DecimalField(blank=True, decimal_places=1, max_digits=4, null=True, verbose_name="current"),
                ),
                (
                    "waveform",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("continuous", "Continuous"),
                            ("burst", "Burst"),
                            ("dense_disperse", "Dense-disperse"),
                        ],
                        max_length=14,
                    ),
                ),
                (
                    "stimulation_minutes",
                    models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="stimulation"),
                ),
                ("pulse_width_us", models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="pulse width")),
                (
                    "electrodes",
                    models.CharField(
                        blank=True, choices=[("needles", "Between needles"), ("pad", "Needle and pad")], max_length=8
                    ),
                ),
                (
                    "imaging",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("none", "None"),
                            ("before", "Ultrasound before needling"),
                            ("during", "Ultrasound during needling"),
                        ],
                        max_length=6,
                    ),
                ),
                (
                    "imaged_depth_mm",
                    models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="depth on the image"),
                ),
                (
                    "imaged_structure",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("rib", "Rib"),
                            ("pleura", "Pleura"),
                            ("nerve", "Nerve"),
                            ("vessel", "Vessel"),
                            ("organ", "Organ"),
                        ],
                        max_length=6,
                        verbose_name="measured to",
                    ),
                ),
                ("guide_tube", models.BooleanField(blank=True, null=True, verbose_name="guide tube")),
                (
                    "skin_preparation",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("none", "Visibly clean, none"),
                            ("alcohol", "Alcohol"),
                            ("chlorhexidine", "Chlorhexidine"),
                            ("other", "Other"),
                        ],
                        max_length=14,
                        verbose_name="skin preparation",
                    ),
                ),
                ("gloves", models.BooleanField(blank=True, null=True)),
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("sort_order", models.PositiveSmallIntegerField(default=0)),
                ("needled_at", models.DateTimeField(blank=True, null=True, verbose_name="time of needling")),
                ("recorded_at", models.DateTimeField(blank=True, editable=False, null=True)),
                (
                    "side",
                    models.CharField(
                        choices=[("left", "Left"), ("right", "Right"), ("midline", "Midline")], max_length=8
                    ),
                ),
                ("location", models.CharField(blank=True, max_length=120, verbose_name="other place")),
                (
                    "point_state",
                    models.CharField(blank=True, choices=[("active", "Active"), ("latent", "Latent")], max_length=8),
                ),
                ("taut_band", models.BooleanField(blank=True, null=True)),
                ("depth_mm", models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="depth")),
                (
                    "technique",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("pistoning", "Pistoning"),
                            ("static", "Static"),
                            ("superficial", "Superficial"),
                            ("electrical", "Electrical"),
                        ],
                        max_length=12,
                    ),
                ),
                (
                    "frequency_hz",
                    models.DecimalField(
                        blank=True, decimal_places=1, max_digits=5, null=True, verbose_name="frequency"
                    ),
                ),
                ("insertions", models.PositiveSmallIntegerField(blank=True, help_text="Skin penetrations.", null=True)),
                (
                    "twitch",
                    models.CharField(
                        blank=True, choices=[("not_sought", "Not sought"), ("no", "No"), ("yes", "Yes")], max_length=12
                    ),
                ),
                ("twitch_count", models.PositiveSmallIntegerField(blank=True, null=True)),
                (
                    "retention_seconds",
                    models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="retention"),
                ),
                (
                    "retention_planned_seconds",
                    models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="planned retention"),
                ),
                ("retention_started_at", models.DateTimeField(blank=True, null=True)),
                (
                    "referred_pain_reproduced",
                    models.CharField(
                        blank=True, choices=[("none", "None"), ("known", "Known"), ("new", "New")], max_length=8
                    ),
                ),
                ("response", models.CharField(blank=True, max_length=200)),
                (
                    "amendment",
                    models.ForeignKey(
                        blank=True,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="treatments.amendment",
                    ),
                ),
                (
                    "muscle",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="needlings", to="treatments.muscle"
                    ),
                ),
                (
                    "needle",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="needlings",
                        to="treatments.needle",
                    ),
                ),
                (
                    "original",
                    models.ForeignKey(
                        blank=True,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="treatments.needling",
                    ),
                ),
                (
                    "replaces",
                    models.OneToOneField(
                        blank=True,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="replaced_by",
                        to="treatments.needling",
                    ),
                ),
                (
                    "session",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="needlings",
                        to="treatments.treatmentsession",
                    ),
                ),
                (
                    "trigger_point",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="needlings",
                        to="treatments.triggerpoint",
                    ),
                ),
            ],
            options={
                "ordering": ["sort_order", "pk"],
                "indexes": [
                    models.Index(fields=["session", "sort_order"], name="treatments__session_e6b1cd_idx"),
                    models.Index(fields=["muscle", "side"], name="treatments__muscle__1e9280_idx"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("depth_mm", None), ("depth_mm__range", (1, 100)), _connector="OR"),
                        name="needling_depth_in_range",
                        violation_error_message="Depth is between 1 and 100 mm.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("twitch_count", None),
                            models.Q(("twitch", "yes"), ("twitch_count__range", (1, 99))),
                            _connector="OR",
                        ),
                        name="needling_twitch_count_only_with_yes",
                        violation_error_message="Only a twitch of 'Yes' can have a number of twitches.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("retention_seconds", None), ("retention_seconds__lte", 3600), _connector="OR"
                        ),
                        name="needling_retention_up_to_an_hour",
                        violation_error_message="Retention can be at most 60 minutes.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("retention_planned_seconds", None),
                            ("retention_planned_seconds__lte", 3600),
                            _connector="OR",
                        ),
                        name="needling_planned_retention_up_to_an_hour",
                        violation_error_message="Retention is at most 60 minutes.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("insertions", None), ("insertions__range", (1, 99)), _connector="OR"),
                        name="needling_insertions_1_to_99",
                        violation_error_message="Insertions must be between 1 and 99.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("frequency_hz", None),
                            models.Q(("frequency_hz__gt", 0), ("frequency_hz__lte", 1000), ("technique", "electrical")),
                            _connector="OR",
                        ),
                        name="needling_frequency_only_electrical",
                        violation_error_message="Only the electrical technique can have a frequency.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("angle_degrees", None),
                            models.Q(("angle_degrees__gte", 1), ("angle_degrees__lte", 90)),
                            _connector="OR",
                        ),
                        name="needling_angle_degrees_in_range",
                        violation_error_message="The angle between needle and skin must be between 1 and 90 degrees.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("strokes", None), models.Q(("strokes__gte", 1), ("strokes__lte", 500)), _connector="OR"
                        ),
                        name="needling_strokes_in_range",
                        violation_error_message="Strokes must be between 1 and 500.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("needling_seconds", None),
                            models.Q(("needling_seconds__gte", 1), ("needling_seconds__lte", 3600)),
                            _connector="OR",
                        ),
                        name="needling_needling_seconds_in_range",
                        violation_error_message="The needling time must be between 1 second and 60 minutes.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("stimulation_minutes", None),
                            models.Q(("stimulation_minutes__gte", 1), ("stimulation_minutes__lte", 60)),
                            _connector="OR",
                        ),
                        name="needling_stimulation_minutes_in_range",
                        violation_error_message="Stimulation must last between 1 and 60 minutes.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("pulse_width_us", None),
                            models.Q(("pulse_width_us__gte", 1), ("pulse_width_us__lte", 1000)),
                            _connector="OR",
                        ),
                        name="needling_pulse_width_us_in_range",
                        violation_error_message="The pulse width must be between 1 and 1000 µs.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("imaged_depth_mm", None),
                            models.Q(("imaged_depth_mm__gte", 1), ("imaged_depth_mm__lte", 200)),
                            _connector="OR",
                        ),
                        name="needling_imaged_depth_mm_in_range",
                        violation_error_message="The depth on the image must be between 1 and 200 mm.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("current_ma", None),
                            models.Q(("current_ma__gt", 0), ("current_ma__lte", 100)),
                            _connector="OR",
                        ),
                        name="needling_current_in_range",
                        violation_error_message="The current must be above 0 and at most 100 mA.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("technique", "electrical"),
                            models.Q(("current_ma", None), ("stimulation_minutes", None), ("waveform", "")),
                            _connector="OR",
                        ),
                        name="needling_current_only_electrical",
                        violation_error_message="Only the electrical technique can have a current and its details.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("technique", "electrical"),
                            models.Q(("electrodes", ""), ("pulse_width_us", None)),
                            _connector="OR",
                        ),
                        name="needling_pulse_only_electrical",
                        violation_error_message="Only the electrical technique can have a current and its details.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("imaged_depth_mm", None), ("imaged_structure", "")),
                            ("imaging__in", ["before", "during"]),
                            _connector="OR",
                        ),
                        name="needling_imaged_depth_with_imaging",
                        violation_error_message="A depth on an image needs imaging before or during needling.",
                    ),
                    patients.integrity.immutability.Immutable(
                        name="needling_frozen_with_session",
                        only=models.Q(("amendment", None)),
                        through="session",
                        violation_error_message="This session is signed or withdrawn, so it cannot be changed.",
                        when=models.Q(("status__in", ["signed", "withdrawn"])),
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("amendment__isnull", False),
                            models.Q(("did_not_happen", False), ("original", None), ("replaces", None)),
                            _connector="OR",
                        ),
                        name="needling_corrected_by_an_amendment",
                        violation_error_message="Only an amendment can correct a row of a signed session.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("original", None), ("replaces", None)),
                            models.Q(("original__isnull", False), ("replaces__isnull", False)),
                            _connector="OR",
                        ),
                        name="needling_replaces_and_original",
                        violation_error_message="A row that replaces another names the first one too.",
                    ),
                    patients.integrity.immutability.Immutable(
                        name="needling_corrected_frozen",
                        violation_error_message="A corrected row cannot be changed. Add another amendment.",
                        when=models.Q(("amendment__isnull", False)),
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Correction",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveSmallIntegerField(help_text="1 for the first correction of an amendment.")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("change", "Corrected"),
                            ("did_not_happen", "Did not happen"),
                            ("missing", "Was missing"),
                        ],
                        max_length=14,
                    ),
                ),
                ("field", models.CharField(blank=True, max_length=40)),
                (
                    "value",
                    models.TextField(
                        blank=True,
                        help_text="The corrected value, or all values of a row that was missing, as canonical JSON.",
                    ),
                ),
                ("label", models.CharField(max_length=200)),
                ("was", models.TextField(blank=True)),
                ("now", models.TextField(blank=True)),
                (
                    "amendment",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="corrections",
                        to="treatments.amendment",
                    ),
                ),
                (
                    "measurement",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="treatments.measurement",
                    ),
                ),
                (
                    "needling",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="treatments.needling",
                    ),
                ),
            ],
            options={
                "ordering": ["amendment", "number"],
                "constraints": [
                    models.UniqueConstraint(fields=("amendment", "number"), name="one_correction_a_number"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("kind", "change"),
                                models.Q(("field", ""), _negated=True),
                                models.Q(("value", ""), _negated=True),
                            ),
                            models.Q(("field", ""), ("kind", "did_not_happen"), ("value", "")),
                            models.Q(("field", ""), ("kind", "missing"), models.Q(("value", ""), _negated=True)),
                            _connector="OR",
                        ),
                        name="correction_names_what_it_corrects",
                        violation_error_message="A correction names a field and its value, or a row.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("measurement__isnull", False), ("needling", None)),
                            models.Q(("measurement", None), ("needling__isnull", False)),
                            models.Q(("kind", "change"), ("measurement", None), ("needling", None)),
                            _connector="OR",
                        ),
                        name="correction_of_one_row_or_the_session",
                        violation_error_message="A correction is about one row, or about a value of the session.",
                    ),
                    patients.integrity.immutability.Immutable(
                        name="correction_frozen",
                        violation_error_message="A signed amendment cannot be changed. Add another amendment.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="WarningAnswer",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("key", models.CharField(max_length=80)),
                (
                    "level",
                    models.CharField(
                        choices=[("caution", "Caution"), ("stop", "Stop"), ("advice", "Advice")], max_length=8
                    ),
                ),
                ("title", models.TextField()),
                ("sentence", models.TextField()),
                ("source", models.TextField()),
                ("reason", models.CharField(blank=True, max_length=400)),
                ("acknowledged_at", models.DateTimeField(blank=True, null=True)),
                ("seconded_at", models.DateTimeField(blank=True, null=True, verbose_name="agreed")),
                ("agreed_rows", models.CharField(blank=True, editable=False, max_length=64)),
                (
                    "alone_reason",
                    models.CharField(
                        blank=True,
                        help_text="Why, where nobody else works who could agree to a stop.",
                        max_length=300,
                        verbose_name="continued without a second person",
                    ),
                ),
                (
                    "proved_by_means",
                    models.CharField(blank=True, editable=False, max_length=40, verbose_name="proved by"),
                ),
                (
                    "acknowledged_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "needling",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="warning_answers",
                        to="treatments.needling",
                    ),
                ),
                (
                    "repeats",
                    models.ForeignKey(
                        blank=True,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="treatments.warninganswer",
                    ),
                ),
                (
                    "seconded_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "session",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="warning_answers",
                        to="treatments.treatmentsession",
                    ),
                ),
            ],
            options={
                "ordering": ["-level", "acknowledged_at", "pk"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("session", "key", "needling"),
                        name="one_answer_a_warning_of_a_row",
                        violation_error_message="This warning is already answered for this row.",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("needling", None)),
                        fields=("session", "key"),
                        name="one_answer_a_warning_of_a_session",
                        violation_error_message="This warning is already answered for this session.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("level", "advice"), models.Q(("reason", ""), _negated=True), _connector="OR"
                        ),
                        name="warning_answered_with_a_reason",
                        violation_error_message="Enter the reason for going on.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("acknowledged_at", None),
                                ("acknowledged_by", None),
                                ("level", "advice"),
                                ("reason", ""),
                            ),
                            models.Q(
                                models.Q(("level", "advice"), _negated=True),
                                ("acknowledged_at__isnull", False),
                                ("acknowledged_by__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="warning_answered_by_a_person_advice_by_nobody",
                        violation_error_message="Record who answered the warning, and when. Advice has no answer.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                models.Q(("level", "stop"), _negated=True), ("alone_reason", ""), ("seconded_by", None)
                            ),
                            models.Q(("alone_reason", ""), ("level", "stop"), ("seconded_by__isnull", False)),
                            models.Q(
                                ("level", "stop"), ("seconded_by", None), models.Q(("alone_reason", ""), _negated=True)
                            ),
                            _connector="OR",
                        ),
                        name="stop_answered_with_a_second_person",
                        violation_error_message="A stop must be agreed by a colleague, or say why nobody else could agree. Other warnings need neither.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("repeats", None), ("level", "caution"), _connector="OR"),
                        name="only_a_caution_is_answered_as_last_time",
                        violation_error_message="Only a caution can be answered as last time.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("seconded_by", None),
                            models.Q(("seconded_by", models.F("acknowledged_by")), _negated=True),
                            _connector="OR",
                        ),
                        name="second_person_is_another",
                        violation_error_message="Choose a colleague other than the person who answered.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("seconded_at", None), ("seconded_by__isnull", False), _connector="OR"),
                        name="agreed_by_a_second_person",
                        violation_error_message="The agreeing colleague must be recorded.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("agreed_rows", ""), ("seconded_at__isnull", False), _connector="OR"),
                        name="rows_agreed_to_by_a_second_person",
                        violation_error_message="Only an answer that was agreed to has rows that were agreed to.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("proved_by_means", ""), ("seconded_at__isnull", False), _connector="OR"),
                        name="proved_by_a_second_person",
                        violation_error_message="Only a colleague who agreed has proved who they are.",
                    ),
                    patients.integrity.required_of_new.RequiredOfNew(
                        condition=models.Q(
                            models.Q(("proved_by_means", ""), _negated=True),
                            models.Q(("agreed_rows", ""), _negated=True),
                        ),
                        name="agreement_with_proof",
                        violation_error_message="A colleague who agrees must have read the rows and proved who they are.",
                        when=models.Q(("seconded_at__isnull", False)),
                    ),
                    patients.integrity.immutability.Immutable(
                        name="warning_answer_frozen_with_session",
                        through="session",
                        violation_error_message="This session is signed or withdrawn, so it cannot be changed.",
                        when=models.Q(("status__in", ["signed", "withdrawn"])),
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="AdverseEvent",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                (
                    "appeared_later",
                    models.BooleanField(default=False, help_text="After the visit, and so not part of its record."),
                ),
                (
                    "type",
                    models.CharField(
                        choices=[
                            ("bleed", "Bleed"),
                            ("bruise", "Bruise"),
                            ("pain_during", "Pain during"),
                            ("pain_after", "Pain after"),
                            ("aggravation", "Aggravation"),
                            ("faint_feeling", "Faint feeling"),
                            ("dizzy", "Dizzy"),
                            ("drowsy", "Drowsy"),
                            ("nausea", "Nausea"),
                            ("sweating", "Sweating"),
                            ("fatigue", "Fatigue"),
                            ("headache", "Headache"),
                            ("emotion", "Emotion"),
                            ("shaking", "Shaking"),
                            ("itching", "Itching"),
                            ("numbness", "Numbness"),
                            ("claustrophobia", "Claustrophobia"),
                            ("fainting", "Fainting"),
                            ("prolonged_pain", "Prolonged pain or aggravation"),
                            ("forgotten_needle", "Forgotten needle"),
                            ("stuck_needle", "Stuck needle"),
                            ("bent_needle", "Bent needle"),
                            ("broken_needle", "Broken needle"),
                            ("staff_needlestick", "Needlestick injury of staff"),
                            ("nerve_symptoms", "Nerve symptoms"),
                            ("local_infection", "Local infection"),
                            ("excessive_bleeding", "Excessive bleeding"),
                            ("allergy", "Allergy"),
                            ("pneumothorax", "Pneumothorax"),
                            ("organ_puncture", "Organ or vessel puncture"),
                            ("cardiac_tamponade", "Cardiac tamponade"),
                            ("systemic_infection", "Systemic infection"),
                            ("nerve_injury", "Spinal cord or nerve injury"),
                            ("seizure", "Seizure"),
                            ("miscarriage", "Miscarriage"),
                            ("other", "Other"),
                        ],
                        max_length=20,
                    ),
                ),
                (
                    "grade",
                    models.CharField(
                        blank=True,
                        choices=[("mild", "Mild"), ("significant", "Significant"), ("serious", "Serious")],
                        max_length=12,
                    ),
                ),
                ("onset_at", models.DateTimeField(blank=True, null=True)),
                ("action", models.CharField(blank=True, max_length=300, verbose_name="what was done")),
                ("outcome", models.CharField(blank=True, max_length=300)),
                ("resolved_on", models.DateField(blank=True, null=True)),
                ("reported_to", models.CharField(blank=True, max_length=200)),
                ("recorded_at", models.DateTimeField()),
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
                    "recorded_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "follow_up",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="events",
                        to="treatments.followup",
                    ),
                ),
                (
                    "needling",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="events",
                        to="treatments.needling",
                    ),
                ),
                (
                    "session",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="events",
                        to="treatments.treatmentsession",
                    ),
                ),
            ],
            options={
                "ordering": ["recorded_at", "pk"],
                "indexes": [
                    models.Index(fields=["type", "grade"], name="treatments__type_3838ed_idx"),
                    models.Index(fields=["recorded_at"], name="treatments__recorde_190321_idx"),
                    models.Index(
                        condition=models.Q(("grade__in", ["significant", "serious"])),
                        fields=["grade"],
                        name="event_grave",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("appeared_later", False)),
                        fields=("session", "type"),
                        name="one_event_of_a_type_at_a_session",
                        violation_error_message="This reaction is already recorded.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("follow_up", None), ("appeared_later", True), _connector="OR"),
                        name="event_of_a_follow_up_appeared_later",
                        violation_error_message="An event reported in a follow-up must have appeared after the visit.",
                    ),
                    patients.integrity.immutability.Immutable(
                        allow=("error_mark",),
                        name="event_frozen_with_session",
                        only=models.Q(("appeared_later", False)),
                        through="session",
                        violation_error_message="This session is signed or withdrawn, so it cannot be changed.",
                        when=models.Q(("status__in", ["signed", "withdrawn"])),
                    ),
                    patients.integrity.immutability.Immutable(
                        allow=("error_mark",),
                        name="event_frozen",
                        violation_error_message="An event cannot be changed. Add a report to it.",
                        when=models.Q(("appeared_later", True)),
                    ),
                    patients.integrity.immutability.Immutable(
                        fields=("error_mark",),
                        name="event_mark_stays",
                        violation_error_message="A record stays entered in error. Write it again if it was right.",
                        when=models.Q(("error_mark__isnull", False)),
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="EventReport",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                (
                    "number",
                    models.PositiveSmallIntegerField(
                        help_text="1 for the first report of an event, then one more each time."
                    ),
                ),
                ("recorded_at", models.DateTimeField()),
                (
                    "grade",
                    models.CharField(
                        choices=[("mild", "Mild"), ("significant", "Significant"), ("serious", "Serious")],
                        max_length=12,
                    ),
                ),
                ("onset_at", models.DateTimeField(blank=True, null=True, verbose_name="began")),
                ("body_site", models.CharField(blank=True, max_length=120)),
                ("action", models.TextField(blank=True, verbose_name="what was done")),
                ("outcome", models.TextField(blank=True)),
                ("resolved_on", models.DateField(blank=True, null=True)),
                (
                    "causality",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("likely", "Likely"),
                            ("possible", "Possible"),
                            ("unlikely", "Unlikely"),
                            ("unknown", "Cannot be determined"),
                        ],
                        max_length=8,
                        verbose_name="caused by the needling",
                    ),
                ),
                ("reported_to", models.JSONField(blank=True, default=list)),
                ("reported_on", models.DateField(blank=True, null=True)),
                ("follow_up_due_on", models.DateField(blank=True, null=True, verbose_name="ask again on")),
                ("review_note", models.TextField(blank=True, verbose_name="review")),
                (
                    "proved_by_means",
                    models.CharField(blank=True, editable=False, max_length=40, verbose_name="proved by"),
                ),
                ("is_closed", models.BooleanField(default=False, verbose_name="closed")),
                (
                    "closed_alone_reason",
                    models.CharField(
                        blank=True,
                        help_text="Why, where nobody else works who could close a serious event.",
                        max_length=300,
                        verbose_name="closed without a second clinician",
                    ),
                ),
                (
                    "event",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="reports",
                        to="treatments.adverseevent",
                    ),
                ),
                (
                    "recorded_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "needling",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="event_reports",
                        to="treatments.needling",
                    ),
                ),
            ],
            options={
                "ordering": ["event", "number"],
                "indexes": [
                    models.Index(condition=models.Q(("is_closed", False)), fields=["event"], name="event_report_open")
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("event", "number"),
                        name="one_report_of_a_number",
                        violation_error_message="A colleague added a report in the meantime. Reload the page.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("number__gte", 1)),
                        name="report_number_from_1",
                        violation_error_message="The first report must have the number 1.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("is_closed", False), ("follow_up_due_on", None), _connector="OR"),
                        name="closed_event_is_not_due",
                        violation_error_message="A closed event needs no day to ask again. Leave it empty.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("is_closed", False), models.Q(("outcome", ""), _negated=True), _connector="OR"
                        ),
                        name="closed_event_has_an_outcome",
                        violation_error_message="Enter the outcome before you close the event.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("grade", "mild"),
                            models.Q(
                                models.Q(("action", ""), _negated=True),
                                models.Q(("outcome", ""), _negated=True),
                                models.Q(("is_closed", True), ("follow_up_due_on__isnull", False), _connector="OR"),
                            ),
                            _connector="OR",
                        ),
                        name="grave_report_says_more",
                        violation_error_message="For a significant or serious event, enter what was done, the outcome so far and the day to ask again.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("reported_on", None), ("reported_to", [])),
                            models.Q(("reported_on__isnull", False), models.Q(("reported_to", []), _negated=True)),
                            _connector="OR",
                        ),
                        name="reported_to_somebody_on_a_day",
                        violation_error_message="Enter both to whom the event was reported and on which day.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("closed_alone_reason", ""), ("is_closed", True), _connector="OR"),
                        name="closed_alone_is_closed",
                        violation_error_message="A reason for closing an event alone goes with closing it.",
                    ),
                    treatments.models.serious_closing.SeriousEventClosed(
                        name="serious_event_closed",
                        violation_error_message="A serious event is closed by a second clinician who proved who they are.",
                    ),
                    patients.integrity.immutability.Immutable(
                        name="event_report_frozen",
                        violation_error_message="A report cannot be changed. Add another one.",
                    ),
                ],
            },
        ),
    ]
