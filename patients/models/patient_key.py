"""The foreign key to a patient: one person counts as one, whichever of their merged records a row belongs to."""

from django.core import checks
from django.db import models
from django.db.models.fields.related_lookups import RelatedExact, RelatedIn
from django.db.models.functions import Coalesce

# The ids of all records of the people with these records: the record that stays, and those merged into it. A record
# that was merged never has others merged into it, so one step leads to the record that stays.
OF_PERSON = """SELECT COALESCE(asked.merged_into_id, asked.id) FROM patients_patient asked WHERE asked.id {asked}
UNION ALL
SELECT other.id FROM patients_patient asked JOIN patients_patient other
ON other.merged_into_id = COALESCE(asked.merged_into_id, asked.id) WHERE asked.id {asked}"""


class OfPerson:
    """Mixed into a lookup of a PatientKey: it finds the rows of every record of the same person."""

    def as_sql(self, compiler, connection, template="{row} IN ({ids})"):
        row, row_params = self.process_lhs(compiler, connection)
        asked, asked_params = self.process_rhs(compiler, connection)
        ids = OF_PERSON.format(asked=self.get_rhs_op(connection, asked))
        return template.format(row=row, ids=ids), (*row_params, *asked_params, *asked_params)

    def as_postgresql(self, compiler, connection):
        """As an array, because PostgreSQL uses no index of the rows for a subquery that refers to an outer query."""
        return self.as_sql(compiler, connection, template="{row} = ANY (ARRAY ({ids}))")


class PatientKey(models.ForeignKey):
    """A foreign key to a patient. Filters by it find the rows of all records of a person: docs/decisions/024.

    `patient=p` and `patient__in=[...]` find the rows of every record that was merged into p's, and of the record that
    p was merged into. `patient__record=p` and `patient__record_in=...` find only the rows of these records themselves.

    `moves` says what a merge does with rows of the record that is merged: True moves them to the record that stays, a
    Q moves those that meet it, and False leaves them where they are, as rows that can never change must be.
    """

    def __init__(self, *args, moves=None, **kwargs):
        super().__init__(*args, **kwargs)
        self.moves = moves

    def deconstruct(self):
        """As a plain foreign key, because the column is one: migrations need not know about merges."""
        name, _, args, kwargs = super().deconstruct()
        return name, "django.db.models.ForeignKey", args, kwargs

    def check(self, **kwargs):
        undecided = checks.Error(
            "Say with `moves` what a merge of two patients does with these rows.", obj=self, id="patients.E001"
        )
        return [*super().check(**kwargs), *([undecided] if self.moves is None else [])]


@PatientKey.register_lookup
class OfPersonExact(OfPerson, RelatedExact):
    pass


@PatientKey.register_lookup
class OfPersonIn(OfPerson, RelatedIn):
    pass


@PatientKey.register_lookup
class OfRecord(RelatedExact):
    """Only the rows of one record, without those of records that were merged with it."""

    lookup_name = "record"

    def get_rhs_op(self, connection, rhs):
        return connection.operators["exact"] % rhs


@PatientKey.register_lookup
class OfRecords(RelatedIn):
    """Only the rows of these records. For a queryset of many patients, which is slow to extend to their people."""

    lookup_name = "record_in"


def person(key="patient"):
    """The id of the record that stands for the person of a row, for annotate(). `key` leads to a PatientKey."""
    return Coalesce(f"{key}__merged_into", key, output_field=models.BigIntegerField())
