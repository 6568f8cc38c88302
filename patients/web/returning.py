"""Return to the page from which a page was opened."""

from urllib.parse import urlencode

from django.utils.http import url_has_allowed_host_and_scheme

from patients.registry import registry


def return_address(request, name="next"):
    """The address in this parameter; empty if there is none or it leads to another site."""
    wanted = request.POST.get(name) or request.GET.get(name, "")
    is_ours = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    return wanted if is_ours else ""


def next_address(request, patient, *, here):
    """Where to go on after the step `here` of a first visit is saved; "" for the page's own way.

    The page from which this one was opened comes first. A step that begins with a button has no address.
    """
    if opened_from := return_address(request):
        return opened_from
    visit = registry.first_visit(request.user, patient, here=here)
    return visit.next.address if visit and visit.is_here_done and visit.next else ""


def one_after_the_other(addresses):
    """One address that leads to all of these in their order. Their pages go on to `return_address`."""
    first, *rest = addresses
    if not rest:
        return first
    return f"{first}{'&' if '?' in first else '?'}{urlencode({'next': one_after_the_other(rest)})}"
