"""Send the reminders and other messages to patients that are due. Run it every five minutes with cron or a timer."""

from collections import Counter

from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.translation import ngettext

from clinic.diary.messages import UNFINISHED_AFTER
from clinic.models import Message
from clinic.registry import registry
from clinic.services import send_due_messages


class Command(BaseCommand):
    help = (
        "Send alerts to the clinic, and the reminders and other messages to patients that are due. An alert can be sent"
        " twice, a message to a patient at most once. It can safely run every five minutes, in parallel and after an"
        " outage. It prints one line if it did something, and fails if the settings of a channel are missing or an"
        " alert could not be sent."
    )

    def handle(self, *args, **options):
        made, problems = Counter(), []
        # First, because they are urgent.
        for send_alerts in registry.send_alerts:
            try:
                sent, failed = send_alerts()
            except ImproperlyConfigured as problem:
                problems.append(str(problem))
                continue
            made += Counter({"alerts to the clinic sent": sent})
            if failed:
                problems.append("An alert to the clinic could not be sent. It will be tried again.")
        for channel in Message.Channel.values:
            try:
                made += send_due_messages(channel=channel)
            except ImproperlyConfigured as problem:
                problems.append(str(problem))
        if made:
            self.stdout.write(", ".join(f"{count} {status}" for status, count in sorted(made.items())))
        self._report_unfinished()
        if problems:
            raise CommandError(" ".join(dict.fromkeys(problems)))

    def _report_unfinished(self):
        """Report interrupted messages until the visit begins: the front desk can still call the patient."""
        now = timezone.now()
        count = Message.objects.unfinished(since=now - UNFINISHED_AFTER).filter(starts_at__gt=now).count()
        if count:
            self.stderr.write(
                ngettext(
                    "%d message was interrupted while it was being sent. It is not sent again.",
                    "%d messages were interrupted while they were being sent. They are not sent again.",
                    count,
                )
                % count
                + " See 'Being sent' under Messages."
            )
