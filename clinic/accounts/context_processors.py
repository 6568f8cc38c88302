"""Template context of the frame around every page."""

from functools import partial

from django.conf import settings

from clinic.accounts.draft_keys import draft_keys_as_json
from clinic.accounts.sessions import seconds_left
from clinic.accounts.shared_tablets import people_on, tablet_of


def frame(request):
    """The theme that the user chose, where "auto" follows the device, and how long the session lasts."""
    theme = request.COOKIES.get("theme", "auto")
    context = {"theme": theme if theme in ("light", "dark") else "auto"}
    context["idle_minutes"] = settings.SESSION_IDLE_SECONDS // 60
    # A request that is refused for its host has no user.
    if not hasattr(request, "user"):
        return context
    context["is_shared_tablet"] = bool(tablet_of(request))
    context["people_on_tablet"] = partial(people_on, request)  # read only where a page shows them
    if request.user.is_authenticated:
        context["draft_keys"] = partial(draft_keys_as_json, request.user)  # computed only where a page has it
        context["session_times"] = {
            "left": int(seconds_left(request.session)),
            "idle": settings.SESSION_IDLE_SECONDS,
            "warning": settings.SESSION_WARNING_SECONDS,
        }
    return context
