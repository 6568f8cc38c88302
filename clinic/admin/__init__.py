"""The admin of the clinic: sites, people, the diary, accounts and messages."""

from . import accounts, diary, messages, settings

__all__ = ["accounts", "diary", "messages", "settings"]
