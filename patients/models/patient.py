"""Patients."""

from datetime import date

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Coalesce, Lower
from django.db.models.lookups import Exact
from django.urls import reverse
from django.utils import timezone

from .birth import BirthDate, BirthPrecision, DayOfMonth, MonthOfYear

NOT_THE_FIRST_DAY = "A birth date of which only the month or year is known is stored as its first day."
EARLIEST_BIRTH = date(1890, 1, 1)


def born_in_the_past(day):
    if not EARLIEST_BIRTH <= day <= timezone.localdate():
        raise ValidationError("Enter a birth date between 1890 and today.")


class PatientQuerySet(models.QuerySet):
    def registered(self):
        """Patients whose registration was not taken back with the import that registered them."""
        return self.filter(import_undone_at=None)

    def active(self):
        """Patients who can be booked and treated: active, not merged into another record, not dead."""
        return self.registered().filter(is_active=True, merged_into=None, died_on=None)

    def lock_people(self, keys):
        """Lock the records that stand for these patients, in the order of their keys, until the transaction ends."""
        standing = self.filter(pk__in=keys).values(person=Coalesce("merged_into", "pk"))
        # no_key: inserting an audit entry about a patient then does not have to wait for the transaction.
        list(self.select_for_update(no_key=True).filter(pk__in=standing).order_by("pk"))


class Patient(models.Model):
    class Sex(models.TextChoices):
        FEMALE = "female", "Female"
        MALE = "male", "Male"
        OTHER = "other", "Other"
        UNKNOWN = "unknown", "Not known"

    class ReminderChannel(models.TextChoices):
        NONE = "none", "No messages"
        EMAIL = "email", "E-mail"
        SMS = "sms", "Text message"

    record_number = models.CharField(max_length=16, unique=True, editable=False)
    # Somebody with one name only has it as the family name, by which lists are in order.
    given_name = models.CharField(max_length=100, blank=True)
    family_name = models.CharField(max_length=100)
    preferred_name = models.CharField(max_length=100, blank=True)
    birth_name = models.CharField("name at birth", max_length=100, blank=True, default="", db_default="")
    title = models.CharField(
        max_length=30, blank=True, default="", db_default="", help_text="Such as Dr or Mrs, if wanted."
    )
    pronouns = models.CharField(
        max_length=40, blank=True, default="", db_default="", help_text="Such as she/her, if given."
    )
    # The first day of the month or year if no more is known, and empty if nothing is.
    born_on = models.DateField("birth date", null=True, blank=True, validators=[born_in_the_past])
    birth_precision = models.CharField(
        "how exactly the birth date is known",
        max_length=8,
        choices=BirthPrecision,
        default=BirthPrecision.DAY,
        db_default=BirthPrecision.DAY,
        editable=False,
    )
    died_on = models.DateField("date of death", null=True, blank=True)
    sex = models.CharField(max_length=8, choices=Sex, default=Sex.UNKNOWN)
    phone = models.CharField(max_length=40, blank=True)
    email = models.EmailField("e-mail", blank=True)
    street = models.CharField(max_length=200, blank=True)
    city = models.CharField(max_length=100, blank=True)
    postcode = models.CharField(max_length=20, blank=True)
    country = models.CharField(max_length=60, blank=True)
    emergency_contact_name = models.CharField(max_length=200, blank=True)
    emergency_contact_phone = models.CharField(max_length=40, blank=True)
    general_practitioner = models.CharField("GP", max_length=200, blank=True)
    occupation = models.CharField(max_length=100, blank=True)
    interpreter_language = models.CharField(
        max_length=60, blank=True, help_text="Fill in only if an interpreter is needed."
    )
    desk_note = models.CharField(
        "note for the front desk",
        max_length=200,
        blank=True,
        help_text="Shown with every visit, such as “wheelchair, room 1”. Do not write clinical information here.",
    )
    reminder_channel = models.CharField(max_length=8, choices=ReminderChannel, default=ReminderChannel.NONE)
    wants_reminders = models.BooleanField("reminders before visits", default=True)
    wants_confirmations = models.BooleanField("confirmations of bookings", default=True)
    wants_move_notices = models.BooleanField("notices of moved visits", default=True)
    wants_cancellation_notices = models.BooleanField("notices of cancelled visits", default=True)
    wants_postponement_notices = models.BooleanField("notices of visits that cannot take place", default=True)
    wants_questions_after = models.BooleanField("questions after a visit with needles", default=False)
    is_active = models.BooleanField(default=True, help_text="Turn off for a former patient. The record is kept.")
    merged_into = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, editable=False, related_name="merged_from"
    )
    # Screenings that are taken later were taken with the alerts of both records in view.
    merged_at = models.DateTimeField(null=True, blank=True, editable=False)
    external_id = models.CharField(
        "number in another system", max_length=64, null=True, blank=True, unique=True, editable=False
    )
    # Nobody sees such a record in a search or a list, but the audit trail keeps it.
    import_undone_at = models.DateTimeField(null=True, blank=True, editable=False)
    # The same for all members of a family who were registered as relatives of each other.
    family = models.UUIDField(null=True, blank=True, editable=False, db_index=True)
    # The digits of the phone number in reverse, so that an index finds a number by its last digits.
    phone_key = models.CharField(max_length=40, blank=True, editable=False, db_index=True)
    # The digits after the country code, so that an index finds a number by its first digits.
    phone_start = models.CharField(max_length=40, blank=True, default="", editable=False, db_index=True)
    # Chosen by the page, so that a page sent twice registers one patient.
    registration_token = models.UUIDField(null=True, blank=True, unique=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = PatientQuerySet.as_manager()

    class Meta:
        ordering = ["family_name", "given_name", "pk"]
        permissions = [("export_patient", "Can export the whole record of a patient")]
        indexes = [
            models.Index(fields=["family_name", "given_name"]),
            models.Index(fields=["born_on"]),
            models.Index(Lower("email"), name="patient_email"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=~Q(family_name=""),
                name="patient_has_a_name",
                violation_error_message="Enter a name. One name alone is the family name.",
            ),
            models.CheckConstraint(
                condition=Q(born_on__isnull=True, birth_precision=BirthPrecision.UNKNOWN)
                | Q(born_on__isnull=False) & ~Q(birth_precision=BirthPrecision.UNKNOWN),
                name="patient_birth_date_or_not_known",
                violation_error_message="Enter the birth date, or “not known”.",
            ),
            models.CheckConstraint(
                condition=Q(birth_precision__in=[BirthPrecision.DAY, BirthPrecision.UNKNOWN])
                | Q(birth_precision=BirthPrecision.MONTH) & Q(Exact(DayOfMonth("born_on"), 1))
                | Q(birth_precision__in=[BirthPrecision.YEAR, BirthPrecision.ABOUT])
                & Q(Exact(DayOfMonth("born_on"), 1))
                & Q(Exact(MonthOfYear("born_on"), 1)),
                name="patient_birth_date_is_first_day",
                violation_error_message=NOT_THE_FIRST_DAY,
            ),
            models.CheckConstraint(
                condition=Q(died_on=None) | Q(died_on__gte=F("born_on")),
                name="patient_died_after_birth",
                violation_error_message="The date of death is before the birth date.",
            ),
            models.CheckConstraint(
                condition=~Q(merged_into=F("pk")),
                name="patient_not_merged_into_itself",
                violation_error_message="A record cannot be merged into itself.",
            ),
        ]

    def __str__(self):
        return f"{self.name}, {self.birth} ({self.record_number})"

    def get_absolute_url(self):
        return reverse("patient_detail", args=[self.pk])

    @property
    def name(self):
        """FAMILY, Given: the form that the banner and lists use. FAMILY alone for somebody with one name."""
        return ", ".join(filter(None, [self.family_name.upper(), self.given_name]))

    @property
    def full_name(self):
        """Given Family: the form for letters and documents."""
        return f"{self.given_name} {self.family_name}".strip()

    @property
    def searched_names(self):
        """All names by which the patient is found."""
        return " ".join([self.given_name, self.family_name, self.preferred_name, self.birth_name])

    @property
    def first_name(self):
        """The given name, or the only name: the form that speaks to the patient."""
        return self.given_name or self.family_name

    @property
    def birth(self):
        """The birth date with how exactly it is known. It can be set, also as an argument of Patient()."""
        return BirthDate(self.born_on, self.birth_precision)

    @birth.setter
    def birth(self, birth):
        self.born_on, self.birth_precision = birth.day, birth.precision

    @property
    def is_treatable(self):
        """Whether this patient can be booked and treated: see PatientQuerySet.active."""
        return not self.why_not_treatable

    @property
    def why_not_treatable(self):
        """Why nothing new can be booked or recorded, as an error message; empty if the patient is treatable."""
        if self.import_undone_at:
            return "This record came from an import that was undone. Nothing new can be booked or recorded."
        if self.died_on:
            return "This patient has died. Nothing new can be booked or recorded."
        if self.merged_into_id:
            return "This record was merged into another one. Use the other record."
        return "" if self.is_active else "This patient is not active. Make the patient active again first."

    @property
    def person_id(self):
        """The id of the record that stands for this person: of the one that it was merged into, or its own."""
        return self.merged_into_id or self.pk

    @property
    def surviving(self):
        """The record that is kept for this person: this one, unless it was merged. A query only for a merged record."""
        return self.merged_into if self.merged_into_id else self

    @property
    def relatives(self):
        """The other patients of the same family."""
        if self.family is None:
            return Patient.objects.none()
        return Patient.objects.active().filter(family=self.family).exclude(pk=self.pk)

    @property
    def initials(self):
        return f"{self.given_name[:1]}{self.family_name[:1]}".upper()

    @property
    def age(self):
        """In whole years, today or at death; None without a birth date. It is estimated unless the date is exact."""
        return self.age_on(self.died_on or timezone.localdate())

    @property
    def age_words(self):
        """The age for pages: "47 y", "about 47 y" if it is estimated, or "age not known"."""
        return self.birth.age_words(self.died_on or timezone.localdate())

    def age_on(self, day):
        return self.birth.age_on(day)

    def is_born_after(self, day):
        """Whether this day is certainly before the birth."""
        return bool(self.born_on) and day < self.birth.earliest


class NameGram(models.Model):
    """Three consecutive letters of a patient's name without accents, for the search. See patients.search."""

    patient = models.ForeignKey(Patient, on_delete=models.CASCADE, related_name="grams")
    gram = models.CharField(max_length=3)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["gram", "patient"], name="one_gram_a_patient")]

    def __str__(self):
        return self.gram


class RecordNumberCounter(models.Model):
    """The last record number that was given out. A table of one row, locked while a number is taken."""

    last = models.PositiveBigIntegerField(default=0)

    def __str__(self):
        return str(self.last)
