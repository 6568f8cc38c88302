"""Sign-ins on shared tablets, after which a person can come back with their PIN for some hours."""

import uuid
from datetime import timedelta

from django.conf import settings
from django.db import models
from django.utils import timezone


class TabletSignInQuerySet(models.QuerySet):
    def on(self, tablet):
        return self.filter(tablet=tablet)

    def in_time(self):
        """Those since which neither SHARED_TABLET_HOURS have passed, nor SHARED_TABLET_IDLE_HOURS without use."""
        now = timezone.now()
        return self.filter(
            signed_in_at__gt=now - timedelta(seconds=settings.SHARED_TABLET_SECONDS),
            used_at__gt=now - timedelta(seconds=settings.SHARED_TABLET_IDLE_SECONDS),
        )

    def of_usable_accounts(self):
        """Those of active users with a PIN."""
        return self.filter(user__is_active=True, user__signing_pin__isnull=False)

    def with_people(self):
        """With what clinic.accounts.shared_tablets compares, in the order of names."""
        rows = self.select_related("user__signing_pin").order_by("user__last_name", "user__first_name", "pk")
        return rows.prefetch_related("user__groups", "user__user_permissions", "user__authenticator_set")


class TabletSignIn(models.Model):
    """The latest sign-in of a user with password or passkey on one shared tablet. Signing in by PIN never renews it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    tablet = models.CharField(max_length=64, editable=False)  # hash of the secret in the cookie of its browser
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="tablet_sign_ins", editable=False
    )
    signed_in_at = models.DateTimeField(editable=False)
    used_at = models.DateTimeField(editable=False)
    # Changes with the password, the PIN, the second factors and the rights of the user.
    stamp = models.CharField(max_length=64, editable=False)

    objects = TabletSignInQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tablet", "user"], name="one_sign_in_a_tablet_and_user")]

    def __str__(self):
        return f"{self.user} on a shared tablet, {self.signed_in_at:%Y-%m-%d %H:%M}"
