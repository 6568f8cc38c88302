"""Production settings, with two commands that invent a clinic: seed_demo and make_volume."""

from clinic.settings import *  # noqa: F403

INSTALLED_APPS += ["tests.demo", "tests.bench"]  # noqa: F405
