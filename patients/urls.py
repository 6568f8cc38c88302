"""Addresses of people, their episodes and their screening, below /patients/."""

from django.urls import path

from . import converters, views  # noqa: F401 - converters name the <id:> of the addresses

urlpatterns = [
    path("", views.patient_search, name="patient_search"),
    path("new/", views.patient_create, name="patient_create"),
    path("<id:patient_id>/", views.patient_detail, name="patient_detail"),
    path("<id:patient_id>/edit/", views.patient_edit, name="patient_edit"),
    path("<id:patient_id>/episodes/new/", views.episode_create, name="episode_create"),
    path("<id:patient_id>/episodes/<id:episode_id>/edit/", views.episode_edit, name="episode_edit"),
    path("<id:patient_id>/episodes/<id:episode_id>/close/", views.episode_close, name="episode_close"),
    path("<id:patient_id>/screening/", views.screening_create, name="screening_create"),
]
