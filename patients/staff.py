"""The people of the clinic: how they are named, and who of them may do what."""

from django.contrib.auth import get_user_model

# The one of the settings' backends that knows permissions.
PERMISSIONS = "django.contrib.auth.backends.ModelBackend"


def printed_name(user):
    """The name of a user as it is read; the user name of who has none."""
    return user.get_full_name() or user.get_username()


def users_who_may(permission, **options):
    """The users with a permission of Django's, "app.verb_model", by themselves or by a role; options of `with_perm`."""
    return get_user_model().objects.with_perm(permission, backend=PERMISSIONS, **options)
