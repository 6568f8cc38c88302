"""The amendments of a session on its page in the admin. Read-only.

The session's own fields there are as signed; its needling rows are those that count.
"""

from django.contrib import admin

from patients.admin import ReadOnlyInline
from treatments.models import Amendment


class AmendmentInline(ReadOnlyInline):
    model = Amendment
    fields = ["number", "words", "text", "reason", "signed_name", "signed_at", "content_hash"]

    def get_queryset(self, request):
        return super().get_queryset(request).prefetch_related("corrections")

    @admin.display(description="corrected")
    def words(self, amendment):
        return amendment.words
