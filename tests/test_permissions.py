"""Permissions of every URL of the app for every role, as one table."""

import pytest
from django.urls import reverse

from .clinic_fixture import addresses

# Statuses for: nobody signed in, front desk, physiotherapist, admin. The POST has no fields.
# 302 sends on (a stranger to sign in), 400 and 422 refuse what was sent, 403 the person, 405 the method.
TABLE = """
                    GET                     POST
home                302  302  302  302      302  405  405  405
login               200  302  302  302      200  302  302  302
change_user_list    302  302  302  302      405  405  405  405
change_user_to      302  302  302  302      302  302  302  302
logout              405  405  405  405      302  302  302  302
account_login       200  302  302  302      200  302  302  302
account_logout      405  405  405  405      302  302  302  302
session_state       200  200  200  200      200  200  200  200
account             302  200  200  200      302  405  405  405
pin_set             302  200  200  200      302  422  422  422
pin_remove          302  405  405  405      302  302  302  302
own_device          302  200  200  200      302  422  422  422
own_device_end      302  405  405  405      302  302  302  302
shared_tablet       302  200  200  200      302  422  422  422
shared_tablet_end   302  405  405  405      302  302  302  302
shared_tablet_forget  302  405  405  405    302  302  302  302
proof_end           302  405  405  405      302  302  302  302
account_reauthenticate  302  200  200  200      302  200  200  200
account_inactive    200  200  200  200      405  405  405  405
admin_password      302  302  302  302      302  302  302  302
account_change_password  302  200  200  200      302  200  200  200
account_set_password  302  302  302  302      302  302  302  302
account_reset_password  200  200  200  200      200  200  200  200
account_reset_password_done  200  200  200  200      405  405  405  405
account_reset_password_from_key  200  200  200  200      200  200  200  200
account_reset_password_from_key_done  200  200  200  200      405  405  405  405
mfa_index           302  200  200  200      302  405  405  405
mfa_authenticate    302  302  302  302      302  302  302  302
mfa_reauthenticate  302  302  302  302      302  302  302  302
mfa_activate_totp   302  302  302  302      302  302  302  302
mfa_deactivate_totp  302  404  404  404      302  404  404  404
mfa_view_recovery_codes  302  404  404  404      302  405  405  405
mfa_generate_recovery_codes  302  302  302  302      302  302  302  302
mfa_download_recovery_codes  302  404  404  404      302  404  404  404
mfa_list_webauthn   302  200  200  200      302  405  405  405
mfa_add_webauthn    302  302  302  302      302  302  302  302
mfa_reauthenticate_webauthn  302  302  302  302      302  302  302  302
mfa_remove_webauthn  302  302  302  302      302  302  302  302
mfa_edit_webauthn   302  302  302  302      302  302  302  302
mfa_login_webauthn  302  302  302  302      302  302  302  302
usersessions_list   302  200  200  200      302  302  302  302
setup               302  403  403  302      302  405  405  405
setup_site          302  403  403  200      302  403  403  422
setup_rooms         302  403  403  200      302  403  403  422
setup_kinds         302  403  403  200      302  403  403  422
setup_people        302  403  403  200      302  403  403  422
setup_hours         302  403  403  200      302  403  403  422
setup_email         302  403  403  200      302  403  403  422
healthz             200  200  200  200      405  405  405  405
readyz              200  200  200  200      405  405  405  405
metrics             401  401  401  401      405  405  405  405
day                 302  200  200  200      302  405  405  405
day_print           302  200  200  200      302  405  405  405
week                302  200  200  200      302  405  405  405
appointment_create  302  200  200  200      302  422  422  422
appointment_detail  302  200  200  200      302  405  405  405
appointment_arrive  302  405  405  405      302  302  302  302
appointment_no_show  302  405  405  405      302  409  409  409
appointment_cancel  302  200  200  200      302  422  422  422
appointment_move    302  200  200  200      302  422  422  422
appointment_edit    302  200  200  200      302  422  422  422
appointment_undo    302  405  405  405      302  409  409  409
series_create       302  405  405  405      302  404  404  404
failed_message_list  302  200  200  200     302  405  405  405
failed_message_close 302  405  405  405     302  302  302  302
request_list        302  200  200  200      302  405  405  405
request_close       302  405  405  405      302  302  302  302
visits_to_move      302  200  403  200      302  405  405  405
visit_rehome        302  405  405  405      302  422  403  422
time_off_create     302  200  403  200      302  422  403  422
time_off_cancel     302  405  405  405      302  302  403  302
record_of_other_site  302  302  302  302    302  302  302  302
patient_visits      302  200  200  200      302  409  409  409
patient_visits_print  302  200  200  200    302  405  405  405
patient_visits_download  302  200  200  200  302  405  405  405
waiting_list        302  200  403  200      302  405  405  405
waiting_create      302  404  403  404      302  404  403  404
waiting_close       302  405  405  405      302  302  403  302
waiting_edit        302  200  403  200      302  422  403  422
waiting_reopen      302  405  405  405      302  302  403  302
waiting_book        302  405  405  405      302  404  403  404
visit_link          404  404  404  404      404  404  404  404
visit_link_calendar  404  404  404  404      405  405  405  405
calendar_feed       200  200  200  200      405  405  405  405
today               302  403  200  403      302  403  405  403
running_timers      302  403  200  403      302  403  405  403
source_list         302  200  200  200      302  405  405  405
help                302  200  200  200      302  405  405  405
patient_search      302  200  200  200      302  405  405  405
patient_create      302  200  200  200      302  422  422  422
patient_detail      302  200  200  200      302  405  405  405
patient_edit        302  200  200  200      302  422  422  422
episode_create      302  403  200  403      302  403  422  403
episode_edit        302  403  200  403      302  403  422  403
episode_close       302  403  200  403      302  403  422  403
patient_family      302  200  200  200      302  404  404  404
import_list         302  403  403  200      302  403  403  422
import_detail       302  403  403  200      302  403  403  422
import_progress     302  403  403  200      302  403  403  405
merge_list          302  200  200  200      302  405  405  405
merge_create        302  200  200  200      302  422  422  422
merge_detail        302  200  200  200      302  422  422  422
desk_note           302  200  200  200      302  302  302  302
patient_contacts    302  200  200  200      302  422  422  422
contact_edit        302  200  200  200      302  422  422  422
identifiers         302  200  200  200      302  422  422  422
imported_alerts     302  403  200  200      302  403  400  403
body_measures       302  403  200  200      302  403  422  403
screening_create    302  403  200  403      302  403  422  403
screening_confirm   302  403  302  403      302  403  302  403
screening_hand_over  302  403  405  403      302  403  302  403
screening_by_patient  302  403  302  403     302  403  302  403
screening_take_back  302  403  302  403      302  403  302  403
consent_create      302  403  200  403      302  403  422  403
consent_hand_over   302  403  405  403      302  403  302  403
consent_by_patient  302  403  302  403      302  403  302  403
consent_take_back   302  403  302  403      302  403  302  403
consent_detail      302  403  200  200      302  403  405  405
consent_pdf         302  403  200  200      302  403  405  405
consent_withdraw    302  403  200  403      302  403  422  403
patient_chart       302  403  200  200      302  403  405  405
muscle_history      302  403  200  200      302  403  405  405
assessment_start    302  403  302  403      302  403  400  403
assessment_detail   302  403  200  200      302  405  405  405
assessment_edit     302  403  200  403      302  403  400  403
assessment_prove    302  403  200  403      302  403  422  403
assessment_print    302  403  200  200      302  405  405  405
assessment_amend    302  403  404  403      302  403  404  403
assessment_withdraw  302  403  200  403     302  403  422  403
assessment_hand_over  302  403  200  200  302  403  422  422
patient_letters     302  403  200  200      302  405  405  405
letter_start        302  403  302  403      302  403  400  403
letter_detail       302  403  200  200      302  405  405  405
letter_edit         302  403  200  403      302  403  400  403
letter_prove        302  403  200  403      302  403  422  403
letter_print        302  403  404  404      302  405  405  405
letter_pdf          302  403  404  404      302  405  405  405
letter_send         302  403  404  403      302  403  404  403
letter_given        302  405  405  405      302  403  404  403
letter_withdraw     302  403  200  403      302  403  422  403
letter_hand_over  302  403  200  200  302  403  422  422
session_start       302  403  302  403      302  403  400  403
session_detail      302  403  200  200      302  405  405  405
session_edit        302  403  200  403      302  403  400  403
session_sign        302  403  302  403      302  403  400  403
session_parts       302  403  200  403      302  405  405  405
session_prove       302  403  302  403      302  403  400  403
session_copy_setup  302  403  302  403      302  403  400  403
session_repeat_answers  302  403  302  403   302  403  400  403
session_insert_snippet  302  403  302  403   302  403  400  403
session_make_protocol  302  403  302  403   302  403  400  403
session_use_protocol  302  403  302  403    302  403  400  403
session_undo_protocol  302  403  302  403   302  403  400  403
session_print       302  403  200  200      302  405  405  405
session_copy        302  403  404  404      302  405  405  405
session_copy_pdf    302  403  404  404      302  405  405  405
session_copy_send   302  405  405  405      302  403  404  403
case_report_print   302  403  404  404      302  405  405  405
case_report_export  302  403  403  404      302  403  403  405
episode_report_print  302  403  200  200    302  405  405  405
episode_report_export  302  403  403  200   302  403  403  405
stop_second         302  403  404  403      302  403  404  403
session_amend       302  403  404  403      302  403  404  403
session_withdraw    302  403  200  403      302  403  422  403
session_hand_over   302  403  200  200      302  403  422  422
follow_up_create    302  403  200  403      302  403  422  403
after_visit_link    404  404  404  404      404  404  404  404
after_visit_list    302  200  200  200      302  405  405  405
after_visit_no_answer  302  405  405  405   302  404  404  404
error_mark_create   302  403  200  200      302  403  422  422
error_mark_detail   302  403  200  200      302  403  403  422
event_create        302  403  200  403      302  403  422  403
event_detail        302  403  200  200      302  403  405  405
event_report        302  403  200  403      302  403  422  403
patient_outcomes    302  403  200  200      302  403  405  405
questionnaire_create     302  403  200  403  302  403  422  403
questionnaire_hand_over  302  403  405  403  302  403  422  403
questionnaire_by_patient  302  403  302  403  302  403  302  403
questionnaire_take_back  302  403  302  403  302  403  302  403
tablet_hand_over        302  403  200  403  302  403  422  403
drawing_by_patient      302  403  302  403  302  403  302  403
drawing_take_back       302  403  302  403  302  403  302  403
patient_exercises   302  403  200  200      302  403  422  403
exercises_print     302  403  200  200      302  405  405  405
exercises_pdf       302  403  200  200      302  405  405  405
exercises_send      302  405  405  405      302  403  400  403
patient_attachments  302  403  200  200     302  403  422  403
attachments_export  302  403  200  403      302  405  405  405
whole_record        302  403  403  200      302  403  403  422
attachment_detail   302  403  200  200      302  405  405  405
attachment_content  302  403  200  403      302  405  405  405
attachment_download  302  403  200  403     302  405  405  405
exercise_report     302  403  200  403      302  403  422  403
exercise_picture    302  403  200  200      302  405  405  405
exercise_create     302  403  200  200      302  403  422  422
score_create        302  403  200  403      302  403  422  403
score_correct       302  403  200  403      302  403  422  403
own_defaults        302  403  200  403      302  403  302  403
snippet_add         302  403  200  403      302  403  422  403
snippet_edit        302  403  200  200      302  403  422  403
snippet_retire      302  405  405  405      302  403  302  302
protocol_list       302  403  200  200      302  405  405  405
protocol_edit       302  403  200  200      302  403  422  403
protocol_retire     302  405  405  405      302  403  302  302
fact_list           302  403  200  200      302  405  405  405
fact_review         302  403  403  403      302  403  403  403
fact_reviews_export  302  403  200  200     302  405  405  405
fact_reviews_import  302  403  403  403     302  403  403  403
needle_lots         302  403  200  200      302  403  405  405
needle_trace        302  403  200  200      302  403  405  405
lot_export          302  403  403  200      302  403  403  405
"""
ROLES = [None, "front_desk", "physiotherapist", "admin"]

# A second physiotherapist is answered like the first, but for the first one's draft and what the first one asks of
# them: GET and POST of these.
OF_ANOTHER = dict.fromkeys(["session_edit", "session_sign", "session_prove", "session_copy_setup"], [302, 302])
OF_ANOTHER |= dict.fromkeys(["session_repeat_answers", "session_insert_snippet"], [302, 302])
OF_ANOTHER |= dict.fromkeys(["session_make_protocol", "session_use_protocol", "session_undo_protocol"], [302, 302])
# A shared protocol is changed only by its owner.
OF_ANOTHER |= {"protocol_edit": [200, 403], "protocol_retire": [405, 403]}
OF_ANOTHER |= {"snippet_edit": [200, 403], "snippet_retire": [405, 403]}
OF_ANOTHER |= dict.fromkeys(["assessment_edit", "assessment_prove"], [302, 302])
OF_ANOTHER |= {"assessment_withdraw": [403, 403], "letter_withdraw": [403, 403]}
OF_ANOTHER |= dict.fromkeys(["assessment_hand_over", "letter_hand_over"], [403, 403])
OF_ANOTHER |= dict.fromkeys(["letter_edit", "letter_prove"], [302, 302])
OF_ANOTHER |= dict.fromkeys(["session_hand_over", "session_withdraw"], [403, 403])
# Physiotherapists keep only their own diary.
OF_ANOTHER |= dict.fromkeys(["appointment_cancel", "appointment_move", "appointment_edit"], [403, 403])
OF_ANOTHER |= dict.fromkeys(["appointment_arrive", "appointment_no_show", "appointment_undo"], [405, 403])
OF_ANOTHER |= {"request_close": [405, 403], "failed_message_close": [405, 403]}
OF_ANOTHER |= {"stop_second": [200, 409], "error_mark_create": [403, 403], "error_mark_detail": [200, 422]}

# No page takes these, whoever asks.
OTHER_METHODS = ["PUT", "PATCH", "DELETE", "TRACE", "OPTIONS"]

# The main pages of Django admin: statuses of GET for the same four.
ADMIN = """
admin:index                                     302  302  302  200
admin:auth_user_changelist                      302  302  302  200
admin:auth_group_changelist                     302  302  302  200
admin:treatments_muscle_changelist              302  302  302  200
admin:treatments_treatmentsession_changelist    302  302  302  200
admin:treatments_treatmentsession_add           302  302  302  403
admin:treatments_adverseevent_changelist        302  302  302  200
admin:treatments_adverseevent_add               302  302  302  403
admin:treatments_protocol_changelist            302  302  302  200
admin:treatments_snippet_changelist             302  302  302  200
admin:treatments_snippet_add                    302  302  302  403
admin:treatments_protocol_add                   302  302  302  403
admin:patients_patient_changelist               302  302  302  200
admin:patients_consent_changelist               302  302  302  200
admin:patients_consent_add                      302  302  302  403
admin:patients_errormark_changelist              302  302  302  200
admin:patients_errormark_add                    302  302  302  403
admin:patients_consentform_changelist           302  302  302  200
admin:patients_consentform_add                  302  302  302  200
admin:clinic_message_changelist                 302  302  302  200
admin:clinic_message_add                        302  302  302  403
admin:clinic_visitreply_changelist              302  302  302  200
admin:clinic_visitreply_add                     302  302  302  403
admin:clinic_messagetext_changelist             302  302  302  200
admin:clinic_messagetext_add                    302  302  302  200
admin:clinic_clinicsettings_changelist          302  302  302  200
admin:clinic_calendarfeed_add                   302  302  302  200
"""


def rows(table):
    for name, *statuses in map(str.split, table.strip().splitlines()):
        if name != "GET":
            yield name, [int(status) for status in statuses]


def _statuses(client, clinic_fixture, url, method):
    for role in ROLES:
        client.logout()
        if role:
            client.force_login(getattr(clinic_fixture, role))
        answer = client.get(url) if method == "GET" else client.post(url, {"nothing": "said"})
        yield answer.status_code


def test_every_address_is_in_the_table():
    assert sorted(name for name, _ in rows(TABLE)) == sorted(addresses())


@pytest.mark.parametrize(("name", "expected"), list(rows(TABLE)))
def test_an_address_answers_each_role_as_the_table_says(client, clinic_fixture, name, expected):
    url = clinic_fixture.url(name)

    statuses = [*_statuses(client, clinic_fixture, url, "GET"), *_statuses(client, clinic_fixture, url, "POST")]

    assert statuses == expected


@pytest.mark.both_engines
def test_every_page_opens_for_somebody(client, clinic_fixture):
    """Each address once: a query that one of the two engines refuses is noticed here."""
    opened = {}
    for name, statuses in rows(TABLE):
        role = next((role for role, status in zip(ROLES, statuses, strict=False) if status == 200), None)
        if 200 in statuses[: len(ROLES)]:
            client.logout()
            if role:
                client.force_login(getattr(clinic_fixture, role))
            opened[name] = client.get(clinic_fixture.url(name)).status_code

    assert opened == dict.fromkeys(opened, 200)


def test_an_admin_page_answers_each_role_as_the_table_says(client, clinic_fixture):
    statuses = {name: list(_statuses(client, clinic_fixture, reverse(name), "GET")) for name, _ in rows(ADMIN)}

    assert statuses == dict(rows(ADMIN))


@pytest.mark.parametrize(("name", "expected"), list(rows(TABLE)))
def test_another_physiotherapist_writes_no_draft_of_the_first(client, clinic_fixture, name, expected):
    client.force_login(clinic_fixture.other_physiotherapist)
    url = clinic_fixture.url(name)

    statuses = [client.get(url).status_code, client.post(url, {"nothing": "said"}).status_code]

    assert statuses == OF_ANOTHER.get(name, [expected[2], expected[6]])


@pytest.mark.parametrize(("name", "expected"), list(rows(TABLE)))
def test_a_disabled_account_is_a_stranger_from_the_next_request_on(client, clinic_fixture, name, expected):
    client.force_login(clinic_fixture.admin)
    clinic_fixture.admin.is_active = False
    clinic_fixture.admin.save()
    url = clinic_fixture.url(name)

    statuses = [client.get(url).status_code, client.post(url, {"nothing": "said"}).status_code]

    assert statuses == [expected[0], expected[4]]


@pytest.mark.parametrize("role", ROLES)
def test_no_address_takes_another_method(client, clinic_fixture, role):
    if role:
        client.force_login(getattr(clinic_fixture, role))
    answers = {
        f"{method} {name}": client.generic(method, clinic_fixture.url(name)).status_code
        for name in addresses()
        for method in OTHER_METHODS
    }

    assert {what: status for what, status in answers.items() if status != 405} == {}


def test_nobody_may_delete_anything(clinic_fixture):
    people = [clinic_fixture.front_desk, clinic_fixture.physiotherapist, clinic_fixture.admin]

    assert [p for person in people for p in person.get_all_permissions() if ".delete_" in p] == []
