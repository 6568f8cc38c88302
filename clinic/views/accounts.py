"""The user's own account: its protection, its sessions and the time left in this one."""

from math import ceil

from allauth.account import views as allauth_views
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from axes.models import AccessLog
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django.views.generic import RedirectView

from clinic.accounts.change_words import changes_in_words, state_in_words
from clinic.accounts.proof import held_proof, is_own_device, pin_of
from clinic.accounts.sessions import seconds_left
from clinic.accounts.sign_in import needs_second_factor
from clinic.cover import excluded_from_cover
from clinic.models import AccountChange, ClinicSettings

RECENT = 10

# There is no page that asks for confirmation. It also works between the password and the second factor.
logout = require_POST(allauth_views.logout)

# Django admin's own page to change one's password neither counts nor records wrong ones.
admin_password = require_http_methods(["GET", "HEAD", "POST"])(
    RedirectView.as_view(pattern_name="account_change_password")
)


@require_safe
def account(request):
    practitioner = getattr(request.user, "practitioner", None)
    authenticators = list(Authenticator.objects.filter(user=request.user))
    return render(
        request,
        "account/account.html",
        {
            "nav": "account",
            "practitioner": practitioner,
            "not_covered": excluded_from_cover(practitioner) if practitioner else [],
            "authenticators": {a.type: a.wrap() for a in authenticators},
            "passkeys": [a for a in authenticators if a.type == Authenticator.Type.WEBAUTHN],
            "signing_pin": pin_of(request.user),
            "is_own_device": is_own_device(request),
            "proof_minutes": ClinicSettings.current().proof_minutes,
            "held_proof": held_proof(request),
            "tablet_hours": settings.SHARED_TABLET_SECONDS // 3600,
            "remembered_on_tablets": request.user.tablet_sign_ins.in_time().of_usable_accounts().count(),
            "account_changes": [
                (change, changes_in_words(change.changes), state_in_words(change))
                for change in AccountChange.objects.recent().filter(user=request.user).with_people()
            ],
            "is_required": needs_second_factor(request.user),
            "sessions": UserSession.objects.filter(user=request.user).count(),
            "sign_ins": AccessLog.objects.filter(username=request.user.get_username())[:RECENT],
        },
    )


@login_not_required
@require_http_methods(["GET", "POST"])
def session_state(request):
    """JSON for the page's script: the id of the signed-in user and the seconds left, 0 only after the end."""
    if not request.user.is_authenticated:
        return JsonResponse({"user": None, "seconds_left": 0})
    return JsonResponse({"user": request.user.pk, "seconds_left": ceil(seconds_left(request.session))})


def locked_out(request, response, credentials):
    """The page that axes shows while sign-in is paused. It is the same for known and unknown user names."""
    return render(request, "account/locked.html", {"minutes": settings.SIGN_IN_PAUSE_MINUTES}, status=429)
