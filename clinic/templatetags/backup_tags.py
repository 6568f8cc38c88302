from django import template

from clinic.platform.backup.age import backup_state as state

register = template.Library()


@register.simple_tag
def backup_state():
    return state()
