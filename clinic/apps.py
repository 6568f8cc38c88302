from django.apps import AppConfig
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.db.models.signals import post_migrate


class ClinicConfig(AppConfig):
    name = "clinic"
    verbose_name = "Clinic"

    def ready(self):
        from . import trail_middleware as trail
        from .middleware import remember_site_clock
        from .roles import sync_roles

        # Permissions exist only after every app has migrated, so the table is written at each app's end.
        post_migrate.connect(sync_roles, dispatch_uid="clinic.roles")
        user_logged_in.connect(remember_site_clock, dispatch_uid="clinic.site_clock")
        user_logged_in.connect(trail.record_sign_in, dispatch_uid="clinic.trail_sign_in")
        user_logged_out.connect(trail.record_sign_out, dispatch_uid="clinic.trail_sign_out")
        user_login_failed.connect(trail.record_failed_sign_in, dispatch_uid="clinic.trail_failed_sign_in")
