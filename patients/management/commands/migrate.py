"""Django's own, and the rules that live in triggers hold again also when a migration fails."""

from django.apps import apps
from django.core.management.commands import migrate

from patients.apps import keep_triggers


class Command(migrate.Command):
    def handle(self, *args, **options):
        try:
            super().handle(*args, **options)
        except BaseException:
            for app_config in apps.get_app_configs():
                keep_triggers(app_config, using=options["database"])
            raise
