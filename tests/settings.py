"""The app's own settings, with what tests need: fast hashing, plain static names, no HTTPS redirect."""

import os
import tempfile

os.environ.setdefault("SECRET_KEY", "only-for-tests-" * 5)
os.environ.setdefault("HTTPS", "0")
os.environ.setdefault("TWO_FACTOR_ROLES", "")  # the tests of the second factor ask for it themselves

from clinic.settings import *  # noqa: E402,F403 - the environment must be set first

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}  # noqa: F405
WHITENOISE_AUTOREFRESH = True
WHITENOISE_USE_FINDERS = True

# A file, not memory: threads of the live server then have connections of their own, as in production.
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):  # noqa: F405
    DATABASES["default"]["TEST"] = {"NAME": f"{tempfile.gettempdir()}/filiform-test-{os.getpid()}.sqlite3"}  # noqa: F405
