"""The placeholders in snippets of text, and what replaces them in a session."""

import re

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.formats import date_format

from treatments.models import Snippet
from treatments.permissions import may_retire_any_snippet

PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
# Without one of these rows there is nothing to put in their place.
OF_ROWS = {"side", "muscles"}


def may_change_snippet(user, snippet):
    """Only its owner may."""
    return snippet.owner_id == user.pk


def may_retire_snippet(user, snippet):
    """Its owner may, and an admin may retire what is shared."""
    return snippet.owner_id == user.pk or (snippet.is_shared and may_retire_any_snippet(user))


def offered_snippets(user):
    """{field: the Snippets that this user may use for it, in the order of their names}. One query."""
    offered = list(Snippet.objects.active().open_to(user))
    return {field: [snippet for snippet in offered if snippet.field == field] for field in Snippet.Field.values}


def refuse_unknown_placeholders(text):
    """Raise ValidationError if the text has a placeholder that is not in PLACEHOLDERS."""
    if unknown := [found for found in PLACEHOLDER.findall(text) if found not in PLACEHOLDERS]:
        known = ", ".join(f"{{{name}}}" for name in PLACEHOLDERS)
        raise ValidationError({"text": f"{{{unknown[0]}}} is not a placeholder. Use {known}, or leave out the braces."})


def filled_in(text, session, needlings):
    """The text with its placeholders replaced by what they stand for in this session with these Needlings.

    Raises ValidationError if it has a placeholder about the rows and there are none.
    """
    rows = list(needlings)
    if not rows and OF_ROWS & set(PLACEHOLDER.findall(text)):
        raise ValidationError("This text includes details of what was needled. Add a row first.")
    return PLACEHOLDER.sub(lambda found: PLACEHOLDERS[found[1]](session, rows), text)


def _side(session, rows):
    """The sides in the order of the rows, such as "right and left"."""
    return " and ".join(dict.fromkeys(row.get_side_display().lower() for row in rows))


def _muscles(session, rows):
    """The muscles in the order of the rows, each once."""
    return ", ".join(dict.fromkeys(str(row.muscle).lower() for row in rows))


def _date(session, rows):
    """The day of the visit, such as 29 November 2026."""
    return date_format(timezone.localtime(session.started_at), "j F Y")


PLACEHOLDERS = {
    "patient": lambda session, rows: session.patient.full_name,
    "side": _side,
    "date": _date,
    "muscles": _muscles,
}
