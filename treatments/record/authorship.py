"""Whose a record is: who may write, sign, withdraw, hand over and amend it.

These predicates speak of one session. `treatments.permissions` says what a person may do at all.
"""

from treatments.permissions import may_hand_over_for_others


def is_author(user, session):
    """Whether this is the physiotherapist whose session it is."""
    return session.practitioner.user_id == user.pk


def may_write(user, session):
    """A draft is written, signed and withdrawn by its author; others read it."""
    return session.is_draft and is_author(user, session)


def may_hand_over(user, session):
    """A draft is handed over by its author, or, when the author is away, by somebody who may do so for others."""
    return may_write(user, session) or (session.is_draft and may_hand_over_for_others(user))


def may_agree_to(user, answer):
    """Only the colleague who was asked agrees to a stop, and never the author of the session."""
    return answer.seconded_by_id == user.pk and not is_author(user, answer.session)
