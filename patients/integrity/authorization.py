"""How an app says who may do what: predicates by Django permission, asked by its services and its pages alike.

Each app has one module of these predicates, `permissions`.
"""

from functools import wraps

from django.core.exceptions import PermissionDenied


class Holds:
    """A predicate: whether a user is active and has all these permissions, "app.verb_model"."""

    def __init__(self, *names):
        self.names = names

    def __call__(self, user):
        return user is not None and user.has_perms(self.names)


def require(allowed, sentence):
    """Raise PermissionDenied with this sentence unless `allowed`."""
    if not allowed:
        raise PermissionDenied(sentence)


def require_permission(may, user):
    """Raise PermissionDenied unless `may`, a Holds, says that the user has what it asks for."""
    require(may(user), f"This needs the permission {' and '.join(may.names)}, which {user or 'nobody'} does not have.")


def needs(may, *, allow_system=False):
    """Decorate a service: PermissionDenied unless `by` has the permissions of `may`, a Holds.

    With `allow_system`, `by` may be None: then no person acts, but a command or a timer.
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
    """Decorate a view: PermissionDenied unless the signed-in user has the permissions of `may`, a Holds."""

    def decorate(view):
        @wraps(view)
        def checked(request, *args, **kwargs):
            require_permission(may, request.user)
            return view(request, *args, **kwargs)

        return checked

    return decorate
