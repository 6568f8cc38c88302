"""The audit trail is complete: every URL about a patient, every service that writes, every admin page that saves."""

import re
import uuid
from datetime import timedelta
from decimal import Decimal
from functools import partial

import pytest
from django.contrib import admin as django_admin
from django.contrib.auth.models import Group
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

import clinic.services
import patients.services
import treatments.services
from clinic.accounts.sign_in import failed_attempts_of
from clinic.models import Appointment, AppointmentType, ClinicSettings, Message, Site, VisitReply
from clinic.models.feed import hash_token
from clinic.roles import ADMIN, REVIEWER
from clinic.services.shared_tablets import remember
from clinic.services.site_access import add_sites
from patients.admin import TrailEntryAdmin
from patients.audit.admin import AuditedAdmin
from patients.audit.chain import broken_links
from patients.importing.plan import Choices
from patients.importing.stored import plan_of
from patients.merging import differences
from patients.models import ConsentForm, Patient, PatientMerge, ScreeningQuestion, TrailEntry
from tests import people
from tests.admin_pages import url_of
from tests.clinic.accounts.sign_in import give_app, sign_in
from tests.clinic.builders import at, make_appointment, make_hours
from tests.clinic_fixture import LINK, addresses, everything_for, fill_with_everything
from tests.patients.builders import agree, decline, make_screening
from tests.treatments.builders import make_needle, make_signed, picture_file, rows_read
from treatments.evidence.exchange import as_json
from treatments.evidence.registry import facts_of
from treatments.forms.documents import checked_file
from treatments.models import AdverseEvent, FactReview, Muscle, TreatmentSession

# Parts of a URL that lead to a patient.
OF_ONE_PATIENT = {"patient_id", "appointment_id", "entry_id"}
ABOUT_ONE = sorted(name for name, parts in addresses().items() if OF_ONE_PATIENT & set(parts))
ON_PAPER = {"consent_pdf", "session_copy", "session_copy_pdf", "session_print", "patient_visits_print"}
ON_PAPER |= {"case_report_print", "episode_report_print", "exercises_print", "exercises_pdf"}
ON_PAPER |= {"assessment_print", "letter_print", "letter_pdf"}
EXPORTED = {"patient_visits_download", "case_report_export", "episode_report_export"}
EXPORTED |= {"attachment_download", "attachments_export"}
# It shows another patient as well. Its own test is about the entry for that one.
OF_TWO_PATIENTS = {"merge_detail", "patient_detail"}
ROLES = ["front_desk", "physiotherapist", "admin"]


# Readings and refusals ---------------------------------------------------------------


def answers(client, made, name, method):
    """(role, status, entries written) for each role that asks for the page."""
    for role in ROLES:
        client.force_login(getattr(made, role))
        last = TrailEntry.objects.order_by("-pk").first().pk
        status = getattr(client, method)(made.url(name)).status_code
        yield role, status, list(TrailEntry.objects.filter(pk__gt=last).order_by("pk"))


@pytest.mark.parametrize("method", ["get", "head"])
@pytest.mark.parametrize("name", ABOUT_ONE)
def test_reading_a_page_about_a_patient_or_being_refused_it_is_recorded(client, clinic_fixture, name, method):
    ours = clinic_fixture.patient.pk
    found = [
        (
            role,
            status,
            [(e.action, e.page, e.patient_id) for e in entries if e.patient_id == ours or name not in OF_TWO_PATIENTS],
        )
        for role, status, entries in answers(client, clinic_fixture, name, method)
    ]

    recorded = {
        200: "print" if name in ON_PAPER else "export" if name in EXPORTED else "read",
        403: "refused",
        404: "refused",
    }
    assert found == [
        (role, status, [(recorded[status], name, ours)] if status in recorded else []) for role, status, _ in found
    ]
    assert {status for _, status, _ in found} <= {200, 302, 403, 404, 405}


@pytest.mark.parametrize("name", sorted(addresses()))
def test_every_refusal_of_every_page_is_recorded(client, clinic_fixture, name):
    for method in ("get", "post"):
        for role, status, entries in answers(client, clinic_fixture, name, method):
            refused = [entry.note for entry in entries if entry.action == "refused"]
            assert (role, bool(refused)) == (role, status in (403, 404))


# Pages that show to everybody who works here who comes when, and ask for changes every few seconds.
NOT_RECORDED = {"day", "week", "today", "running_timers"}


def pages_of_many(made):
    """(name, URL) of each page that may show a patient whom its URL does not name: lists, and all of the admin."""
    for name in sorted(addresses().keys() - set(ABOUT_ONE)):
        yield name, made.url(name)
    for model in django_admin.site._registry:
        yield url_of(model), url_of(model)
        for row in model._default_manager.all()[:1]:
            yield url_of(model, "change", "KEY"), url_of(model, "change", row.pk)
            yield url_of(model, "history", "KEY"), url_of(model, "history", row.pk)


def test_every_page_that_shows_a_patient_is_found_from_that_patient(client, clinic_fixture):
    owner = people.make_superuser()
    shown, recorded = set(), set()
    for name, url in pages_of_many(clinic_fixture):
        client.force_login(clinic_fixture.physiotherapist if name in NOT_RECORDED else owner)
        last = TrailEntry.objects.latest("pk").pk
        response = client.get(url)
        page = response.getvalue().decode(errors="replace") if response.status_code == 200 else ""
        for patient in Patient.objects.all():
            if patient.record_number in page:
                shown.add((name, patient.pk))
                if TrailEntry.objects.about(patient).filter(pk__gt=last).exists():
                    recorded.add((name, patient.pk))

    assert {name for name, _ in shown - recorded} <= NOT_RECORDED
    names = {name for name, _ in shown}
    assert {"patient_search", "waiting_list", "merge_list", "needle_trace", url_of(TreatmentSession)} <= names
    assert names & NOT_RECORDED == {"today", "running_timers"}


# Services ------------------------------------------------------------------------------


IMPORTED = "Surname,First name,Date of birth\nImported,Ida,1980-05-17\n"


class Stage:
    """A clinic in which every service can be called once."""

    def __init__(self, clinic_fixture):
        self.made = clinic_fixture
        self.desk, self.physio, self.admin = (
            self.made.front_desk,
            self.made.physiotherapist,
            self.made.admin,
        )
        self.patient, self.stranger = self.made.patient, self.made.stranger
        self.practitioner = self.physio.practitioner
        make_hours(self.physio)
        self.type = AppointmentType.objects.first()
        self.draft = TreatmentSession.objects.get(pk=self.made.ids["session_id"])
        self.signed = self.made.sessions[0]
        self.episode = self.patient.episodes.first()
        self.assessment = self.made.assessments[1]
        self.signed_letter, self.letter = self.made.letters
        self.feed = self.practitioner.calendar_feeds.get()
        self.wish = self.patient.waiting_list_entries.get()

    @property
    def stranger_episode(self):
        """A new one, in which there is no assessment yet."""
        return HERE.open_episode(self.stranger, by=self.physio, complaint="Elbow", region="arm")

    def leaving(self):
        return {"address": "gp@example.org", "patient_agreed": True, "id": uuid.uuid4()}

    def fields(self, **changed):
        return {"given_name": "Noor", "family_name": "Haddad", "born_on": self.patient.born_on} | changed

    @property
    def merge(self):
        """Asked for by the front desk."""
        return PatientMerge.objects.get(survivor=self.patient)

    def uploaded(self):
        """A file of one patient that waits."""
        return HERE.upload_import(by=self.admin, kind="patients", name="a.csv", content=IMPORTED.encode())

    def merging(self):
        differing, _ = differences(self.patient, self.merge.duplicate)
        details = {each.name: each.survivor for each in differing}
        return partial(HERE.confirm_merge, self.merge, by=self.physio, proof="PIN", details=details)

    def new_patients(self):
        return [HERE.register_patient(by=self.desk, **self.fields(given_name=name)) for name in ("Noor", "Nora")]

    def patient_of_other_site(self):
        """Of a site where the front desk does not work."""
        self.desk.sites.add(self.practitioner.site)
        patient = HERE.register_patient(by=self.admin, **self.fields(given_name="Noor"))
        add_sites(patient, [Site.objects.create(name="Mill Road").pk], by=self.admin)
        return patient

    def time_off(self):
        times = {"starts_at": at("09:00"), "ends_at": at("12:00")}
        return clinic.services.record_time_off(by=self.desk, practitioner=self.practitioner, **times)

    def visit_during_time_off(self):
        visit = self.visit()
        self.time_off()
        return visit

    def visit(self, clock="10:00", **moved):
        visit = clinic.services.book_appointment(by=self.desk, patient=self.patient, **self.slot(clock))
        Appointment.objects.filter(pk=visit.pk).update(**moved)
        visit.refresh_from_db()
        return visit

    def slot(self, clock):
        return {"practitioner": self.practitioner, "type": self.type, "starts_at": at(clock)}

    def slot_of_yesterday(self):
        yesterday = timezone.localdate() - timedelta(days=1)
        return self.slot("10:00") | {"starts_at": at("10:00", day=yesterday)}

    def visit_in(self, **by):
        """A visit that was booked yesterday, at whatever hour. What was queued about it is about its start."""
        now = timezone.now()
        start = now + timedelta(**by)
        span = {"starts_at": start, "ends_at": start + timedelta(minutes=20)}
        visit = self.visit(**span, booked_at=now - timedelta(days=1), outside_hours_at=now, outside_hours_by=self.desk)
        Message.objects.update(starts_at=start, due_at=now)
        return visit

    def series(self, **by):
        visits = [(at("11:00"), None), (at("11:00") + timedelta(days=7), None)]
        said = {"by": self.desk, "practitioner": self.practitioner, "type": self.type, "visits": visits}
        return clinic.services.book_series(self.patient, **(said | by))

    def reach_patient(self):
        self.patient.email, self.patient.reminder_channel = "ruth@example.org", "email"
        self.patient.save()

    def visit_of_reachable_patient(self):
        self.reach_patient()
        return self.visit_during_time_off()

    def visit_without_message(self):
        self.reach_patient()
        visit = self.visit()
        Message.objects.filter(appointment=visit).delete()
        return visit

    def due(self):
        self.reach_patient()
        visit = self.visit_in(hours=20)
        Message.objects.waiting().delete()  # it would take the place of the reminder
        return visit

    def visit_to_ask_about(self):
        """A visit with a signed session, whose patient agreed to the questions and has not been asked."""
        ClinicSettings.objects.create(public_address="https://clinic.example.org", sends_questions_after=True)
        agreed = {"email": "ivo@example.org", "reminder_channel": "email", "wants_questions_after": True}
        patient = people.make_patient(by=self.desk, given_name="Ivo", **agreed)
        start = timezone.now() - timedelta(hours=40)
        visit = make_appointment(patient, self.physio, at=start)
        make_signed(patient, by=self.physio, appointment=visit, started_at=start)
        return visit

    def after_link(self):
        visit = self.visit_to_ask_about()
        fields = {"kind": "after", "status": "sent", "channel": "email", "starts_at": visit.starts_at}
        Message.objects.create(appointment=visit, token_hash=hash_token("after"), **fields)
        return "after"

    def waiting_message(self):
        """The confirmation of a visit that was booked a while ago."""
        self.due()
        self.visit_in(hours=22)
        return Message.objects.waiting().get()

    def cancelled(self):
        visit = self.visit()
        clinic.services.cancel_appointment(visit, by=self.desk, reason="Ill")
        return visit

    def old_record(self):
        """A record whose period is over."""
        patient = people.make_patient(by=self.desk, given_name="Ivo", family_name="Old")
        Patient.objects.filter(pk=patient.pk).update(created_at=timezone.now() - timedelta(days=366 * 20))
        return patient

    def destruction(self):
        """What another admin asked for."""
        other = people.make_user("b.lind", role=people.ADMIN, is_staff=True)
        return TREATMENT.ask_for_destruction(self.old_record(), by=other, reason="Period over", proof="PIN")

    def empty_draft(self):
        """Begun before there was anything to take over."""
        return TreatmentSession.objects.create(
            patient=self.patient,
            episode=self.episode,
            practitioner=self.practitioner,
            started_at=timezone.now(),
            saved_by=self.physio,
        )

    def copying(self):
        draft = self.empty_draft()
        saved = everything_for(draft) | {"needlings": [], "answers": []}
        return partial(TREATMENT.save_and_copy_setup, draft, by=self.physio, **saved)

    def snippet(self):
        """Shared with the clinic, so that an admin may retire it."""
        return TREATMENT.add_snippet(by=self.physio, id=uuid.uuid4(), **SNIPPET)

    def protocol(self):
        """Shared with the clinic, so that an admin may retire it."""
        made = TREATMENT.make_protocol(self.signed, by=self.physio, protocol_id=uuid.uuid4())
        return TREATMENT.update_protocol(made, by=self.physio, is_shared=True)

    def saving(self):
        return everything_for(self.draft) | {"needlings": list(self.draft.needlings.all()), "answers": []}

    def using(self):
        protocol = self.protocol()
        return partial(
            TREATMENT.save_and_use_protocol,
            self.draft,
            by=self.physio,
            protocol=protocol,
            side="left",
            **self.saving(),
        )

    def undoing(self):
        use = self.using()()
        self.draft.refresh_from_db()
        return partial(TREATMENT.undo_protocol_use, self.draft, by=self.physio, use_id=use.pk, **self.saving())

    def signing(self):
        draft = fill_with_everything(self.draft, by=self.physio)
        return partial(TREATMENT.sign_as_shown, draft, by=self.physio, version=draft.version, proof="PIN")

    texts = dict.fromkeys([field for field, _ in ConsentForm.SECTIONS], "Other words.")

    @property
    def asked(self):
        return self.draft.warning_answers.get(seconded_by=self.made.other_physiotherapist)

    @property
    def patient_event(self):
        return AdverseEvent.objects.get(pk=self.made.ids["event_id"])

    def recalled(self):
        return treatments.services.recall_lot(
            make_needle(), by=self.admin, recalled_on=timezone.localdate(), reason="Bent tips"
        )

    def signed_in(self):
        sign_in(Client(), self.desk)
        return self.desk

    def with_app(self):
        give_app(self.desk)
        return self.desk

    def account_change(self):
        asking, changes = people.make_superuser("asking"), {"groups": [["Front desk"], ["Admin", "Front desk"]]}
        return clinic.services.ask_for_account_change(self.desk, by=asking, changes=changes, proof="password")

    def made_admin(self):
        self.desk.groups.add(Group.objects.get(name=ADMIN))
        return self.desk

    def with_pin(self):
        clinic.services.set_pin(self.physio, by=self.physio, pin="482951", proof="password")
        return self.physio

    def remembered_on_tablet(self):
        remember(self.physio, "a" * 64, signed_in_at=timezone.now())
        return self.physio

    @property
    def review(self):
        fact = facts_of("depth")[0]
        said = {"verdict": "agreed", "qualification": "Physiotherapist"}
        return {"fact_key": fact.fact_key, "fingerprint": fact.fingerprint} | said

    def reviewer(self):
        return people.make_user("r.osei", role=REVIEWER)

    def reviews_of_another_clinic(self):
        decided = timezone.now() - timedelta(days=1)
        review = FactReview(**self.review, reviewer_name="A. Reviewer", decided_at=decided)
        return as_json([review], clinic="Harbour Lane")

    def locked_out(self):
        for _ in range(5):
            sign_in(Client(), self.desk, "wrong")
        return self.desk

    def with_an_old_catalogue(self):
        Muscle.objects.filter(slug="infraspinatus").update(name_latin="Infra spinatus")
        return self


# For each service a function that prepares the stage and returns the call to make.
SNIPPET = {"name": "Needled", "field": "note", "text": "Needled the {muscles}.", "is_shared": True}
EXERCISE = {"name": "Wall slide", "instructions": "Slide both arms up a wall.", "usual_dose": "3 × 10"}
HERE, DIARY, TREATMENT = patients.services, clinic.services, treatments.services
SERVICE_CALLS = {
    "register_patient": lambda s: partial(HERE.register_patient, by=s.desk, **s.fields()),
    "register_patients": lambda s: partial(HERE.register_patients, [s.fields(), s.fields(given_name="Ivo")], by=None),
    "link_family": lambda s: partial(HERE.link_family, s.patient, s.stranger, by=s.desk),
    "leave_family": lambda s: partial(HERE.leave_family, HERE.link_family(s.patient, s.stranger, by=s.desk), by=s.desk),
    "ask_for_merge": lambda s: partial(HERE.ask_for_merge, *s.new_patients(), by=s.desk, reason="Registered twice"),
    "confirm_merge": lambda s: s.merging(),
    "keep_record": lambda s: partial(HERE.keep_record, s.merge, s.merge.duplicate, by=s.desk),
    "decline_merge": lambda s: partial(HERE.decline_merge, s.merge, by=s.desk, reason="They are twins"),
    "undo_merge": lambda s: partial(HERE.undo_merge, s.merging()(), by=s.physio, proof="PIN", reason="They are twins"),
    "place_legal_hold": lambda s: partial(HERE.place_legal_hold, s.patient, by=s.admin, reason="Claim"),
    "lift_legal_hold": lambda s: partial(
        HERE.lift_legal_hold,
        HERE.place_legal_hold(s.patient, by=s.admin, reason="Claim"),
        by=s.admin,
        reason="Settled",
    ),
    "upload_import": lambda s: partial(
        HERE.upload_import, by=s.admin, kind="patients", name="a.csv", content=IMPORTED.encode()
    ),
    "choose_for_import": lambda s: partial(
        HERE.choose_for_import, s.uploaded(), by=s.admin, choices=Choices(name_order="given")
    ),
    "store_import": lambda s: partial(HERE.store_import, s.uploaded(), by=s.admin),
    "store_table": lambda s: partial(
        HERE.store_table, plan_of(s.uploaded()), by=None, name="a.csv", size=len(IMPORTED)
    ),
    "discard_import": lambda s: partial(HERE.discard_import, s.uploaded(), by=s.admin),
    "undo_import": lambda s: partial(
        HERE.undo_import, HERE.store_import(s.uploaded(), by=s.admin), by=s.admin, reason="An old file"
    ),
    "update_patient": lambda s: partial(HERE.update_patient, s.patient, by=s.desk, city="Cork"),
    "review_fact": lambda s: partial(TREATMENT.review_fact, by=s.reviewer(), **s.review),
    "import_fact_reviews": lambda s: partial(
        TREATMENT.import_fact_reviews, s.reviews_of_another_clinic(), by=s.reviewer()
    ),
    "record_contact": lambda s: partial(
        HERE.record_contact, s.patient, by=s.desk, name="Ola Mensah", relationship="parent", told_about="visits"
    ),
    "change_contact": lambda s: partial(
        HERE.change_contact, s.patient.contacts.current().get(), by=s.desk, phone="020 7946 0000"
    ),
    "end_contact": lambda s: partial(HERE.end_contact, s.patient.contacts.current().get(), by=s.desk),
    "record_identifier": lambda s: partial(
        HERE.record_identifier, s.patient, by=s.desk, kind="gb-nhs", number="943 476 5919"
    ),
    "remove_identifier": lambda s: partial(
        HERE.remove_identifier,
        HERE.record_identifier(s.patient, by=s.desk, kind="gb-nhs", number="943 476 5919"),
        by=s.desk,
    ),
    "record_body_measure": lambda s: partial(HERE.record_body_measure, s.patient, by=s.physio, height_cm=172),
    "confirm_imported_alert": lambda s: partial(
        HERE.confirm_imported_alert, s.patient.imported_alerts.get(), by=s.physio
    ),
    "end_imported_alert": lambda s: partial(
        HERE.end_imported_alert, s.patient.imported_alerts.get(), by=s.physio, reason="Tested"
    ),
    "open_episode": lambda s: partial(HERE.open_episode, s.patient, by=s.physio, complaint="Knee", region="leg"),
    "update_episode": lambda s: partial(HERE.update_episode, s.episode, by=s.physio, goals="To play again"),
    "close_episode": lambda s: partial(
        HERE.close_episode, s.episode, by=s.physio, closing_reason="goal_reached", closing_summary="Well."
    ),
    "take_screening": lambda s: partial(make_screening, s.patient, by=s.physio),
    "add_question": lambda s: partial(
        HERE.add_question, by=s.admin, key="new", text="Do you faint?", alert="Faints", category="relative"
    ),
    "revise_question": lambda s: partial(
        HERE.revise_question, ScreeningQuestion.objects.asked().first(), by=s.admin, text="Do you faint easily?"
    ),
    "keep_patient_answers": lambda s: partial(
        HERE.keep_patient_answers,
        s.patient,
        by=s.physio,
        answered_by_name="Ruth",
        answers=dict.fromkeys(ScreeningQuestion.objects.asked_of_patients(), (False,)),
    ),
    "keep_patient_drawing": lambda s: partial(
        TREATMENT.keep_patient_drawing,
        s.patient,
        by=s.physio,
        drawn_by_name="Ruth",
        drawing=[{"view": "posterior", "points": [[200, 100], [230, 110], [220, 150]]}],
        id=uuid.uuid4(),
    ),
    "confirm_screening": lambda s: partial(HERE.confirm_screening, s.patient, by=s.physio),
    "give_consent": lambda s: partial(agree, s.stranger, by=s.physio),
    "record_refusal": lambda s: partial(decline, s.stranger, by=s.physio),
    "withdraw_consent": lambda s: partial(
        HERE.withdraw_consent, s.patient.consents.first(), by=s.physio, proof="PIN", reason="Afraid"
    ),
    "draft_form": lambda s: partial(HERE.draft_form, by=s.admin, title="Consent", **s.texts),
    "publish_form": lambda s: partial(
        HERE.publish_form, HERE.draft_form(by=s.admin, title="Consent", **s.texts), by=s.admin
    ),
    "book_appointment": lambda s: partial(DIARY.book_appointment, by=s.desk, patient=s.patient, **s.slot("10:00")),
    "record_past_visit": lambda s: partial(
        DIARY.record_past_visit, by=s.desk, patient=s.patient, reason="Walked in", **s.slot_of_yesterday()
    ),
    "book_series": lambda s: partial(s.series),
    "move_appointment": lambda s: partial(DIARY.move_appointment, s.visit(), by=s.desk, starts_at=at("12:00")),
    "edit_appointment": lambda s: partial(DIARY.edit_appointment, s.visit(), by=s.desk, note="Rings first"),
    "move_this_and_following": lambda s: partial(
        DIARY.move_this_and_following, s.series()[0], by=s.desk, starts_at=at("12:00")
    ),
    "cancel_appointment": lambda s: partial(DIARY.cancel_appointment, s.visit(), by=s.desk, reason="Ill"),
    "cancel_this_and_following": lambda s: partial(
        DIARY.cancel_this_and_following, s.series()[0], by=s.desk, reason="Ill"
    ),
    "check_in": lambda s: partial(DIARY.check_in, s.visit_in(minutes=0), by=s.desk),
    "mark_no_show": lambda s: partial(DIARY.mark_no_show, s.visit_in(minutes=-5), by=s.desk),
    "undo_booking": lambda s: partial(DIARY.undo_booking, s.visit(), by=s.desk),
    "undo_last": lambda s: partial(DIARY.undo_last, s.cancelled(), by=s.desk),
    "open_with_reason": lambda s: partial(
        DIARY.open_with_reason, s.patient_of_other_site(), by=s.desk, reason="urgent", explanation="Fell in the street"
    ),
    "record_time_off": lambda s: partial(
        DIARY.record_time_off, by=s.desk, practitioner=s.practitioner, starts_at=at("09:00"), ends_at=at("12:00")
    ),
    "cancel_time_off": lambda s: partial(DIARY.cancel_time_off, s.time_off(), by=s.desk),
    "record_unanswered_call": lambda s: partial(DIARY.record_unanswered_call, s.visit(status="done"), by=s.desk),
    "record_no_answer": lambda s: partial(DIARY.record_no_answer, s.visit(), by=s.desk),
    "keep_appointment": lambda s: partial(DIARY.keep_appointment, s.visit_during_time_off(), by=s.desk),
    "queue_postponement_notice": lambda s: partial(
        DIARY.queue_postponement_notice, s.visit_of_reachable_patient(), by=s.desk
    ),
    "send_dates": lambda s: partial(DIARY.send_dates, s.visit_without_message().patient, by=s.desk),
    "withdraw_postponement_notice": lambda s: partial(
        DIARY.withdraw_postponement_notice,
        DIARY.queue_postponement_notice(s.visit_of_reachable_patient(), by=s.desk).appointment,
        by=s.desk,
    ),
    "move_to_waiting_list": lambda s: partial(DIARY.move_to_waiting_list, s.visit(), by=s.desk, reason="Away"),
    "add_to_waiting_list": lambda s: partial(DIARY.add_to_waiting_list, s.patient, by=s.desk, type=s.type),
    "close_waiting_entry": lambda s: partial(DIARY.close_waiting_entry, s.wish, by=s.desk),
    "edit_waiting_entry": lambda s: partial(DIARY.edit_waiting_entry, s.wish, by=s.desk, note="Any morning"),
    "reopen_waiting_entry": lambda s: partial(
        DIARY.reopen_waiting_entry, DIARY.close_waiting_entry(s.wish, by=s.desk), by=s.desk
    ),
    "book_waiting_entry": lambda s: partial(
        DIARY.book_waiting_entry, s.wish, by=s.desk, practitioner=s.practitioner, starts_at=at("10:00")
    ),
    "create_calendar_feed": lambda s: partial(
        DIARY.create_calendar_feed, people.make_physiotherapist("new").practitioner, by=s.admin
    ),
    "revoke_calendar_feed": lambda s: partial(DIARY.revoke_calendar_feed, s.feed, by=s.admin),
    "claim_reminder": lambda s: partial(DIARY.claim_reminder, s.due().pk, channel="email"),
    "claim_question": lambda s: partial(DIARY.claim_question, s.visit_to_ask_about().pk, channel="email"),
    "record_patient_answers": lambda s: partial(
        TREATMENT.record_patient_answers, s.after_link(), born_on=s.patient.born_on, id=uuid.uuid4(), pain=3
    ),
    "send_due_messages": lambda s: partial(DIARY.send_due_messages, channel=s.due().patient.reminder_channel),
    "claim_messages": lambda s: partial(DIARY.claim_messages, [s.waiting_message().pk], channel="email"),
    "deliver": lambda s: partial(DIARY.deliver, [s.waiting_message().pk], channel="email", send=lambda **kwargs: None),
    "confirm_visits": lambda s: partial(DIARY.confirm_visits, LINK),
    "ask_about_visit": lambda s: partial(
        DIARY.ask_about_visit, LINK, kind="cancel", appointment_id=s.made.ids["appointment_id"]
    ),
    "withdraw_requests": lambda s: partial(DIARY.withdraw_requests, LINK),
    "close_failed_message": lambda s: partial(
        DIARY.close_failed_message, Message.objects.get(pk=s.made.ids["message_id"]), by=s.desk
    ),
    "close_visit_request": lambda s: partial(
        DIARY.close_visit_request, VisitReply.objects.get(pk=s.made.ids["reply_id"]), by=s.desk
    ),
    "end_sessions": lambda s: partial(DIARY.end_sessions, s.signed_in(), by=s.admin),
    "disable_account": lambda s: partial(DIARY.disable_account, s.signed_in(), by=None),
    "take_second_factor_away": lambda s: partial(DIARY.take_second_factor_away, s.with_app(), by=None),
    "ask_for_account_change": lambda s: partial(
        DIARY.ask_for_account_change, s.desk, by=s.admin, changes={"is_active": [False, True]}, proof="password"
    ),
    "accept_account_change": lambda s: partial(
        DIARY.accept_account_change, s.account_change(), by=s.admin, proof="password"
    ),
    "refuse_account_change": lambda s: partial(DIARY.refuse_account_change, s.account_change(), by=s.admin),
    "set_pin": lambda s: partial(DIARY.set_pin, s.physio, by=s.physio, pin="482951", proof="password"),
    "remove_pin": lambda s: partial(DIARY.remove_pin, s.with_pin(), by=s.physio),
    "end_shared_tablet": lambda s: partial(
        DIARY.end_shared_tablet, s.remembered_on_tablet(), by=s.physio, tablet="a" * 64
    ),
    "forget_on_tablets": lambda s: partial(DIARY.forget_on_tablets, s.remembered_on_tablet(), by=s.physio),
    "unlock_sign_in": lambda s: partial(DIARY.unlock_sign_in, failed_attempts_of(s.locked_out()), by=s.admin),
    "match_staff_to_role": lambda s: partial(DIARY.match_staff_to_role, s.made_admin(), by=s.admin),
    "save_site": lambda s: partial(DIARY.save_site, s.practitioner.site, by=s.admin, phone="020 7946 0123"),
    "add_rooms": lambda s: partial(DIARY.add_rooms, s.practitioner.site, by=s.admin, names=["Room 9"]),
    "add_visit_kinds": lambda s: partial(DIARY.add_visit_kinds, [{"name": "Gait", "minutes": 30}], by=s.admin),
    "add_person": lambda s: partial(
        DIARY.add_person, by=s.admin, first_name="Ivo", last_name="Berg", roles=["Admin"], proof="PIN"
    ),
    "become_practitioner": lambda s: partial(
        DIARY.become_practitioner, by=people.make_superuser("owner"), site=s.practitioner.site, proof="PIN"
    ),
    "save_weekly_hours": lambda s: partial(DIARY.save_weekly_hours, s.practitioner, by=s.admin, periods=[]),
    "confirm_email_works": lambda s: partial(DIARY.confirm_email_works, by=s.admin),
    "start_letter": lambda s: partial(
        TREATMENT.start_letter, s.stranger_episode, by=s.physio, kind="gp", id=uuid.uuid4()
    ),
    "save_letter": lambda s: partial(
        TREATMENT.save_letter,
        s.letter,
        by=s.physio,
        version=s.letter.version,
        token=uuid.uuid4(),
        values={"subject": "Other"},
    ),
    "sign_letter": lambda s: partial(
        TREATMENT.sign_letter, s.letter, by=s.physio, version=s.letter.version, proof="PIN"
    ),
    "withdraw_letter": lambda s: partial(
        TREATMENT.withdraw_letter, s.letter, by=s.physio, proof="PIN", reason="Begun by mistake"
    ),
    "record_letter_given": lambda s: partial(
        TREATMENT.record_letter_given, s.signed_letter, by=s.physio, way="post", **s.leaving()
    ),
    "start_assessment": lambda s: partial(TREATMENT.start_assessment, s.stranger_episode, by=s.physio, id=uuid.uuid4()),
    "save_assessment": lambda s: partial(
        TREATMENT.save_assessment,
        s.assessment,
        by=s.physio,
        version=s.assessment.version,
        token=uuid.uuid4(),
        values={"history": "Since the move."},
    ),
    "sign_assessment": lambda s: partial(
        TREATMENT.sign_assessment, s.assessment, by=s.physio, version=s.assessment.version, proof="PIN"
    ),
    "amend_assessment": lambda s: partial(
        TREATMENT.amend_assessment,
        s.made.assessments[0],
        by=s.physio,
        proof="PIN",
        text="Left, not right.",
        reason="Wrong side",
        id=uuid.uuid4(),
    ),
    "withdraw_assessment": lambda s: partial(
        TREATMENT.withdraw_assessment, s.assessment, by=s.physio, proof="PIN", reason="Begun by mistake"
    ),
    "start_session": lambda s: partial(
        TREATMENT.start_session, s.stranger, by=s.physio, session_id=uuid.uuid4(), reason="Second visit today"
    ),
    "copy_setup": lambda s: partial(TREATMENT.copy_setup, s.empty_draft(), by=s.physio, past_events_are_known=True),
    "save_draft": lambda s: partial(fill_with_everything, s.draft, by=s.physio),
    "save_and_sign": lambda s: partial(
        TREATMENT.save_and_sign, s.draft, by=s.physio, proof="PIN", **everything_for(s.draft)
    ),
    "save_and_copy_setup": lambda s: s.copying(),
    "save_and_repeat_answers": lambda s: partial(
        TREATMENT.save_and_repeat_answers, s.draft, by=s.physio, **everything_for(s.draft)
    ),
    "set_own_defaults": lambda s: partial(
        TREATMENT.set_own_defaults, by=s.physio, needle_size=(Decimal("0.30"), 40), technique="pistoning"
    ),
    "add_snippet": lambda s: partial(TREATMENT.add_snippet, by=s.physio, id=uuid.uuid4(), **SNIPPET),
    "update_snippet": lambda s: partial(TREATMENT.update_snippet, s.snippet(), by=s.physio, name="Advice"),
    "retire_snippet": lambda s: partial(TREATMENT.retire_snippet, s.snippet(), by=s.physio),
    "save_and_insert_snippet": lambda s: partial(
        TREATMENT.save_and_insert_snippet, s.draft, by=s.physio, snippet=s.snippet(), **everything_for(s.draft)
    ),
    "make_protocol": lambda s: partial(TREATMENT.make_protocol, s.signed, by=s.physio, protocol_id=uuid.uuid4()),
    "save_and_make_protocol": lambda s: partial(
        TREATMENT.save_and_make_protocol, s.draft, by=s.physio, **everything_for(s.draft)
    ),
    "save_and_use_protocol": lambda s: s.using(),
    "undo_protocol_use": lambda s: s.undoing(),
    "update_protocol": lambda s: partial(TREATMENT.update_protocol, s.protocol(), by=s.physio, name="Head, four rows"),
    "retire_protocol": lambda s: partial(TREATMENT.retire_protocol, s.protocol(), by=s.physio),
    "sign_as_shown": lambda s: s.signing(),
    "sign_session": lambda s: partial(
        TREATMENT.sign_session, fill_with_everything(s.draft, by=s.physio), by=s.physio, proof="PIN"
    ),
    "amend_session": lambda s: partial(
        TREATMENT.amend_session,
        s.signed,
        by=s.physio,
        proof="PIN",
        text="Left, not right.",
        reason="Wrong side",
        id=uuid.uuid4(),
    ),
    "agree_to_stop": lambda s: partial(
        TREATMENT.agree_to_stop, s.asked, by=s.made.other_physiotherapist, proof="PIN", rows_read=rows_read(s.asked)
    ),
    "withdraw_draft": lambda s: partial(
        TREATMENT.withdraw_draft, s.draft, by=s.physio, proof="PIN", reason="Begun by mistake"
    ),
    "hand_over_draft": lambda s: partial(
        TREATMENT.hand_over_draft, s.draft, by=s.physio, proof="PIN", to=people.make_physiotherapist("new").practitioner
    ),
    "record_event": lambda s: partial(TREATMENT.record_event, s.signed, by=s.physio, type="bruise", grade="mild"),
    "report_event": lambda s: partial(
        TREATMENT.report_event,
        s.patient_event,
        by=s.physio,
        number=1,
        grade="significant",
        outcome="recovered",
        action="Lay down.",
        is_closed=True,
    ),
    "recall_lot": lambda s: partial(
        TREATMENT.recall_lot, make_needle(), by=s.admin, recalled_on=timezone.localdate(), reason="Bent tips"
    ),
    "lift_recall": lambda s: partial(TREATMENT.lift_recall, s.recalled(), by=s.admin),
    "record_follow_up": lambda s: partial(
        TREATMENT.record_follow_up, s.signed, by=s.physio, contacted_at=timezone.now(), pain=1
    ),
    "mark_in_error": lambda s: partial(
        TREATMENT.mark_in_error,
        s.patient.outcome_scores.current().first(),
        by=s.physio,
        proof="PIN",
        reason="Wrong patient",
    ),
    "confirm_error_mark": lambda s: partial(
        TREATMENT.confirm_error_mark, s.patient.error_marks.get(), by=s.made.other_physiotherapist, proof="PIN"
    ),
    "decline_error_mark": lambda s: partial(
        TREATMENT.decline_error_mark,
        s.patient.error_marks.get(),
        by=s.made.other_physiotherapist,
        proof="PIN",
        reason="It is right",
    ),
    "record_outcome_score": lambda s: partial(
        TREATMENT.record_outcome_score, s.episode, by=s.physio, measure="ndi", value=36, scored_on=timezone.localdate()
    ),
    "record_answers": lambda s: partial(
        TREATMENT.record_answers,
        s.episode,
        by=s.physio,
        scored_on=timezone.localdate(),
        given={"nprs": {"now": 4}},
        id=uuid.uuid4(),
    ),
    "ask_for_destruction": lambda s: partial(
        TREATMENT.ask_for_destruction, s.old_record(), by=s.admin, reason="Period over", proof="PIN"
    ),
    "accept_destruction": lambda s: partial(TREATMENT.accept_destruction, s.destruction(), by=s.admin, proof="PIN"),
    "refuse_destruction": lambda s: partial(TREATMENT.refuse_destruction, s.destruction(), by=s.admin, note="Not yet"),
    "carry_out_destruction": lambda s: partial(
        TREATMENT.carry_out_destruction,
        TREATMENT.accept_destruction(s.destruction(), by=s.admin, proof="PIN"),
        by=s.admin,
    ),
    "add_attachment": lambda s: partial(
        TREATMENT.add_attachment, s.patient, by=s.physio, file=checked_file(picture_file()), kind="photo"
    ),
    "add_exercise": lambda s: partial(TREATMENT.add_exercise, by=s.physio, **EXERCISE),
    "revise_exercise": lambda s: partial(
        TREATMENT.revise_exercise, TREATMENT.add_exercise(by=s.physio, **EXERCISE), by=s.admin, **EXERCISE
    ),
    "retire_exercise": lambda s: partial(
        TREATMENT.retire_exercise, TREATMENT.add_exercise(by=s.physio, **EXERCISE), by=s.admin
    ),
    "prescribe_exercise": lambda s: partial(
        TREATMENT.prescribe_exercise,
        s.patient,
        by=s.physio,
        exercise=TREATMENT.add_exercise(by=s.physio, **EXERCISE),
        dose="2 × 8",
    ),
    "record_exercise_report": lambda s: partial(
        TREATMENT.record_exercise_report, s.patient.exercise_prescriptions.get(), by=s.physio, how="done"
    ),
    "load_catalogue": lambda s: partial(TREATMENT.load_catalogue, by=s.with_an_old_catalogue().admin),
}
EXEMPT = {
    "declare_shared_tablet": "makes a secret for a cookie, writes only the audit trail",
    "declare_own_device": "sets a cookie, writes only the audit trail",
    "checked_patient": "checks details, writes nothing",
    "create_invitation": "makes a token, writes only the audit trail",
    "send_invitation": "sends an e-mail, writes only the audit trail",
    "send_document": "sends an e-mail, writes only the audit trail",
    "send_letter": "sends an e-mail; what it stores is that of record_letter_given, and tested with letters",
    "send_test_email": "sends an e-mail, writes only the audit trail",
    "queue_message": "a row that waits; sending it is in the audit trail",
    "record_link_opening": "records a reading, writes only the audit trail",
    "record_questions_opening": "records a reading, writes only the audit trail",
    "send_warning_alerts": "sends an e-mail; the entry about it is tested with the link after a visit",
    "record_wrong_birth_date": "records a refusal, writes only the audit trail",
    "record_reading_of_reasons_alone": "records a reading, writes only the audit trail",
    "record_outcomes_export": "records an export, writes only the audit trail",
    "record_trail_export": "records an export, writes only the audit trail",
    "record_whole_export": "records an export, writes only the audit trail",
    "record_lot_export": "records an export, writes only the audit trail",
    "record_emergency_sheet": "records an export, writes only the audit trail",
    "add_audit_entry": "writes the audit trail itself",
    "add_created_entries": "writes the audit trail itself",
    "add_entry_about_many": "writes the audit trail itself",
    "add_strangers_refusal": "writes the audit trail itself",
    "rebuild_summaries": "counts signed sessions again, adds no information",
}
WRITE = re.compile(r'^\s*(?:INSERT INTO|UPDATE|DELETE FROM)\s+"?(\w+)', re.I)


def public_services():
    for module in (patients.services, clinic.services, treatments.services):
        for name in module.__all__:
            if not isinstance(getattr(module, name), type):
                yield name


def test_every_public_service_is_tried_or_exempt():
    assert sorted(public_services()) == sorted([*SERVICE_CALLS, *EXEMPT])


@pytest.mark.parametrize("name", SERVICE_CALLS)
def test_a_service_that_writes_adds_an_entry(clinic_fixture, settings, name):
    settings.EMAIL_URL, settings.DEFAULT_FROM_EMAIL = "smtp://localhost", "clinic@example.org"
    call = SERVICE_CALLS[name](Stage(clinic_fixture))
    last = TrailEntry.objects.order_by("-pk").first().pk

    with CaptureQueriesContext(connection) as captured:
        call()

    written = [found[1] for query in captured.captured_queries if (found := WRITE.match(query["sql"]))]
    entries = TrailEntry.objects.filter(pk__gt=last)
    assert [table for table in written if table != TrailEntry._meta.db_table]
    assert [entry for entry in entries if entry.changes]
    assert list(broken_links()) == []


def test_an_autosave_that_changed_nothing_leaves_no_entry(clinic_fixture):
    stage = Stage(clinic_fixture)
    saved = fill_with_everything(stage.draft, by=stage.physio)
    rows = {
        "needlings": list(saved.needlings.all()),
        "measurements": list(saved.measurements.all()),
        "events": [],
        "answers": list(saved.warning_answers.all()),
    }
    before = TrailEntry.objects.count()

    again = treatments.services.save_draft(
        saved, by=stage.physio, version=saved.version, token=uuid.uuid4(), values={"plan": saved.plan}, **rows
    )
    assert TrailEntry.objects.count() == before

    rows["needlings"][0].depth_mm = 21
    treatments.services.save_draft(
        again, by=stage.physio, version=again.version, token=uuid.uuid4(), values={"plan": "Rest."}, **rows
    )
    entry = TrailEntry.objects.order_by("-pk").first()
    row = f"needling {rows['needlings'][0].pk}"
    assert entry.changes == {"plan": [saved.plan, "Rest."], row: [{"depth_mm": 20}, {"depth_mm": 21}]}


# The admin ---------------------------------------------------------------------------------


def test_every_admin_page_that_saves_adds_an_entry():
    ours = ("patients", "clinic", "treatments", "auth")
    silent = [
        type(page).__name__
        for model, page in django_admin.site._registry.items()
        if model._meta.app_label in ours and not isinstance(page, AuditedAdmin | TrailEntryAdmin)
    ]

    assert silent == []
