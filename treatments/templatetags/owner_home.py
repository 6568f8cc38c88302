"""The parts of the admin's start page, which has no view of our own."""

from django import template

from treatments.owner import months, record_safety
from treatments.owner import work_list as work

register = template.Library()


@register.simple_tag
def work_list(user):
    return work.work_list(user)


@register.simple_tag
def safety_of_the_record():
    return record_safety.record_safety()


@register.simple_tag
def two_months():
    return months.two_months()
