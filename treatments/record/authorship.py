"""What a person may do with one session or answer: write, hand over, agree.

`treatments.permissions` holds what a person may do in general.
"""

from treatments.permissions import may_hand_over_for_others


def is_author(user, session):
    """Whether this user is the physiotherapist who is responsible for the session."""
    return session.practitioner.user_id == user.pk


def may_write(user, session):
    """Whether this user may change, sign and withdraw the session: only the author of a draft."""
    return session.is_draft and is_author(user, session)


def may_hand_over(user, session):
    """Whether this user may hand over the draft: its author, or a person with the permission to do so for others."""
    return may_write(user, session) or (session.is_draft and may_hand_over_for_others(user))


def may_agree_to(user, answer):
    """Whether this user may agree to this WarningAnswer: the colleague who was asked, and never the author."""
    return answer.seconded_by_id == user.pk and not is_author(user, answer.session)
