from django.apps import AppConfig
from django.contrib.auth.signals import user_logged_in
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
