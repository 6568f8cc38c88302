"""Who a person is and what they may do, asked with one question where Django asks two."""

from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import Permission
from django.db.models import Q


class OneQuestionBackend(ModelBackend):
    """Permissions of a person's own and of their groups in one query: each page asks for them."""

    def get_all_permissions(self, user_obj, obj=None):
        if not user_obj.is_active or user_obj.is_anonymous or obj is not None:
            return set()
        if not hasattr(user_obj, "_perm_cache"):
            user_obj._perm_cache = {f"{app}.{codename}" for app, codename in _permissions_of(user_obj)}
        return user_obj._perm_cache


def _permissions_of(user):
    permissions = Permission.objects.order_by()
    if not user.is_superuser:
        own = user.user_permissions.through.objects.filter(user=user).values("permission")
        of_groups = Permission.group_set.through.objects.filter(group__user=user).values("permission")
        permissions = permissions.filter(Q(pk__in=own) | Q(pk__in=of_groups))
    return permissions.values_list("content_type__app_label", "codename")
