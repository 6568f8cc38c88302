"""Destructions of records: a second admin accepts or refuses them. And their certificates, to read and to print."""

from django.apps import apps
from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.text import capfirst

from clinic.accounts.proof import recent_proof
from patients.admin import ReadOnly
from patients.audit.admin import AuditedAdmin
from patients.audit.request_context import note_patients_shown
from patients.models import Destruction, DestructionCertificate, NameGram
from patients.permissions import may_decide_destructions
from patients.staff import printed_name
from patients.views.answering import accepted
from treatments.forms.destructions import DecisionForm
from treatments.models import Course, CourseKey, FollowUpFact, SessionFact
from treatments.retention.certificates import is_as_sealed
from treatments.services import accept_destruction, refuse_destruction

# Rows that follow from others.
COMPUTED = {model._meta.label for model in (NameGram, Course, CourseKey, SessionFact, FollowUpFact)}


class DestructionStateFilter(admin.SimpleListFilter):
    title = "state"
    parameter_name = "state"

    def lookups(self, request, model_admin):
        return [
            ("waiting", "Waiting for a second admin"),
            ("accepted", "Accepted, not yet carried out"),
            ("refused", "Refused"),
            ("done", "Destroyed"),
        ]

    def queryset(self, request, queryset):
        match self.value():
            case "waiting":
                return queryset.waiting()
            case "accepted":
                return queryset.accepted()
            case "refused":
                return queryset.filter(is_accepted=False)
            case "done":
                return queryset.exclude(certificate=None)
        return queryset


@admin.register(Destruction)
class DestructionAdmin(ReadOnly, AuditedAdmin):
    list_display = [
        "record_number",
        "state",
        "reason",
        "asked_at",
        "asked_by",
        "decided_at",
        "decided_by",
    ]
    list_filter = [DestructionStateFilter]
    list_select_related = ["asked_by", "decided_by"]
    search_fields = ["record_number"]
    date_hierarchy = "asked_at"

    @admin.display(description="state")
    def state(self, destruction):
        return state_in_words(destruction)

    def change_view(self, request, object_id, form_url="", extra_context=None):
        """A request with its decision, the form to decide it, and what the operator has to do."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        destruction = self.get_object(request, unquote(object_id))
        if destruction is None:
            raise Http404
        if destruction.certificate_id is None:
            note_patients_shown(request, [destruction.patient_key])
        is_sent, may_decide = request.method == "POST", may_decide_destructions(request.user)
        if is_sent and not (may_decide and destruction.is_waiting):
            raise PermissionDenied
        form = DecisionForm(request.POST if is_sent else None)
        if is_sent and form.is_valid() and _decided(request, destruction, form):
            return redirect(reverse("admin:patients_destruction_change", args=[destruction.pk]))
        context = self.admin_site.each_context(request) | {
            "title": "Destruction of a record",
            "subtitle": destruction.record_number,
            "original": destruction,
            "opts": self.opts,
            "state": state_in_words(destruction),
            "form": form if may_decide and destruction.is_waiting else None,
            "is_own": destruction.asked_by_id == request.user.pk,
        }
        template = "admin/patients/destruction/detail.html"
        return TemplateResponse(request, template, context, status=422 if is_sent else 200)


def state_in_words(destruction):
    """What became of a destruction, or what it waits for."""
    if destruction.certificate_id:
        return "Destroyed"
    if destruction.is_waiting:
        return "Waits for a second admin"
    if not destruction.is_accepted:
        return f"Refused by {printed_name(destruction.decided_by)}"
    return "Accepted, not yet carried out" if destruction.can_be_carried_out else "Accepted, but expired"


def _decided(request, destruction, form):
    note = form.cleaned_data["note"]
    if "accept" not in request.POST:
        done = accepted(form, refuse_destruction, destruction, by=request.user, note=note)
        sentence = "The destruction was refused. The record is kept."
    else:
        proof = proof_of(request, form)
        done = proof and accepted(form, accept_destruction, destruction, by=request.user, proof=proof, note=note)
        sentence = "You accepted the destruction. Nothing is destroyed yet: the page says what is left to do."
    if done:
        messages.success(request, sentence)
    return done


def proof_of(request, form):
    """How the user proved in the last minutes who they are; "" with a message on the form if they have no way to.

    Raises ReauthenticationRequired, which asks them and sends the request again.
    """
    try:
        return recent_proof(request)
    except ValidationError as refusal:
        form.add_error(None, refusal)
        return ""


@admin.register(DestructionCertificate)
class DestructionCertificateAdmin(ReadOnly, AuditedAdmin):
    list_display = ["number", "record_number", "destroyed_at", "kept_until", "rule"]
    list_display_links = ["number", "record_number"]
    search_fields = ["record_number", "record_numbers"]
    date_hierarchy = "destroyed_at"

    def change_view(self, request, object_id, form_url="", extra_context=None):
        """The certificate, to read and to print. It says whether it is still what was sealed."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        certificate = self.get_object(request, unquote(object_id))
        if certificate is None:
            raise Http404
        context = self.admin_site.each_context(request) | {
            "title": f"Certificate of destruction {certificate.number}",
            "original": certificate,
            "destruction": certificate.destruction,
            "opts": self.opts,
            "counts": counts_in_words(certificate),
            "computed": sum(certificate.counts.get(label, 0) for label in COMPUTED),
            "is_sealed": is_as_sealed(certificate),
        }
        return TemplateResponse(request, "admin/patients/destructioncertificate/detail.html", context)


def counts_in_words(certificate):
    """[(what was destroyed, how many)] in the order of the words, without the models of COMPUTED.

    Models that a later version lacks keep their name.
    """
    models = {model._meta.label: model for model in apps.get_models()}
    return sorted(
        (str(capfirst(models[label]._meta.verbose_name_plural)) if label in models else label, count)
        for label, count in certificate.counts.items()
        if label not in COMPUTED
    )
