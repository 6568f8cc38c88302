"""National and insurance numbers of patients, with the check digit of each kind."""

import importlib
import re
import uuid
from dataclasses import dataclass

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from stdnum import exceptions as refusals

from patients.integrity.immutability import Immutable
from patients.integrity.portions import portions

from .patient import Patient
from .patient_key import PatientKey

WRONG = {
    refusals.InvalidChecksum: "The check digit does not match. Compare the number with the original.",
    refusals.InvalidLength: "This number has too few or too many characters. Compare it with the original.",
    refusals.InvalidFormat: "This is not the format of this kind of number. Check the kind and the number.",
    refusals.InvalidComponent: "Part of this number, such as a date, is impossible. Compare it with the original.",
}


@dataclass(frozen=True)
class IdentifierKind:
    """A kind of number: `check` is the module of python-stdnum that validates it, "" for none.

    `system` is its published FHIR system, "" where none is known to us for certain. A kind without a check needs the
    name of who issued the number.
    """

    key: str
    label: str
    check: str = ""
    system: str = ""

    @property
    def needs_issuer(self):
        return not self.check

    def stored(self, number):
        """The number as it is stored, in one form however it was typed. Raises ValidationError with what is wrong."""
        if not self.check:
            if found := as_searched(number):
                return found
            raise ValidationError("Enter the number.")
        try:
            module = importlib.import_module(f"stdnum.{self.check}")
            valid = module.validate(number).upper()
            # With the century, as its FHIR system asks: without it, a sign would tell people of 100 years apart.
            return f"{module.get_birth_date(valid):%Y%m%d}{valid[-4:]}" if self.key == "se-pnr" else valid
        except refusals.ValidationError as refusal:
            raise ValidationError(WRONG.get(type(refusal), WRONG[refusals.InvalidFormat])) from None


KINDS = {
    kind.key: kind
    for kind in (
        IdentifierKind("gb-nhs", "NHS number (England, Wales)", "gb.nhs", "https://fhir.nhs.uk/Id/nhs-number"),
        IdentifierKind("ie-pps", "PPS number (Ireland)", "ie.pps"),
        IdentifierKind("nl-bsn", "BSN (Netherlands)", "nl.bsn", "http://fhir.nl/fhir/NamingSystem/bsn"),
        IdentifierKind("be-nn", "National number (Belgium)", "be.nn"),
        IdentifierKind("fr-nir", "NIR, social security (France)", "fr.nir"),
        IdentifierKind("ch-ahv", "AHV/AVS number (Switzerland)", "ch.ssn", "urn:oid:2.16.756.5.32"),
        IdentifierKind("at-svnr", "Social insurance number (Austria)", "at.vnr", "urn:oid:1.2.40.0.10.1.4.3.1"),
        IdentifierKind("it-cf", "Codice fiscale (Italy)", "it.codicefiscale", "http://hl7.it/sid/codiceFiscale"),
        IdentifierKind("es-dni", "DNI (Spain)", "es.dni"),
        IdentifierKind("es-nie", "NIE (Spain)", "es.nie"),
        IdentifierKind("pt-cc", "Citizen card (Portugal)", "pt.cc"),
        IdentifierKind("se-pnr", "Personnummer (Sweden)", "se.personnummer", "urn:oid:1.2.752.129.2.1.3.1"),
        IdentifierKind("dk-cpr", "CPR number (Denmark)", "dk.cpr", "urn:oid:1.2.208.176.1.2"),
        IdentifierKind("no-fnr", "Fødselsnummer (Norway)", "no.fodselsnummer", "urn:oid:2.16.578.1.12.4.1.4.1"),
        IdentifierKind("fi-hetu", "HETU (Finland)", "fi.hetu", "urn:oid:1.2.246.21"),
        IdentifierKind("pl-pesel", "PESEL (Poland)", "pl.pesel"),
        IdentifierKind("ca-bc-phn", "Personal health number (British Columbia)", "ca.bc_phn"),
        IdentifierKind("za-id", "ID number (South Africa)", "za.idnr"),
        IdentifierKind("br-cpf", "CPF (Brazil)", "br.cpf"),
        IdentifierKind("insurance", "Insurance number"),
        IdentifierKind("other", "Other number"),
    )
}
# Such as the HETU 131052-308T, which a search by words would take apart.
LETTERS_SIGNS_AND_DIGITS = re.compile(r"(?=.*\d)(?=.*[^\W\d_])(?=.*[-/.+])[\w\-/.+]{6,40}")
LOOKED_UP_AT_ONCE = 500
WITHOUT_CHECK = [kind.key for kind in KINDS.values() if kind.needs_issuer]


def as_searched(text):
    """Only the letters and digits of a text, in capitals."""
    return "".join(c for c in text.upper() if c.isalnum())


class PatientIdentifierQuerySet(models.QuerySet):
    def in_use(self):
        return self.filter(removed_at=None)


class PatientIdentifier(models.Model):
    """A number that others use for a patient. Removing a wrong number keeps the row."""

    # Chosen by the page, so that a page sent twice records once.
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    patient = PatientKey(Patient, on_delete=models.PROTECT, moves=True, related_name="identifiers")
    kind = models.CharField(max_length=16, choices=[(kind.key, kind.label) for kind in KINDS.values()])
    issuer = models.CharField("issued by", max_length=100, blank=True, help_text="The insurer, for example.")
    # The audit trail has only its last characters: see patients.integrity.changes.
    identifier_number = models.CharField("number", max_length=40)
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    removed_at = models.DateTimeField(null=True, blank=True, editable=False)
    removed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, editable=False, related_name="+"
    )

    objects = PatientIdentifierQuerySet.as_manager()

    class Meta:
        verbose_name = "national or insurance number"
        ordering = ["kind", "recorded_at", "pk"]
        indexes = [models.Index(fields=["identifier_number"], name="identifier_number")]
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "issuer", "identifier_number"],
                condition=Q(removed_at=None),
                name="identifier_of_one_patient",
                violation_error_message="Another patient has this number.",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=WITHOUT_CHECK) & ~Q(issuer="") | ~Q(kind__in=WITHOUT_CHECK) & Q(issuer=""),
                name="identifier_issuer_where_needed",
                violation_error_message="Enter who issued the number, such as the insurer.",
            ),
            models.CheckConstraint(
                condition=~Q(identifier_number=""),
                name="identifier_is_not_empty",
                violation_error_message="Enter the number.",
            ),
            models.CheckConstraint(
                condition=Q(removed_at=None, removed_by=None) | Q(removed_at__isnull=False, removed_by__isnull=False),
                name="identifier_removed_at_and_by",
                violation_error_message="A removal needs a time and a person.",
            ),
            Immutable(
                name="identifier_frozen",
                allow=["patient", "removed_at", "removed_by"],  # a merge moves it
                violation_error_message="A number cannot be changed. Remove it, and record the right one.",
            ),
            Immutable(
                name="identifier_removed_frozen",
                when=Q(removed_at__isnull=False),
                allow=["patient"],
                violation_error_message="This number was removed, and that cannot be changed. Record it again.",
            ),
        ]

    def __str__(self):
        return f"{self.get_kind_display()}{f', {self.issuer}' if self.issuer else ''}"


def patients_with_number(text):
    """The keys of the patients with this national or insurance number, as a subquery."""
    numbered = PatientIdentifier.objects.in_use().filter(identifier_number__in=set(_as_stored(text)))
    return numbered.order_by().values("patient")


def patients_with_numbers(numbers):
    """{number: the patient who has it} of these numbers, each (kind, issuer, number as it is stored).

    The patient is the one who stands for the person. A query for each 500 numbers.
    """
    wanted, holders = {_as_compared(number): number for number in numbers}, {}
    texts = sorted({text for _, _, text in wanted})
    for some in portions(texts, LOOKED_UP_AT_ONCE):
        rows = PatientIdentifier.objects.in_use().filter(identifier_number__in=some)
        for row in rows.select_related("patient__merged_into"):
            key = _as_compared((row.kind, row.issuer, row.identifier_number))
            if key in wanted:
                holders[wanted[key]] = row.patient.surviving
    return holders


def _as_compared(number):
    kind, issuer, text = number
    return kind, issuer.casefold(), text


def _as_stored(text):
    """The text as each kind would store it that it can be."""
    yield as_searched(text)
    for kind in KINDS.values():
        try:
            yield kind.stored(text)
        except ValidationError:
            continue
