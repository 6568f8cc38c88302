"""What verify_records says about gaps in the record numbers, and the file of heads that it e-mails."""

import json

import pytest
from django.core import mail
from django.core.management import CommandError, call_command

from patients.models import RecordNumberCounter
from tests import people
from treatments.record.verification import missing_record_numbers

pytestmark = pytest.mark.both_engines


def test_a_gap_in_the_record_numbers_is_named(patient, front_desk):
    assert list(missing_record_numbers()) == []

    RecordNumberCounter.objects.update(last=4)
    people.make_patient(by=front_desk, given_name="Ivo")
    RecordNumberCounter.objects.update(last=6)

    assert list(missing_record_numbers()) == [
        "No patient has the record number 2 to 4, though it was given out.",
        "No patient has the record number 6, though it was given out.",
    ]


def test_the_heads_are_e_mailed_after_a_check_without_problems(db, settings, tmp_path):
    settings.EMAIL_URL = "smtp://mail.example.org"

    call_command("verify_records", "--heads", str(tmp_path / "heads.json"), "--mail", "owner@example.org")

    (name, content, _), to = mail.outbox[0].attachments[0], mail.outbox[0].to
    assert (name, to, "mac" in json.loads(content)) == ("heads.json", ["owner@example.org"], True)


def test_mailing_the_heads_without_a_file_or_e_mail_is_refused(db):
    with pytest.raises(CommandError, match="needs --heads"):
        call_command("verify_records", "--mail", "owner@example.org")
