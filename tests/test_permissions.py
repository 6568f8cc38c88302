"""Who may open what: every address of the app, for every role, as one table."""

import pytest
from django.urls import reverse

from .world import addresses, make_world

# Statuses for: nobody signed in, front desk, physiotherapist, admin. A POST here says nothing.
# 302 sends on (a stranger to sign in), 400 and 422 refuse what was sent, 403 the person, 405 the method.
TABLE = """
                    GET                     POST
home                302  302  302  302      302  405  405  405
login               200  302  302  302      200  302  302  302
logout              302  405  405  405      302  302  302  302
healthz             200  200  200  200      405  405  405  405
day                 302  200  200  200      302  405  405  405
week                302  200  200  200      302  405  405  405
appointment_create  302  200  403  200      302  422  403  422
appointment_detail  302  200  200  200      302  405  405  405
appointment_arrive  302  405  405  405      302  302  403  302
appointment_no_show  302  405  405  405      302  409  403  409
appointment_cancel  302  200  403  200      302  422  403  422
appointment_move    302  200  403  200      302  422  403  422
appointment_undo    302  405  405  405      302  409  403  409
series_create       302  405  405  405      302  404  403  404
waiting_list        302  200  403  200      302  405  405  405
waiting_create      302  404  403  404      302  404  403  404
waiting_close       302  405  405  405      302  302  403  302
waiting_book        302  405  405  405      302  404  403  404
calendar_feed       200  200  200  200      405  405  405  405
today               302  403  200  403      302  403  405  403
patient_search      302  200  200  200      302  405  405  405
patient_create      302  200  200  200      302  422  422  422
patient_detail      302  200  200  200      302  405  405  405
patient_edit        302  200  200  200      302  422  422  422
episode_create      302  403  200  403      302  403  422  403
episode_edit        302  403  200  403      302  403  422  403
episode_close       302  403  200  403      302  403  422  403
screening_create    302  403  200  403      302  403  422  403
screening_confirm   302  403  302  403      302  403  302  403
consent_create      302  403  200  403      302  403  422  403
consent_detail      302  403  200  200      302  403  405  405
consent_pdf         302  403  200  200      302  403  405  405
consent_withdraw    302  403  200  403      302  403  422  403
patient_chart       302  403  200  200      302  403  405  405
muscle_history      302  403  200  200      302  403  405  405
session_start       302  403  302  403      302  403  400  403
session_detail      302  403  200  200      302  405  405  405
session_edit        302  403  200  403      302  403  400  403
session_sign        302  403  302  403      302  403  400  403
session_print       302  403  200  200      302  405  405  405
session_copy        302  403  404  404      302  405  405  405
session_amend       302  403  404  403      302  403  404  403
session_withdraw    302  403  200  403      302  403  422  403
session_hand_over   302  403  200  200      302  403  422  422
follow_up_create    302  403  200  403      302  403  422  403
event_create        302  403  200  403      302  403  422  403
event_detail        302  403  200  200      302  403  405  405
event_report        302  403  200  403      302  403  422  403
needle_lots         302  403  200  200      302  403  405  405
needle_trace        302  403  200  200      302  403  405  405
lot_export          302  403  403  200      302  403  403  405
"""
ROLES = [None, "front_desk", "physiotherapist", "admin"]

# Of Django admin, which has many pages, the doors: statuses of GET for the same four.
ADMIN = """
admin:index                                     302  302  302  200
admin:auth_user_changelist                      302  302  302  200
admin:auth_group_changelist                     302  302  302  200
admin:treatments_muscle_changelist              302  302  302  200
admin:treatments_treatmentsession_changelist    302  302  302  200
admin:treatments_treatmentsession_add           302  302  302  403
admin:treatments_adverseevent_changelist        302  302  302  200
admin:treatments_adverseevent_add               302  302  302  403
admin:patients_patient_changelist               302  302  302  200
admin:patients_consent_changelist               302  302  302  200
admin:patients_consent_add                      302  302  302  403
admin:patients_consentform_changelist           302  302  302  200
admin:patients_consentform_add                  302  302  302  200
admin:clinic_reminder_changelist                302  302  302  200
admin:clinic_reminder_add                       302  302  302  403
admin:clinic_calendarfeed_add                   302  302  302  200
"""


def rows(table):
    for name, *statuses in map(str.split, table.strip().splitlines()):
        if name != "GET":
            yield name, [int(status) for status in statuses]


@pytest.fixture
def world(db):
    return make_world()


def _statuses(client, world, url, method):
    for role in ROLES:
        client.logout()
        if role:
            client.force_login(getattr(world, role))
        answer = client.get(url) if method == "GET" else client.post(url, {"nothing": "said"})
        yield answer.status_code


def test_every_address_is_in_the_table():
    assert sorted(name for name, _ in rows(TABLE)) == sorted(addresses())


@pytest.mark.parametrize(("name", "expected"), list(rows(TABLE)))
def test_an_address_answers_each_role_as_the_table_says(client, world, name, expected):
    url = world.url(name)

    statuses = [*_statuses(client, world, url, "GET"), *_statuses(client, world, url, "POST")]

    assert statuses == expected


def test_an_admin_page_answers_each_role_as_the_table_says(client, world):
    statuses = {name: list(_statuses(client, world, reverse(name), "GET")) for name, _ in rows(ADMIN)}

    assert statuses == dict(rows(ADMIN))


def test_nobody_may_delete_anything(world):
    people = [world.front_desk, world.physiotherapist, world.admin]

    assert [p for person in people for p in person.get_all_permissions() if ".delete_" in p] == []
