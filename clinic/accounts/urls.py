"""The door and one's own account. Of allauth only what a clinic needs: nobody signs up or adds addresses here."""

from allauth.account import views as door
from django.urls import include, path, re_path

from clinic.views import accounts as views

urlpatterns = [
    # Our name for a page comes first: the trail writes it. The second is the one by which allauth finds it.
    path("login/", door.login, name="login"),
    path("login/", door.login, name="account_login"),
    path("logout/", views.leave, name="logout"),
    path("logout/", views.leave, name="account_logout"),
    path("session/", views.session_state, name="session_state"),
    path("account/", views.account, name="account"),
    path("account/confirm/", door.reauthenticate, name="account_reauthenticate"),
    path("account/disabled/", door.account_inactive, name="account_inactive"),
    path("account/password/", door.password_change, name="account_change_password"),
    path("account/password/first/", door.password_set, name="account_set_password"),
    path("account/password/reset/", door.password_reset, name="account_reset_password"),
    path("account/password/reset/sent/", door.password_reset_done, name="account_reset_password_done"),
    path("account/password/chosen/", door.password_reset_from_key_done, name="account_reset_password_from_key_done"),
    re_path(
        r"^account/password/choose/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>[\w-]+)/$",
        door.password_reset_from_key,
        name="account_reset_password_from_key",
    ),
    path("account/second-factor/", include("allauth.mfa.urls")),
    path("account/sessions/", include("allauth.usersessions.urls")),
]
