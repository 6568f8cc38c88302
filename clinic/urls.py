"""The root URL configuration."""

from django.contrib import admin
from django.urls import include, path

from . import views
from .views.accounts import admin_password
from .views.feeds import calendar_feed
from .views.visit_links import visit_link, visit_link_calendar

urlpatterns = [
    path("", views.home, name="home"),
    path("", include("clinic.accounts.urls")),
    path("setup/", views.setup, name="setup"),
    path("setup/site/", views.setup_site, name="setup_site"),
    path("setup/rooms/", views.setup_rooms, name="setup_rooms"),
    path("setup/kinds/", views.setup_kinds, name="setup_kinds"),
    path("setup/people/", views.setup_people, name="setup_people"),
    path("setup/hours/", views.setup_hours, name="setup_hours"),
    path("setup/email/", views.setup_email, name="setup_email"),
    path("healthz/", views.healthz, name="healthz"),
    path("readyz/", views.readyz, name="readyz"),
    path("metrics/", views.metrics, name="metrics"),
    path("calendar/<slug:token>.ics", calendar_feed, name="calendar_feed"),
    path("v/<slug:token>/", visit_link, name="visit_link"),
    path("v/<slug:token>/appointment.ics", visit_link_calendar, name="visit_link_calendar"),
    path("", include("patients.urls")),
    path("", include("clinic.diary.urls")),
    path("", include("treatments.urls")),
    path("admin/password_change/", admin_password, name="admin_password"),
    path("admin/", admin.site.urls),
]

handler500 = "clinic.views.home.server_error"
