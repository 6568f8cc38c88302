"""A minimal signed-in page, with which the others are compared: one query, a table of 20 rows."""

from django.shortcuts import render
from django.urls import include, path

from patients.models import Patient


def floor(request):
    return render(request, "floor.html", {"patients": Patient.objects.order_by("family_name", "given_name")[:20]})


urlpatterns = [path("floor/", floor, name="floor"), path("", include("clinic.urls"))]
