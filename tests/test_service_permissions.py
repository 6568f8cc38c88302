"""Permissions of every public service for every role, as one table. Services are also called without a page."""

import inspect
import re
import uuid
from copy import deepcopy
from functools import partial

import pytest
from django.contrib.auth.models import AnonymousUser, Permission, User
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone

import clinic.permissions
import clinic.services
import patients.permissions
import patients.services
import treatments.permissions
import treatments.services
from patients.integrity.authorization import HasPermissions
from patients.models import TrailEntry

from . import people
from .test_audit_is_complete import SERVICE_CALLS, Stage, public_services
from .treatments.builders import make_needle

# yes: done. no: PermissionDenied. rule: the person has the permission, but a rule about this record refuses.
# The author is the physiotherapist whose draft it is; the colleague is another one, who was asked to agree to a stop.
TABLE = """
                         front_desk  author  colleague  admin  superuser
register_patient             yes      yes       yes      yes      yes
register_patients            yes      yes       yes      yes      yes
update_patient               yes      yes       yes      yes      yes
link_family                  yes      yes       yes      yes      yes
leave_family                 yes      yes       yes      yes      yes
record_contact               yes      yes       yes      yes      yes
change_contact               yes      yes       yes      yes      yes
end_contact                  yes      yes       yes      yes      yes
record_identifier            yes      yes       yes      yes      yes
remove_identifier            yes      yes       yes      yes      yes
ask_for_merge                yes      yes       yes      yes      yes
confirm_merge                no       yes       yes      yes      yes
keep_record                  yes      yes       yes      yes      yes
decline_merge                yes      yes       yes      yes      yes
undo_merge                   no       yes       yes      yes      yes
place_legal_hold             no       no        no       yes      yes
lift_legal_hold              no       no        no       yes      yes
ask_for_destruction          no       no        no       yes      yes
accept_destruction           no       no        no       yes      yes
refuse_destruction           no       no        no       yes      yes
carry_out_destruction        no       no        no       yes      yes
upload_import                no       no        no       yes      yes
choose_for_import            no       no        no       yes      yes
store_import                 no       no        no       yes      yes
store_table                  no       no        no       yes      yes
discard_import               no       no        no       yes      yes
undo_import                  no       no        no       yes      yes
confirm_imported_alert       no       yes       yes      no       yes
end_imported_alert           no       yes       yes      no       yes
open_episode                 no       yes       yes      no       yes
update_episode               no       yes       yes      no       yes
close_episode                no       yes       yes      no       yes
record_trail_export          no        no        no       yes      yes
record_body_measure          no       yes       yes      no       yes
take_screening               no       yes       yes      no       yes
confirm_screening            no       yes       yes      no       yes
keep_patient_answers         no       yes       yes      no       yes
keep_patient_drawing         no       yes       yes      no       yes
add_question                 no       no        no       yes      yes
revise_question              no       no        no       yes      yes
give_consent                 no       yes       yes      no       yes
record_refusal               no       yes       yes      no       yes
withdraw_consent             no       yes       yes      no       yes
draft_form                   no       no        no       yes      yes
publish_form                 no       no        no       yes      yes
book_appointment             yes      yes       no       yes      yes
record_past_visit            yes      yes       no       yes      yes
book_series                  yes      yes       no       yes      yes
move_appointment             yes      yes       no       yes      yes
edit_appointment             yes      yes       no       yes      yes
move_this_and_following      yes      yes       no       yes      yes
cancel_appointment           yes      yes       no       yes      yes
cancel_this_and_following    yes      yes       no       yes      yes
check_in                     yes      yes       no       yes      yes
mark_no_show                 yes      yes       no       yes      yes
undo_booking                 yes      yes       no       yes      yes
undo_last                    yes      yes       no       yes      yes
open_with_reason             yes      yes       yes      yes      yes
record_time_off              yes      no        no       yes      yes
cancel_time_off              yes      no        no       yes      yes
record_no_answer             yes      no        no       yes      yes
record_unanswered_call       yes      yes       yes      yes      yes
keep_appointment             yes      no        no       yes      yes
move_to_waiting_list         yes      no        no       yes      yes
send_dates                   yes     yes       yes      yes      yes
queue_postponement_notice    yes      no        no       yes      yes
withdraw_postponement_notice yes      no        no       yes      yes
add_to_waiting_list          yes      no        no       yes      yes
edit_waiting_entry           yes      no        no       yes      yes
close_waiting_entry          yes      no        no       yes      yes
reopen_waiting_entry         yes      no        no       yes      yes
book_waiting_entry           yes      no        no       yes      yes
close_visit_request          yes     yes       no         yes    yes
close_failed_message         yes     yes       no         yes    yes
create_calendar_feed         no       no        no       yes      yes
revoke_calendar_feed         no       no        no       yes      yes
ask_for_account_change       no       no        no       yes      yes
accept_account_change        no       no        no       yes      yes
refuse_account_change        no       no        no       yes      yes
create_invitation            no       no        no       rule     rule
send_invitation              no       no        no       yes      yes
end_sessions                 no       no        no       yes      yes
disable_account              no       no        no       yes      yes
take_second_factor_away      no       no        no       rule     rule
set_pin                      no       yes       no       no       no
remove_pin                   no       yes       no       no       no
declare_own_device           no       yes       no       no       no
declare_shared_tablet        no       yes       no       no       no
end_shared_tablet            no       yes       no       no       no
forget_on_tablets            no       yes       no       no       no
unlock_sign_in               no       no        no       yes      yes
match_staff_to_role          no       no        no       yes      yes
save_site                    no       no        no       yes      yes
add_rooms                    no       no        no       yes      yes
add_visit_kinds              no       no        no       yes      yes
add_person                   no       no        no       yes      yes
become_practitioner          no       no        no       rule     yes
save_weekly_hours            no       no        no       yes      yes
send_test_email              no       no        no       rule     rule
confirm_email_works          no       no        no       yes      yes
start_assessment             no       yes       yes      no       rule
save_assessment              no       yes       no       no       no
sign_assessment              no       yes       no       no       no
amend_assessment             no       yes       yes      no       yes
withdraw_assessment          no       yes       no       no       no
start_letter                 no       yes       yes      no       rule
save_letter                  no       yes       no       no       no
sign_letter                  no       yes       no       no       no
withdraw_letter              no       yes       no       no       no
send_letter                  no       rule      rule     no       rule
record_letter_given          no       yes       yes      no       yes
start_session                no       yes       yes      no       rule
copy_setup                   no       yes       no       no       no
save_draft                   no       yes       no       no       no
save_and_copy_setup          no       yes       no       no       no
save_and_repeat_answers      no       yes       no       no       no
set_own_defaults             no       yes       yes      no       rule
add_snippet                  no       yes       yes      no       yes
update_snippet               no       yes       no       no       no
retire_snippet               no       yes       no       yes      yes
save_and_insert_snippet      no       yes       no       no       no
make_protocol                no       yes       yes      no       yes
save_and_make_protocol       no       yes       no       no       no
save_and_use_protocol        no       yes       no       no       no
undo_protocol_use            no       yes       no       no       no
update_protocol              no       yes       no       no       no
retire_protocol              no       yes       no       yes      yes
save_and_sign                no       yes       no       no       no
sign_as_shown                no       yes       no       no       no
sign_session                 no       yes       no       no       no
withdraw_draft               no       yes       no       no       no
hand_over_draft              no       yes       no       yes      yes
amend_session                no       yes       yes      no       yes
mark_in_error                no       yes      no        yes      yes
confirm_error_mark           no       no       yes       yes      yes
decline_error_mark           no       no       yes       yes      yes
agree_to_stop                no       rule      yes      no       rule
record_event                 no       yes       yes      no       yes
report_event                 no       yes       yes      no       yes
record_follow_up             no       yes       yes      no       yes
record_outcome_score         no       yes       yes      no       yes
record_answers               no       yes       yes      no       yes
add_attachment               no       yes       yes      no       yes
add_exercise                 no       yes       yes      yes      yes
revise_exercise              no       no        no       yes      yes
retire_exercise              no       no        no       yes      yes
prescribe_exercise           no       yes       yes      no       yes
send_document                no       rule      rule     no       rule
record_exercise_report       no       yes       yes      no       yes
recall_lot                   no       no        no       yes      yes
lift_recall                  no       no        no       yes      yes
review_fact                  no       no        no       no       yes
import_fact_reviews          no       no        no       no       yes
load_catalogue               no       no        no       yes      yes
record_outcomes_export       no       no        no       yes      yes
record_lot_export            no       no        no       yes      yes
record_whole_export          no       no        no       yes      yes
record_emergency_sheet       no       no        no       yes      yes
record_reading_of_reasons_alone  no   no        no       yes      yes
"""
COLUMNS, *LINES = [line.split() for line in TABLE.strip().splitlines()]
ROWS = [(name, expected) for name, *expected in LINES]

# Services that commands and scheduled jobs call without a user: `by` is None.
OF_THE_SYSTEM = {"register_patients", "publish_form", "end_sessions", "take_second_factor_away", "load_catalogue"}
OF_THE_SYSTEM |= {"record_whole_export", "record_emergency_sheet", "store_table", "disable_account"}
OF_THE_SYSTEM |= {"carry_out_destruction"}
ASK_NOBODY = {
    "checked_patient": "reads only",
    "claim_messages": "part of sending messages",
    "claim_question": "part of sending messages",
    "claim_reminder": "part of sending reminders",
    "record_patient_answers": "the patient, who has the secret of the link and knows the birth date",
    "record_questions_opening": "the patient, who has the secret of the link and knows the birth date",
    "record_wrong_birth_date": "whoever has the secret of the link",
    "deliver": "part of sending messages",
    "send_warning_alerts": "run by a scheduled job",
    "queue_message": "part of booking and changing visits",
    "send_due_messages": "run by a scheduled job",
    "ask_about_visit": "the patient, who has the secret of the link",
    "confirm_visits": "the patient, who has the secret of the link",
    "record_link_opening": "the patient, who has the secret of the link",
    "withdraw_requests": "the patient, who has the secret of the link",
    "rebuild_summaries": "counts stored rows again",
    "add_audit_entry": "records any user, including one who was refused",
    "add_created_entries": "records the user who registered patients",
    "add_entry_about_many": "records the user who saw a list of patients",
    "add_strangers_refusal": "records somebody who is not signed in",
}

SERVICES = {
    name: getattr(module, name)
    for module in (patients.services, clinic.services, treatments.services)
    for name in public_services()
    if name in module.__all__
}
PREDICATES = {
    name: may
    for module in (patients.permissions, clinic.permissions, treatments.permissions)
    for name, may in vars(module).items()
    if isinstance(may, HasPermissions)
}
CALLS = SERVICE_CALLS | {
    "send_letter": lambda s: partial(
        treatments.services.send_letter, s.signed_letter, by=s.physio, pdf=b"%PDF-", **s.leaving()
    ),
    "send_document": lambda s: partial(
        treatments.services.send_document,
        s.patient,
        by=s.physio,
        site=s.practitioner.site,
        name="visit.pdf",
        pdf=b"%PDF-",
        id=uuid.uuid4(),
    ),
    "send_test_email": lambda s: partial(clinic.services.send_test_email, by=s.admin, address="owner@example.org"),
    "declare_own_device": lambda s: partial(clinic.services.declare_own_device, s.physio, by=s.physio, proof="PIN"),
    "declare_shared_tablet": lambda s: partial(
        clinic.services.declare_shared_tablet, s.physio, by=s.physio, proof="password"
    ),
    "end_shared_tablet": lambda s: partial(clinic.services.end_shared_tablet, s.physio, by=s.physio, tablet="a" * 64),
    "forget_on_tablets": lambda s: partial(clinic.services.forget_on_tablets, s.physio, by=s.physio),
    "create_invitation": lambda s: partial(clinic.services.create_invitation, s.desk, by=s.admin, proof="PIN"),
    "send_invitation": lambda s: partial(clinic.services.send_invitation, s.desk, by=s.admin, address="https://here/"),
    "record_reading_of_reasons_alone": lambda s: partial(
        treatments.services.record_reading_of_reasons_alone, by=s.admin, reasons=[]
    ),
    "record_trail_export": lambda s: partial(
        patients.services.record_trail_export, TrailEntry.objects.all(), by=s.admin, filters=""
    ),
    "record_whole_export": lambda s: partial(
        treatments.services.record_whole_export, s.patient, by=s.admin, recipient="The patient", proof="PIN"
    ),
    "record_emergency_sheet": lambda s: partial(
        treatments.services.record_emergency_sheet, by=s.admin, day=timezone.localdate(), patient_ids=[s.patient.pk]
    ),
    "record_lot_export": lambda s: partial(
        treatments.services.record_lot_export, make_needle(), by=s.admin, patient_ids=[s.patient.pk]
    ),
    "record_outcomes_export": lambda s: partial(
        treatments.services.record_outcomes_export,
        by=s.admin,
        file_format="csv",
        identified=False,
        filters_in_words="all",
        count=1,
        patient_ids=[s.patient.pk],
    ),
}


def answer(call, by):
    """The result of calling a service as this person, as in the table. The call is rolled back."""
    call = deepcopy(call)
    with transaction.atomic():
        try:
            call.func(*call.args, **(call.keywords | {"by": by}))
        except PermissionDenied:
            found = "no"
        except ValidationError:
            found = "rule"
        else:
            found = "yes"
        transaction.set_rollback(True)
    return found


@pytest.fixture
def call_of(clinic_fixture):
    """call_of(name): the call of a service, in a clinic in which a permitted person succeeds."""
    return lambda name: CALLS[name](Stage(clinic_fixture))


@pytest.mark.parametrize(("name", "expected"), ROWS, ids=[name for name, _ in ROWS])
def test_each_role_may_do_what_the_table_says(clinic_fixture, call_of, name, expected):
    call = call_of(name)
    roles = {
        "front_desk": clinic_fixture.front_desk,
        "author": clinic_fixture.physiotherapist,
        "colleague": clinic_fixture.other_physiotherapist,
        "admin": clinic_fixture.admin,
        "superuser": people.make_superuser(),
    }

    assert [answer(call, roles[column]) for column in COLUMNS] == expected


@pytest.mark.parametrize("name", [name for name, _ in ROWS])
def test_nobody_without_a_role_may_do_anything(clinic_fixture, call_of, name):
    call = call_of(name)
    left = [
        people.make_superuser(),
        User.objects.get(pk=clinic_fixture.physiotherapist.pk),
        User.objects.get(pk=clinic_fixture.admin.pk),
    ]
    for user in left:
        user.is_active = False

    refused = [answer(call, by) for by in [AnonymousUser(), User.objects.create_user("n.obody"), *left]]

    assert refused == ["no"] * 5
    assert answer(call, None) == ("yes" if name in OF_THE_SYSTEM else "no")


def test_every_public_service_is_in_the_table():
    assert sorted(SERVICES) == sorted([*(name for name, _ in ROWS), *ASK_NOBODY])


def test_services_without_a_permission_take_no_user():
    """Except those that record a user in the audit trail."""
    by_a_person = {name for name in ASK_NOBODY if "by" in inspect.signature(SERVICES[name]).parameters}

    assert by_a_person == {"add_audit_entry", "add_created_entries", "add_entry_about_many"}


def test_an_export_with_names_needs_its_own_permission(clinic_fixture, call_of):
    call = partial(call_of("record_outcomes_export"), identified=True)
    before = answer(call, clinic_fixture.admin)

    clinic_fixture.admin.user_permissions.add(Permission.objects.get(codename="identify_outcome"))

    assert (before, answer(call, User.objects.get(pk=clinic_fixture.admin.pk))) == ("no", "yes")


def test_a_refusal_names_the_permission_and_the_id_of_the_user(clinic_fixture):
    sentence = f"User {clinic_fixture.front_desk.pk} does not have the required permission: patients.add_episode."
    with pytest.raises(PermissionDenied, match=re.escape(sentence)):
        patients.services.open_episode(
            clinic_fixture.patient, by=clinic_fixture.front_desk, complaint="Neck", region="neck"
        )


def test_every_permission_that_is_asked_for_exists(db):
    known = {".".join(pair) for pair in Permission.objects.values_list("content_type__app_label", "codename")}

    assert {name for name, may in PREDICATES.items() if not set(may.names) <= known} == set()
