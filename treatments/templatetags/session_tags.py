"""Filters and tags of the session pages."""

import uuid
from functools import cache
from urllib.parse import urlencode

from django import template
from django.template.loader import render_to_string
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.text import Truncator
from django.utils.timezone import localtime

from treatments.catalogue.lookup import Catalogue
from treatments.forms.merging import posted
from treatments.forms.needling import NeedlingForm
from treatments.forms.reaction import ReactionForm
from treatments.record.field_texts import value_texts
from treatments.record.fields import NEEDLING, minutes, names
from treatments.record.next_visit import next_visit_on

register = template.Library()
register.filter(minutes)


@register.simple_tag
def new_uuid():
    """An id for the page to send, so that a form sent twice is stored once."""
    return uuid.uuid4()


@register.simple_tag
def next_visit_query(session):
    """What the booking page is asked for the visit after a session. It comes back to the session afterwards."""
    asked = {"patient": session.patient.person_id, "practitioner": session.practitioner_id}
    return urlencode(asked | {"from_day": next_visit_on(session), "then": session.get_absolute_url()})


@register.simple_tag
def reaction_chip(reaction):
    """The chip of a kind of reaction. Chips of reactions that were not seen are equal on all pages, and cached."""
    return _unseen_chip(reaction.type) if reaction.is_blank else _chip(reaction)


@cache
def _unseen_chip(type_):
    return _chip(ReactionForm.blank(type_))


def _chip(reaction):
    return render_to_string("treatments/_reaction.html", {"reaction": reaction})


@register.filter
def was(record, names):
    """What was signed in these fields of a corrected row or session, struck through; "" if they were not corrected."""
    signed = [getattr(record, "was", {}).get(name) for name in names.split()]
    texts = [(text or "empty",) for text in signed if text is not None]
    if not texts:
        return ""
    return format_html('<span class="fl-corr">was {}</span>', format_html_join(", ", "<s>{}</s>", texts))


@register.filter
def was_in_notes(row):
    """What was signed in the corrected fields that the last column of a session's needlings shows."""
    return was(row, " ".join(name for name in names(NEEDLING, "in_notes") if name != "location"))


@register.filter
def last_time(last_times, form):
    """The latest earlier needling with the muscle and side of this needling form, or None."""
    muscle = form.shown_muscle
    return last_times.get((muscle.pk, form["side"].value())) if muscle else None


@register.filter
def planned_retention(form):
    """The planned retention of a needling form as the browser posts it, such as "5:00"; "" without one."""
    return "".join(posted(form["retention_planned_seconds"]))


@register.filter
def last_times_json(last_times):
    """{"muscle-side": {text, setup}} for rows that the browser adds or whose set-up it copies."""
    return {
        f"{muscle}-{side}": {"text": last_time_text(row), "setup": _setup(row)}
        for (muscle, side), row in last_times.items()
    }


def _setup(row):
    shown = NeedlingForm.of(row, Catalogue(None, [row]))
    planned = planned_retention(shown)
    setup = {field: "".join(posted(shown[field])) for field in names(NEEDLING, "copied")}
    return setup | ({"retention_seconds": planned} if planned else {})


@register.filter
def last_time_text(row):
    """What was done at this muscle and side before, the day, and the pain before and after."""
    parts = [
        row.place,
        *value_texts(row, "in_line"),
        f"{row.insertions} ins." if row.insertions else "",
        f"twitch {row.twitch_text.lower()}" if row.twitch else "",
    ]
    session = row.session
    pain = f"{_shown(session.pain_before)} → {_shown(session.pain_after)}"
    day = date_format(localtime(session.started_at), "j M")
    mark = " · corrected by an amendment" if row.is_corrected or getattr(session, "was", None) else ""
    quoted = "".join(f" · amended: “{Truncator(note.text).chars(120)}”" for note in getattr(session, "notes", ()))
    return f"Last time, {day}: {' · '.join(filter(None, parts))} · pain {pain}{mark}{quoted}"


def _shown(pain):
    return "–" if pain is None else pain
