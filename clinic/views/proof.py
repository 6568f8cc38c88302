"""The user's own proofs of identity: their PIN, their own devices and the proof that still holds."""

from django.conf import settings
from django.contrib import messages
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from clinic.accounts.proof import OWN_DEVICE_COOKIE, end_held_proof, own_device_salt
from clinic.accounts.shared_tablets import COOKIE as SHARED_TABLET_COOKIE
from clinic.accounts.shared_tablets import tablet_of
from clinic.forms.proof import OwnDeviceForm, PinForm
from clinic.services import declare_own_device, end_shared_tablet, remove_pin, set_pin
from patients.views.answering import accepted
from patients.web.returning import return_address

COOKIE_SECONDS = 180 * 24 * 3600


@require_http_methods(["GET", "HEAD", "POST"])
def pin_set(request):
    form = PinForm(request.POST if request.method == "POST" else None, request=request)
    if form.is_valid():
        pin = form.cleaned_data["new_pin"]
        if accepted(form, set_pin, request.user, by=request.user, pin=pin, proof=form.proof):
            messages.success(request, "Your PIN is set. You can sign with it from now on.")
            return redirect("account")
    return render(request, "account/pin_set.html", {"form": form}, status=422 if form.errors else 200)


@require_POST
def pin_remove(request):
    if remove_pin(request.user, by=request.user):
        messages.success(request, "Your PIN is removed.")
    return redirect("account")


@require_http_methods(["GET", "HEAD", "POST"])
def own_device(request):
    form = OwnDeviceForm(request.POST if request.method == "POST" else None, request=request)
    if form.is_valid() and accepted(form, declare_own_device, request.user, by=request.user, proof=form.proof):
        if tablet := tablet_of(request):
            end_shared_tablet(request.user, by=request.user, tablet=tablet)
        answer = redirect("account")
        answer.set_signed_cookie(
            OWN_DEVICE_COOKIE,
            "yes",
            salt=own_device_salt(request.user),
            max_age=COOKIE_SECONDS,
            httponly=True,
            secure=settings.SESSION_COOKIE_SECURE,
            samesite="Lax",
        )
        answer.delete_cookie(SHARED_TABLET_COOKIE, samesite="Strict")
        messages.success(request, "This browser is now known as your own device.")
        return answer
    return render(request, "account/own_device.html", {"form": form}, status=422 if form.errors else 200)


@require_POST
def own_device_end(request):
    answer = redirect("account")
    answer.delete_cookie(OWN_DEVICE_COOKIE, samesite="Lax")
    end_held_proof(request)
    messages.success(request, "This browser is no longer your own device. It asks for a proof at every signature.")
    return answer


@require_POST
def proof_end(request):
    """End the proof that still holds in this browser session."""
    end_held_proof(request)
    return redirect(return_address(request) or "account")
