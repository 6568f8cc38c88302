"""The staff of the clinic: their printed names, and who has a permission."""

from django.contrib.auth import get_user_model

# The authentication backend of the settings that knows permissions.
PERMISSIONS = "django.contrib.auth.backends.ModelBackend"


def printed_name(user):
    """A user's full name, or the user name if there is none."""
    return user.get_full_name() or user.get_username()


def users_who_may(permission, **options):
    """Users who have a permission ("app.verb_model") of their own or by a role. `options` are those of `with_perm`."""
    return get_user_model().objects.with_perm(permission, backend=PERMISSIONS, **options)
