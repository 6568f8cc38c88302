"""What the pages of drafts share when they save: what was posted, and the answers to a save that is refused."""

import uuid

from django.contrib import messages
from django.core.exceptions import SuspiciousOperation
from django.http import JsonResponse
from django.shortcuts import redirect, render

from patients.web.posted import posted_number, posted_uuid
from treatments.record.in_error import KIND_OF

# What the page with both versions sends itself.
REPLACED = {"csrfmiddlewaretoken", "version", "save_token", "follows", "settles", "resolve", "action", "as_first"}


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
        "differences": differences,
        "refused_token": data.get("save_token"),
        "posted": [pair for pair in posted if pair[0] not in REPLACED and not pair[0].startswith("choice-")],
        "save_token": uuid.uuid4(),
    }
    return render(request, "treatments/session_conflict.html", context, status=409)
