"""What a browser posts from the session's page, and reads on it."""

import re
import uuid

from tests.people import PASSWORD
from treatments.forms import SessionRecord
from treatments.forms.merging import posted
from treatments.models import Muscle, TreatmentSession


def start(client, patient, **more):
    """Start a session as the Start button does; the signed-in client must be a physiotherapist. `more`: a reason."""
    session_id = uuid.uuid4()
    client.post(f"/patients/{patient.pk}/sessions/start/", {"session_id": session_id} | more)
    return TreatmentSession.objects.get(pk=session_id)


def as_posted(session, **changes):
    """The page's fields as they stand, with changes; a None takes a field away."""
    session = TreatmentSession.objects.get(pk=session.pk)
    record = SessionRecord(session)
    data = {form[name].html_name: posted(form[name]) for form in record.forms for name in form.fields}
    data["needling"] = [str(form.row_id) for form in record.needlings]
    data["measurement"] = [str(form.row_id) for form in record.measurements]
    data |= {"version": session.version, "save_token": uuid.uuid4(), "whole": "1"}
    data |= changes
    return {name: value for name, value in data.items() if value is not None}


def row(number=1, *, muscle="levator-scapulae", **fields):
    """The fields of one new needling row: merge them into as_posted()."""
    row_id = uuid.UUID(int=number)
    values = {"muscle": Muscle.objects.get(slug=muscle).pk, "side": "right"} | fields
    return {"needling": [str(row_id)]} | {f"needling-{row_id}-{name}": value for name, value in values.items()}


def edit_url(session):
    return f"/patients/{session.patient_id}/sessions/{session.pk}/edit/"


def save(client, session, *, autosave=True, **changes):
    headers = {"X-Autosave": "1"} if autosave else {}
    return client.post(edit_url(session), as_posted(session, **changes), headers=headers)


def prove(client, url, **proof):
    """Open the page that signs, and send it with the password or another proof. Returns the answer."""
    version = re.search(r'name="version" value="([0-9]+)"', client.get(url).content.decode()).group(1)
    return client.post(url, {"version": version} | (proof or {"password": PASSWORD}))


def targets_of_summary(answer):
    """Where the links lead in the list at the top of a page that was not accepted, which is announced."""
    summary = re.search(r'<div[^>]*role="alert"[^>]*data-summary-errors.*?</ul>', answer.content.decode(), re.S)[0]
    return re.findall(r'<a href="#([\w-]+)">', summary)
