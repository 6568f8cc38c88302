"""All settings, fed by the environment; a missing one fails with a sentence that says how to set it."""

from pathlib import Path

import environ
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()

# What a deployment decides ---------------------------------------------------

DEBUG = env.bool("DEBUG", default=False)
SECRET_KEY = env.str("SECRET_KEY", default="a-key-for-development-only" * 3 if DEBUG else "")
if not SECRET_KEY:
    raise ImproperlyConfigured(
        "Set SECRET_KEY to a long random string (python -c 'import secrets; print(secrets.token_urlsafe(64))'),"
        " or DEBUG=1 for development."
    )
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
# HTTPS=0 is for a demo on one machine: patients' data never crosses a network in clear.
HTTPS = env.bool("HTTPS", default=not DEBUG)
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
TIME_ZONE = env.str("TIME_ZONE", default="Europe/London")
RECORD_NUMBER_PREFIX = env.str("RECORD_NUMBER_PREFIX", default="P")
SCREENING_VALID_DAYS = env.int("SCREENING_VALID_DAYS", default=365)
# A region needled again within so many days is warned of. 0 is off: no published figure says how many.
SAME_REGION_MINIMUM_DAYS = env.int("SAME_REGION_MINIMUM_DAYS", default=0)
CONSENT_VALID_DAYS = env.int("CONSENT_VALID_DAYS", default=365)
# 1: whoever needles has explained and asked in person.
CONSENT_BY_SAME_THERAPIST = env.bool("CONSENT_BY_SAME_THERAPIST", default=False)

# The list of unusual access: who read so many charts in so many days of people they have nothing to do with.
UNUSUAL_ACCESS_CHARTS = env.int("UNUSUAL_ACCESS_CHARTS", default=10)
UNUSUAL_ACCESS_DAYS = env.int("UNUSUAL_ACCESS_DAYS", default=30)

# Reminders (docs/reminders.md). What is missing here is asked for when the first message is to leave.
REMINDER_HOURS_BEFORE = env.int("REMINDER_HOURS_BEFORE", default=24)
REMINDER_MINIMUM_NOTICE_MINUTES = env.int("REMINDER_MINIMUM_NOTICE_MINUTES", default=60)
EMAIL_URL = env.str("EMAIL_URL", default="consolemail://" if DEBUG else "")
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="clinic@localhost" if DEBUG else "")
SMS_BACKEND = env.str("SMS_BACKEND", default=f"clinic.messaging.{'ConsoleSms' if DEBUG else 'HttpGatewaySms'}")
SMS_GATEWAY_URL = env.str("SMS_GATEWAY_URL", default="")
SMS_GATEWAY_TOKEN = env.str("SMS_GATEWAY_TOKEN", default="")

# What Filiform is made of ----------------------------------------------------

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
    "clinic.trail_middleware.request_context",
    "csp.middleware.CSPMiddleware",
    "django_permissions_policy.PermissionsPolicyMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "clinic.middleware.private_pages",
    "clinic.middleware.site_clock",
    # Last, so that it meets every answer of a view, and what it refuses to show still gets all headers.
    "clinic.trail_middleware.recorded",
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
                "clinic.context.frame",
            ],
        },
    },
]
CRISPY_ALLOWED_TEMPLATE_PACKS = CRISPY_TEMPLATE_PACK = "bootstrap5"

# The database ----------------------------------------------------------------

DATABASES = {"default": env.db("DATABASE_URL", default=f"sqlite:///{BASE_DIR / 'db.sqlite3'}")}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    # IMMEDIATE takes the write lock first, so that two writers wait instead of failing;
    # synchronous=FULL keeps every acknowledged save over a power cut;
    # recursive_triggers lets what guards signed records see a REPLACE too.
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;"
        " PRAGMA cache_size=-20000; PRAGMA recursive_triggers=ON;",
    }
else:
    DATABASES["default"].update({"CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True})

# People and passwords --------------------------------------------------------

AUTHENTICATION_BACKENDS = ["clinic.backends.OneQuestionBackend"]
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

# E-mail ----------------------------------------------------------------------

EMAIL_TIMEOUT = 10
if EMAIL_URL:
    globals().update(env.email_url_config(EMAIL_URL))

# Language and time -----------------------------------------------------------

LANGUAGE_CODE = "en-gb"
USE_TZ = True
FORMAT_MODULE_PATH = ["clinic.formats"]

# Files served to the browser: only ours and those of installed packages -------

STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "clinic.static_files.HashedFiles"
    },
}
WHITENOISE_KEEP_ONLY_HASHED_FILES = True

# Security --------------------------------------------------------------------

SECURE_SSL_REDIRECT = HTTPS
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_AGE = 12 * 3600
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
# The proxy in front sets X-Forwarded-Proto and adds the visitor's address to X-Forwarded-For.
BEHIND_PROXY = env.bool("BEHIND_PROXY", default=False)
if BEHIND_PROXY:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
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

# A 12-row session posts some 300 fields; the limit still stops a flood.
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5000

# Logs carry ids, never names. There is one way out, for the server's own lines too, and it leaves out patients' data.
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {
            "()": "clinic.logs.PrivateFormatter",
            "format": "{asctime} {levelname} {name} {request_id} {message}",
            "style": "{",
        }
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": "INFO"},
    "loggers": {
        "django": {"level": "INFO"},
        "django.server": {"handlers": ["console"], "level": "WARNING", "propagate": False},
        "gunicorn.error": {"handlers": ["console"], "level": "INFO", "propagate": False},
        "gunicorn.access": {"handlers": ["console"], "level": "INFO", "propagate": False},
    },
}
