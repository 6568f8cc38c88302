"""The patient of each row of a file that belongs to patients who are registered already."""

from django.core.exceptions import ValidationError
from django.db.models import Q

from patients.integrity.portions import portions
from patients.models import Patient
from patients.models.birth import BirthPrecision
from patients.search import words

from .fields import DATE, ImportField

AT_ONCE = 500
FIELDS = [
    ImportField(
        "patient_number",
        "Number of the patient",
        "patient id,patientid,patient number,patient,client id,client number,chart number,mrn,pid,patientennummer,"
        "patient no",
    ),
    ImportField("given_name", "Given name", "first name,firstname,forename,vorname,prenom,voornaam,nombre,first"),
    ImportField("family_name", "Family name", "last name,lastname,surname,nachname,nom,achternaam,apellidos,last"),
    ImportField("born_on", "Birth date", "date of birth,dob,birthdate,geburtsdatum,geboortedatum", DATE),
]


def refuse_unnamed(values):
    """Raise ValidationError if a row does not say whom it belongs to."""
    if not (values.get("patient_number") or {"given_name", "family_name", "born_on"} <= values.keys()):
        raise ValidationError("Give the number of the patient, or the names and the birth date.")


class KnownPatients:
    """The patients of the rows of a file, found by number or by names and birth date."""

    def __init__(self, rows):
        numbers = sorted({row.values.get("patient_number") for row in rows} - {None, ""})
        days = sorted({row.values.get("born_on") for row in rows} - {None, ""})
        self.by_number, self.by_name = {}, {}
        for some in portions(numbers, AT_ONCE):
            numbered = Q(external_id__in=some) | Q(record_number__in=some)
            for patient in self._found(numbered):
                self.by_number |= {patient.external_id: patient, patient.record_number: patient}
        for some in portions(days, AT_ONCE):
            for patient in self._found(Q(born_on__in=some, birth_precision=BirthPrecision.DAY)):
                self.by_name.setdefault(self._key(vars(patient)), []).append(patient)

    def of(self, values):
        """The patient of a row. Raises ValidationError if there is none, or more than one."""
        if number := values.get("patient_number"):
            if number not in self.by_number:
                raise ValidationError(f"No patient has the number {number}. Import the patients first.")
            return self.by_number[number].surviving
        found = {patient.surviving for patient in self.by_name.get(self._key(values), [])}
        if len(found) != 1:
            raise ValidationError(
                "Several patients have this name and birth date."
                if found
                else "No patient has this name and birth date."
            )
        return found.pop()

    def _found(self, condition):
        return Patient.objects.registered().filter(condition).select_related("merged_into")

    def _key(self, values):
        return tuple(words(values["given_name"])), tuple(words(values["family_name"])), values["born_on"]
