"""The backend that settings.py names for SQLite. It differs from Django's own in how a migration changes a table.

To change a table, Django makes a new one, copies the rows, drops the old one and renames the new one. SQLite drops a
table's own triggers with it. It also refuses the renaming while triggers of other tables refer to the table, as those
of a session's rows refer to the session.
"""

from django.db.backends.sqlite3 import base, schema

from patients.integrity.trigger_constraints import TriggerConstraint

LEGACY_RENAMING = "PRAGMA legacy_alter_table = {}"


class SchemaEditor(schema.DatabaseSchemaEditor):
    """Keep every TriggerConstraint in force during a migration, as PostgreSQL does.

    The triggers of a table are made together with it; the others are never touched. All of it happens in the
    migration's own transaction, so a migration that fails leaves the triggers as they were.
    """

    def alter_db_table(self, model, old_db_table, new_db_table):
        """Rename a table. At the end of a change SQLite must not check the triggers that refer to the new name.

        The former way of renaming does not check them. It does not update them either, which is right only here:
        they refer to the new name already.
        """
        if old_db_table != f"new__{new_db_table}":
            super().alter_db_table(model, old_db_table, new_db_table)
            return
        self.execute(LEGACY_RENAMING.format("ON"))
        try:
            super().alter_db_table(model, old_db_table, new_db_table)
        finally:
            self.execute(LEGACY_RENAMING.format("OFF"))

    def add_field(self, model, field):
        """Add a column. Triggers that list a table's columns must list the new one."""
        if _has_triggers(model) and field.column:
            self._remake_table(model, create_field=field)
        else:
            super().add_field(model, field)

    def remove_field(self, model, field):
        """Remove a column. SQLite refuses to drop one that a trigger lists."""
        if _has_triggers(model) and field.column:
            self._remake_table(model, delete_field=field)
        else:
            super().remove_field(model, field)


class DatabaseWrapper(base.DatabaseWrapper):
    SchemaEditorClass = SchemaEditor


def _has_triggers(model):
    return any(isinstance(constraint, TriggerConstraint) for constraint in model._meta.constraints)
