"""URLs for sign-in and the user's own account. allauth's pages for sign-up and e-mail addresses are left out."""

from allauth.account import views as allauth_views
from django.urls import include, path, re_path

from clinic.views import accounts as views
from clinic.views import proof, shared_tablets

urlpatterns = [
    # The audit trail records the first name of a URL. allauth needs the second one.
    path("login/", allauth_views.login, name="login"),
    path("login/", allauth_views.login, name="account_login"),
    path("login/change/", shared_tablets.change_user_list, name="change_user_list"),
    path("login/change/<uuid:sign_in_id>/", shared_tablets.change_user_to, name="change_user_to"),
    path("logout/", views.logout, name="logout"),
    path("logout/", views.logout, name="account_logout"),
    path("session/", views.session_state, name="session_state"),
    path("account/", views.account, name="account"),
    path("account/pin/", proof.pin_set, name="pin_set"),
    path("account/pin/remove/", proof.pin_remove, name="pin_remove"),
    path("account/own-device/", proof.own_device, name="own_device"),
    path("account/own-device/end/", proof.own_device_end, name="own_device_end"),
    path("account/shared-tablet/", shared_tablets.shared_tablet, name="shared_tablet"),
    path("account/shared-tablet/end/", shared_tablets.shared_tablet_end, name="shared_tablet_end"),
    path("account/shared-tablet/forget/", shared_tablets.shared_tablet_forget, name="shared_tablet_forget"),
    path("account/proof/end/", proof.proof_end, name="proof_end"),
    path("account/confirm/", allauth_views.reauthenticate, name="account_reauthenticate"),
    path("account/disabled/", allauth_views.account_inactive, name="account_inactive"),
    path("account/password/", allauth_views.password_change, name="account_change_password"),
    path("account/password/first/", allauth_views.password_set, name="account_set_password"),
    path("account/password/reset/", allauth_views.password_reset, name="account_reset_password"),
    path("account/password/reset/sent/", allauth_views.password_reset_done, name="account_reset_password_done"),
    path(
        "account/password/chosen/",
        allauth_views.password_reset_from_key_done,
        name="account_reset_password_from_key_done",
    ),
    re_path(
        r"^account/password/choose/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>[\w-]+)/$",
        allauth_views.password_reset_from_key,
        name="account_reset_password_from_key",
    ),
    path("account/second-factor/", include("allauth.mfa.urls")),
    path("account/sessions/", shared_tablets.usersessions_list, name="usersessions_list"),
]
