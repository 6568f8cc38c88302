from django.apps import AppConfig
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models.signals import post_migrate


class TreatmentsConfig(AppConfig):
    name = "treatments"
    verbose_name = "Treatments"

    def ready(self):
        from clinic.registry import registry as clinic
        from patients.models import ErrorMark
        from patients.registry import registry as patients

        from .chart.event_alerts import answers_in_record, event_alerts
        from .models import AdverseEvent, ExercisePrescription, Needling, TreatmentSession
        from .permissions import may_start_sessions

        (patients.treating_permission,) = may_start_sessions.names
        patients.clinical_page = "patient_chart"
        patients.alert_providers.append(event_alerts)
        patients.tablet_pages["questionnaire_by_patient"] = "questionnaire_take_back"
        patients.known_answers.append(answers_in_record)
        clinic.start_pages.append(start_page)
        clinic.techniques = Needling.Technique.choices
        clinic.has_session = has_session
        clinic.address_parts |= {
            "session_id": TreatmentSession._meta.model_name,
            "event_id": AdverseEvent._meta.model_name,
            "mark_id": ErrorMark._meta.model_name,
            "prescription_id": ExercisePrescription._meta.model_name,
        }
        post_migrate.connect(build_missing_summaries, sender=self, dispatch_uid="treatments.build_missing_summaries")


def has_session(appointment):
    """Whether a session that counts was recorded for this appointment."""
    from .models import TreatmentSession

    return TreatmentSession.objects.counting().filter(appointment=appointment).exists()


def start_page(user):
    """The name of the start page of a practitioner; "" for everybody else."""
    from .permissions import may_start_sessions

    return "today" if may_start_sessions(user) and hasattr(user, "practitioner") else ""


def build_missing_summaries(sender, using, plan=(), **kwargs):
    """After a migration, build the summaries of a database that has signed sessions but no summaries yet."""
    from .models import SessionFact, TreatmentSession
    from .services import rebuild_summaries

    if not plan or using != DEFAULT_DB_ALIAS or not _is_fully_migrated(connections[using]):
        return
    needled = TreatmentSession.objects.counting().signed().with_needling()
    if needled.exists() and not SessionFact.objects.exists():
        rebuild_summaries()


def _is_fully_migrated(connection):
    """Whether every migration has been applied, so that the tables match the models."""
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    return not executor.migration_plan(executor.loader.graph.leaf_nodes())
