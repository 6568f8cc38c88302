"""A part of a page beside the diary: as a fragment into its panel, or as a page of its own without JavaScript."""

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils import timezone
from django_htmx.http import trigger_client_event


def drawer(request, fragment, context, *, zone=None, status=200):
    """Answer with the fragment, inside a whole page when the request is not htmx's."""
    context |= {"nav": "diary", "fragment": fragment}
    with timezone.override(zone):
        return render(request, fragment if request.htmx else "clinic/drawer.html", context, status=status)


def done(request, sentence, show, url):
    """After a change: say it, show where things stand now, and let the diary beside it fetch itself again."""
    messages.success(request, sentence)
    if not request.htmx:
        return redirect(url)
    return trigger_client_event(show(), "diary-changed")
