"""All settings, read from environment variables. A missing one stops the start with a message about how to set it."""

from datetime import timedelta
from pathlib import Path

import environ
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from clinic.platform.database_limits import Limits
from clinic.platform.database_settings import database_settings
from clinic.platform.log_settings import log_settings

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()

# Settings of the deployment ---------------------------------------------------

DEBUG = env.bool("DEBUG", default=False)
SECRET_KEY = env.str("SECRET_KEY", default="a-key-for-development-only" * 3 if DEBUG else "")
if not SECRET_KEY:
    raise ImproperlyConfigured(
        "Set SECRET_KEY to a long random string (python -c 'import secrets; print(secrets.token_urlsafe(64))'),"
        " or DEBUG=1 for development."
    )
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
# HTTPS=0 is only for a demo on one machine: patients' data must never cross a network unencrypted.
HTTPS = env.bool("HTTPS", default=not DEBUG)
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
TIME_ZONE = env.str("TIME_ZONE", default="Europe/London")
RECORD_NUMBER_PREFIX = env.str("RECORD_NUMBER_PREFIX", default="P")
SCREENING_VALID_DAYS = env.int("SCREENING_VALID_DAYS", default=365)
# Warn if a region is needled again within this number of days. 0 means off, because no published figure exists.
SAME_REGION_MINIMUM_DAYS = env.int("SAME_REGION_MINIMUM_DAYS", default=0)
CONSENT_VALID_DAYS = env.int("CONSENT_VALID_DAYS", default=365)
# 1: the physiotherapist who needles must have explained the treatment and asked for consent personally.
CONSENT_BY_SAME_THERAPIST = env.bool("CONSENT_BY_SAME_THERAPIST", default=False)

# Signing in (docs/security.md). Roles that can create users need a second factor, except in a demo.
TWO_FACTOR_ROLES = env.list("TWO_FACTOR_ROLES", default=[] if DEBUG else ["Admin"])
SESSION_IDLE_SECONDS = 60 * env.int("SESSION_IDLE_MINUTES", default=15)
SESSION_LONGEST_SECONDS = 3600 * env.int("SESSION_HOURS", default=12)
SESSION_WARNING_SECONDS = 120
SHARED_TABLET_SECONDS = 3600 * env.int("SHARED_TABLET_HOURS", default=12)
SHARED_TABLET_IDLE_SECONDS = 3600 * env.int("SHARED_TABLET_IDLE_HOURS", default=4)
SIGN_IN_FAILURES = env.int("SIGN_IN_FAILURES", default=5)
SIGN_IN_FAILURES_OF_ADDRESS = env.int("SIGN_IN_FAILURES_OF_ADDRESS", default=20)
# NIST SP 800-63B, 5.2.2: at most 100 failed attempts in a row on one account.
SIGN_IN_FAILURES_OF_ACCOUNT = env.int("SIGN_IN_FAILURES_OF_ACCOUNT", default=100)
SIGN_IN_PAUSE_MINUTES = env.int("SIGN_IN_PAUSE_MINUTES", default=15)
ACCOUNT_CHANGE_HOURS = env.int("ACCOUNT_CHANGE_HOURS", default=24)
INVITATION_HOURS = env.int("INVITATION_HOURS", default=72)
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])
SECOND_FACTOR_KEY = env.str("SECOND_FACTOR_KEY", default="")
# Keys of the audit trail, the current one first (docs/audit-trail.md). Without it, SECRET_KEY is used.
SEAL_KEYS = env.list("SEAL_KEYS", default=[])
# Keys of encrypted attachments, the current one first (docs/backups.md). Without it, SECRET_KEY is used.
ATTACHMENT_KEYS = env.list("ATTACHMENT_KEYS", default=[])

# Unusual access: users who read more than this many charts of patients they do not treat, in this many days.
UNUSUAL_ACCESS_CHARTS = env.int("UNUSUAL_ACCESS_CHARTS", default=10)
UNUSUAL_ACCESS_DAYS = env.int("UNUSUAL_ACCESS_DAYS", default=30)

# Monitoring (docs/operations.md). "line" for people, "json" for programs that collect logs.
LOGGING = log_settings(env.str("LOG_FORMAT", default="line"))
# Who sends this token reads the metrics; without it, nobody can.
METRICS_TOKEN = env.str("METRICS_TOKEN", default="")
# With less free space beside an SQLite database, /readyz/ reports that the disk is low.
MINIMUM_FREE_MB = env.int("MINIMUM_FREE_MB", default=200)

# Reminders (docs/reminders.md). Missing settings are reported when the first message is to be sent.
REMINDER_HOURS_BEFORE = env.int("REMINDER_HOURS_BEFORE", default=24)
REMINDER_MINIMUM_NOTICE_MINUTES = env.int("REMINDER_MINIMUM_NOTICE_MINUTES", default=60)
EMAIL_URL = env.str("EMAIL_URL", default="consolemail://" if DEBUG else "")
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="clinic@localhost" if DEBUG else "")
EMAIL_TIMEOUT = 10
if EMAIL_URL:
    globals().update(env.email_url_config(EMAIL_URL))
SMS_BACKEND = env.str("SMS_BACKEND", default=f"clinic.diary.messaging.{'ConsoleSms' if DEBUG else 'HttpGatewaySms'}")
SMS_GATEWAY_URL = env.str("SMS_GATEWAY_URL", default="")
SMS_GATEWAY_TOKEN = env.str("SMS_GATEWAY_TOKEN", default="")

# Apps, middleware and templates -----------------------------------------------

INSTALLED_APPS = [
    "patients",
    "clinic",
    "treatments",
    "crispy_forms",
    "crispy_bootstrap5",
    "django_htmx",
    "csp",
    "js_lib_bootstrap5",
    "js_lib_bootstrap_icons",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "axes",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "clinic.platform.audit_middleware.request_context",
    "clinic.platform.metrics.measure_requests",
    "csp.middleware.CSPMiddleware",
    "django_permissions_policy.PermissionsPolicyMiddleware",
    "clinic.platform.middleware.known_methods",
    "clinic.platform.middleware.no_nul",
    "clinic.platform.middleware.private_pages",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "clinic.platform.middleware.pages_without_session",
    "clinic.accounts.sessions.PageSessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "clinic.accounts.sessions.end_of_session",
    "clinic.accounts.sessions.second_factor_first",
    "clinic.platform.middleware.site_clock",
    "patients.web.tablet.only_the_patients_page",
    "clinic.accounts.shared_tablets.proof_before_admin",
    "patients.web.merged.merged_records_lead_on",
    "clinic.platform.middleware.other_sites.reason_first",
    "allauth.account.middleware.AccountMiddleware",
    "axes.middleware.AxesMiddleware",
    # Last, so that it sees every response of a view, and its own responses still get all headers.
    "clinic.platform.audit_middleware.record_access",
]

ROOT_URLCONF = "clinic.urls"
WSGI_APPLICATION = "clinic.wsgi.application"
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "login"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "clinic.accounts.context_processors.frame",
            ],
        },
    },
]
CRISPY_ALLOWED_TEMPLATE_PACKS = CRISPY_TEMPLATE_PACK = "bootstrap5"

# The database (clinic/platform/database_settings.py) ---------------------------

DATABASES = database_settings(
    env.db("DATABASE_URL", default=f"sqlite:///{BASE_DIR / 'db.sqlite3'}"),
    env.db("DATABASE_REPLICA_URL") if env.str("DATABASE_REPLICA_URL", default="") else None,
    limits=Limits(
        lock=env.int("DATABASE_LOCK_SECONDS", default=Limits.lock),
        statement=env.int("DATABASE_STATEMENT_SECONDS", default=Limits.statement),
        idle=env.int("DATABASE_IDLE_SECONDS", default=Limits.idle),
        connect=env.int("DATABASE_CONNECT_SECONDS", default=Limits.connect),
    )
    if env.bool("SERVES_PAGES", default=False)  # clinic.wsgi sets it
    else None,
    is_pooled=env.bool("DATABASE_POOLED", default=False),
)

# In the database, so that all workers share used codes and rate limits. `migrate` creates the table.
CACHES = {"default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "clinic_cache"}}

# Users and passwords ----------------------------------------------------------

# The first one counts failures and locks accounts. The second one checks the password, and for an unknown user name
# takes the same time.
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "clinic.accounts.backends.SingleQueryBackend"]
PASSWORD_RESET_TIMEOUT = INVITATION_HOURS * 3600
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]

ACCOUNT_ADAPTER = "clinic.accounts.adapters.AccountAdapter"
ACCOUNT_FORMS = {"login": "clinic.forms.accounts.SignInForm", "change_password": "clinic.forms.accounts.PasswordForm"}
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_SESSION_REMEMBER = False
# axes counts wrong passwords. These limits slow down the guessing of codes.
ACCOUNT_RATE_LIMITS = {"login": None, "login_failed": "5/5m/key"}
MFA_ADAPTER = "clinic.accounts.adapters.SecondFactorAdapter"
MFA_FORMS = {
    "authenticate": "clinic.forms.accounts.CodeForm",
    "activate_totp": "clinic.forms.accounts.ActivateForm",
    "add_webauthn": "clinic.forms.accounts.PasskeyForm",
    "authenticate_webauthn": "clinic.forms.accounts.PasskeyStepForm",
    "login_webauthn": "clinic.forms.accounts.PasskeySignInForm",
    "reauthenticate_webauthn": "clinic.forms.accounts.PasskeyAgainForm",
}
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = "Filiform"
MFA_TOTP_TOLERANCE = 1  # accept codes from a phone whose clock is off by up to 30 seconds
MFA_ALLOW_UNVERIFIED_EMAIL = True  # the clinic's admin enters the addresses
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not HTTPS
AXES_HANDLER = "clinic.accounts.lockout.Lockout"
AXES_USERNAME_CALLABLE = "clinic.accounts.sign_in.username_of"
AXES_CLIENT_IP_CALLABLE = "clinic.accounts.sign_in.client_address"
AXES_LOCKOUT_CALLABLE = "clinic.views.accounts.locked_out"
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_FAILURE_LIMIT = SIGN_IN_FAILURES
AXES_COOLOFF_TIME = timedelta(minutes=SIGN_IN_PAUSE_MINUTES)
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False  # an attacker must not be able to extend the pause for ever
AXES_RESET_ON_SUCCESS = True
AXES_ENABLE_ADMIN = False  # clinic.admin.failed_sign_ins shows the attempts without the rest of the input
AXES_VERBOSE = False

# Backups (docs/backups.md) ----------------------------------------------------

BACKUP_FOLDER = env.str("BACKUP_FOLDER", default="")
# Public age keys. A person with one of the private keys can read the backups; this machine does not need them.
BACKUP_RECIPIENTS = env.list("BACKUP_RECIPIENTS", default=[])
# A backup older than this is reported on the admin's start page.
BACKUP_MAXIMUM_AGE_HOURS = env.int("BACKUP_MAXIMUM_AGE_HOURS", default=26)

# A folder for the sheet of tomorrow's patients, to be read while the server is down (docs/operations.md).
EMERGENCY_FOLDER = env.str("EMERGENCY_FOLDER", default="")

# Language and time -----------------------------------------------------------

LANGUAGE_CODE = "en-gb"
USE_TZ = True
FORMAT_MODULE_PATH = ["clinic.platform.formats"]

# Static files: only ours and those of installed packages ----------------------

STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "static"]
_HASHED, _PLAIN = "clinic.platform.static_files.HashedFiles", "django.contrib.staticfiles.storage.StaticFilesStorage"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": _PLAIN if DEBUG else _HASHED},
}
WHITENOISE_KEEP_ONLY_HASHED_FILES = True

# Security --------------------------------------------------------------------

SECURE_SSL_REDIRECT = HTTPS
# Health checks come from the same machine. They have no secrets; the metrics need a token.
SECURE_REDIRECT_EXEMPT = [r"^(healthz|readyz)/$"]
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if HTTPS else 0
# Only a clinic knows whether the other hosts of its domain use HTTPS, too.
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS and env.bool("HSTS_SUBDOMAINS", default=False)
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]  # ask for HSTS_SUBDOMAINS, which the clinic decides
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_AGE = SESSION_LONGEST_SECONDS
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
# The proxy sets X-Forwarded-Proto and adds the client's address to X-Forwarded-For.
BEHIND_PROXY = env.bool("BEHIND_PROXY", default=False)
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if BEHIND_PROXY else None
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "form-action": [SELF],
    }
}
PERMISSIONS_POLICY = {"camera": [], "geolocation": [], "microphone": [], "payment": [], "usb": []}

# A session with 12 rows posts about 300 fields. The limit still protects against excessive requests.
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5000
# Uploaded files are patients' documents: they stay in memory, and the content of one that is too large is dropped.
FILE_UPLOAD_HANDLERS = ["patients.web.uploads.InMemoryOnly"]
DATA_UPLOAD_MAX_NUMBER_FILES = 5
