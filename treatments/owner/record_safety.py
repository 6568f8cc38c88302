"""Whether the record is safe: the last check of all records, the backups, and messages that did not arrive."""

from dataclasses import dataclass
from datetime import timedelta

from django.utils import timezone

from clinic.diary.failed_messages import failed_message_count
from clinic.platform.backup.age import BackupState, backup_state
from treatments.models import RecordCheck

# docs/install.md asks for a check every week.
CHECK_AFTER_DAYS = 8


@dataclass(frozen=True)
class RecordSafety:
    """The last RecordCheck (None if there was none) and whether it is too old; the BackupState; failed messages."""

    check: RecordCheck | None
    is_check_too_old: bool
    backup: BackupState
    failed_messages: int


def record_safety(*, now=None):
    """The RecordSafety of this clinic. Four queries."""
    now = now or timezone.now()
    check = RecordCheck.objects.first()
    is_too_old = check is None or check.checked_at < now - timedelta(days=CHECK_AFTER_DAYS)
    return RecordSafety(check, is_too_old, backup_state(), failed_message_count(at=now))
