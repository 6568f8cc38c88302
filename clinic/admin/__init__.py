"""The admin of the clinic: sites, people, the diary, accounts and messages."""

from . import accounts, diary, messages

__all__ = ["accounts", "diary", "messages"]
