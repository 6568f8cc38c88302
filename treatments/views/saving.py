"""What the pages of drafts share when they save: the tokens of a save, and the page with both versions."""

import uuid

from django.shortcuts import render

from patients.web.posted import posted_number, posted_uuid

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


def conflict_page(request, banner, record, data, differences):
    """Both versions of a draft side by side, `data` as posted and `record` as stored, with their Differences."""
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
