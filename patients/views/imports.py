"""Pages to import a file from another system: upload it, check what would be stored, store it, and undo it."""

from dataclasses import asdict

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from patients.audit.request_context import note_patients_shown
from patients.forms.imports import PAIRS_SHOWN, ImportForm, UndoImportForm, UploadForm
from patients.importing.stored import kind_of, plan_of
from patients.integrity.authorization import page_needs
from patients.integrity.running import AlreadyRunning, Work, forget_interrupted, running, state_of
from patients.models import FileImport
from patients.permissions import may_import_files
from patients.registry import registry
from patients.services import (
    choose_for_import,
    discard_import,
    store_import,
    undo_import,
    upload_import,
)

from .answering import accepted

ROWS_SHOWN, REFUSED_SHOWN = 8, 50


@page_needs(may_import_files)
@require_http_methods(["GET", "HEAD", "POST"])
def import_list(request):
    form = UploadForm(*((request.POST, request.FILES) if request.method == "POST" else ()))
    if request.method == "POST" and form.is_valid() and (file_import := _upload(request, form)):
        return redirect(file_import)
    imports = FileImport.objects.select_related("uploaded_by", "stored_by", "undone_by").defer("encrypted")
    context = {"form": form, "imports": imports[:50], "nav": "patients"}
    return render(request, "patients/import_list.html", context, status=422 if form.errors else 200)


def _upload(request, form):
    file = form.cleaned_data["file"]
    form.fields["file"].required = False
    try:
        return upload_import(by=request.user, kind=form.cleaned_data["kind"], name=file.name, content=file.read())
    except ValidationError as refusal:
        form.add_error("file", refusal)
        return None


@page_needs(may_import_files)
@require_http_methods(["GET", "HEAD", "POST"])
def import_detail(request, import_id):
    file_import = get_object_or_404(FileImport.objects.select_related("stored_by", "undone_by"), pk=import_id)
    if not file_import.is_waiting:
        return _closed(request, file_import)
    if (work := state_of(import_id)) and work.is_running:
        return render(request, "patients/import_running.html", {"file_import": file_import, "nav": "patients"})
    if work:
        forget_interrupted(import_id)
        messages.warning(request, "Storing this file was interrupted, so nothing of it was stored. Store it again.")
    if request.method == "POST" and "discard" in request.POST:
        discard_import(file_import, by=request.user)
        messages.success(request, "The file was deleted. Nothing was stored.")
        return redirect("import_list")
    if request.method == "POST" and "store" in request.POST:
        return _while_others_see_progress(request, file_import)
    return _check(request, file_import)


@page_needs(may_import_files)
@require_safe
def import_progress(request, import_id):
    """How far the storing of a file is, as JSON."""
    get_object_or_404(FileImport.objects.only("pk"), pk=import_id)
    return JsonResponse(asdict(state_of(import_id) or Work(is_running=False)))


def _while_others_see_progress(request, file_import):
    try:
        with running(file_import.pk):
            return _check(request, file_import)
    except AlreadyRunning:
        return redirect(file_import)


def _check(request, file_import):
    """The page on which a file is checked, or the answer to what was chosen there."""
    try:
        plan = plan_of(file_import)
    except ValidationError as refusal:
        context = {"file_import": file_import, "refusal": refusal.messages, "nav": "patients"}
        return render(request, "patients/import_unreadable.html", context, status=422)
    form = ImportForm(request.POST if request.method == "POST" else None, plan=plan)
    if request.method == "POST" and form.is_valid() and _decided(request, file_import, form):
        return redirect(file_import)
    return _check_page(request, file_import, form)


def _decided(request, file_import, form):
    """Save the choices and, if asked, store the rows. True if the page can be left."""
    if not accepted(form, choose_for_import, file_import, by=request.user, choices=form.choices()):
        return False
    if "store" not in request.POST:
        return True
    if not _as_shown(form):
        messages.warning(request, "The file is now read differently. Check the rows again before you store them.")
        return True
    stored = accepted(form, store_import, file_import, by=request.user)
    if stored:
        messages.success(request, f"{stored.counts['stored']} stored from {stored.name}. The file was deleted.")
    return stored is not None


def _as_shown(form):
    """Whether the rows are read as the page showed them: only doubts and duplicates were decided on it."""
    return not any(name for name in form.changed_data if not name.startswith(("pair-", "doubt-", "leaves_out_")))


def _check_page(request, file_import, form):
    plan = form.plan
    rows = [] if plan.missing_fields else plan.rows
    pairs = [] if plan.missing_fields else plan.pairs[:PAIRS_SHOWN]
    shown = {candidate.record.pk for row in pairs for candidate in row.candidates} if plan.kind.shows_patients else ()
    note_patients_shown(request, shown)
    labels = plan.kind.labels
    context = {
        "file_import": file_import,
        "kind": plan.kind,
        "plan": plan,
        "form": form,
        "preview": [(row, _preview(plan, row, labels)) for row in rows[:ROWS_SHOWN]],
        "preview_labels": [plan.kind.field(name).label for name in _previewed(plan)],
        "refused": [] if plan.missing_fields else plan.refused[:REFUSED_SHOWN],
        "others": _others(plan),
        "already": sum(row.matched is not None for row in rows),
        "left_out": sum(row.is_left_out for row in rows),
        "nav": "patients",
    }
    return render(request, "patients/import_detail.html", context, status=422 if form.errors else 200)


def _others(plan):
    """[(type, how many, label of the kind that reads it)] of the resources of a bundle that are not read now."""
    readers = {name: kind.label for kind in registry.import_kinds.values() for name in kind.resources}
    return [(name, count, readers.get(name, "")) for name, count in (plan.table.bundle or {}).items()]


def _previewed(plan):
    """The fields of the preview: a whole name is shown as the two names that it becomes."""
    names = plan.read_fields
    if "full_name" in names:
        place = names.index("full_name")
        names[place : place + 1] = ["family_name", "given_name"]
    return names


def _preview(plan, row, labels):
    """(value as it would be stored, text of the doubtful cell) of each field of a row."""
    doubtful = {doubt.field: doubt.text for doubt in row.doubts}
    values = row.values | ({"born_on": row.birth} if "birth_precision" in row.values else {})
    values |= {name: shown.get(values.get(name), "") for name, shown in labels.items()}
    return [(values.get(name, ""), doubtful.get(name, "")) for name in _previewed(plan)]


def _closed(request, file_import):
    """The page of an import that was stored or discarded, with its undo."""
    can_undo = file_import.stored_at and not file_import.undone_at
    form = UndoImportForm(request.POST if can_undo and request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        reason = form.cleaned_data["undo_reason"]
        if accepted(form, undo_import, file_import, by=request.user, reason=reason):
            messages.success(request, "The import was undone.")
            return redirect(file_import)
    elif request.method == "POST" and not can_undo:
        messages.warning(request, "This file was already stored or discarded.")
        return redirect(file_import)
    context = {
        "file_import": file_import,
        "kind": kind_of(file_import),
        "form": form if can_undo else None,
        "nav": "patients",
    }
    return render(request, "patients/import_closed.html", context, status=422 if form.errors else 200)
