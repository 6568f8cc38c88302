"""Mixins that limit what the admin can do with clinical records."""

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


class ReadOnlyInline(ReadOnly, admin.TabularInline):
    extra = 0

    def get_readonly_fields(self, request, obj=None):
        return self.fields
