"""The SQLite backend of the settings. It differs from Django's in how a migration changes a table.

To change a table, Django creates a new one, copies the rows, drops the old one and renames the new one. SQLite drops
the triggers of a table with it. It also refuses the renaming while triggers of other tables refer to the table.
"""

from django.db.backends.sqlite3 import base, schema

from patients.integrity.trigger_constraints import TriggerConstraint

LEGACY_RENAMING = "PRAGMA legacy_alter_table = {}"


class SchemaEditor(schema.DatabaseSchemaEditor):
    """Keep every TriggerConstraint during a migration, as PostgreSQL does.

    The triggers of a table are created together with it. Other triggers are not changed. All of this happens in the
    transaction of the migration, so a failed migration leaves the triggers unchanged.
    """

    def alter_db_table(self, model, old_db_table, new_db_table):
        """Rename a table. At the end of a change SQLite must not check the triggers that refer to the new name.

        SQLite's legacy renaming does not check them. It does not update them either, which is correct only here,
        because they already refer to the new name.
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
