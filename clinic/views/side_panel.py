"""The side panel of the diary: a fragment for htmx, or a full page without JavaScript."""

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils import timezone
from django_htmx.http import trigger_client_event


def render_side_panel(request, fragment, context, *, zone=None, status=200):
    """Render the fragment, inside a full page if the request is not from htmx. Times are shown in `zone`."""
    context |= {"nav": "diary", "fragment": fragment}
    with timezone.override(zone):
        return render(request, fragment if request.htmx else "clinic/drawer.html", context, status=status)


def respond_to_change(request, message, render_panel, url):
    """Show a success message and the panel, and make the diary beside it reload; without htmx, redirect to `url`."""
    messages.success(request, message)
    if not request.htmx:
        return redirect(url)
    return trigger_client_event(render_panel(), "diary-changed")
