"""The root URL configuration."""

from django.contrib import admin
from django.urls import include, path

from . import views
from .views.accounts import admin_password
from .views.feeds import calendar_feed

urlpatterns = [
    path("", views.home, name="home"),
    path("", include("clinic.accounts.urls")),
    path("healthz/", views.healthz, name="healthz"),
    path("calendar/<slug:token>.ics", calendar_feed, name="calendar_feed"),
    path("", include("patients.urls")),
    path("", include("clinic.diary.urls")),
    path("", include("treatments.urls")),
    path("admin/password_change/", admin_password, name="admin_password"),
    path("admin/", admin.site.urls),
]

handler500 = "clinic.views.home.server_error"
