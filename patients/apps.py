from django.apps import AppConfig
from django.db import connections
from django.db.models.signals import post_migrate


class PatientsConfig(AppConfig):
    name = "patients"
    verbose_name = "Patients"

    def ready(self):
        from .imported_alerts import imported_alerts
        from .registry import registry
        from .services.alert_files import ALERTS, ALLERGIES
        from .services.episode_files import EPISODES
        from .services.patient_files import PATIENTS

        registry.import_kinds |= {kind.key: kind for kind in (PATIENTS, EPISODES, ALLERGIES, ALERTS)}
        registry.alert_providers.append(imported_alerts)
        post_migrate.connect(restore_lost_triggers, dispatch_uid="patients.restore_lost_triggers")


def restore_lost_triggers(app_config, using, **kwargs):
    """Repair triggers that somebody removed, disabled or changed. Migrations alone keep the triggers of each app."""
    from .integrity.trigger_constraints import restore_triggers

    restore_triggers(app_config, connections[using])
