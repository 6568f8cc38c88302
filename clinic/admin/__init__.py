"""The admin of the clinic: sites, people, the diary, accounts and messages."""

from . import accounts, backups, diary, message_texts, messages, settings

__all__ = ["accounts", "backups", "diary", "message_texts", "messages", "settings"]
