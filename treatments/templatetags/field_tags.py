"""Fields as HTML. In Python, because a session of twelve rows has some two hundred of them, with a thousand choices."""

from django import template
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import mark_safe

register = template.Library()

ERROR = '<div class="invalid-feedback" id="error_{0}" data-error="{0}">{1}</div>'
CHOICES = (
    '<fieldset class="fl-fieldset" id="id_{0}" aria-describedby="error_{0}"><legend class="fl-label{1}">{2}</legend>'
    '<div class="fl-seg fl-seg--plain fl-seg--tight">{3}</div>{4}</fieldset>'
)
SCALE = (
    '<fieldset class="fl-fieldset" id="id_{0}" aria-describedby="error_{0}"><legend class="fl-label{1}">{2}{3}</legend>'
    '<div class="fl-nrs">{4}</div>{5}</fieldset>'
)
STEP_OF_SCALE = (
    '<input class="btn-check" type="radio" name="{0}" id="id_{0}_{1}" value="{1}"{2}>'
    '<label for="id_{0}_{1}"{3}>{1}{4}</label>'
)
HAD, HAD_NOT = (" data-last", mark_safe('<span class="visually-hidden"> (last visit)</span>')), ("", "")
CHIPS = (
    '<fieldset class="fl-fieldset" id="id_{0}" aria-describedby="error_{0}"><legend class="fl-label">{1}{2}</legend>'
    '<div class="fl-chips">{3}</div>{4}</fieldset>'
)
CHIP = (
    '<input class="btn-check" type="checkbox" name="{0}" id="id_{0}_{1}" value="{1}"{3}>'
    '<label for="id_{0}_{1}">{2}</label>'
)
SELECT = (
    '<div class="fl-f-grow"><label class="fl-label" for="id_{0}">{1}</label>'
    '<select class="form-select" id="id_{0}" name="{0}" aria-describedby="error_{0}"><option value="">{2}</option>{3}'
    "</select>{4}</div>"
)
LINE = (
    '<div class="fl-f-grow"><label class="fl-label" for="id_{0}">{1}{2}</label>'
    '<input class="form-control" type="text" id="id_{0}" name="{0}" value="{3}" autocomplete="off"'
    ' placeholder="{4}" aria-describedby="error_{0}">{5}</div>'
)
STEP = (
    '<div><label class="fl-label" for="id_{0}">{1}{2}</label><div class="fl-step" data-step>'
    '<button type="button" tabindex="-1" aria-label="{1}: one less" data-by="-1">'
    '<i class="bi bi-dash" aria-hidden="true"></i></button>'
    '<input id="id_{0}" name="{0}" type="text" inputmode="numeric" autocomplete="off" value="{3}"'
    ' aria-describedby="error_{0}">'
    '<button type="button" tabindex="-1" aria-label="{1}: one more" data-by="1">'
    '<i class="bi bi-plus" aria-hidden="true"></i></button></div>{4}</div>'
)
HINT = ' <span class="fl-meta fw-normal">· {}</span>'
UNIT = ' <span class="fl-meta fw-normal">{}</span>'
RADIO = (
    '<input class="btn-check" type="radio" name="{0}" id="id_{0}_{1}" value="{1}"{3}{4}>'
    '<label for="id_{0}_{1}">{2}</label>'
)


@register.simple_tag
def field_error(field):
    """The place of a field's sentences; the browser writes into it too."""
    return format_html(ERROR, field.html_name, " ".join(field.errors))


@register.simple_tag
def seg_field(field, legend, quiet=False):
    """One of a few, as joined buttons."""
    hidden = " visually-hidden" if quiet else ""
    return format_html(CHOICES, field.html_name, hidden, legend, radios(field), field_error(field))


@register.simple_tag
def nrs_field(field, legend, hint="", last=None, quiet=False):
    """Eleven buttons, 0 to 10; `last` is the value of the last visit."""
    name, current = field.html_name, str(field.value())
    steps = [
        (name, value, " checked" if str(value) == current else "", *(HAD if value == last else HAD_NOT))
        for value, _ in field.field.choices
    ]
    hidden = " visually-hidden" if quiet else ""
    return format_html(SCALE, name, hidden, legend, _hint(hint), _joined(STEP_OF_SCALE, steps), field_error(field))


@register.simple_tag
def chips_field(field, legend, hint=""):
    """Any of a few."""
    name, chosen = field.html_name, field.value() or ()
    chips = [(name, value, label, " checked" if value in chosen else "") for value, label in field.field.choices]
    return format_html(CHIPS, name, legend, _hint(hint), _joined(CHIP, chips), field_error(field))


@register.simple_tag
def select_field(field, legend, empty=""):
    """One of many: the rows that the field looks up, or its choices."""
    return format_html(SELECT, field.html_name, legend, empty or "–", options(field), field_error(field))


@register.simple_tag
def line_field(field, legend, unit="", placeholder=""):
    """A line of text."""
    return format_html(
        LINE, field.html_name, legend, _unit(unit), _shown(field.value()), placeholder or "", field_error(field)
    )


@register.simple_tag
def step_field(field, legend, unit=""):
    """A number with one less and one more."""
    return format_html(STEP, field.html_name, legend, _unit(unit), _shown(field.value()), field_error(field))


@register.simple_tag
def radios(field, rows=None, choices=None, keep=False):
    """The choices of a bound field as joined buttons; `rows` are model rows to choose from instead, `choices` some of
    them. A button tapped again is taken back unless `keep`."""
    choices = choices or (field.field.choices if rows is None else [(row.pk, row) for row in rows])
    name, current, undo = field.html_name, str(field.value()), "" if keep else " data-unselect"
    marked = [(name, value, label, " checked" if str(value) == current else "", undo) for value, label in choices]
    return _joined(RADIO, marked)


@register.simple_tag
def options(field):
    """The choices of a bound field, or the rows it looks up, as options of a select."""
    rows = getattr(field.field, "rows", None)
    choices = field.field.choices if rows is None else rows.all().items()
    current = str(field.value())
    marked = [(value, " selected" if str(value) == current else "", label) for value, label in choices]
    return _joined('<option value="{}"{}>{}</option>', marked)


def _joined(pattern, rows):
    """What format_html_join does, in a quarter of the time."""
    return mark_safe("".join([pattern.format(*map(conditional_escape, row)) for row in rows]))  # noqa: S308 - escaped


def _hint(hint):
    return format_html(HINT, hint) if hint else ""


def _unit(unit):
    return format_html(UNIT, unit) if unit else ""


def _shown(value):
    return "" if value is None else value
