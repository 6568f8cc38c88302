"""The app's own settings, with what tests need: fast hashing, plain static names, no HTTPS redirect."""

import os
import tempfile

os.environ.setdefault("SECRET_KEY", "only-for-tests-" * 5)
os.environ.setdefault("HTTPS", "0")
os.environ.setdefault("TWO_FACTOR_ROLES", "")  # the tests of the second factor ask for it themselves

from tests.demo.settings import *  # noqa: E402,F403 - the environment must be set first

INSTALLED_APPS += ["tests.database"]  # noqa: F405
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}  # noqa: F405
WHITENOISE_AUTOREFRESH = True
WHITENOISE_USE_FINDERS = True

# A file, not memory: threads of the live server then have connections of their own, as in production. For pytest it
# lies where Linux keeps files in memory, so that no save waits for the disk that it asks to write; `make stress` waits.
if DATABASES["default"]["ENGINE"] == "clinic.platform.sqlite":  # noqa: F405
    in_memory = "PYTEST_VERSION" in os.environ and os.access("/dev/shm", os.W_OK)
    folder = "/dev/shm" if in_memory else tempfile.gettempdir()
    DATABASES["default"]["TEST"] = {"NAME": f"{folder}/filiform-test-{os.getpid()}.sqlite3"}  # noqa: F405
