"""The fields of pages that place each field themselves (docs/decisions/015-two-ways-to-draw-a-field.md).

Every tag draws a bound form field with its legend, its hint and the place of its error messages. Legend and hint are
the label and the help text of the form unless the page gives others. `quiet` hides the legend from sight.

The HTML is in Python because it is fast: a session of twelve rows has some two hundred fields with a thousand choices.
"""

from datetime import datetime

from django import forms, template
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import mark_safe

from treatments.forms.merging import posted

register = template.Library()

ERROR = '<div class="invalid-feedback" id="error_{0}" data-error="{0}">{1}</div>'
LABELLED = '<div><label class="fl-label" for="{}">{}{}</label>{}{}</div>'
CHIPS = (
    '<fieldset class="fl-fieldset" id="id_{0}" aria-describedby="error_{0}"><legend class="fl-label">{1}{2}</legend>'
    '<div class="fl-chips">{3}</div>{4}</fieldset>'
)
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
# Marked safe once, so that a thousand choices do not escape them again.
NOTHING, CHECKED, SELECTED, UNDO = map(mark_safe, ("", " checked", " selected", " data-unselect"))
FOCUSED = mark_safe(" autofocus")
HAD = mark_safe(" data-last"), mark_safe('<span class="visually-hidden"> (last visit)</span>')
HAD_NOT = NOTHING, NOTHING
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
PROSE = (
    '<div><label class="fl-label" for="id_{0}">{1}{2}</label>'
    '<textarea class="form-control" id="id_{0}" name="{0}" rows="{3}" maxlength="{4}" aria-describedby="error_{0}">'
    "\n{5}</textarea>{6}</div>"
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
    """The place of a field's error messages; the browser writes into it too."""
    return format_html(ERROR, field.html_name, " ".join(field.form.errors.get(field.name, ())))


@register.simple_tag
def control(field):
    """The field's own Django widget, for a page that writes the label itself."""
    kind = "form-select" if isinstance(field.field.widget, forms.Select) else "form-control"
    return field.as_widget(attrs={"class": kind, "aria-describedby": f"error_{field.html_name}"})


@register.simple_tag
def input_field(field, legend=None, hint=None):
    """A line, a date or a select, drawn by the field's own Django widget."""
    label, shown_hint = _legend(field, legend), _hint(field, hint)
    return format_html(LABELLED, field.id_for_label, label, shown_hint, control(field), field_error(field))


@register.simple_tag
def seg_field(field, legend=None, quiet=False):
    """One of a few, as joined buttons."""
    hidden = " visually-hidden" if quiet else ""
    return format_html(CHOICES, field.html_name, hidden, _legend(field, legend), radios(field), field_error(field))


@register.simple_tag
def nrs_field(field, legend=None, hint=None, last=None, quiet=False, focus=False):
    """Eleven buttons, 0 to 10; `last` is the value of the last visit. With `focus` an unanswered one has the focus."""
    name, current = conditional_escape(field.html_name), str(field.value())
    has_focus = focus and field.value() in (None, "")
    steps = [
        (
            name,
            value,
            CHECKED if str(value) == current else FOCUSED if has_focus and not value else NOTHING,
            *(HAD if value == last else HAD_NOT),
        )
        for value, _ in field.field.choices
    ]
    hidden, shown_hint = " visually-hidden" if quiet else "", _hint(field, hint)
    buttons = _joined(STEP_OF_SCALE, steps)
    return format_html(SCALE, name, hidden, _legend(field, legend), shown_hint, buttons, field_error(field))


@register.simple_tag
def chips_field(field, legend=None, hint=None):
    """Any of a few, as chips."""
    name, chosen = conditional_escape(field.html_name), field.value() or ()
    chips = [(name, value, label, CHECKED if value in chosen else NOTHING) for value, label in field.field.choices]
    return format_html(
        CHIPS, name, _legend(field, legend), _hint(field, hint), _joined(CHIP, chips), field_error(field)
    )


@register.simple_tag
def pick_field(field, legend=None, hint=None):
    """One of a few, as chips; one stays chosen."""
    chips = radios(field, keep=True)
    return format_html(CHIPS, field.html_name, _legend(field, legend), _hint(field, hint), chips, field_error(field))


@register.simple_tag
def select_field(field, legend=None, empty="–"):
    """One of many: the rows that the field looks up, or its choices."""
    return format_html(SELECT, field.html_name, _legend(field, legend), empty, options(field), field_error(field))


@register.simple_tag
def line_field(field, legend=None, unit="", placeholder=""):
    """A line of text."""
    shown, label = _shown(field.value()), _legend(field, legend)
    return format_html(LINE, field.html_name, label, _unit(unit), shown, placeholder, field_error(field))


@register.simple_tag
def prose_field(field, rows, legend=None, hint=None):
    """Text of several lines, of which `rows` are shown; the field has a greatest length."""
    label, shown_hint, longest = _legend(field, legend), _hint(field, hint), field.field.max_length
    text, error = _shown(field.value()), field_error(field)
    return format_html(PROSE, field.html_name, label, shown_hint, rows, longest, text, error)


@register.simple_tag
def step_field(field, legend=None, unit=""):
    """A number with one less and one more."""
    shown, label = _shown(field.value()), _legend(field, legend)
    return format_html(STEP, field.html_name, label, _unit(unit), shown, field_error(field))


@register.simple_tag
def radios(field, rows=None, choices=None, keep=False):
    """The choices of a bound field as joined buttons; `rows` are model rows to choose from instead, `choices` some of
    them. A button tapped again is taken back unless `keep`."""
    choices = choices or (field.field.choices if rows is None else [(row.pk, row) for row in rows])
    name, current, undo = conditional_escape(field.html_name), str(field.value()), NOTHING if keep else UNDO
    marked = [(name, value, label, CHECKED if str(value) == current else NOTHING, undo) for value, label in choices]
    return _joined(RADIO, marked)


@register.simple_tag
def options(field):
    """The choices of a bound field, or the rows it looks up, as options of a select."""
    rows = getattr(field.field, "rows", None)
    choices = field.field.choices if rows is None else rows.all().items()
    current = str(field.value())
    marked = [(value, SELECTED if str(value) == current else NOTHING, label) for value, label in choices]
    return _joined('<option value="{}"{}>{}</option>', marked)


@register.simple_tag
def values_of(form):
    """The values of a row's form as hidden inputs. The row that was chosen in a list has its words as `data-label`.

    The browser makes fields of them (static/js/session/fields.js), and posts them as they are if it could not.
    """
    values = []
    for field in form:
        chosen, value = getattr(field.field, "rows", {}), field.value()
        for text in [value.isoformat()] if isinstance(value, datetime) else posted(field):
            label = format_html(' data-label="{}"', chosen[text]) if text in chosen else NOTHING
            values.append((field.html_name, text, label))
    return _joined('<input type="hidden" name="{}" value="{}"{}>', values)


def _joined(pattern, rows):
    """What format_html_join does, in a quarter of the time."""
    return mark_safe("".join([pattern.format(*map(conditional_escape, row)) for row in rows]))  # noqa: S308 - escaped


def _legend(field, legend):
    return field.label if legend is None else legend


def _hint(field, hint):
    words = field.help_text if hint is None else hint
    return format_html(HINT, words) if words else ""


def _unit(unit):
    return format_html(UNIT, unit) if unit else ""


def _shown(value):
    return "" if value is None else value
