"""What the frame around every page shows."""


def frame(request):
    """The theme the person chose, before the first paint; 'auto' follows the device."""
    theme = request.COOKIES.get("theme", "auto")
    return {"theme": theme if theme in ("light", "dark") else "auto"}
