"""Sessions for tests, made through the services. Needs the muscles of `make_muscle`."""

import uuid
from datetime import timedelta
from io import BytesIO

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from PIL import Image

from patients.models import ScreeningQuestion
from patients.services import take_screening
from tests.patients.builders import agree, all_conflicts
from tests.reference_data import have_questions
from treatments.forms.documents import checked_file
from treatments.models import Muscle, Needle, Needling
from treatments.models.late_entry import LATE_ENTRY_MINUTES
from treatments.record.agreed_rows import rows_digest
from treatments.record.needle_count import count_token
from treatments.safety import answer_to, warnings_for
from treatments.services import (
    add_attachment,
    add_exercise,
    agree_to_stop,
    save_assessment,
    save_draft,
    save_letter,
    sign_assessment,
    sign_letter,
    sign_session,
    start_assessment,
    start_letter,
    start_session,
)


def picture_file(format="PNG", size=(40, 30), **saved):
    """An uploaded file with a red picture. `saved` goes to Pillow's Image.save."""
    content = BytesIO()
    Image.new("RGB", size, "red").save(content, format, **saved)
    return SimpleUploadedFile("picture.png", content.getvalue())


def make_attachment(patient, *, by, kind="photo", **fields):
    return add_attachment(patient, by=by, file=checked_file(picture_file()), kind=kind, **fields)


def make_exercise(*, by, name="Chin tuck", **fields):
    words = {"instructions": "Draw your chin straight back.", "usual_dose": "3 × 10, twice a day"}
    return add_exercise(by=by, name=name, **(words | fields))


def make_muscle(slug="trapezius-upper", name="Upper trapezius", **fields):
    named = {"name_en": name, "region": "neck", "view": "posterior", "source": "[@stricta-2010]"}
    return Muscle.objects.get_or_create(slug=slug, defaults=named | fields)[0]


def make_needle():
    today = timezone.localdate()
    size = {"maker": "Agu", "diameter_mm": "0.30", "length_mm": 40, "lot": "L1"}
    return Needle.objects.get_or_create(**size, defaults={"expires_on": today + timedelta(days=900)})[0]


def make_needling(muscle, *, side="right", **fields):
    usual = {"depth_mm": 15, "technique": "pistoning", "insertions": 2, "twitch": "yes", "twitch_count": 3}
    usual |= {"location": "TrP1", "needle": make_needle()}
    return Needling(muscle=muscle, side=side, **(usual | fields))


def make_ready(patient, *, by):
    """Screened with nothing found, and agreed, long enough ago for any session of a test."""
    long_ago = timezone.now() - timedelta(days=360)
    if not patient.screenings.exists():
        have_questions()
        answers = dict.fromkeys(ScreeningQuestion.objects.asked(), (False, ""))
        conflicts = all_conflicts(answers, patient)
        take_screening(patient, by=by, answers=answers, conflicts=conflicts, taken_at=long_ago)
    if not patient.consents.exists():
        agree(patient, by=by, given_at=long_ago)


def make_draft(patient, *, by, appointment=None, **fields):
    """A draft with everything that signing needs; for `fields` see `complete`."""
    make_ready(patient, by=by)
    reason = "The test needs several drafts of a day"
    session = start_session(patient, by=by, session_id=uuid.uuid4(), appointment=appointment, reason=reason)
    return fill_draft(session, by=by, **({"episode": None} | fields))


def fill_draft(session, *, by, **fields):
    """Save a draft with everything that signing needs; for `fields` see `complete`."""
    return save_draft(session, by=by, **complete(session, **fields))


def make_assessment(episode, *, by, **values):
    """A draft of an assessment that can be signed. `values` are fields of it."""
    draft = start_assessment(episode, by=by, id=uuid.uuid4())
    asked = {"pain_now": 6, "red_flags": "none"} | values
    return save_assessment(draft, by=by, version=draft.version, token=uuid.uuid4(), values=asked)


def make_signed_assessment(episode, *, by, **values):
    draft = make_assessment(episode, by=by, **values)
    return sign_assessment(draft, by=by, version=draft.version, proof="PIN")


def make_letter(episode, *, by, kind="gp", **values):
    """A draft of a letter that can be signed. `values` are fields of it."""
    draft = start_letter(episode, by=by, kind=kind, id=uuid.uuid4())
    typed = {"recipient_name": "Dr Osei, Harbour Surgery"} | values
    return save_letter(draft, by=by, version=draft.version, token=uuid.uuid4(), values=typed)


def make_signed_letter(episode, *, by, **values):
    draft = make_letter(episode, by=by, **values)
    return sign_letter(draft, by=by, version=draft.version, proof="PIN")


def complete(session, *, days_ago=0, needlings=(), measurements=(), events=(), **values):
    """What save_draft takes of a session `days_ago` days old; pain 6 before and 4 after unless told otherwise."""
    usual = {
        "started_at": timezone.now() - timedelta(days=days_ago, minutes=40),
        "consent_confirmed": True,
        "pain_before": 6,
        "pain_after": 4,
        "needles_inserted": max(2, len(needlings)),
        "needles_removed": max(2, len(needlings)),
        "no_reaction": not events,
        "advice": ["chest_signs"],
    }
    if session.opened_at and (usual | values)["started_at"] < session.opened_at - timedelta(minutes=LATE_ENTRY_MINUTES):
        usual["late_entry_reason"] = "Written from notes on paper"
    rows = list(needlings) or [make_needling(make_muscle())]
    day = timezone.localdate((usual | values)["started_at"])
    return {
        "version": session.version,
        "token": uuid.uuid4(),
        "values": usual | values,
        "needlings": rows,
        "measurements": list(measurements),
        "events": list(events),
        "answers": make_answers(warnings_for(session, rows, on=day)),
        "recounted": count_token(rows),
    }


def make_answers(warnings, *, reason="Discussed, technique adapted", seconded_by=None):
    """Unsaved answers to all cautions, and to the stops that may be seconded if there is a colleague to ask."""
    found = [warning for warning in warnings if warning.level == "caution"]
    answers = [answer_to(warning, reason=reason) for warning in found]
    if seconded_by:
        stops = [warning for warning in warnings if warning.is_stop and warning.colleague_may_agree]
        answers += [answer_to(warning, reason=reason, seconded_by=seconded_by) for warning in stops]
    return answers


def rows_read(answer):
    """What the colleague's page says of the rows of this WarningAnswer as they are stored."""
    return rows_digest(answer, answer.session.needlings.all())


def agree_as(colleague, answer):
    """The colleague reads the stored rows and agrees."""
    return agree_to_stop(answer, by=colleague, proof="PIN", rows_read=rows_read(answer))


def make_signed(patient, *, by, **fields):
    return sign_session(make_draft(patient, by=by, **fields), by=by, proof="PIN")
