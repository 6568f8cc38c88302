"""The admin of the clinic: sites, people, the diary, accounts and messages."""

from . import (
    account_changes,
    accounts,
    backups,
    diary,
    failed_sign_ins,
    message_texts,
    messages,
    retention,
    settings,
    site_access,
)

__all__ = [
    "account_changes",
    "accounts",
    "backups",
    "diary",
    "failed_sign_ins",
    "message_texts",
    "messages",
    "retention",
    "settings",
    "site_access",
]
