"""Mixins that limit what the admin can do with clinical records."""

from operator import attrgetter

from django.contrib import admin


class NeverDeleted:
    """Clinical records cannot be deleted, not even by a superuser. They are closed, retired or withdrawn."""

    def has_delete_permission(self, request, obj=None):
        return False


class ReadOnly(NeverDeleted):
    """Clinical records can be reviewed in the admin, but are written only on the clinic's own pages."""

    def has_add_permission(self, request, obj=None):
        return False

    def has_change_permission(self, request, obj=None):
        return False


class MarksError:
    """Mixed into the admin of records that can be entered in error: a column that says so.

    `marked_with` are the paths from a row to the records whose mark counts for it too, such as its session.
    """

    marked_with = [""]

    @admin.display(description="entered in error")
    def in_error(self, row):
        records = (attrgetter(path)(row) if path else row for path in self.marked_with)
        is_marked = any(record is not None and record.error_mark_id for record in records)
        return "Entered in error" if is_marked else ""


class ReadOnlyInline(ReadOnly, admin.TabularInline):
    extra = 0

    def get_readonly_fields(self, request, obj=None):
        return self.fields
