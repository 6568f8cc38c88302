"""What the admin may not do with clinical records."""

from django.contrib import admin


class NeverDeleted:
    """Nothing clinical is deleted, not even by a superuser: rows are closed, retired or withdrawn."""

    def has_delete_permission(self, request, obj=None):
        return False


class ReadOnly(NeverDeleted):
    """Clinical content is reviewed in the admin and written on the clinic's own pages."""

    def has_add_permission(self, request, obj=None):
        return False

    def has_change_permission(self, request, obj=None):
        return False


class ReadOnlyInline(ReadOnly, admin.TabularInline):
    extra = 0

    def get_readonly_fields(self, request, obj=None):
        return self.fields
