"""A copy of the whole record of a patient, for the patient or for another clinic."""

import tempfile

from django.http import FileResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_http_methods

from patients.integrity.authorization import page_needs
from patients.models import Patient
from patients.staff import printed_name
from patients.views.answering import accepted
from patients.web.banner import patient_banner
from treatments.forms.whole_records import WholeRecordForm
from treatments.permissions import may_export_whole_records
from treatments.services import record_whole_export
from treatments.whole_record.package import Package, zip_of_package


@page_needs(may_export_whole_records)
@require_http_methods(["GET", "HEAD", "POST"])
def whole_record(request, patient_id):
    """What the copy contains, and who receives it. The copy is in the audit trail before it is made."""
    patient = get_object_or_404(Patient, pk=patient_id)
    context = patient_banner(request, patient)
    form = WholeRecordForm(request.POST or None, request=request)
    if form.is_valid() and (entry := accepted(form, record_whole_export, patient, by=request.user, **form.as_kwargs())):
        return _download(Package(patient, form.cleaned_data["recipient"], entry.at, printed_name(request.user)))
    status = 422 if request.method == "POST" else 200
    return render(request, "treatments/whole_record.html", context | {"form": form}, status=status)


def _download(package):
    """The archive from a file on the disk, so that a failure shows a page of errors and never half an archive."""
    file = tempfile.TemporaryFile(prefix="filiform-")  # noqa: SIM115 - the FileResponse closes it
    try:
        file.writelines(zip_of_package(package))
        file.seek(0)
    except BaseException:
        file.close()
        raise
    name = package.file_name
    response = FileResponse(file, as_attachment=True, filename=name, content_type="application/zip")
    response.is_recorded = True
    return response
