from django.apps import AppConfig
from django.db import connections
from django.db.models.signals import post_migrate, pre_migrate


class PatientsConfig(AppConfig):
    name = "patients"
    verbose_name = "Patients"

    def ready(self):
        pre_migrate.connect(clear_the_way, dispatch_uid="patients.clear_the_way")
        post_migrate.connect(keep_triggers, dispatch_uid="patients.keep_triggers")


def clear_the_way(app_config, using, plan=(), **kwargs):
    """SQLite cannot remake a table that another one's triggers look at."""
    from .integrity.trigger_constraints import drop_triggers

    if plan and connections[using].vendor == "sqlite":
        drop_triggers(app_config, connections[using])


def keep_triggers(app_config, using, **kwargs):
    """After every migration each rule that lives in triggers holds again, in all apps.

    After one that failed too: see the command migrate.
    """
    from .integrity.trigger_constraints import restore_triggers

    if connections[using].vendor == "sqlite":
        restore_triggers(app_config, connections[using])
