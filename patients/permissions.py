"""Who may do what with patients' records."""

from .integrity.authorization import Holds

may_read_patients = Holds("patients.view_patient")
may_register_patients = Holds("patients.add_patient")
may_change_patients = Holds("patients.change_patient")
may_open_episodes = Holds("patients.add_episode")
may_change_episodes = Holds("patients.change_episode")
may_read_screenings = Holds("patients.view_screening")
may_take_screenings = Holds("patients.add_screening")
may_add_questions = Holds("patients.add_screeningquestion")
may_change_questions = Holds("patients.change_screeningquestion")
may_read_consents = Holds("patients.view_consent")
may_record_consents = Holds("patients.add_consent")
may_withdraw_consents = Holds("patients.change_consent")
may_draft_consent_forms = Holds("patients.add_consentform")
may_publish_consent_forms = Holds("patients.change_consentform")
may_read_audit_trail = Holds("patients.view_trailentry")
