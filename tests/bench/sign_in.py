"""Check that the time of a failed sign-in does not reveal whether a user exists: python -m tests.bench.sign_in [n]

Makes n attempts of each kind in random order, with the password hashing of production, and exits with 1 if the medians
differ by 5 ms or more. The time is the processor time of this process, so that other work on the machine counts little.
"""

import os
import random
import statistics
import sys
import tempfile
import time

KINDS = ["a person", "nobody", "a person's e-mail", "nobody's e-mail", "a disabled person", "an invited person"]
LIMIT_MS = 5


def prepare(folder):
    os.environ |= {"DEBUG": "0", "HTTPS": "0", "SECRET_KEY": "only-for-the-bench-" * 4}
    os.environ["DATABASE_URL"] = f"sqlite:///{folder}/bench.sqlite3"
    # Lock-out is off, so that every attempt checks the password.
    os.environ |= dict.fromkeys(
        ["SIGN_IN_FAILURES", "SIGN_IN_FAILURES_OF_ADDRESS", "SIGN_IN_FAILURES_OF_ACCOUNT"], "1000000"
    )
    os.environ["DJANGO_SETTINGS_MODULE"] = "clinic.settings"
    import django

    django.setup()
    from django.conf import settings
    from django.core.management import call_command
    from django.test.utils import setup_test_environment

    settings.LOGGING_CONFIG = None
    settings.STORAGES["staticfiles"]["BACKEND"] = "django.contrib.staticfiles.storage.StaticFilesStorage"
    setup_test_environment()
    call_command("migrate", verbosity=0)


def make_people():
    from django.contrib.auth.models import User

    User.objects.create_user("m.solberg", "marit@example.org", "needles-out-4711")
    User.objects.create_user("gone.away", password="needles-out-4711", is_active=False)
    User.objects.create_user("n.new")
    names = ["m.solberg", "x.nobody", "marit@example.org", "nobody@example.org", "gone.away", "n.new"]
    return dict(zip(KINDS, names, strict=True))


def measure(names, attempts):
    """{kind: milliseconds of each attempt}."""
    from django.test import Client

    client, times = Client(), {kind: [] for kind in KINDS}
    for _ in range(attempts):
        for kind in random.sample(KINDS, len(KINDS)):
            started = time.process_time()
            client.post("/login/", {"username": names[kind], "password": "not-this-one-4711"})
            times[kind].append(1000 * (time.process_time() - started))
    return times


def main(attempts):
    with tempfile.TemporaryDirectory() as folder:
        prepare(folder)
        names = make_people()
        measure(names, 3)
        times = measure(names, attempts)
    medians = {kind: statistics.median(found) for kind, found in times.items()}
    for kind, median in medians.items():
        print(f"{kind:<20} {median:8.1f} ms")
    apart = max(medians.values()) - min(medians.values())
    print(f"{'furthest apart':<20} {apart:8.1f} ms (limit {LIMIT_MS})")
    return apart < LIMIT_MS


if __name__ == "__main__":
    sys.exit(0 if main(int(sys.argv[1]) if len(sys.argv) > 1 else 60) else 1)
