"""Pages that lead back to where they were opened from."""

from django.utils.http import url_has_allowed_host_and_scheme


def asked_to_return(request):
    """The address on this site to go to afterwards, from `next`; empty when there is none or it leads away."""
    wanted = request.POST.get("next") or request.GET.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    return wanted if is_ours else ""
