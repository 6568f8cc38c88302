"""Records in the audit trail what the admin saves, and shows the entries about a record."""

from datetime import timedelta
from functools import partial

from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.contrib.messages import get_messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404
from django.template.response import TemplateResponse
from django.urls import path
from django.utils import timezone

from patients.audit.chain import accesses_by_day, entries_about
from patients.audit.recording import add_audit_entry
from patients.audit.request_context import note_patients_shown
from patients.audit.wording import changes_in_words, patients_shown, record_in_words
from patients.integrity.changes import changes_between, form_changes
from patients.models import TrailEntry
from patients.permissions import may_read_audit_trail
from patients.web.breaking import BreaksVisits, save_if_seen, seen_in

Action = TrailEntry.Action
ALL = "all fields"
# The entries on the history page of a record.
HISTORY_LENGTH = 200
# The fields of a user or a group that decide what somebody may do.
PERMISSIONS = {"groups", "works_at", "user_permissions", "permissions", "is_active", "is_staff", "is_superuser"}


class RefusedForm:
    """Mixed into a form of the admin that must not be saved before its user has read the list of broken visits."""

    refusal = None

    def clean(self):
        cleaned = super().clean()
        self.add_error(None, self.refusal)
        return cleaned


class AuditedAdmin(admin.ModelAdmin):
    """Records in the audit trail what each form of the admin changed, in the transaction that saves it.

    A change after which booked visits cannot take place is saved only once the user has seen the list of them.
    `recorded_by_service` names the fields that a service saves and records itself, or is ALL. `added_by_service` is
    True if a service saves and records new rows, but not changes.
    """

    recorded_by_service = ()
    added_by_service = False

    def changeform_view(self, request, object_id=None, form_url="", extra_context=None):
        page = partial(super().changeform_view, request, object_id, form_url)
        if request.method != "POST":
            return page(extra_context)
        try:
            return save_if_seen(partial(page, extra_context), seen=seen_in(request.POST))
        except BreaksVisits as refusal:
            list(get_messages(request))  # takes back "was changed successfully"
            request.breaks_visits = refusal
            response = page((extra_context or {}) | {"broken_visits": refusal.visits})
            response.status_code = 422
            return response

    def get_form(self, request, obj=None, **kwargs):
        form = super().get_form(request, obj, **kwargs)
        refusal = getattr(request, "breaks_visits", None)
        return form if refusal is None else type(form.__name__, (RefusedForm, form), {"refusal": refusal})

    def construct_change_message(self, request, form, formsets, add=False):
        """Django calls this after saving, while the forms still hold their initial values."""
        if not (self.recorded_by_service is ALL or (add and self.added_by_service)):
            record_form(form, by=request.user, add=add, without=self.recorded_by_service)
            for formset in formsets or ():
                record_formset(formset, by=request.user)
        return super().construct_change_message(request, form, formsets, add)

    def history_view(self, request, object_id, extra_context=None):
        """The latest entries of the audit trail about this record; of a patient, those about all their records."""
        if not may_read_audit_trail(request.user) or not self.has_view_permission(request):
            raise PermissionDenied
        record = self.get_object(request, unquote(object_id))
        if record is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        entries = entries_about(record)[:HISTORY_LENGTH]
        note_patients_shown(request, [key for entry in entries for key in patients_shown(entry)])
        context = self.admin_site.each_context(request) | {
            "title": "Audit trail",
            "subtitle": str(record),
            "original": record,
            "opts": self.opts,
            "entries": [(entry, record_in_words(entry), changes_in_words(entry)) for entry in entries],
            "longest": HISTORY_LENGTH,
        }
        return TemplateResponse(request, "admin/audit_history.html", context | (extra_context or {}))

    def delete_model(self, request, obj):
        add_audit_entry(Action.DELETE, by=request.user, record=obj, changes=changes_between(obj, None))
        super().delete_model(request, obj)

    @transaction.atomic
    def delete_queryset(self, request, queryset):
        for row in queryset:
            add_audit_entry(Action.DELETE, by=request.user, record=row, changes=changes_between(row, None))
        super().delete_queryset(request, queryset)


def record_form(form, *, by, add, without=()):
    """Add one entry for a saved form; a change of permissions has a separate action."""
    changes = {name: pair for name, pair in form_changes(form).items() if name not in without}
    action = Action.CREATE if add else Action.PERMISSION_CHANGE if PERMISSIONS & changes.keys() else Action.CHANGE
    add_audit_entry(action, by=by, record=getattr(form, "instance", None) or form.user, changes=changes)


def record_formset(formset, *, by):
    """Add one entry for each row that was added, changed or deleted on the page of another record."""
    deleted = set(formset.deleted_objects)
    for row in deleted:
        add_audit_entry(Action.DELETE, by=by, record=row, changes=changes_between(row, None))
    for form in formset.forms:
        if form.has_changed() and form.instance not in deleted and form.instance.pk:
            record_form(form, by=by, add=form.instance in formset.new_objects)


class AccessReport:
    """Mixed into the patient's admin: the page "Who looked at this record", for users who may read the audit trail."""

    change_form_template = "admin/patients/patient/change_form.html"
    DAYS = 365

    def get_urls(self):
        page = self.admin_site.admin_view(self.who_looked_view)
        return [path("<path:object_id>/who-looked/", page, name="patients_patient_who_looked"), *super().get_urls()]

    def who_looked_view(self, request, object_id):
        if not may_read_audit_trail(request.user):
            raise PermissionDenied
        patient = self.get_object(request, unquote(object_id))
        if patient is None:
            raise Http404
        since = None if "whole" in request.GET else timezone.now() - timedelta(days=self.DAYS)
        context = self.admin_site.each_context(request) | {
            "title": "Who looked at this record",
            "subtitle": str(patient),
            "original": patient,
            "looks": accesses_by_day(patient, since=since),
            "since": since,
        }
        return TemplateResponse(request, "admin/patients/patient/who_looked.html", context)
