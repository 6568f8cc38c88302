"""The page of the bibliography."""

from django.shortcuts import render
from django.views.decorators.http import require_safe

from patients.sources import bibliography


@require_safe
def source_list(request):
    return render(request, "patients/source_list.html", {"nav": "sources", "sources": bibliography().values()})
