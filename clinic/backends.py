"""Who may do what, asked of the database once a request."""

from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import Group, Permission, User
from django.db.models import Q


class OneQueryBackend(ModelBackend):
    """Django's own backend; but the permissions of the person and of the groups are one query instead of two."""

    def get_all_permissions(self, user_obj, obj=None):
        if not user_obj.is_active or user_obj.is_anonymous or user_obj.is_superuser or obj is not None:
            return super().get_all_permissions(user_obj, obj)
        if not hasattr(user_obj, "_perm_cache"):
            rows = _permissions_of(user_obj).values_list("content_type__app_label", "codename").order_by()
            user_obj._perm_cache = {f"{app}.{codename}" for app, codename in rows}
        return user_obj._perm_cache


def _permissions_of(user):
    own = User.user_permissions.through.objects.filter(user=user)
    of_groups = Group.permissions.through.objects.filter(group__user=user)
    return Permission.objects.filter(Q(pk__in=own.values("permission")) | Q(pk__in=of_groups.values("permission")))
