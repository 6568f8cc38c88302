"""Consents and refusals, imported allergies, screenings with their answers, and warnings."""

from patients.models import Consent, ImportedAlert, PatientAnswers, Screening, ScreeningQuestion
from patients.models.screening import counts_as_yes
from treatments.models import WarningAnswer

from .building import TERMINOLOGY, coded, filled, instant, is_in_error

SEVERITY = {"stop": "high", "caution": "moderate", "advice": "low"}


def consent(build, row):
    """A Consent; a refusal is one that was rejected, and a withdrawn one is inactive."""
    if is_in_error(row):
        status = "entered-in-error"
    else:
        status = "rejected" if row.is_declined else "inactive" if row.withdrawn_at else "active"
    regions = [build.local(f"region.{value}", label) for value, label in zip(row.scope, row.scope_labels, strict=False)]
    yield build.resource(
        "Consent",
        row,
        status=status,
        scope=coded(f"{TERMINOLOGY}/consentscope", "treatment", "Treatment"),
        category=[build.local("consent.dry-needling", "Consent to dry needling")],
        patient=build.subject,
        dateTime=instant(row.given_at),
        performer=[build.subject],
        policyRule={"text": str(row.form)},
        verification=[
            filled(
                {
                    "verified": not row.is_declined,
                    "verifiedWith": filled({"display": row.guardian_name or row.signed_name}),
                    "verificationDate": instant(row.given_at),
                }
            )
        ],
        provision=filled(
            {
                "type": "deny" if row.is_declined else "permit",
                "period": filled({"start": instant(row.given_at), "end": instant(row.withdrawn_at)}),
                "code": regions,
            }
        ),
    )


def screening(build, row):
    """The answers in the words of their questions, and a Flag for each that counts as yes."""
    answers = list(row.answers.select_related("question"))
    wrong = is_in_error(row)
    yield build.resource(
        "QuestionnaireResponse",
        row,
        status="entered-in-error" if wrong else "completed",
        subject=build.subject,
        authored=instant(row.taken_at),
        author=build.refer(row.taken_by),
        item=[
            {
                "linkId": answer.question.key,
                "text": answer.question_text,
                "answer": [
                    {"valueString": text} for text in (answer.answer_text, answer.details_text, answer.place) if text
                ],
            }
            for answer in answers
        ],
    )
    for answer in row.answers.filter(counts_as_yes()).select_related("question"):
        period = {"start": instant(row.taken_at), "end": instant(row.valid_until)}
        yield build.resource(
            "Flag",
            answer,
            status="entered-in-error" if wrong else "active" if _is_latest(row) else "inactive",
            category=[coded(f"{TERMINOLOGY}/flag-category", "safety", "Safety")],
            code=build.local(f"screening.{answer.question.key}", answer.question.alert),
            subject=build.subject,
            period=period,
            author=build.refer(row.taken_by),
        )


def _is_latest(row):
    """Whether no later screening of the person counts."""
    return not Screening.objects.counting().filter(patient=row.patient_id, taken_at__gt=row.taken_at).exists()


def patient_answers(build, row):
    """What the patient answered alone on the tablet, before a therapist confirmed it."""
    asked = {str(question.pk): question for question in ScreeningQuestion.objects.filter(pk__in=row.answers)}
    yield build.resource(
        "QuestionnaireResponse",
        row,
        status="in-progress",
        subject=build.subject,
        authored=instant(row.answered_at),
        author=build.subject,
        source=build.subject,
        item=[
            filled(
                {
                    "linkId": asked[key].key if key in asked else key,
                    "text": asked[key].text if key in asked else "",
                    "answer": [{"valueString": str(part)} for part in _said(answer)],
                }
            )
            for key, answer in row.answers.items()
        ],
    )


def _said(answer):
    parts = [answer.get("answer"), answer.get("detail"), answer.get("side"), *answer.get("regions", [])]
    return [part for part in parts if part]


def warning_answer(build, row):
    """A warning as it was shown, and how it was answered."""
    answered = filled({"text": row.reason or row.sentence})
    mitigation = {"action": answered, "date": instant(row.acknowledged_at), "author": build.refer(row.acknowledged_by)}
    yield build.resource(
        "DetectedIssue",
        row,
        status="entered-in-error" if is_in_error(row) else "final",
        code=filled({"text": row.title}),
        severity=SEVERITY[row.level],
        patient=build.subject,
        identifiedDateTime=instant(row.acknowledged_at or row.session.started_at),
        implicated=[build.refer(row.needling)] if row.needling else [],
        detail=row.sentence,
        mitigation=[filled(mitigation)] if row.acknowledged_at else [],
    )


def imported_alert(build, row):
    """An AllergyIntolerance, or a Flag for another alert. One that has ended is inactive."""
    current = "inactive" if row.ended_at else "active"
    if row.kind == ImportedAlert.Kind.ALERT:
        period = filled({"start": row.noted_on or instant(row.recorded_at), "end": instant(row.ended_at)})
        code = {"text": row.in_words}
        yield build.resource("Flag", row, status=current, code=code, subject=build.subject, period=period)
        return
    checked = "confirmed" if row.is_confirmed else "unconfirmed"
    manifestation = {"manifestation": [{"text": row.reaction}]} if row.reaction else {}
    yield build.resource(
        "AllergyIntolerance",
        row,
        clinicalStatus=coded(f"{TERMINOLOGY}/allergyintolerance-clinical", current),
        verificationStatus=coded(f"{TERMINOLOGY}/allergyintolerance-verification", checked),
        code={"text": row.words},
        patient=build.subject,
        onsetDateTime=row.noted_on,
        recordedDate=instant(row.recorded_at),
        reaction=[manifestation] if manifestation else [],
        note=[{"text": row.severity}] if row.severity else [],
    )


RESOURCES = {
    Consent: consent,
    ImportedAlert: imported_alert,
    Screening: screening,
    PatientAnswers: patient_answers,
    WarningAnswer: warning_answer,
}
