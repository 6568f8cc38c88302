"""Two people at the same moment: who comes second waits for the first, and both get through."""

import threading
import time

import pytest
from django.db import connection, transaction

from patients.models import Patient
from tests.treatments.builders import make_draft, make_signed
from treatments.models import AdverseEvent, Course, SessionFact, TreatmentSession
from treatments.services import rebuild_summaries, record_follow_up, sign_session

pytestmark = [
    pytest.mark.both_engines,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite lets one at a time write"),
]
FOR_US = "SELECT count(*) FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid))"


class Second(threading.Thread):
    """Does something on a connection of its own; `result` is what came of it."""

    def __init__(self, job):
        super().__init__()
        self.job, self.result = job, None
        self.start()

    def run(self):
        try:
            self.result = self.job()
        except Exception as error:
            self.result = error
        finally:
            connection.close()

    def waits(self):
        """Returns when it waits for what this connection holds."""
        with connection.cursor() as cursor:
            for _ in range(200):
                cursor.execute(FOR_US)
                if cursor.fetchone() != (0,):
                    return
                time.sleep(0.05)
        raise AssertionError(f"did not wait: {self.result!r}")

    def ended_with(self):
        self.join(20)
        return self.result


def test_a_follow_up_takes_the_session_before_the_patient_as_signing_does(patient, physiotherapist):
    session = make_signed(patient, by=physiotherapist)
    events = [AdverseEvent(type="bruise", grade="mild")]

    with transaction.atomic():
        TreatmentSession.objects.select_for_update().get(pk=session.pk)
        second = Second(
            lambda: record_follow_up(session, by=physiotherapist, contacted_at=session.signed_at, events=events)
        )
        second.waits()
        Patient.objects.select_for_update(no_key=True, nowait=True).get(pk=patient.pk)

    assert second.ended_with().events.count() == 1


def test_who_signs_while_the_summaries_are_made_anew_waits_and_is_counted(patient, physiotherapist):
    make_signed(patient, by=physiotherapist, days_ago=7)
    draft = make_draft(patient, by=physiotherapist)

    with transaction.atomic():
        rebuild_summaries()
        second = Second(lambda: sign_session(draft, by=physiotherapist, proof="PIN"))
        second.waits()

    assert second.ended_with().is_signed
    assert (SessionFact.objects.count(), Course.objects.get().sessions) == (2, 2)
