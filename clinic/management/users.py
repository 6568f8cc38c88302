"""What commands about accounts share."""

from django.contrib.auth.models import User
from django.core.management.base import CommandError


def user_named(username):
    """The user with this name. Raises CommandError if there is none."""
    user = User.objects.filter(username=username).first()
    if user is None:
        raise CommandError(f"There is no user named {username}.")
    return user
