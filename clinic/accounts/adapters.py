"""Adapters for allauth: no sign-up, only local redirects, encrypted secrets, and no error page if e-mail fails."""

import base64
import logging
import secrets

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.contrib.auth import authenticate
from django.utils.http import url_has_allowed_host_and_scheme

from .sign_in import FACTORS, client_address, needs_second_factor

logger = logging.getLogger(__name__)

WRONG = "The user name or the password is wrong. Check both and try again."


class AccountAdapter(DefaultAccountAdapter):
    error_messages = DefaultAccountAdapter.error_messages | {
        "username_password_mismatch": WRONG,
        "email_password_mismatch": WRONG,
        "incorrect_password": "This password is wrong. Try again.",
        "enter_current_password": "Your current password is wrong. Try again.",
        "incorrect_code": "This code is wrong, already used or expired. Enter the newest code.",
        "too_many_login_attempts": "Too many wrong codes. Wait a few minutes and try again.",
        "rate_limited": "Too many failed attempts. Wait a few minutes and try again.",
    }

    def is_open_for_signup(self, request):
        return False

    def authenticate(self, request, **credentials):
        """Use Django's backends, so that axes counts failures and a disabled account gets the usual error."""
        return authenticate(request, **credentials)

    def is_safe_url(self, url):
        request = self.request
        return url_has_allowed_host_and_scheme(url, {request.get_host()}, require_https=request.is_secure())

    def get_client_ip(self, request):
        return client_address(request)

    def send_mail(self, template_prefix, email, context):
        """Send an e-mail and return whether it was sent. A failing mail server must not change what the page shows."""
        if not settings.EMAIL_URL:
            logger.warning("No e-mail was sent: EMAIL_URL is not set.")
            return False
        try:
            super().send_mail(template_prefix, email, context)
        except OSError as refusal:  # smtplib's errors are OSErrors
            logger.error("An e-mail to a user was not sent: %s.", type(refusal).__name__)
            return False
        return True


class SecondFactorAdapter(DefaultMFAAdapter):
    error_messages = DefaultMFAAdapter.error_messages | {
        "incorrect_code": AccountAdapter.error_messages["incorrect_code"],
        "cannot_delete_authenticator": "Your role needs a second factor. Add another one before you remove this one.",
    }

    def encrypt(self, text):
        return _cipher().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text):
        """Decrypt a secret. If that fails, return a random one, so that no code is accepted and access stays closed."""
        try:
            return _cipher().decrypt(encrypted_text.encode()).decode()
        except InvalidToken:
            logger.error("A second factor cannot be decrypted: SECRET_KEY or SECOND_FACTOR_KEY has changed.")
            return base64.b32encode(secrets.token_bytes(20)).decode()

    def can_delete_authenticator(self, authenticator):
        others = Authenticator.objects.filter(user_id=authenticator.user_id, type__in=FACTORS).exclude(
            pk=authenticator.pk
        )
        return others.exists() or not needs_second_factor(authenticator.user)

    def generate_authenticator_name(self, user, type):
        return f"Passkey {Authenticator.objects.filter(user_id=user.pk, type=type).count() + 1}"

    def get_totp_label(self, user):
        return user.get_username()

    def _get_user_identifier(self, user):
        return user.get_username()

    def _get_site_name(self):
        return "Filiform"


def _cipher():
    keys = [settings.SECOND_FACTOR_KEY] if settings.SECOND_FACTOR_KEY else []
    return MultiFernet([Fernet(_derived(key)) for key in [*keys, settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]])


def _derived(key):
    hkdf = HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=b"filiform second factor")
    return base64.urlsafe_b64encode(hkdf.derive(key.encode()))
