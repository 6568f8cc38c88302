"""URLs of patients and their episodes, screenings and consents, and of the bibliography."""

from django.urls import include, path

from . import views
from .web import converters  # noqa: F401 - registers the converter <id:>

of_patients = [
    path("", views.patient_search, name="patient_search"),
    path("new/", views.patient_create, name="patient_create"),
    path("merges/", views.merge_list, name="merge_list"),
    path("<id:patient_id>/", views.patient_detail, name="patient_detail"),
    path("<id:patient_id>/edit/", views.patient_edit, name="patient_edit"),
    path("<id:patient_id>/episodes/new/", views.episode_create, name="episode_create"),
    path("<id:patient_id>/episodes/<id:episode_id>/edit/", views.episode_edit, name="episode_edit"),
    path("<id:patient_id>/episodes/<id:episode_id>/close/", views.episode_close, name="episode_close"),
    path("<id:patient_id>/family/", views.patient_family, name="patient_family"),
    path("<id:patient_id>/merge/", views.merge_create, name="merge_create"),
    path("<id:patient_id>/merges/<uuid:merge_id>/", views.merge_detail, name="merge_detail"),
    path("<id:patient_id>/desk-note/", views.desk_note, name="desk_note"),
    path("<id:patient_id>/body-measures/", views.body_measures, name="body_measures"),
    path("<id:patient_id>/contacts/", views.patient_contacts, name="patient_contacts"),
    path("<id:patient_id>/contacts/<uuid:contact_id>/", views.contact_edit, name="contact_edit"),
    path("<id:patient_id>/numbers/", views.identifiers, name="identifiers"),
    path("<id:patient_id>/imported-alerts/", views.imported_alerts, name="imported_alerts"),
    path("<id:patient_id>/screening/", views.screening_create, name="screening_create"),
    path("<id:patient_id>/screening/confirm/", views.screening_confirm, name="screening_confirm"),
    path("<id:patient_id>/screening/hand-over/", views.screening_hand_over, name="screening_hand_over"),
    path("<id:patient_id>/screening/by-patient/", views.screening_by_patient, name="screening_by_patient"),
    path("<id:patient_id>/screening/take-back/", views.screening_take_back, name="screening_take_back"),
    path("<id:patient_id>/consents/new/", views.consent_create, name="consent_create"),
    path("<id:patient_id>/consents/hand-over/", views.consent_hand_over, name="consent_hand_over"),
    path("<id:patient_id>/consents/by-patient/", views.consent_by_patient, name="consent_by_patient"),
    path("<id:patient_id>/consents/take-back/", views.consent_take_back, name="consent_take_back"),
    path("<id:patient_id>/consents/<uuid:consent_id>/", views.consent_detail, name="consent_detail"),
    path("<id:patient_id>/consents/<uuid:consent_id>/pdf/", views.consent_pdf, name="consent_pdf"),
    path("<id:patient_id>/consents/<uuid:consent_id>/withdraw/", views.consent_withdraw, name="consent_withdraw"),
]

urlpatterns = [
    path("patients/", include(of_patients)),
    path("imports/", views.import_list, name="import_list"),
    path("imports/<uuid:import_id>/", views.import_detail, name="import_detail"),
    path("imports/<uuid:import_id>/progress/", views.import_progress, name="import_progress"),
    path("sources/", views.source_list, name="source_list"),
]
