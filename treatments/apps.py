from django.apps import AppConfig
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models.signals import post_migrate


class TreatmentsConfig(AppConfig):
    name = "treatments"
    verbose_name = "Treatments"

    def ready(self):
        from clinic.models import Message
        from clinic.registry import registry as clinic
        from patients.models import ErrorMark
        from patients.registry import registry as patients

        from .chart.event_alerts import answers_in_record, event_alerts
        from .chart.first_visit import first_visit_of
        from .chart.follow_ups_due import visits_to_ask_about
        from .models import AdverseEvent, ExercisePrescription, Needling, RecordCheck, TreatmentSession
        from .permissions import may_start_sessions
        from .record.consent_regions import regions_of_drafts
        from .record.starting import drafts_of_both
        from .services import send_warning_alerts
        from .services.summaries import recounted

        (patients.treating_permission,) = may_start_sessions.names
        patients.clinical_page = "patient_chart"
        patients.alert_providers.append(event_alerts)
        patients.tablet_pages |= {
            "questionnaire_by_patient": "questionnaire_take_back",
            "drawing_by_patient": "drawing_take_back",
        }
        patients.known_answers.append(answers_in_record)
        patients.recounted = recounted
        patients.merge_blockers.append(drafts_of_both)
        patients.first_visit = first_visit_of
        patients.regions_to_needle = regions_of_drafts
        clinic.start_pages.append(start_page)
        clinic.techniques = Needling.Technique.choices
        clinic.has_session = has_session
        clinic.visits_to_ask_about = visits_to_ask_about
        clinic.records_verified_at = RecordCheck.objects.values_list("checked_at", flat=True).first
        clinic.send_alerts.append(send_warning_alerts)
        clinic.link_pages[Message.Kind.AFTER] = "after_visit_link"
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
    """After a migration, build the summaries of a database that has signed sessions but lacks summaries."""
    from .models import Course, FollowUp, FollowUpFact, SessionFact, SpreadSummary, TreatmentSession
    from .services import rebuild_summaries

    if not plan or using != DEFAULT_DB_ALIAS or not _is_fully_migrated(connections[using]):
        return
    needled = TreatmentSession.objects.counting().signed().with_needling()
    is_complete = SpreadSummary.objects.exists() and not Course.objects.filter(began_on=None).exists()
    is_complete &= not SessionFact.objects.filter(co_treatments=None).exists()
    is_complete &= FollowUpFact.objects.exists() or not FollowUp.objects.counting().exists()
    if needled.exists() and not is_complete:
        rebuild_summaries()


def _is_fully_migrated(connection):
    """Whether every migration has been applied, so that the tables match the models."""
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    return not executor.migration_plan(executor.loader.graph.leaf_nodes())
