from django.apps import AppConfig
from django.conf import settings
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.db.models.signals import post_migrate


class ClinicConfig(AppConfig):
    name = "clinic"
    verbose_name = "Clinic"

    def ready(self):
        from axes.signals import user_locked_out

        from patients.registry import registry

        from .accounts import sessions
        from .diary import messages
        from .diary.clashes import visits_of_both
        from .diary.obstacles import impossible_visits
        from .diary.patient_visits import visits_for_user
        from .forms.proof import ProvesIdentity
        from .models.clinic_settings import code_system
        from .models.practitioner import describe_training, phone_countries, phone_country
        from .platform import audit_middleware as audit
        from .platform.middleware import remember_site_clock
        from .roles import TABLE, sync_roles
        from .services import shared_tablets
        from .services.site_access import add_own_sites
        from .services.visit_files import VISITS
        from .site_access import of_own_sites, sites_of_others

        # Permissions exist only after all apps have migrated, so the groups are updated after each app.
        post_migrate.connect(sync_roles, dispatch_uid="clinic.roles")
        user_logged_in.connect(remember_site_clock, dispatch_uid="clinic.site_clock")
        user_logged_in.connect(audit.record_sign_in, dispatch_uid="clinic.trail_sign_in")
        user_logged_out.connect(audit.record_sign_out, dispatch_uid="clinic.trail_sign_out")
        user_login_failed.connect(audit.record_failed_sign_in, dispatch_uid="clinic.trail_failed_sign_in")
        user_locked_out.connect(audit.record_lock_out, dispatch_uid="clinic.trail_lock_out")
        post_migrate.connect(make_cache_table, sender=self, dispatch_uid="clinic.cache")
        sessions.connect()
        shared_tablets.connect()
        registry.import_kinds[VISITS.key] = VISITS
        registry.describe_training = describe_training
        registry.proof_form = ProvesIdentity
        registry.impossible_visits = impossible_visits
        registry.visits_of = visits_for_user
        registry.registered = add_own_sites
        registry.sites_of_others = sites_of_others
        registry.of_own_sites = of_own_sites
        registry.merge_blockers.append(visits_of_both)
        registry.phone_country = phone_country
        registry.phone_countries = phone_countries
        registry.code_system = code_system
        registry.default_channel = messages.default_channel
        registry.default_channel_words = messages.default_channel_words
        if unknown := set(settings.TWO_FACTOR_ROLES) - set(TABLE):
            raise ImproperlyConfigured(
                f"TWO_FACTOR_ROLES has unknown roles: {', '.join(sorted(unknown))}. Choose from: {', '.join(TABLE)}."
            )


def make_cache_table(app_config, using, **kwargs):
    """Create the table of the database cache, which has no model. It holds used codes and rate limits."""
    call_command("createcachetable", database=using, verbosity=0)
