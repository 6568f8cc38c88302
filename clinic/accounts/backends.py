"""Load a user, their permissions and sites, and the clinic's setting that limits these, with one query.

The page targets in docs/performance.md include this query on every request.
"""

from django.contrib.auth import get_user_model
from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import Permission
from django.db.models import Aggregate, Exists, F, OuterRef, Q, Subquery, TextField, Value
from django.db.models.functions import Cast, Coalesce, Concat

from clinic.models import AccountChange, ClinicSettings, Site


class Joined(Aggregate):
    """The texts of a group of rows joined into one, in any order."""

    function = "STRING_AGG"
    output_field = TextField()

    def as_sqlite(self, compiler, connection, **context):
        return self.as_sql(compiler, connection, function="GROUP_CONCAT", **context)


class SingleQueryBackend(ModelBackend):
    """Load the user of a request together with all permissions and sites, because every page checks some."""

    def get_user(self, user_id):
        setting = Subquery(ClinicSettings.objects.values("practitioners_book")[:1])
        users = get_user_model()._default_manager.annotate(
            permission_names=_permission_names(),
            practitioners_book=Coalesce(setting, True),
            # clinic.site_access reads these three.
            site_keys=_site_keys(),
            own_site=F("practitioner__site"),
            has_waiting_change=Exists(AccountChange.objects.waiting().filter(user=OuterRef("pk"))),
            has_second_site=Exists(Site.objects.order_by("pk").values("pk")[1:2]),
        )
        user = users.filter(pk=user_id).first()
        if user is None or not self.user_can_authenticate(user):
            return None
        if not user.is_superuser:
            user._perm_cache = set((user.permission_names or "").split())
        return user

    def get_all_permissions(self, user_obj, obj=None):
        if not user_obj.is_active or user_obj.is_anonymous or obj is not None:
            return set()
        if not hasattr(user_obj, "_perm_cache"):
            permissions = Permission.objects.order_by()
            if not user_obj.is_superuser:
                permissions = permissions.filter(_given_to(user_obj.pk))
            names = permissions.values_list("content_type__app_label", "codename")
            user_obj._perm_cache = {f"{app}.{codename}" for app, codename in names}
        return user_obj._perm_cache


def _permission_names():
    """A subquery with all permissions of the outer query's user as one text: "app.codename app.codename"."""
    name = Concat("content_type__app_label", Value("."), "codename")
    given = Permission.objects.order_by().filter(_given_to(OuterRef(OuterRef("pk")))).annotate(all=Value(1))
    return Subquery(given.values("all").annotate(names=Joined(name, Value(" "))).values("names"))


def _site_keys():
    """A subquery with the keys of the sites of the outer query's user as one text: "1 4"."""
    rows = Site.people.through.objects.filter(user=OuterRef("pk")).annotate(all=Value(1))
    keys = rows.values("all").annotate(keys=Joined(Cast("site_id", TextField()), Value(" ")))
    return Subquery(keys.values("keys"))


def _given_to(user):
    own = Permission.user_set.through.objects.filter(user=user).values("permission")
    of_groups = Permission.group_set.through.objects.filter(group__user=user).values("permission")
    return Q(pk__in=own) | Q(pk__in=of_groups)
