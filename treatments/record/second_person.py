"""Rules that ask for a second person. Where nobody else works here who could be that person, they ask for a reason.

So a clinician who works alone can do everything. The reasons are listed for the owner of the clinic, in `reasons_alone`
of this folder. A rule of this house without a source.
"""

from clinic.models import Practitioner
from patients.staff import users_who_may
from treatments.permissions import may_agree_to_stops, may_confirm_error_marks


def others_who(may, *, without):
    """The active Practitioners who may do this (a HasPermissions), other than these users, given by their ids."""
    others = Practitioner.objects.active().exclude(user__in=without)
    for permission in may.names:
        others = others.who_may(permission)
    return others


def may_agree_to_stops_of(session):
    """The Practitioners whom the author of this session can ask to agree to a stop."""
    return others_who(may_agree_to_stops, without=[session.practitioner.user_id])


def nobody_else_may_agree(session):
    """Whether the author of this session has nobody to ask, so that a reason takes the place of the agreement."""
    return not may_agree_to_stops_of(session).exists()


def may_confirm_marks_of(user):
    """The users who could confirm that a record this user marked was entered in error, in the order of their names.

    These are users and not Practitioners: whether a record is in the wrong chart is no clinical judgement, so an admin
    who treats nobody can confirm it. To agree to a stop, or to close a serious event, takes a clinician.
    """
    people = users_who_may(*may_confirm_error_marks.names, include_superusers=False)
    return people.exclude(pk=user.pk).order_by("last_name", "first_name", "pk")
