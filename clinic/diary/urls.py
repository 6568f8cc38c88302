"""URLs of the diary and the waiting list."""

from django.urls import path

from clinic import views
from patients.web import converters  # noqa: F401 - registers the <id:> converter

urlpatterns = [
    path("diary/", views.day, name="day"),
    path("diary/print/", views.day_print, name="day_print"),
    path("diary/week/<id:practitioner_id>/", views.week, name="week"),
    path("diary/book/", views.appointment_create, name="appointment_create"),
    path("diary/repeat/", views.series_create, name="series_create"),
    path("diary/<id:appointment_id>/", views.appointment_detail, name="appointment_detail"),
    path("diary/<id:appointment_id>/arrive/", views.appointment_arrive, name="appointment_arrive"),
    path("diary/<id:appointment_id>/no-show/", views.appointment_no_show, name="appointment_no_show"),
    path("diary/<id:appointment_id>/cancel/", views.appointment_cancel, name="appointment_cancel"),
    path("diary/<id:appointment_id>/move/", views.appointment_move, name="appointment_move"),
    path("diary/<id:appointment_id>/edit/", views.appointment_edit, name="appointment_edit"),
    path("diary/<id:appointment_id>/undo/", views.appointment_undo, name="appointment_undo"),
    path("diary/failed-messages/", views.failed_message_list, name="failed_message_list"),
    path("diary/failed-messages/<id:message_id>/close/", views.failed_message_close, name="failed_message_close"),
    path("diary/requests/", views.request_list, name="request_list"),
    path("diary/requests/<id:reply_id>/close/", views.request_close, name="request_close"),
    path("diary/to-move/", views.visits_to_move, name="visits_to_move"),
    path("diary/<id:appointment_id>/rehome/", views.visit_rehome, name="visit_rehome"),
    path("diary/time-off/", views.time_off_create, name="time_off_create"),
    path("diary/time-off/<id:time_off_id>/cancel/", views.time_off_cancel, name="time_off_cancel"),
    path("patients/<id:patient_id>/reason/", views.record_of_other_site, name="record_of_other_site"),
    path("patients/<id:patient_id>/visits/", views.patient_visits, name="patient_visits"),
    path("patients/<id:patient_id>/visits/print/", views.patient_visits_print, name="patient_visits_print"),
    path(
        "patients/<id:patient_id>/visits/appointments.ics",
        views.patient_visits_download,
        name="patient_visits_download",
    ),
    path("diary/waiting/add/", views.waiting_create, name="waiting_create"),
    path("diary/waiting/", views.waiting_list, name="waiting_list"),
    path("diary/waiting/<id:entry_id>/close/", views.waiting_close, name="waiting_close"),
    path("diary/waiting/<id:entry_id>/edit/", views.waiting_edit, name="waiting_edit"),
    path("diary/waiting/<id:entry_id>/reopen/", views.waiting_reopen, name="waiting_reopen"),
    path("diary/waiting/<id:entry_id>/book/", views.waiting_book, name="waiting_book"),
]
