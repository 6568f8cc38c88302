"""Which changes of an account need a second admin, and when they take effect without one.

One admin asks, another accepts. If no other admin can, the change waits for settings.ACCOUNT_CHANGE_HOURS, and
everybody concerned gets an e-mail. In a new clinic, which has no second admin yet, it takes effect at once. Taking a
right away needs nobody else, unless it makes an admin one who cannot decide: otherwise an admin could first remove the
other one and then decide alone.
"""

from datetime import date, timedelta

from django.conf import settings
from django.contrib.auth.models import Permission, User
from django.db.models import Q
from django.utils import timezone

from clinic.models import Appointment, Practitioner
from clinic.roles import ADMIN
from patients.models import Consent
from patients.staff import users_who_may

from .change_words import moment_in_words

# How long a change can be accepted, counted from when the first admin can accept it. Our own choice, without a source.
EXPIRES_AFTER = timedelta(days=7)
# What an admin cannot even ask for about their own account.
NOT_FOR_ONESELF = {"groups", "user_permissions", "is_superuser", "is_active", "second_factor", "password_link"}
# After these the user has to sign in again, so that the sign-in can ask for what the new role needs, such as a code.
NEEDS_NEW_SIGN_IN = {"groups", "user_permissions", "is_superuser", "is_active", "treats_patients"}
# The permission of those who decide about changes of accounts.
DECIDES = "auth.change_user"
# The fields of a practitioner, by the name that they have in an AccountChange.
OF_PRACTITIONER = {
    "treats_patients": "is_active",
    "certificate_expires_on": "certificate_expires_on",
    "cover_expires_on": "cover_expires_on",
    "excludes_thorax": "excludes_thorax",
    "excluded_regions": "excluded_regions",
    "excluded_techniques": "excluded_techniques",
}


def _gains(before, after):
    return bool(set(after) - set(before))


def _loses(before, after):
    return bool(set(before) - set(after))


def _is_turned_on(before, after):
    return bool(after) and not before


def _is_turned_off(before, after):
    return bool(before) and not after


def _is_later(before, after):
    return after is not None and (before is None or after > before)


def _is_later_or_open(before, after):
    return before is not None and (after is None or after > before)


def _differs(before, after):
    return before != after


# For each field whether a change of it gives a right. An e-mail address counts: links to choose a password go there.
GIVES = {
    "groups": _gains,
    "user_permissions": _gains,
    "is_superuser": _is_turned_on,
    "is_active": _is_turned_on,
    "email": _differs,
    "treats_patients": _is_turned_on,
    "certificate_expires_on": _is_later,
    "cover_expires_on": _is_later_or_open,
    "excludes_thorax": _is_turned_off,
    "excluded_regions": _loses,
    "excluded_techniques": _loses,
}


def rights_of_user(user):
    """{field: value as JSON} of what gives rights to a user. One who is not stored yet has none."""
    if user.pk is None:
        return {"groups": [], "user_permissions": [], "is_superuser": False, "is_active": True, "email": user.email}
    permissions = user.user_permissions.order_by().values_list("content_type__app_label", "codename")
    return {
        "groups": sorted(user.groups.values_list("name", flat=True)),
        "user_permissions": sorted(f"{app}.{codename}" for app, codename in permissions),
        "is_superuser": user.is_superuser,
        "is_active": user.is_active,
        "email": user.email,
    }


def permissions_named(names):
    """The queryset of the permissions with these names, as of rights_of_user."""
    wanted = Q(pk=None)
    for name in names:
        app, _, codename = name.partition(".")
        wanted |= Q(content_type__app_label=app, codename=codename)
    return Permission.objects.filter(wanted)


def rights_of_practitioner(practitioner):
    """{field: value as JSON} of the clinical rights of a practitioner. None stands for somebody who is not one."""
    if practitioner is None:
        values = {"is_active": False, "excludes_thorax": False, "excluded_regions": [], "excluded_techniques": []}
        return {name: values.get(field) for name, field in OF_PRACTITIONER.items()}
    found = {name: getattr(practitioner, field) for name, field in OF_PRACTITIONER.items()}
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in found.items()}


def rights_to_decide(before, after, *, is_admin=False):
    """{field: [value that may be stored now, value that needs a second admin]} of a change of a user's rights.

    Both are {field: value}, as of rights_of_user and rights_of_practitioner. Fields that `after` lacks do not change.
    With `is_admin`, from `can_decide`, what makes the user an admin cannot be taken away now either.
    """
    found = {}
    for name, value in after.items():
        kept = _kept(name, before[name], value)
        if is_admin:
            kept = _kept_by_admin(name, before[name], kept)
        if kept != value:
            found[name] = [kept, value]
    return found


def can_decide(user):
    """Whether the user is an admin who can accept and refuse the changes that others ask for."""
    return user.pk is not None and user.last_login is not None and user.has_perm(DECIDES)


def _kept_by_admin(name, before, kept):
    """The value with what makes its user an admin, as it is now."""
    match name:
        case "groups" | "user_permissions":
            needed = {ADMIN, DECIDES} & set(before)
            return sorted({*kept, *needed}) if needed - set(kept) else kept
        case "is_superuser" | "is_active":
            return before or kept
    return kept


def _kept(name, before, after):
    """The value without the right that is given. Rights that are taken away in the same change are taken away."""
    if not GIVES[name](before, after):
        return after
    if GIVES[name] is _gains:
        return [one for one in after if one in before]
    if GIVES[name] is _loses:
        return [*before, *(one for one in after if one not in before)]
    return before


def set_clinical_rights(practitioner, rights):
    """Set the clinical rights among {field: value as JSON} on a practitioner, without saving it."""
    for name, field in OF_PRACTITIONER.items():
        if name in rights:
            # to_python, because dates are stored as text.
            setattr(practitioner, field, Practitioner._meta.get_field(field).to_python(rights[name]))


def was_used(user):
    """Whether this account has a password or was signed in to: then somebody works with it."""
    return user.pk is not None and (user.has_usable_password() or user.last_login is not None)


def is_mailed(user):
    """Whether a link to choose a password reaches the user by e-mail, so that no admin has to see it."""
    return bool(user.email and settings.EMAIL_URL)


def link_is_shown(user):
    """Whether the admin who makes a link to choose a password sees it: with it, they could sign in as the user."""
    return is_new_clinic() or not (was_used(user) and is_mailed(user))


def link_needs_second_admin(user):
    """Whether a second admin must agree before a link to choose a password is shown."""
    return was_used(user) and not is_mailed(user) and not is_new_clinic()


def is_new_clinic():
    """Whether the clinic is still being set up: no visit was ever booked, and no patient was asked for a consent."""
    return not Appointment.objects.exists() and not Consent.objects.exists()


def other_admins(user, asked_by):
    """The admins who can decide about a change of this user that `asked_by` asked for."""
    admins = users_who_may(DECIDES).exclude(last_login=None)  # who was only invited cannot decide
    return admins.exclude(pk__in=[user.pk, asked_by.pk])


def alone_from(user, asked_by, changes, *, now):
    """When `asked_by` can accept their own change; None if another admin has to."""
    if is_new_clinic():
        return now
    others = other_admins(user, asked_by)
    if _shows_link_of_superuser(user, changes):
        others = others.filter(is_superuser=True)
    if others.exists():
        return None
    return now + timedelta(hours=settings.ACCOUNT_CHANGE_HOURS)


def _shows_link_of_superuser(user, changes):
    """Whether the admin who accepts these changes would see a link with which they could sign in as a superuser."""
    return user.is_superuser and "password_link" in changes


def why_not_askable(user, by, changes):
    """Why this admin cannot ask for these changes, as a sentence; "" if they can."""
    if user.is_superuser and not by.is_superuser:
        return "Only a superuser can change the account of a superuser."
    if "is_superuser" in changes and not by.is_superuser:
        return "Only a superuser can make somebody a superuser."
    if user.pk == by.pk and NOT_FOR_ONESELF & changes.keys():
        return "You cannot change this about your own account. Ask another admin."
    if user.pk == by.pk and "treats_patients" in changes and not by.is_superuser:
        return "Ask another admin to add you as a physiotherapist."
    return ""


def why_not_acceptable(change, by, *, now=None):
    """Why this admin cannot accept this change now, as a sentence; "" if they can."""
    now = now or timezone.now()
    if change.decided_at is not None:
        return "This change has already been decided."
    if change.expires_at <= now:
        return "This change has expired. Ask for it again."
    if change.user.is_superuser and not by.is_superuser and not change.asked_by.is_superuser:
        return "Only a superuser can change the account of a superuser."
    if _shows_link_of_superuser(change.user, change.changes) and not by.is_superuser:
        return "Only a superuser can see a link for the account of a superuser."
    if change.asked_by_id == by.pk:
        if change.alone_from is None:
            return "You asked for this change, so another admin must accept it."
        if change.alone_from > now:
            return f"No other admin can accept this change. You can do so from {moment_in_words(change.alone_from)}."
    elif change.user_id == by.pk:
        return "This change is about your own account, so another admin must accept it."
    return ""


def people_concerned(change):
    """The users who are told about a change: the one whom it concerns, and the admins who can decide about it.

    If no other admin can decide, all users are told, because the admin who asked could have made up the user.
    """
    others = other_admins(change.user, change.asked_by) or User.objects.filter(is_active=True)
    return [one for one in {change.user, *others} if one.pk != change.asked_by_id]
