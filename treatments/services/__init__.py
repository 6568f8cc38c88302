"""What people do with the treatment record: one verb a function, one transaction, by= the person."""

from .catalogue import load_catalogue
from .follow_ups import record_follow_up
from .sessions import copy_setup, save_draft, sign_session, start_session

__all__ = ["copy_setup", "load_catalogue", "record_follow_up", "save_draft", "sign_session", "start_session"]
