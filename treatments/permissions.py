"""Who may do what with the treatment record. `treatments.record.authorship` adds the rules for one session."""

from patients.integrity.authorization import HasPermissions

may_read_sessions = HasPermissions("treatments.view_treatmentsession")
may_start_sessions = HasPermissions("treatments.add_treatmentsession")
may_write_sessions = HasPermissions("treatments.change_treatmentsession")
may_read_assessments = HasPermissions("treatments.view_assessment")
may_start_assessments = HasPermissions("treatments.add_assessment")
may_write_assessments = HasPermissions("treatments.change_assessment")
may_hand_over_tablet = HasPermissions(
    "patients.add_screening", "treatments.add_outcomescore", "treatments.add_patientdrawing"
)
may_hand_over_for_others = HasPermissions("treatments.hand_over_treatmentsession")
may_amend_sessions = HasPermissions("treatments.add_amendment")
may_mark_in_error = HasPermissions("patients.add_errormark")
may_mark_any_in_error = HasPermissions("patients.add_errormark", "patients.mark_any_errormark")
may_confirm_error_marks = HasPermissions("patients.change_errormark")
may_agree_to_stops = HasPermissions("treatments.change_warninganswer")
may_read_events = HasPermissions("treatments.view_adverseevent")
may_record_events = HasPermissions("treatments.add_adverseevent")
may_report_events = HasPermissions("treatments.add_eventreport")
may_record_follow_ups = HasPermissions("treatments.add_followup")
may_read_scores = HasPermissions("treatments.view_outcomescore")
may_record_scores = HasPermissions("treatments.add_outcomescore")
may_read_attachments = HasPermissions("treatments.view_attachment")
may_add_attachments = HasPermissions("treatments.add_attachment")
may_open_attachments = HasPermissions("treatments.open_attachment")
may_read_letters = HasPermissions("treatments.view_letter")
may_start_letters = HasPermissions("treatments.add_letter")
may_write_letters = HasPermissions("treatments.change_letter")
may_send_letters = HasPermissions("treatments.add_disclosure")
may_add_exercises = HasPermissions("treatments.add_exercise")
may_change_exercises = HasPermissions("treatments.change_exercise")
may_read_exercises = HasPermissions("treatments.view_exerciseprescription")
may_prescribe_exercises = HasPermissions("treatments.add_exerciseprescription")
may_record_exercise_reports = HasPermissions("treatments.add_exercisereport")
may_send_documents = HasPermissions("treatments.add_followup")
may_trace_lots = HasPermissions("treatments.view_needle", "treatments.view_treatmentsession")
may_recall_lots = HasPermissions("treatments.change_needle")
may_export_lots = HasPermissions("treatments.export_needle")
may_read_reasons_alone = HasPermissions("treatments.view_outcome", "treatments.view_warninganswer")
may_read_fact_reviews = HasPermissions("treatments.view_factreview")
may_review_facts = HasPermissions("treatments.add_factreview")
may_load_catalogue = HasPermissions(
    "treatments.change_muscle", "treatments.change_triggerpoint", "treatments.change_threshold"
)
may_read_protocols = HasPermissions("treatments.view_protocol")
may_keep_protocols = HasPermissions("treatments.change_protocol")
may_make_protocols = HasPermissions("treatments.add_protocol", "treatments.view_treatmentsession")
may_read_snippets = HasPermissions("treatments.view_snippet")
may_keep_snippets = HasPermissions("treatments.add_snippet", "treatments.change_snippet")
may_retire_any_snippet = HasPermissions("treatments.retire_any_snippet")
may_set_own_defaults = HasPermissions("treatments.change_needlingdefaults")
may_retire_any_protocol = HasPermissions("treatments.retire_any_protocol")
may_export_pseudonymised = HasPermissions("treatments.view_outcome", "treatments.export_outcome")
# Also opens attachments: a copy for the patient is complete.
may_export_whole_records = HasPermissions("patients.export_patient", "treatments.view_treatmentsession")
may_export_case_reports = HasPermissions(
    "treatments.view_treatmentsession", "treatments.view_outcome", "treatments.export_outcome"
)
may_export_with_names = HasPermissions("treatments.view_outcome", "treatments.identify_outcome")


def may_export_outcomes(*, identified):
    """The permission that an export of outcomes needs, with the patients' names (`identified`) or without."""
    return may_export_with_names if identified else may_export_pseudonymised
