"""What the frame around every page shows."""

from django.conf import settings

from clinic.accounts.sessions import seconds_left


def frame(request):
    """The theme the person chose, before the first paint; 'auto' follows the device. How long the session lasts."""
    theme = request.COOKIES.get("theme", "auto")
    said = {"theme": theme if theme in ("light", "dark") else "auto"}
    said["idle_minutes"] = settings.SESSION_IDLE_SECONDS // 60
    if (
        hasattr(request, "user") and request.user.is_authenticated
    ):  # a refused host gets its page before anybody is known
        said["session_times"] = {
            "left": int(seconds_left(request.session)),
            "idle": settings.SESSION_IDLE_SECONDS,
            "warning": settings.SESSION_WARNING_SECONDS,
        }
    return said
