"""Which rights the admin's forms of users and practitioners give, and how such a form is saved without them."""

from django.contrib.auth.models import Group

from clinic.accounts import second_admin


def rights_in_form(form):
    """{field: value as JSON} of what the valid form of a user says about their rights."""
    typed = form.cleaned_data
    found = {name: typed[name] for name in ("is_superuser", "is_active", "email") if name in typed}
    if "groups" in typed:
        found["groups"] = sorted(group.name for group in typed["groups"])
    if "user_permissions" in typed:
        chosen = typed["user_permissions"].select_related("content_type")
        found["user_permissions"] = sorted(f"{one.content_type.app_label}.{one.codename}" for one in chosen)
    return found


def keep_in_form(form, field, value, *, is_unchanged):
    """Let a valid form save this value of a field, instead of what was typed. `value` is JSON.

    With `is_unchanged` the field does not count as changed in the audit trail.
    """
    if field == "groups":
        value = Group.objects.filter(name__in=value)
    elif field == "user_permissions":
        value = second_admin.permissions_named(value)
    else:
        value = form._meta.model._meta.get_field(field).to_python(value)
        setattr(form.instance, field, value)
    form.cleaned_data[field] = value
    if is_unchanged and field in form.changed_data:
        form.changed_data.remove(field)
