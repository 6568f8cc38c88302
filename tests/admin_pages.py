"""URLs and forms of the admin, for tests that submit them."""

from django.forms import MultiWidget
from django.urls import reverse


def url_of(model, page="changelist", *args):
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


def typed(form):
    """The data that a browser would send for an unchanged admin form."""
    data = {}
    for name in form.fields:
        widget, value = form[name].field.widget, form[name].value()
        if isinstance(widget, MultiWidget):
            data |= {f"{form.add_prefix(name)}_{i}": part for i, part in enumerate(widget.decompress(value)) if part}
        elif isinstance(value, list):
            data[form.add_prefix(name)] = [getattr(row, "pk", row) for row in value]
        elif value is not None and value is not False:
            data[form.add_prefix(name)] = value
    return data


def typed_page(response):
    data = typed(response.context["adminform"].form)
    for inline in response.context["inline_admin_formsets"]:
        for form in [inline.formset.management_form, *inline.formset.initial_forms]:
            data |= typed(form)
    return data
