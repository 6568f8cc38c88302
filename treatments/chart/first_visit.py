"""The steps of a first visit, and which of them are done. Computed from the records, so it can be left and resumed."""

from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Subquery
from django.urls import reverse
from django.utils.timezone import localdate

from patients.consents import consent_state
from patients.models import Episode, Patient
from patients.precautions import screening_state
from treatments.models import Assessment, TreatmentSession
from treatments.permissions import may_start_sessions

EPISODE, SCREENING, CONSENT, ASSESSMENT, SESSION = "episode", "screening", "consent", "assessment", "session"
DONE, HALF, OPEN = "done", "half", "open"


@dataclass(frozen=True)
class Step:
    """One step. Without an `address` it begins with a button: an assessment or a session has to be started."""

    key: str
    label: str
    state: str  # DONE, HALF or OPEN
    address: str = ""

    @property
    def is_done(self):
        return self.state == DONE

    @property
    def state_words(self):
        return {DONE: "done", HALF: "half done", OPEN: "not done yet"}[self.state]


@dataclass(frozen=True)
class FirstVisit:
    """The Steps in their order. `here` is the key of the step whose page is shown; "" on the other pages."""

    patient: Patient
    episode: Episode | None  # the newest open one
    steps: list[Step]
    here: str = ""

    @property
    def is_here_done(self):
        """Whether the page that is shown has nothing left to do for the first visit."""
        return all(step.is_done for step in self.steps if step.key == self.here)

    @property
    def is_for_the_patient(self):
        """Whether the bar offers the tablet: something is left that the patient fills in, and it fits the page."""
        left = [step for step in self.steps if step.key in (SCREENING, ASSESSMENT) and not step.is_done]
        return bool(left) and self.here not in (SCREENING, CONSENT, ASSESSMENT)

    @property
    def next(self):
        """The Step to go on with, or None: the first that is not done, or the first after a page that is skipped.

        An assessment needs an episode, so without one it is left out.
        """
        possible = [step for step in self.steps if self.episode or step.key != ASSESSMENT]
        if not self.is_here_done:
            keys = [step.key for step in possible]
            possible = possible[keys.index(self.here) + 1 :] if self.here in keys else []
        return next((step for step in possible if not step.is_done), None)

    @property
    def next_label(self):
        """The words on the button that leads to the next step."""
        if any(step.state == OPEN for step in self.steps if step.key == self.here):
            return f"Skip to {self.next.label.lower()}"
        return f"{'Continue' if self.next.state == HALF else 'Next'}: {self.next.label.lower()}"


def with_visit_facts(patients):
    """Annotate a queryset of Patients with what `first_visit_of` needs to know about each."""
    of_patient = {"patient": OuterRef("pk")}
    sessions, assessments = TreatmentSession.objects.counting(), Assessment.objects.counting()
    newest = Episode.objects.open().filter(**of_patient).order_by("-opened_on", "-pk")
    of_episode = {"episode": OuterRef("newest_episode")}
    asked = assessments.filter(**of_episode).order_by("-status", "-started_at")  # signed before draft
    return patients.annotate(
        newest_episode=Subquery(newest.values("pk")[:1]),
        has_had_episode=Exists(Episode.objects.counting().filter(**of_patient)),
        has_been_treated=Exists(sessions.signed().filter(**of_patient)),
        is_treated_in_episode=Exists(sessions.signed().filter(**of_episode)),
        newest_assessment=Subquery(asked.values("pk")[:1]),
        assessment_status=Subquery(asked.values("status")[:1]),
        newest_draft=Subquery(sessions.drafts().filter(**of_patient).latest_first().values("pk")[:1]),
    )


def first_visit_of(user, patient, *, here="", screening=None, consent=None):
    """The FirstVisit of a patient for somebody who treats; None if this is no first visit, or for other users.

    It is one until the first session of the newest open episode is signed; for a patient without an open episode,
    until there has been an episode or a signed session. `screening` and `consent` are their states of today, if the
    page has them: each saves a query. A patient of `with_visit_facts` saves another.
    """
    if not may_start_sessions(user) or not patient.is_treatable:
        return None
    known = patient if hasattr(patient, "newest_episode") else with_visit_facts(Patient.objects).get(pk=patient.pk)
    if known.is_treated_in_episode if known.newest_episode else known.has_had_episode or known.has_been_treated:
        return None
    screening = screening or screening_state(patient, on=localdate())
    consent = consent or consent_state(patient, on=localdate())
    episode = Episode(pk=known.newest_episode, patient=patient) if known.newest_episode else None
    return FirstVisit(patient, episode, _steps(known, screening, consent), here)


def _steps(known, screening, consent):
    def page(name, *more):
        return reverse(name, args=[known.pk, *more])

    episode, assessment, draft = known.newest_episode, known.newest_assessment, known.newest_draft
    agreed = consent.consent.get_absolute_url() if consent.is_valid else page("consent_create")
    assessed = {Assessment.Status.SIGNED: DONE, Assessment.Status.DRAFT: HALF}.get(known.assessment_status, OPEN)
    asked = page("assessment_detail" if assessed == DONE else "assessment_edit", assessment) if assessment else ""
    return [
        Step("registration", "Registration", DONE, page("patient_detail")),
        Step(
            EPISODE,
            "Episode",
            DONE if episode else OPEN,
            page("episode_edit", episode) if episode else page("episode_create"),
        ),
        Step(SCREENING, "Screening", DONE if screening.is_valid else OPEN, page("screening_create")),
        Step(CONSENT, "Consent", DONE if consent.is_valid else OPEN, agreed),
        Step(ASSESSMENT, "Assessment", assessed, asked),
        Step(SESSION, "Session", HALF if draft else OPEN, page("session_edit", draft) if draft else ""),
    ]
