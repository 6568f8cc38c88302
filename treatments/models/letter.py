"""Letters to other clinicians about an episode of care, and to whom each was disclosed."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.urls import reverse

from clinic.models import Practitioner
from patients.integrity.immutability import Immutable
from patients.models import Episode, Patient
from patients.models.error_mark import link_to_error_mark
from patients.models.patient_key import PatientKey

from .session_constraints import constraints_on_closing
from .signed_record import SignedRecord, SignedRecordQuerySet

LONGEST_BODY = 20_000


class LetterQuerySet(SignedRecordQuerySet):
    def latest_first(self):
        return self.order_by("-opened_at", "-pk")

    def with_people(self):
        return self.select_related(
            "patient",
            "episode",
            "practitioner__user",
            "practitioner__site",
            "saved_by",
            "signed_by",
            "withdrawn_by",
            "error_mark",
        )

    def any_for(self, field):
        """Whether each row of an outer query has a letter, linked by `field`, for annotate()."""
        return Exists(self.filter(**{field: OuterRef("pk")}))


class Letter(SignedRecord):
    """A separate record, signed like a session. If a signed letter is wrong, a new one is written."""

    ONE_DRAFT_OF = ("episode", "practitioner", "kind")

    class Kind(models.TextChoices):
        GP = "gp", "Letter to the GP"
        REFERRER = "referrer", "Letter to the referrer"
        DISCHARGE = "discharge", "Discharge summary"

    class Meaning(models.TextChoices):
        AUTHORED = "authored", "I wrote this letter, and I answer for what it says"
        COMPLETED = "completed", "I complete a letter that a colleague began, and I answer for what it says"

    patient = PatientKey(Patient, on_delete=models.PROTECT, moves=Q(status="draft"), related_name="letters")
    episode = models.ForeignKey(Episode, on_delete=models.PROTECT, related_name="letters")
    practitioner = models.ForeignKey(Practitioner, on_delete=models.PROTECT, related_name="letters")
    kind = models.CharField(max_length=9, choices=Kind, editable=False)
    opened_at = models.DateTimeField(editable=False)
    recipient_name = models.CharField("to", max_length=200, blank=True)
    recipient_address = models.TextField("postal address", max_length=500, blank=True)
    recipient_email = models.EmailField("e-mail", blank=True)
    subject = models.CharField(max_length=200, blank=True)
    body = models.TextField("text", max_length=LONGEST_BODY, blank=True)
    # The clinic and the patient as the letter names them, set when it is signed, because both may change later.
    letterhead = models.TextField(blank=True, editable=False)
    about = models.CharField(max_length=300, blank=True, editable=False)
    signed_meaning = models.CharField(max_length=9, choices=Meaning, blank=True, editable=False)
    error_mark = link_to_error_mark()

    objects = LetterQuerySet.as_manager()

    class Meta:
        ordering = ["-opened_at", "-pk"]
        indexes = [models.Index(fields=["patient", "-opened_at"])]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=["gp", "referrer", "discharge"]),
                name="letter_kind_known",
                violation_error_message="Choose the kind of letter from the list.",
            ),
            models.UniqueConstraint(
                fields=["episode", "practitioner", "kind"],
                condition=Q(status="draft"),
                name="one_draft_letter_of_a_kind",
                violation_error_message="You already have a draft of such a letter in this episode.",
            ),
            models.CheckConstraint(
                condition=Q(signed_at=None, signed_by=None, signed_name="", signed_meaning="", content_hash="")
                & Q(letterhead="", about="")
                & ~Q(status="signed")
                | Q(signed_at__isnull=False, signed_by__isnull=False, status="signed")
                & ~Q(recipient_name="")
                & ~Q(subject="")
                & ~Q(body="")
                & ~Q(about="")
                & ~Q(signed_name="")
                & ~Q(signed_meaning="")
                & ~Q(content_hash=""),
                name="letter_signed_only_when_complete",
                violation_error_message="A signed letter needs a recipient, a subject, a text, a time and a name.",
            ),
            *constraints_on_closing("letter", a_record="a letter", proves_nothing="draft_letter_proves_nothing"),
        ]

    def __str__(self):
        return f"{self.get_kind_display()} of {self.opened_at:%Y-%m-%d}"

    def get_absolute_url(self):
        name = "letter_edit" if self.is_draft else "letter_detail"
        return reverse(name, args=[self.patient_id, self.pk])

    @property
    def dated_at(self):
        """The time of its signature; of a letter without one, when it was begun."""
        return self.signed_at or self.opened_at


class Disclosure(models.Model):
    """One signed letter went to one recipient: who sent it, when, how, and that the patient had agreed."""

    class Way(models.TextChoices):
        EMAIL = "email", "E-mail"
        POST = "post", "Post or fax"
        PATIENT = "patient", "Given to the patient"

    class State(models.TextChoices):
        # Stored before the e-mail is sent. It stays if the server stops meanwhile.
        UNKNOWN = "unknown", "Not known whether it was sent"
        SENT = "sent", "Sent"
        NOT_SENT = "not_sent", "Not sent"

    # The page chooses the key, so that a page sent twice sends once.
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    letter = models.ForeignKey(Letter, on_delete=models.PROTECT, related_name="disclosures")
    way = models.CharField("how", max_length=7, choices=Way)
    recipient_name = models.CharField("to", max_length=200)
    address = models.CharField(max_length=500, blank=True, help_text="The e-mail or postal address.")
    patient_agreed = models.BooleanField()
    disclosed_at = models.DateTimeField()
    disclosed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    document_hash = models.CharField("SHA-256 of the PDF", max_length=64, blank=True)
    state = models.CharField(max_length=8, choices=State)
    problem = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["-disclosed_at", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(patient_agreed=True),
                name="disclosure_patient_agreed",
                violation_error_message="A letter goes to nobody before the patient has agreed.",
            ),
            models.CheckConstraint(
                condition=Q(way="email") & ~Q(address="") & ~Q(document_hash="")
                | Q(way="post") & ~Q(address="")
                | Q(way="patient", address=""),
                name="disclosure_to_an_address",
                violation_error_message="Enter the address to which the letter goes.",
            ),
            models.CheckConstraint(
                condition=Q(state="sent", problem="") | Q(state__in=["unknown", "not_sent"], way="email"),
                name="disclosure_state_known",
                violation_error_message="Only an e-mail can fail to be sent.",
            ),
            Immutable(
                name="disclosure_frozen",
                allow=["state", "problem"],
                violation_error_message="The record of a letter that was sent cannot be changed.",
            ),
            Immutable(
                name="disclosure_state_stays",
                when=~Q(state="unknown") | ~Q(problem=""),
                violation_error_message="The record of a letter that was sent cannot be changed.",
            ),
        ]

    def __str__(self):
        return f"{self.get_way_display()} to {self.recipient_name}"
