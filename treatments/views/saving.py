"""What the pages of all drafts share: what was posted, a refused save, signing, withdrawing and handing over."""

import uuid
from dataclasses import replace

from django.contrib import messages
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.http import JsonResponse
from django.shortcuts import redirect, render

from clinic.models import Practitioner
from patients.views.answering import accepted
from patients.web.posted import posted_number, posted_uuid
from treatments import services
from treatments.forms.amendments import HandOverForm, WithdrawalForm
from treatments.record.authorship import may_hand_over, may_write
from treatments.record.in_error import KIND_OF

# What the page with both versions sends itself.
REPLACED = {"csrfmiddlewaretoken", "version", "save_token", "follows", "settles", "resolve", "action", "as_first"}
REPLACED |= {"touched"}


def save_tokens(data):
    """The arguments of save_draft and save_assessment that identify this save: see their docstrings."""
    return {
        "version": posted_number(data.get("version")),
        "token": posted_uuid(data.get("save_token")),
        "follows": posted_uuid(data["follows"]) if data.get("follows") else None,
        "settles": posted_uuid(data["settles"]) if data.get("settles") else None,
    }


def posted_whole(request):
    """What the page posted. Raises SuspiciousOperation if the end of it is missing."""
    if "whole" not in request.POST:
        raise SuspiciousOperation("The page was not sent completely, so nothing was saved. Reload it.")
    return request.POST


def chosen_versions(data):
    """The choices of the page with both versions."""
    return {value for name, value in data.items() if name.startswith("choice-") and value}


def not_writable(request, record):
    """The answer to somebody who may not write this session or assessment, or not any longer."""
    if request.headers.get("X-Autosave"):
        closed = {"foreign": True} if record.is_draft else {"closed": record.get_absolute_url()}
        return JsonResponse(closed, status=409)
    kind = KIND_OF[type(record)]
    if record.is_draft:
        sentence = f"This {kind.label} is a draft of {record.practitioner}. You can read it, but not change it."
    else:
        status = record.get_status_display().lower()
        sentence = f"This {kind.label} is {status}. It can be read, but no longer changed."
    messages.info(request, sentence)
    return redirect(f"{kind.name}_detail", record.patient_id, record.pk)


def refused(request, refusal, *, stored, page, both_versions):
    """The answer to a save that was refused with this ValidationError.

    `stored()` loads the record again, `page()` is the page with the refusal, and `both_versions(record)` is the answer
    where the stored record has another version than the page.
    """
    code, is_autosave = getattr(refusal, "code", ""), request.headers.get("X-Autosave")
    if code == "closed":  # signed or withdrawn in the meantime
        return not_writable(request, stored())
    if code != "stale":
        return JsonResponse({"refusal": refusal.messages}, status=400) if is_autosave else page()
    return JsonResponse({"stale": True}, status=409) if is_autosave else both_versions(stored())


def signed(request, form, service, record):
    """The record that the service signed as the page showed it; None if it refused, with its messages on the form."""
    version = posted_number(request.POST.get("version"))
    return accepted(form, service, record, by=request.user, version=version, proof=form.proof)


def withdrawal(request, banner, record, service, *, then):
    """The page on which the author withdraws this draft. `then` is the name of the patient's page that follows."""
    kind = KIND_OF[type(record)]
    if record.is_signed:
        messages.info(request, f"A signed {kind.label} cannot be withdrawn. It can be marked as entered in error.")
        return redirect(record)
    if not may_write(request.user, record):
        raise PermissionDenied
    form = WithdrawalForm(request.POST or None, request=request)
    if form.is_valid() and accepted(form, service, record, by=request.user, **form.as_kwargs()):
        messages.success(request, "The draft is withdrawn. You can still read it.")
        return redirect(then, record.patient_id)
    context = {**banner, "record": record, "kind": kind.label, "at": _began_at(record), "form": form}
    return render(request, "treatments/record_withdraw.html", context, status=422 if form.errors else 200)


def hand_over_page(request, banner, record):
    """The page on which its author, or an admin, gives this draft to a colleague."""
    if not may_hand_over(request.user, record):
        raise PermissionDenied
    kind = KIND_OF[type(record)]
    others = Practitioner.objects.active().exclude(pk=record.practitioner_id).select_related("user")
    form = HandOverForm(request.POST or None, request=request, practitioners=others)
    if form.is_valid() and accepted(form, services.hand_over_draft, record, by=request.user, **form.as_kwargs()):
        messages.success(request, f"You handed this draft over to {form.cleaned_data['to']}.")
        return redirect(f"{kind.name}_detail", record.patient_id, record.pk)
    context = {**banner, "record": record, "kind": kind.label, "at": _began_at(record), "form": form}
    return render(request, "treatments/record_hand_over.html", context, status=422 if form.errors else 200)


def _began_at(record):
    return record.opened_at if KIND_OF[type(record)].name == "letter" else record.started_at


def _preselected(differences, data):
    """The Differences, with the stored version preselected for every field and row that this page did not change.

    `touched` in the data names the fields that it did change; without it, as without JavaScript, nobody knows.
    """
    if "touched" not in data:
        return differences
    touched = data["touched"].split()

    def is_touched(name):
        return any(field == name or field.startswith(f"{name}-") for field in touched)

    return [replace(each, take_theirs=each.take_theirs or not is_touched(each.name)) for each in differences]


def conflict_page(request, banner, record, data, differences):
    """Both versions of a draft side by side, `data` as posted and `record` as stored, with their Differences.

    Redirects to the record if there are none.
    """
    if not differences:
        return redirect(record)
    posted = [(name, value) for name, values in data.lists() for value in values]
    context = {
        **banner,
        "record": record,
        "differences": _preselected(differences, data),
        "refused_token": data.get("save_token"),
        "posted": [pair for pair in posted if pair[0] not in REPLACED and not pair[0].startswith("choice-")],
        "save_token": uuid.uuid4(),
    }
    return render(request, "treatments/session_conflict.html", context, status=409)
