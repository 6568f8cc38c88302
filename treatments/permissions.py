"""Who may do what with the treatment record. `treatments.record.authorship` adds the rules for one session."""

from patients.integrity.authorization import Holds

may_read_sessions = Holds("treatments.view_treatmentsession")
may_start_sessions = Holds("treatments.add_treatmentsession")
may_write_sessions = Holds("treatments.change_treatmentsession")
may_hand_over_for_others = Holds("treatments.hand_over_treatmentsession")
may_amend_sessions = Holds("treatments.add_amendment")
may_agree_to_stops = Holds("treatments.change_warninganswer")
may_read_events = Holds("treatments.view_adverseevent")
may_record_events = Holds("treatments.add_adverseevent")
may_report_events = Holds("treatments.add_eventreport")
may_record_follow_ups = Holds("treatments.add_followup")
may_read_scores = Holds("treatments.view_outcomescore")
may_record_scores = Holds("treatments.add_outcomescore")
may_trace_lots = Holds("treatments.view_needle", "treatments.view_treatmentsession")
may_recall_lots = Holds("treatments.change_needle")
may_export_lots = Holds("treatments.export_needle")
may_load_catalogue = Holds("treatments.change_muscle", "treatments.change_triggerpoint", "treatments.change_threshold")
may_export_pseudonymised = Holds("treatments.view_outcome", "treatments.export_outcome")
may_export_with_names = Holds("treatments.view_outcome", "treatments.identify_outcome")


def may_export_outcomes(*, identified):
    """The permission that an export of outcomes needs, with the patients' names (`identified`) or without."""
    return may_export_with_names if identified else may_export_pseudonymised
