"""The copy of a clinic from SQLite to PostgreSQL."""

import os
import subprocess
import sys

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import IntegrityError, connection

from patients.models import Patient
from tests.stress.server import environment
from treatments.models import Needling, TreatmentSession

pytestmark = pytest.mark.both_engines

FILL = (
    "import django; django.setup(); from django.core.management import call_command;"
    " call_command('migrate', verbosity=0); from tests.clinic_fixture import make_clinic_fixture; make_clinic_fixture()"
)


# In a process of its own, because Django's tests refuse databases that are added while they run.
COPY = (
    "import sys, django, environ; django.setup();"
    " from clinic.platform.backup.other_engine import copy_rows, differing_tables, use_source;"
    " from clinic.platform.database_settings import database_settings;"
    " use_source(database_settings(environ.Env.db_url_config(sys.argv[1]), None)['default']);"
    " sys.argv[2] == 'copy' and copy_rows(); print(list(differing_tables()))"
)


def run(*arguments, **more):
    env = os.environ | environment() | more
    command = [sys.executable, *arguments]
    return subprocess.run(command, env=env, cwd=settings.BASE_DIR, capture_output=True, text=True)


@pytest.fixture
def clinic_on_sqlite(tmp_path):
    """The address of a clinic in an SQLite file."""
    url = f"sqlite:///{tmp_path}/clinic.sqlite3"
    filled = run("-c", FILL, DATABASE_URL=url)
    assert filled.returncode == 0, filled.stderr
    return url


@pytest.mark.skipif(connection.vendor != "postgresql", reason="copies into PostgreSQL")
def test_a_clinic_is_copied_with_every_row_and_what_is_signed_stays_protected(
    transactional_db, clinic_on_sqlite, capsys
):
    copied = run("-c", COPY, clinic_on_sqlite, "copy")

    assert (copied.stdout, copied.stderr) == ("[]\n", "")
    call_command("verify_records")
    assert "Every signed record is unchanged." in capsys.readouterr().out
    assert TreatmentSession.objects.signed().count() == 2
    with pytest.raises(IntegrityError, match="frozen"):
        Needling.objects.filter(session__status="signed").update(depth_mm=1)
    Patient.objects.filter(given_name="Ruth").update(given_name="Rut")
    assert "patients_patient has a row with other values" in run("-c", COPY, clinic_on_sqlite, "compare").stdout


@pytest.mark.parametrize(
    ("source", "target", "named"),
    [
        ("postgres://nobody@127.0.0.1/x", "postgres://nobody@127.0.0.1/y", "must be SQLite"),
        ("sqlite:///x.sqlite3", "sqlite:///:memory:", "Set DATABASE_URL to the PostgreSQL database"),
    ],
)
def test_other_engines_are_refused(source, target, named):
    refused = run("manage.py", "copy_to_postgresql", source, DATABASE_URL=target)

    assert refused.returncode == 1
    assert named in refused.stderr
