"""The LOGGING setting."""

from django.core.exceptions import ImproperlyConfigured

FORMATTERS = {
    "line": {
        "()": "clinic.platform.logs.PrivateFormatter",
        "format": "{asctime} {levelname} {name} {request_id} {message}",
        "style": "{",
    },
    "json": {"()": "clinic.platform.logs.JsonFormatter"},
}


def log_settings(format):
    """Return LOGGING for the format "line" or "json". Raises ImproperlyConfigured for another.

    Logs contain ids, never names. All loggers use one handler, also those of the server, which removes patients' data.
    """
    if format not in FORMATTERS:
        raise ImproperlyConfigured(f"Set LOG_FORMAT to one of: {', '.join(FORMATTERS)}.")
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": FORMATTERS,
        "handlers": {"console": {"class": "logging.StreamHandler", "formatter": format}},
        "root": {"handlers": ["console"], "level": "INFO"},
        "loggers": {
            "django": {"level": "INFO"},
            "axes": {"level": "WARNING"},
            "django.server": {"handlers": ["console"], "level": "WARNING", "propagate": False},
            "gunicorn.error": {"handlers": ["console"], "level": "INFO", "propagate": False},
            "gunicorn.access": {"handlers": ["console"], "level": "INFO", "propagate": False},
        },
    }
