"""Addresses of my day, of charts, sessions and events (each with the patient's id), and of needle lots."""

from django.urls import path

from patients.web import converters  # noqa: F401 - registers the <id:> converter

from . import views

urlpatterns = [
    path("help/", views.help, name="help"),
    path("today/", views.today, name="today"),
    path("today/timers/", views.running_timers, name="running_timers"),
    path("patients/<id:patient_id>/chart/", views.patient_chart, name="patient_chart"),
    path("patients/<id:patient_id>/muscles/<slug:slug>/", views.muscle_history, name="muscle_history"),
    path("patients/<id:patient_id>/outcomes/", views.patient_outcomes, name="patient_outcomes"),
    path("patients/<id:patient_id>/exercises/", views.patient_exercises, name="patient_exercises"),
    path("patients/<id:patient_id>/exercises/print/", views.exercises_print, name="exercises_print"),
    path("patients/<id:patient_id>/exercises/pdf/", views.exercises_pdf, name="exercises_pdf"),
    path("patients/<id:patient_id>/exercises/send/", views.exercises_send, name="exercises_send"),
    path(
        "patients/<id:patient_id>/exercises/<uuid:prescription_id>/report/",
        views.exercise_report,
        name="exercise_report",
    ),
    path("exercises/new/", views.exercise_create, name="exercise_create"),
    path("exercises/<id:exercise_id>/picture/", views.exercise_picture, name="exercise_picture"),
    path("patients/<id:patient_id>/scores/new/", views.score_create, name="score_create"),
    path("patients/<id:patient_id>/scores/<uuid:score_id>/correct/", views.score_correct, name="score_correct"),
    path("patients/<id:patient_id>/questionnaires/", views.questionnaire_create, name="questionnaire_create"),
    path(
        "patients/<id:patient_id>/questionnaires/hand-over/",
        views.questionnaire_hand_over,
        name="questionnaire_hand_over",
    ),
    path(
        "patients/<id:patient_id>/questionnaires/by-patient/",
        views.questionnaire_by_patient,
        name="questionnaire_by_patient",
    ),
    path(
        "patients/<id:patient_id>/questionnaires/take-back/",
        views.questionnaire_take_back,
        name="questionnaire_take_back",
    ),
    path(
        "patients/<id:patient_id>/episodes/<id:episode_id>/assessments/start/",
        views.assessment_start,
        name="assessment_start",
    ),
    path(
        "patients/<id:patient_id>/assessments/<uuid:assessment_id>/",
        views.assessment_detail,
        name="assessment_detail",
    ),
    path(
        "patients/<id:patient_id>/assessments/<uuid:assessment_id>/edit/",
        views.assessment_edit,
        name="assessment_edit",
    ),
    path(
        "patients/<id:patient_id>/assessments/<uuid:assessment_id>/prove/",
        views.assessment_prove,
        name="assessment_prove",
    ),
    path(
        "patients/<id:patient_id>/assessments/<uuid:assessment_id>/print/",
        views.assessment_print,
        name="assessment_print",
    ),
    path(
        "patients/<id:patient_id>/assessments/<uuid:assessment_id>/amend/",
        views.assessment_amend,
        name="assessment_amend",
    ),
    path(
        "patients/<id:patient_id>/assessments/<uuid:assessment_id>/withdraw/",
        views.assessment_withdraw,
        name="assessment_withdraw",
    ),
    path("patients/<id:patient_id>/sessions/start/", views.session_start, name="session_start"),
    path("patients/<id:patient_id>/sessions/<uuid:session_id>/", views.session_detail, name="session_detail"),
    path("patients/<id:patient_id>/sessions/<uuid:session_id>/edit/", views.session_edit, name="session_edit"),
    path("patients/<id:patient_id>/sessions/<uuid:session_id>/sign/", views.session_sign, name="session_sign"),
    path("patients/<id:patient_id>/sessions/<uuid:session_id>/prove/", views.session_prove, name="session_prove"),
    path(
        "patients/<id:patient_id>/sessions/<uuid:session_id>/set-up/",
        views.session_copy_setup,
        name="session_copy_setup",
    ),
    path("patients/<id:patient_id>/sessions/<uuid:session_id>/agree/", views.stop_second, name="stop_second"),
    path("patients/<id:patient_id>/sessions/<uuid:session_id>/print/", views.session_print, name="session_print"),
    path("patients/<id:patient_id>/sessions/<uuid:session_id>/copy/", views.session_copy, name="session_copy"),
    path(
        "patients/<id:patient_id>/sessions/<uuid:session_id>/copy/pdf/",
        views.session_copy_pdf,
        name="session_copy_pdf",
    ),
    path(
        "patients/<id:patient_id>/sessions/<uuid:session_id>/copy/send/",
        views.session_copy_send,
        name="session_copy_send",
    ),
    path(
        "patients/<id:patient_id>/sessions/<uuid:session_id>/case-report/",
        views.case_report_print,
        name="case_report_print",
    ),
    path(
        "patients/<id:patient_id>/sessions/<uuid:session_id>/case-report/export/",
        views.case_report_export,
        name="case_report_export",
    ),
    path(
        "patients/<id:patient_id>/episodes/<id:episode_id>/case-report/",
        views.episode_report_print,
        name="episode_report_print",
    ),
    path(
        "patients/<id:patient_id>/episodes/<id:episode_id>/case-report/export/",
        views.episode_report_export,
        name="episode_report_export",
    ),
    path("patients/<id:patient_id>/sessions/<uuid:session_id>/amend/", views.session_amend, name="session_amend"),
    path(
        "patients/<id:patient_id>/sessions/<uuid:session_id>/withdraw/",
        views.session_withdraw,
        name="session_withdraw",
    ),
    path(
        "patients/<id:patient_id>/sessions/<uuid:session_id>/hand-over/",
        views.session_hand_over,
        name="session_hand_over",
    ),
    path(
        "patients/<id:patient_id>/sessions/<uuid:session_id>/follow-up/",
        views.follow_up_create,
        name="follow_up_create",
    ),
    path("patients/<id:patient_id>/sessions/<uuid:session_id>/events/new/", views.event_create, name="event_create"),
    path(
        "patients/<id:patient_id>/in-error/<slug:kind>/<slug:record_id>/",
        views.error_mark_create,
        name="error_mark_create",
    ),
    path("patients/<id:patient_id>/in-error/<uuid:mark_id>/", views.error_mark_detail, name="error_mark_detail"),
    path("patients/<id:patient_id>/events/<uuid:event_id>/", views.event_detail, name="event_detail"),
    path("patients/<id:patient_id>/events/<uuid:event_id>/report/", views.event_report, name="event_report"),
    path("facts/", views.fact_list, name="fact_list"),
    path("facts/review/", views.fact_review, name="fact_review"),
    path("facts/reviews/export/", views.fact_reviews_export, name="fact_reviews_export"),
    path("facts/reviews/import/", views.fact_reviews_import, name="fact_reviews_import"),
    path("needles/", views.needle_lots, name="needle_lots"),
    path("needles/<id:needle_id>/", views.needle_trace, name="needle_trace"),
    path("needles/<id:needle_id>/export/", views.lot_export, name="lot_export"),
]
