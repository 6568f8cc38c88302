from django.apps import AppConfig
from django.contrib.auth.signals import user_logged_in
from django.db import connections
from django.db.models.signals import post_migrate


class ClinicConfig(AppConfig):
    name = "clinic"
    verbose_name = "Clinic"

    def ready(self):
        from .middleware import remember_site_clock
        from .roles import sync_roles

        # Permissions exist only after every app has migrated, so the table is written at each app's end.
        post_migrate.connect(sync_roles, dispatch_uid="clinic.roles")
        user_logged_in.connect(remember_site_clock, dispatch_uid="clinic.site_clock")
        post_migrate.connect(keep_triggers, sender=self, dispatch_uid="clinic.no_overlap")


def keep_triggers(app_config, using, **kwargs):
    """SQLite drops a table's triggers with the table; whoever remakes one by hand need not remember them."""
    from .no_overlap import restore_triggers

    if connections[using].vendor == "sqlite":
        restore_triggers(app_config, connections[using])
