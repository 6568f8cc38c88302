"""A patient's attachments: the list, adding one, and its content for those who may open it."""

from django.contrib import messages
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from patients.integrity.authorization import page_needs, require_permission
from patients.integrity.encryption import Unreadable
from patients.models import Patient
from patients.views.answering import accepted
from patients.web.banner import patient_banner
from patients.web.returning import return_address
from patients.web.zip_stream import zip_of
from treatments.forms.attachments import AttachmentForm
from treatments.models import Attachment
from treatments.permissions import may_add_attachments, may_open_attachments, may_read_attachments
from treatments.record.attached import content_of
from treatments.record.attachment_export import files_of
from treatments.services import add_attachment

# No script, form, link or embedded file of the content can do anything, even if a browser took it for a page.
SANDBOX = "default-src 'none'; frame-ancestors 'none'; sandbox"


@require_http_methods(["GET", "HEAD", "POST"])
@page_needs(may_read_attachments)
def patient_attachments(request, patient_id):
    patient = get_object_or_404(Patient, pk=patient_id)
    if request.method == "POST":
        require_permission(may_add_attachments, request.user)
    form = None
    if may_add_attachments(request.user):
        form = AttachmentForm(request.POST or None, request.FILES or None, patient=patient)
    if form and form.is_valid() and accepted(form, add_attachment, patient, by=request.user, **form.as_kwargs()):
        messages.success(request, "Attached.")
        return redirect(request.get_full_path())
    if form and form.errors:
        form.ask_for_file_again()
    context = patient_banner(request, patient) | {
        "tab": "attachments",
        "form": form,
        "attachments": patient.attachments.newest_first().with_people(),
        "next": return_address(request),
    }
    return render(request, "treatments/patient_attachments.html", context, status=422 if form and form.errors else 200)


@require_safe
@page_needs(may_read_attachments)
def attachment_detail(request, patient_id, attachment_id):
    attachment = _attachment(patient_id, attachment_id)
    context = patient_banner(request, attachment.patient) | {"tab": "attachments", "attachment": attachment}
    return render(request, "treatments/attachment_detail.html", context)


@require_safe
@page_needs(may_open_attachments)
def attachment_content(request, patient_id, attachment_id):
    return _content(request, _attachment(patient_id, attachment_id, "content"), disposition="inline")


@require_safe
@page_needs(may_open_attachments)
def attachment_download(request, patient_id, attachment_id):
    return _content(request, _attachment(patient_id, attachment_id, "content"), disposition="attachment")


@require_safe
@page_needs(may_open_attachments)
def attachments_export(request, patient_id):
    patient = get_object_or_404(Patient, pk=patient_id)
    attachments = patient.attachments.counting().newest_first().with_people().select_related("patient", "content")
    headers = {"Content-Disposition": f'attachment; filename="{patient.record_number} attachments.zip"'}
    archive = zip_of(files_of(attachments.iterator(chunk_size=1)))
    return StreamingHttpResponse(archive, content_type="application/zip", headers=headers)


def _attachment(patient_id, attachment_id, *also):
    attachments = Attachment.objects.with_people().select_related("patient", "error_mark", *also)
    return get_object_or_404(attachments, pk=attachment_id, patient_id=patient_id)


def _content(request, attachment, *, disposition):
    try:
        content = content_of(attachment)
    except Unreadable as why:
        messages.error(
            request, f"This attachment cannot be opened, because {why}. Tell the person who runs the server."
        )
        return redirect(attachment)
    headers = {"Content-Disposition": f'{disposition}; filename="{attachment.file_name}"'}
    # Chrome refuses to show a PDF in a sandbox. A PDF has no scripts: treatments.forms.pdfs refuses them.
    if attachment.is_picture or disposition == "attachment":
        headers["Content-Security-Policy"] = SANDBOX
    return HttpResponse(content, content_type=attachment.media_type, headers=headers)
