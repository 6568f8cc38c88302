"""Free entries in the admin: what a practitioner described, and the entry of the catalogue that it counts as."""

from django.db.models import Q

from treatments.models import Muscle, TargetKind
from treatments.services import rebuild_summaries

OF_A_FREE_ENTRY = ["name_en", "region", "counts_as"]


class WithFreeEntries:
    """For the admin of muscles. Only `counts_as` of a free entry can be changed; signed records use the rest."""

    def get_fields(self, request, obj=None):
        if obj and obj.kind == TargetKind.FREE:
            return OF_A_FREE_ENTRY
        return [name for name in super().get_fields(request, obj) if name != "counts_as"]

    def get_readonly_fields(self, request, obj=None):
        if obj and obj.kind == TargetKind.FREE:
            return OF_A_FREE_ENTRY[:-1]
        return [*(["slug", "name_en", "kind"] if obj else []), *super().get_readonly_fields(request, obj)]

    def get_inlines(self, request, obj):
        return [] if obj and obj.kind == TargetKind.FREE else super().get_inlines(request, obj)

    def get_form(self, request, obj=None, **kwargs):
        form = super().get_form(request, obj, **kwargs)
        if obj and (field := form.base_fields.get("counts_as")):
            field.queryset = Muscle.objects.active().filter(Q(region=obj.region) | Q(region=""))
            field.required = True
        if field := form.base_fields.get("kind"):
            field.choices = [choice for choice in TargetKind.choices if choice[0] != TargetKind.FREE]
        return form

    def save_model(self, request, obj, form, change):
        super().save_model(request, obj, form, change)
        if change and {"region", "counts_as"} & set(form.changed_data):
            rebuild_summaries()  # because they count by region and by muscle
