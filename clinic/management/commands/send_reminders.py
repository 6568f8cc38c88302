"""Remind patients of their visits. Run every five minutes by cron or a timer."""

from collections import Counter

from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from clinic.diary.reminders import UNFINISHED_AFTER
from clinic.models import Reminder
from clinic.services import send_due_reminders


class Command(BaseCommand):
    help = (
        "Send the reminders that are due, each at most once. Safe every five minutes, twice at once and after an"
        " outage. Writes one line when it did something, and fails when a channel's settings are missing."
    )

    def handle(self, *args, **options):
        made, problems = Counter(), []
        for channel in Reminder.Channel.values:
            try:
                made += send_due_reminders(channel=channel)
            except ImproperlyConfigured as problem:
                problems.append(str(problem))
        if made:
            self.stdout.write(", ".join(f"{count} {status}" for status, count in sorted(made.items())))
        self._report_unfinished()
        if problems:
            raise CommandError(" ".join(problems))

    def _report_unfinished(self):
        """Until the visit: the desk may still call."""
        now = timezone.now()
        lost = Reminder.objects.unfinished(since=now - UNFINISHED_AFTER).filter(starts_at__gt=now).count()
        if lost:
            self.stderr.write(
                f"{lost} interrupted while being sent, and not sent again: see 'Being sent' under Reminders."
            )
