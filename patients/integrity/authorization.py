"""Permission checks for services and pages.

Each app keeps its predicates, such as `may_read_patients`, in a module named `permissions`.
"""

from functools import wraps

from django.core.exceptions import PermissionDenied


class HasPermissions:
    """A predicate: True if the user is active and has all of these Django permissions ("app.verb_model")."""

    def __init__(self, *names):
        self.names = names

    def __call__(self, user):
        return user is not None and user.has_perms(self.names)


def require(allowed, sentence):
    """Raise PermissionDenied with this message unless `allowed`."""
    if not allowed:
        raise PermissionDenied(sentence)


def require_permission(may, user):
    """Raise PermissionDenied unless the user has the permissions of `may`, a HasPermissions."""
    require(may(user), f"{user or 'This caller'} lacks the permission for this: {' and '.join(may.names)}.")


def needs(may, *, allow_system=False):
    """Decorate a service: it raises PermissionDenied unless `by` has the permissions of `may`, a HasPermissions.

    With `allow_system`, `by` may be None, for commands and scheduled jobs that no person starts.
    """

    def decorate(service):
        @wraps(service)
        def checked(*args, **kwargs):
            by = kwargs.get("by")
            if not (allow_system and by is None):
                require_permission(may, by)
            return service(*args, **kwargs)

        return checked

    return decorate


def page_needs(may):
    """Decorate a view: it raises PermissionDenied unless the signed-in user has the permissions of `may`."""

    def decorate(view):
        @wraps(view)
        def checked(request, *args, **kwargs):
            require_permission(may, request.user)
            return view(request, *args, **kwargs)

        return checked

    return decorate
