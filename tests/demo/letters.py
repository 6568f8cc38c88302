"""The letter that the demo clinic has written to a patient's GP, and that went out by post."""

from uuid import uuid4

from treatments.services import record_letter_given, save_letter, sign_letter, start_letter

ADDRESS = "Quayside Surgery\n3 Mill Lane\nPenmouth PM1 2AB"


def write_letter(course):
    """Draft it from the record, give it the address of the surgery, sign it and post it."""
    by = course.lead.user
    draft = start_letter(course.episode, by=by, kind="gp", id=uuid4())
    values = {"recipient_address": ADDRESS}
    draft = save_letter(draft, by=by, version=draft.version, token=uuid4(), values=values)
    signed = sign_letter(draft, by=by, version=draft.version, proof="PIN")
    record_letter_given(signed, by=by, way="post", address=ADDRESS, patient_agreed=True, id=uuid4())
