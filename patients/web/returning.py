"""Return to the page from which a page was opened."""

from django.utils.http import url_has_allowed_host_and_scheme


def return_address(request, name="next"):
    """The address in this parameter; empty if there is none or it leads to another site."""
    wanted = request.POST.get(name) or request.GET.get(name, "")
    is_ours = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    return wanted if is_ours else ""
