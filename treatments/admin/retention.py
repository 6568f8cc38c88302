"""The retention report: which records may be destroyed, why the others may not, and legal holds."""

from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone

from patients.admin import ListsPatients, ReadOnly
from patients.audit.admin import AuditedAdmin
from patients.models import LegalHold
from patients.models.patient_key import person
from patients.permissions import may_lift_legal_holds, may_place_legal_holds
from patients.services import lift_legal_hold, place_legal_hold
from patients.templatetags.citations import cited
from patients.views.answering import accepted
from treatments.forms.retention import LiftHoldForm, PlaceHoldForm
from treatments.models import RetentionCase
from treatments.retention.due import records_past, retention_of, shortest_period_began_on


class WhichFilter(admin.SimpleListFilter):
    """Records past the shortest period by default: only among these can there be any to destroy."""

    title = "records"
    parameter_name = "which"

    def lookups(self, request, model_admin):
        return [("hold", "With a legal hold"), ("all", "All records")]

    def choices(self, changelist):
        default, *others = super().choices(changelist)
        return [default | {"display": "Past the shortest period"}, *others]

    def queryset(self, request, queryset):
        if self.value() == "hold":
            return queryset.filter(pk__in=LegalHold.objects.in_force().order_by().values(who=person()))
        if self.value() == "all":
            return queryset
        past = records_past(shortest_period_began_on(timezone.localdate()))
        return queryset.filter(pk__in=past.order_by().values("pk"))


class RetentionList(ChangeList):
    """Each row of the page gets what the rules say of it, all rows with the same queries."""

    def get_results(self, request):
        super().get_results(request)
        self.result_list = list(self.result_list)
        found = retention_of(self.result_list, today=timezone.localdate())
        for case in self.result_list:
            case.retention = found[case.pk]


@admin.register(RetentionCase)
class RetentionCaseAdmin(ListsPatients, ReadOnly, AuditedAdmin):
    list_display = ["record_number", "family_name", "given_name", "birth_date", "last_entry_on", "keep_until", "state"]
    list_display_links = ["record_number", "family_name"]
    list_filter = [WhichFilter]
    ordering = ["created_at", "pk"]

    def get_queryset(self, request):
        return super().get_queryset(request).registered().filter(merged_into=None)

    def get_changelist(self, request, **kwargs):
        return RetentionList

    def changelist_view(self, request, extra_context=None):
        title = {"title": "Retention: which records may be destroyed"}
        return super().changelist_view(request, title | (extra_context or {}))

    @admin.display(description="last entry")
    def last_entry_on(self, case):
        return case.retention.last_entry_on

    @admin.display(description="keep until")
    def keep_until(self, case):
        return case.retention.keep_until

    @admin.display(description="may it be destroyed?")
    def state(self, case):
        return " ".join(case.retention.obstacles) or "Yes"

    def change_view(self, request, object_id, form_url="", extra_context=None):
        """What the rules say of one record, its legal holds, and the forms for what the user may do."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        case = self.get_object(request, unquote(object_id))
        if case is None:
            raise Http404
        acts, typed = _acts(request.user, case), request.POST if request.method == "POST" else None
        name = next((name for name in acts if typed and name in typed), None)
        if typed is not None and name is None:
            raise PermissionDenied
        forms = {act: make(typed if act == name else None) for act, (make, _) in acts.items()}
        if name and acts[name][1](request, forms[name]):
            return redirect(reverse("admin:treatments_retentioncase_change", args=[case.pk]))
        retention = retention_of([case], today=timezone.localdate())[case.pk]
        context = self.admin_site.each_context(request) | {
            "title": "Retention of this record",
            "subtitle": str(case),
            "original": case,
            "opts": self.opts,
            "retention": retention,
            "source": retention.rule and cited(retention.rule.source),
            "holds": case.legal_holds.with_people(),
            "forms": forms,
        }
        template = "admin/treatments/retentioncase/detail.html"
        return TemplateResponse(request, template, context, status=200 if typed is None else 422)


def _acts(user, case):
    """{what the user may do: (function that makes its form, function that does it)}."""
    acts, in_force = {}, case.legal_holds.in_force()
    if may_place_legal_holds(user):
        acts["place"] = PlaceHoldForm, lambda request, form: _place(request, case, form)
    if may_lift_legal_holds(user) and in_force.exists():
        acts["lift"] = lambda typed: LiftHoldForm(typed, holds=in_force), _lift
    return acts


def _place(request, case, form):
    hold = form.is_valid() and accepted(form, place_legal_hold, case, by=request.user, **form.cleaned_data)
    if hold:
        messages.success(request, "The record is now on legal hold.")
    return hold


def _lift(request, form):
    if not form.is_valid():
        return None
    hold, reason = form.cleaned_data["hold"], form.cleaned_data["lift_reason"]
    lifted = accepted(form, lift_legal_hold, hold, by=request.user, reason=reason)
    if lifted:
        messages.success(request, "The legal hold has been lifted.")
    return lifted
