"""Shared tablets: declare one, end it, be forgotten there, and change user by PIN."""

from allauth.usersessions import views as allauth_views
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from clinic.accounts.proof import OWN_DEVICE_COOKIE, end_held_proof
from clinic.accounts.shared_tablets import (
    COOKIE,
    COOKIE_SECONDS,
    SALT,
    is_switched_on,
    people_on,
    tablet_of,
    tablet_with,
)
from clinic.forms.proof import ChangeUserForm, SharedTabletForm
from clinic.services import declare_shared_tablet, end_shared_tablet, forget_on_tablets
from clinic.services.shared_tablets import change_user, remember_this_sign_in
from patients.staff import printed_name
from patients.views.answering import accepted

HOURS = 3600


@require_http_methods(["GET", "HEAD", "POST"])
def shared_tablet(request):
    if tablet_of(request) or not is_switched_on():
        return redirect("account")
    form = SharedTabletForm(request.POST if request.method == "POST" else None, request=request)
    if form.is_valid():
        secret = accepted(form, declare_shared_tablet, request.user, by=request.user, proof=form.proof)
        if secret:
            return _declared(request, secret)
    context = {"form": form, "hours": settings.SHARED_TABLET_SECONDS // HOURS}
    return render(request, "account/shared_tablet.html", context, status=422 if form.errors else 200)


def _declared(request, secret):
    remember_this_sign_in(request, tablet_with(secret))
    end_held_proof(request)
    answer = redirect("account")
    answer.delete_cookie(OWN_DEVICE_COOKIE, samesite="Lax")
    answer.set_signed_cookie(
        COOKIE,
        secret,
        salt=SALT,
        max_age=COOKIE_SECONDS,
        httponly=True,
        secure=settings.SESSION_COOKIE_SECURE,
        samesite="Strict",
    )
    messages.success(request, "This browser is now known as a shared tablet.")
    return answer


@require_POST
def shared_tablet_end(request):
    answer = redirect("account")
    if tablet := tablet_of(request):
        end_shared_tablet(request.user, by=request.user, tablet=tablet)
        messages.success(request, "This is no longer a shared tablet. It has forgotten everybody.")
    answer.delete_cookie(COOKIE, samesite="Strict")
    return answer


@require_POST
def shared_tablet_forget(request):
    forget_on_tablets(request.user, by=request.user)
    messages.success(request, "Your PIN signs you in on no tablet until you sign in there again in another way.")
    return redirect("account")


@require_http_methods(["GET", "HEAD", "POST"])
def usersessions_list(request):
    """allauth's list of one's own sign-ins. Signing out everywhere else ends the change by PIN too."""
    if request.method == "POST":
        forget_on_tablets(request.user, by=request.user)
    return allauth_views.list_usersessions(request)


@login_not_required
@require_safe
def change_user_list(request):
    if not tablet_of(request):
        return redirect("login")
    return render(request, "account/change_user_list.html", {"people": people_on(request)})


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def change_user_to(request, sign_in_id):
    sign_in = next((one for one in people_on(request) if one.pk == sign_in_id), None)
    if sign_in is None:
        return redirect("change_user_list")
    form = ChangeUserForm(request.POST if request.method == "POST" else None, request=request, sign_in=sign_in)
    if form.is_valid():
        change_user(request, sign_in)
        messages.success(request, f"You are signed in as {printed_name(sign_in.user)}.")
        return redirect("home")
    context = {"form": form, "person": sign_in.user}
    return render(request, "account/change_user_to.html", context, status=422 if form.errors else 200)
