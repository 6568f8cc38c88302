"""What patients answer alone after a visit, through the private link in a message."""

import uuid

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from clinic.models import Message
from patients.integrity.immutability import Immutable

from .event import AdverseEvent, FollowUp
from .outcome_score import OutcomeScore, list_of_answers
from .session import TreatmentSession


class WarningSign(models.TextChoices):
    """A symptom after needling for which the patient must get help at once.

    For what to do about each see treatments.record.warning_signs.

    Those of the chest are from a case after needling between the shoulder blades [@mintken-2025]; redness stands for an
    infection [@kim-2018-infection] and numbness for an injured nerve [@mcmanus-2018].
    """

    BREATH = "breath", "Short of breath"
    CHEST = "chest", "Pain in the chest or at the tip of the shoulder, or a dry cough"
    REDNESS = "redness", "Redness, heat or swelling that spreads"
    NUMBNESS = "numbness", "New or spreading numbness"


def list_of_signs(values):
    _refuse_others(values, WarningSign)


def list_of_reactions(values):
    _refuse_others(values, AdverseEvent.Type)


def answers_by_measure(value):
    """Refuse what is not a dictionary of lists of answers by measure."""
    if not isinstance(value, dict) or set(value) - set(OutcomeScore.Measure.values):
        raise ValidationError("These are not answers to questionnaires.")
    for answers in value.values():
        list_of_answers(answers)


def _refuse_others(values, choices):
    if not isinstance(values, list) or set(values) - set(choices.values):
        raise ValidationError("Choose from the list.")


class FollowUpAnswersQuerySet(models.QuerySet):
    def not_confirmed(self):
        """Those that no therapist has dealt with.

        A later follow-up of the session settles what the patient answered about the visit. Answers to questionnaires
        wait for their scores, or for a follow-up that refers to them and says why they are not recorded.
        """
        follow_ups = FollowUp.objects.filter(session=OuterRef("session"), error_mark=None)
        is_later = Exists(follow_ups.filter(contacted_at__gte=OuterRef("answered_at")))
        is_refused = Exists(follow_ups.filter(patient_answers=OuterRef("pk")))
        is_scored = Exists(OutcomeScore.objects.filter(follow_up_answers=OuterRef("pk")))
        about_the_visit = Q(questionnaires={}) & ~is_later
        return self.filter(about_the_visit | ~Q(questionnaires={}) & ~is_scored & ~is_refused, session__error_mark=None)

    def with_warning_signs(self):
        return self.exclude(warning_signs=[])


class FollowUpAnswers(models.Model):
    """Answers of one patient about one session. They count once a therapist has confirmed them in a FollowUp."""

    WarningSign = WarningSign

    # The page chooses the key, so that a page sent twice is stored once.
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    session = models.ForeignKey(TreatmentSession, on_delete=models.PROTECT, related_name="patient_answers")
    message = models.ForeignKey(Message, on_delete=models.PROTECT, related_name="+")
    answered_at = models.DateTimeField(default=timezone.now)
    warning_signs = models.JSONField(default=list, blank=True, validators=[list_of_signs])
    pain = models.PositiveSmallIntegerField(null=True, blank=True, help_text="NPRS, 0 to 10.")
    soreness = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="Soreness at the needled sites, 0 to 10."
    )
    reactions = models.JSONField(default=list, blank=True, validators=[list_of_reactions])
    words = models.CharField("in the patient’s own words", max_length=500, blank=True)
    # {measure: [[key of the item, its words, the answer or None], ...]}
    questionnaires = models.JSONField(default=dict, blank=True, validators=[answers_by_measure])
    # Set when the clinic has been sent an e-mail about the warning signs.
    alerted_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = FollowUpAnswersQuerySet.as_manager()

    class Meta:
        ordering = ["-answered_at", "-pk"]
        verbose_name = verbose_name_plural = "answers after a visit"
        indexes = [models.Index(fields=["session", "-answered_at"])]
        constraints = [
            models.CheckConstraint(
                condition=(Q(pain=None) | Q(pain__range=(0, 10))) & (Q(soreness=None) | Q(soreness__range=(0, 10))),
                name="follow_up_answers_0_to_10",
                violation_error_message="Pain and soreness must be whole numbers from 0 to 10.",
            ),
            Immutable(
                name="follow_up_answers_frozen",
                allow=["alerted_at"],
                violation_error_message="The patient’s answers cannot be changed. Correct them when you confirm.",
            ),
        ]

    def __str__(self):
        return f"Answers of {timezone.localtime(self.answered_at):%Y-%m-%d}"

    @property
    def sign_labels(self):
        return [WarningSign(sign).label for sign in self.warning_signs]

    @property
    def questionnaire_names(self):
        return [OutcomeScore.Measure(measure).label for measure in self.questionnaires]

    @property
    def reaction_labels(self):
        return [AdverseEvent.Type(type_).label for type_ in self.reactions]
