"""The six digits with which a user signs. They prove who a signed-in user is.

They sign nobody in, except on a shared tablet on which the user has just signed in (clinic.accounts.shared_tablets).
"""

import re

from django.conf import settings
from django.contrib.auth.hashers import check_password, make_password
from django.core.exceptions import ValidationError
from django.db import models, transaction

PIN_DIGITS = 6
PIN_TRIES = 3  # wrong ones in a row, before the user needs another proof. A password has five.
FEWEST_DIFFERENT = 4
RUNS = "0123456789 9876543210 1234567890 0987654321"


def validate_pin(pin):
    """Raise ValidationError unless these are six digits that are not easy to guess: few, in a row, or a date."""
    if not re.fullmatch(r"[0-9]{6}", pin):
        raise ValidationError("Choose six digits.")
    if len(set(pin)) < FEWEST_DIFFERENT or pin in RUNS or _is_a_date(pin):
        raise ValidationError(
            "This PIN is easy to guess. Choose six digits with at least four different ones, not in a row and not a"
            " date such as a birthday."
        )


def _is_a_date(pin):
    """Whether it reads as day, month and year of two digits each, with the year first or last."""
    first, second, third = int(pin[:2]), int(pin[2:4]), int(pin[4:])
    pairs = [(first, second), (second, first), (second, third), (third, second)]
    return any(1 <= day <= 31 and 1 <= month <= 12 for day, month in pairs)


class SigningPin(models.Model):
    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, primary_key=True, related_name="signing_pin"
    )
    pin_hash = models.CharField(max_length=128, editable=False)
    set_at = models.DateTimeField(editable=False)
    wrong_in_a_row = models.PositiveSmallIntegerField(default=0, editable=False)

    def __str__(self):
        return f"PIN of {self.user}"

    @property
    def is_paused(self):
        """Whether there were so many wrong ones that the user needs another proof first."""
        return self.wrong_in_a_row >= PIN_TRIES

    @property
    def tries_left(self):
        return max(0, PIN_TRIES - self.wrong_in_a_row)

    def choose(self, pin):
        """Take this PIN. Raises ValidationError as validate_pin does. The caller saves it."""
        validate_pin(pin)
        self.pin_hash, self.wrong_in_a_row = make_password(pin), 0

    def try_pin(self, typed):
        """Whether this is the PIN. Counts the try first, so that several at once are no more tries than allowed."""
        with transaction.atomic():
            stored = SigningPin.objects.select_for_update().get(pk=self.pk)
            self.wrong_in_a_row = stored.wrong_in_a_row
            if stored.is_paused:
                return False
            self._store(stored.wrong_in_a_row + 1)
        is_right = check_password(typed, stored.pin_hash)
        if is_right:
            self._store(0)
        return is_right

    def resume(self):
        """The user has proved who they are in another way, so the PIN can be tried again."""
        if self.wrong_in_a_row:
            self._store(0)

    def _store(self, wrong_in_a_row):
        self.wrong_in_a_row = wrong_in_a_row
        self.save(update_fields=["wrong_in_a_row"])
