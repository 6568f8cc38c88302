"""The admin of the clinic: sites, people, the diary, accounts and messages."""

from . import accounts, diary, message_texts, messages, settings

__all__ = ["accounts", "diary", "message_texts", "messages", "settings"]
