"""The clinic that is worked in while things break, and what must be true of its records afterwards."""

from uuid import uuid4

from django.db import connections

from patients.models import TrailEntry
from tests import people
from tests.stress.server import signed_in
from tests.treatments.builders import make_draft, make_muscle, make_ready
from tests.treatments.pages import as_posted
from treatments.models import Needling, TreatmentSession
from treatments.record.verification import tampered_sessions

from .load import ROWS, Signer, Writer, depth

WRITERS, SIGNERS = 4, 2


class Work:
    """Four practitioners who write and two who sign, at one server."""

    def __init__(self, port, *, desk, to_sign):
        self.drafts, self.round = {}, uuid4().hex[:8]
        muscle = make_muscle().pk
        writers = [self._writer(port, number, desk, muscle) for number in range(WRITERS)]
        signers = [self._signer(port, number, desk, to_sign) for number in range(SIGNERS)]
        self.writers, self.signers = writers, signers
        connections.close_all()

    def _writer(self, port, number, desk, muscle):
        user = people.make_physiotherapist(f"writer.{self.round}.{number}", last_name=f"Writer {number}")
        patient = people.make_patient(by=desk, given_name=f"Patient {number}")
        draft = make_draft(patient, by=user)
        page = {name: value for name, value in as_posted(draft).items() if not name.startswith("needling-")}
        writer = Writer(port, signed_in(user), _path(draft), page, muscle)
        self.drafts[writer] = draft.pk
        return writer

    def _signer(self, port, number, desk, to_sign):
        user = people.make_physiotherapist(f"signer.{self.round}.{number}", last_name=f"Signer {number}")
        patient = people.make_patient(by=desk, given_name=f"Signed {number}")
        make_ready(patient, by=user)
        drafts = [make_draft(patient, by=user) for _ in range(to_sign)]
        waiting = [(_path(draft), str(draft.pk), draft.version) for draft in drafts]
        return Signer(port, signed_in(user), waiting, people.PASSWORD)

    @property
    def everybody(self):
        return [*self.writers, *self.signers]

    def start(self):
        for person in self.everybody:
            person.start()

    def stop(self):
        """Let everybody finish the save that is on its way. Returns whether all could, within two minutes."""
        for person in self.everybody:
            person.stopping.set()
        for person in self.everybody:
            person.join(120)
        return not any(person.is_alive() for person in self.everybody)

    def first_good_after(self, moment):
        """Seconds until the first good answer after this moment of the monotonic clock; None if there was none."""
        later = [at - moment for person in self.everybody for at in list(person.good_at) if at > moment]
        return min(later, default=None)

    def confirmed(self):
        return sum(writer.confirmed for writer in self.writers), sum(len(signer.confirmed) for signer in self.signers)

    def problems(self):
        """Sentences on confirmed work that is missing, records that are half saved, and strange answers."""
        for writer in self.writers:
            yield from self._problems_of(writer)
        for signer in self.signers:
            for key in signer.confirmed:
                status = TreatmentSession.objects.get(pk=key).status
                entries = TrailEntry.objects.filter(record_id=key, action=TrailEntry.Action.SIGN).count()
                if (status, entries) != ("signed", 1):
                    yield f"lost: the signature of {key} is {status} with {entries} entries in the trail"
        for person in self.everybody:
            for status, body in person.unexpected:
                yield f"answer {status}: {' '.join(body.split())[:300]}"
        yield from (f"half saved: {sentence}" for sentence in tampered_sessions())

    def _problems_of(self, writer):
        key = self.drafts[writer]
        note = TreatmentSession.objects.get(pk=key).note
        number = int(note.removeprefix("save ") or 0)
        if number < writer.confirmed:
            yield f"lost: save {writer.confirmed} was confirmed, save {number} is stored"
        depths = list(Needling.objects.filter(session_id=key).values_list("depth_mm", flat=True))
        if number and depths != [depth(number)] * ROWS:
            yield f"half saved: save {number} has the rows {depths}"


def _path(draft):
    return f"/patients/{draft.patient_id}/sessions/{draft.pk}/"
