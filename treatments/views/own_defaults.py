"""One's own defaults: the needle and technique of new rows, and the texts for notes and plans."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from patients.integrity.authorization import page_needs
from patients.views.answering import accepted
from treatments import services
from treatments.forms.own_defaults import OwnDefaultsForm
from treatments.forms.snippets import SnippetChangeForm, SnippetForm
from treatments.models import NeedlingDefaults, Snippet
from treatments.permissions import may_keep_snippets, may_read_snippets, may_set_own_defaults, may_write_sessions
from treatments.record.snippets import may_change_snippet, may_retire_snippet

from .sessions import saved_with, stored_session


@require_http_methods(["GET", "HEAD", "POST"])
@page_needs(may_set_own_defaults)
def own_defaults(request):
    stored = NeedlingDefaults.objects.filter(practitioner__user=request.user).first()
    form = OwnDefaultsForm(request.POST or None, defaults=stored)
    if form.is_valid() and accepted(form, services.set_own_defaults, by=request.user, **form.as_kwargs()):
        messages.success(request, "Saved. New rows start with these unless they are copied.")
        return redirect("own_defaults")
    snippets = list(Snippet.objects.active().open_to(request.user).select_related("owner"))
    context = {
        "nav": "account",
        "form": form,
        "own": [snippet for snippet in snippets if may_change_snippet(request.user, snippet)],
        "shared": [snippet for snippet in snippets if not may_change_snippet(request.user, snippet)],
    }
    return render(request, "treatments/own_defaults.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@page_needs(may_keep_snippets)
def snippet_add(request):
    form = SnippetForm(request.POST or None)
    if form.is_valid() and accepted(form, services.add_snippet, by=request.user, **form.cleaned_data):
        messages.success(request, f"Saved: {form.cleaned_data['name']}.")
        return redirect("own_defaults")
    return _snippet_page(request, form, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@page_needs(may_read_snippets)
def snippet_edit(request, snippet_id):
    snippet = _open_snippet(request, snippet_id)
    may_change = may_change_snippet(request.user, snippet)
    if request.method == "POST" and not may_change:
        raise PermissionDenied
    form = SnippetChangeForm(request.POST or None, instance=snippet) if may_change else None
    if form and form.is_valid():
        fresh = _open_snippet(request, snippet_id)
        if accepted(form, services.update_snippet, fresh, by=request.user, **form.cleaned_data):
            messages.success(request, "Saved.")
            return redirect("own_defaults")
    return _snippet_page(request, form, snippet, status=422 if form and form.errors else 200)


@require_POST
@page_needs(may_read_snippets)
def snippet_retire(request, snippet_id):
    services.retire_snippet(_open_snippet(request, snippet_id), by=request.user)
    messages.success(request, "The text has been retired and is no longer offered.")
    return redirect("own_defaults")


@require_http_methods(["GET", "POST"])
@page_needs(may_write_sessions)
def session_insert_snippet(request, patient_id, session_id, snippet_id):
    stored_session(patient_id, session_id)
    snippet = get_object_or_404(Snippet.objects.open_to(request.user), pk=snippet_id)
    return saved_with(request, patient_id, session_id, services.save_and_insert_snippet, snippet=snippet)


def _open_snippet(request, snippet_id):
    """404 unless it is the user's own or shared."""
    return get_object_or_404(Snippet.objects.open_to(request.user).select_related("owner"), pk=snippet_id)


def _snippet_page(request, form, snippet=None, *, status):
    may_retire = snippet is not None and may_retire_snippet(request.user, snippet)
    context = {"nav": "account", "form": form, "snippet": snippet, "may_retire": may_retire}
    return render(request, "treatments/snippet_edit.html", context, status=status)
