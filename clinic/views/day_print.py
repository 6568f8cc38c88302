"""The day on paper: a sheet for each practitioner or room."""

from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from clinic.diary.grid import day_grid
from clinic.diary.waiting import waiting_for_day
from clinic.permissions import may_see_diary, may_see_waiting_list
from patients.audit.request_context import note_patients_shown
from patients.integrity.authorization import page_needs

from .filters import filters_of


@require_safe
@page_needs(may_see_diary)
def day_print(request):
    filters = filters_of(request)
    chosen = {"practitioner_ids": filters.practitioner_ids, "room_ids": filters.room_ids}
    grid = day_grid(filters.day, filters.site, by=filters.by, **chosen)
    may_see = may_see_waiting_list(request.user)
    waiting = waiting_for_day(filters.day, filters.site, user=request.user) if may_see else []
    context = {"nav": "diary", "filters": filters, "grid": grid, "waiting": waiting, "now": timezone.now()}
    visits = [item.appointment for column in grid.columns for item in column.items if item.kind == "visit"]
    note_patients_shown(request, [row.patient_id for row in (*visits, *waiting)])
    context |= {"by_person_url": filters.print_url(by="practitioner"), "by_room_url": filters.print_url(by="room")}
    with timezone.override(filters.site.zone):
        return render(request, "clinic/day_print.html", context)
