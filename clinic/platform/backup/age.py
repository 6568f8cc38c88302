"""How old the newest backup is, and whether a restored copy was ever compared."""

from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.utils import timezone

from clinic.models import Backup


@dataclass(frozen=True)
class BackupState:
    """The newest backup and the one that was last restored and compared; None if there is none.

    `too_old`: there is no backup from the last BACKUP_MAXIMUM_AGE_HOURS hours.
    """

    newest: Backup | None
    last_checked: Backup | None
    too_old: bool


def backup_state():
    """Return the BackupState of this clinic. Two queries."""
    newest = Backup.objects.first()
    last_checked = Backup.objects.exclude(checked_at=None).order_by("-checked_at").first()
    oldest_allowed = timezone.now() - timedelta(hours=settings.BACKUP_MAXIMUM_AGE_HOURS)
    return BackupState(newest, last_checked, newest is None or newest.made_at < oldest_allowed)
