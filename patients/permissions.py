"""The permission predicates for patients' records."""

from .integrity.authorization import HasPermissions

may_read_patients = HasPermissions("patients.view_patient")
may_register_patients = HasPermissions("patients.add_patient")
may_change_patients = HasPermissions("patients.change_patient")
may_open_episodes = HasPermissions("patients.add_episode")
may_change_episodes = HasPermissions("patients.change_episode")
may_read_body_measures = HasPermissions("patients.view_bodymeasure")
may_record_body_measures = HasPermissions("patients.add_bodymeasure")
may_read_screenings = HasPermissions("patients.view_screening")
may_take_screenings = HasPermissions("patients.add_screening")
may_add_questions = HasPermissions("patients.add_screeningquestion")
may_change_questions = HasPermissions("patients.change_screeningquestion")
may_read_consents = HasPermissions("patients.view_consent")
may_record_consents = HasPermissions("patients.add_consent")
may_withdraw_consents = HasPermissions("patients.change_consent")
may_draft_consent_forms = HasPermissions("patients.add_consentform")
may_publish_consent_forms = HasPermissions("patients.change_consentform")
may_read_audit_trail = HasPermissions("patients.view_trailentry")
