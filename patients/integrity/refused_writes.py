"""What trigger constraints share that refuse to insert or update a row, on PostgreSQL and SQLite."""

from django.db.backends.ddl_references import Statement, Table

from patients.integrity.trigger_constraints import TriggerConstraint

SQLITE = "CREATE TRIGGER {trigger} BEFORE {verb} ON %(table)s WHEN {when} BEGIN SELECT RAISE(ABORT, '{name}'); END"
POSTGRES_FUNCTION = """CREATE OR REPLACE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql AS $body$ BEGIN
IF TG_OP = 'INSERT' THEN IF {insert} THEN {refuse} END IF;
ELSIF {update} THEN {refuse} END IF;
RETURN NEW; END $body$"""
POSTGRES_REFUSE = (
    "RAISE EXCEPTION '{name}: {why}' USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = '{name}';"
)
POSTGRES = (
    "DROP TRIGGER IF EXISTS {trigger} ON %(table)s",
    "CREATE TRIGGER {trigger} BEFORE INSERT OR UPDATE ON %(table)s FOR EACH ROW EXECUTE FUNCTION {function}()",
)
EVENTS = ("insert", "update")


class RefusedWrite(TriggerConstraint):
    """The database refuses to insert or update a row that meets a condition of the subclass.

    A refused write raises an IntegrityError that contains the constraint's name.
    """

    def refused(self, event, model, schema_editor, *, new, old):
        """The SQL condition under which an "insert" or "update" is refused. `new` and `old` are the names of the rows;
        there is no old row when one is inserted.
        """
        raise NotImplementedError(f"{type(self).__name__} must define refused().")

    def fields(self):
        """The names of the model's fields that the condition uses."""
        raise NotImplementedError(f"{type(self).__name__} must define fields().")

    def why(self):
        """The reason that PostgreSQL adds to the constraint's name."""
        return "refused"

    def remove_sql(self, model, schema_editor):
        return f"DROP FUNCTION IF EXISTS {schema_editor.quote_name(self.name)}() CASCADE"

    def columns(self, model):
        fields = {"pk", *self.fields()}
        return sorted(model._meta.pk.column if f == "pk" else model._meta.get_field(f).column for f in fields)

    def trigger_names(self, vendor):
        return [self.name] if vendor == "postgresql" else [f"{self.name}_{event}" for event in EVENTS]

    def trigger_sql(self, model, schema_editor):
        quote = schema_editor.quote_name
        is_postgres = schema_editor.connection.vendor == "postgresql"
        rows = {"new": "new", "old": "old"} if is_postgres else {"new": "NEW", "old": "OLD"}  # quoted, so spelled so
        refused = {event: self.refused(event, model, schema_editor, **rows).replace("%", "%%") for event in EVENTS}
        names = {"name": self.name, "function": quote(self.name), "trigger": quote(self.name)} | refused
        if is_postgres:
            names["refuse"] = POSTGRES_REFUSE.format(name=self.name, why=self.why())
            patterns = [(pattern, {}) for pattern in (POSTGRES_FUNCTION, *POSTGRES)]
        else:
            triggers = zip(EVENTS, self.trigger_names("sqlite"), strict=True)
            patterns = [
                (SQLITE, {"verb": verb.upper(), "trigger": quote(name), "when": refused[verb]})
                for verb, name in triggers
            ]
        for pattern, more in patterns:
            sql = pattern.format(**names | more)
            yield Statement(sql, table=Table(model._meta.db_table, quote))
