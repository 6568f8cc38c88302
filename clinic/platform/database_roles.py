"""On PostgreSQL, the rights of the role that the web application connects as (docs/database-roles.md).

`migrate` connects as the owner of the tables. The application connects as another role: it can read and write rows, but
it cannot change tables or triggers, and it can only add rows to tables that never change.
"""

from django.apps import apps
from django.db import connection
from psycopg2 import sql

from patients.integrity.immutability import EVERY, Immutable
from patients.models import Destruction, DestructionCertificate, TrailEntry
from patients.models.destruction import DECISION

EVERYTHING = {"SELECT", "INSERT", "UPDATE", "DELETE"}
# Only the owner carries out the destruction of a record, with the command `destroy_record`. The application can ask for
# one and decide it: these are the columns that it may change.
COLUMNS = {Destruction: DECISION}
ONLY_READ = {DestructionCertificate}
OF_TABLES_WITHOUT_MODEL = {"django_migrations": {"SELECT"}}  # the table of the cache has none either
# Before rights are granted, all are taken away, so that a table that became stricter loses them.
OF_DATABASE = [
    # The triggers would read a temporary table instead of the real table of the same name.
    "REVOKE TEMPORARY ON DATABASE {database} FROM PUBLIC, {role}",
    "REVOKE CREATE ON SCHEMA {schema} FROM PUBLIC, {role}",
    "GRANT USAGE ON SCHEMA {schema} TO {role}",
    "REVOKE ALL ON ALL TABLES IN SCHEMA {schema} FROM PUBLIC, {role}",
    "GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA {schema} TO {role}",
]
# (what the role may do, the sentence if it may). The rights of its groups count too.
DANGERS = [
    (
        "SELECT rolsuper FROM pg_roles WHERE rolname = current_user",
        "is a superuser: it can switch every protection of the records off",
    ),
    (
        "SELECT count(*) > 0 FROM pg_class WHERE relnamespace = current_schema()::regnamespace"
        " AND relkind = 'r' AND pg_has_role(current_user, relowner, 'MEMBER')",
        "owns tables: it can remove the triggers that protect the records",
    ),
    (
        "SELECT has_schema_privilege(current_user, current_schema(), 'CREATE')",
        "can create tables and functions",
    ),
    (
        "SELECT has_database_privilege(current_user, current_database(), 'TEMPORARY')",
        "can create temporary tables, which the triggers would read instead of the real ones",
    ),
    (
        f"SELECT has_table_privilege(current_user, '{TrailEntry._meta.db_table}', 'UPDATE, DELETE, TRUNCATE, TRIGGER')",
        "can change or empty the audit trail",
    ),
    (
        f"SELECT has_column_privilege(current_user, '{Destruction._meta.db_table}', 'certificate_id', 'UPDATE')",
        "can destroy records",
    ),
]


def rights(model):
    """The set of rights that the application needs on the table of a model, such as {"SELECT", "INSERT"}.

    Rows that can never be changed or deleted are only read and added. Rows that can never be deleted are not deleted.
    Of the models in COLUMNS, it may change only these columns.
    """
    of_every_row = [
        constraint
        for constraint in model._meta.constraints
        if isinstance(constraint, Immutable) and constraint.when == EVERY and not constraint.through
    ]
    if model in ONLY_READ:
        return {"SELECT"}
    never_changes = model in COLUMNS or any(
        not constraint.allow and not constraint.fields for constraint in of_every_row
    )
    return EVERYTHING - ({"DELETE"} if of_every_row else set()) - ({"UPDATE"} if never_changes else set())


def create_role(role, *, password):
    """Create a role that can sign in to PostgreSQL with this password, or give an existing one this password.

    Raises ProgrammingError if the role of this connection may not create roles.
    """
    names = {"role": sql.Identifier(role), "password": sql.Literal(password)}
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role])
        verb = "ALTER" if cursor.fetchone() else "CREATE"
        words = " ROLE {role} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD {password}"
        cursor.execute(sql.SQL(verb + words).format(**names))


def grant_rights(role):
    """Give the role exactly the rights that the application needs in the default database. The owner runs this.

    Raises ProgrammingError if there is no such role or if the tables belong to somebody else.
    """
    models = {model._meta.db_table: model for model in apps.get_models(include_auto_created=True)}
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_database(), current_schema()")
        database, schema = map(sql.Identifier, cursor.fetchone())
        names = {"role": sql.Identifier(role), "database": database, "schema": schema}
        for statement in OF_DATABASE:
            cursor.execute(sql.SQL(statement).format(**names))
        for table in connection.introspection.table_names(cursor):
            names |= {"table": sql.Identifier(table)}
            model = models.get(table)
            granted = rights(model) if model else OF_TABLES_WITHOUT_MODEL.get(table, EVERYTHING)
            listed = sql.SQL(", ").join(map(sql.SQL, sorted(granted)))
            cursor.execute(sql.SQL("GRANT {rights} ON {table} TO {role}").format(rights=listed, **names))
            # Only who may update a column can lock a row. The trigger refuses every change of this column.
            if model not in {None, TrailEntry} and "UPDATE" not in granted:
                fields = map(model._meta.get_field, COLUMNS.get(model, [model._meta.pk.name]))
                columns = sql.SQL(", ").join(sql.Identifier(field.column) for field in fields)
                cursor.execute(
                    sql.SQL("GRANT UPDATE ({columns}) ON {table} TO {role}").format(columns=columns, **names)
                )


def dangers():
    """Sentences on what the role of this connection may do but should not; none on SQLite, which has no roles."""
    if connection.vendor != "postgresql":
        return []
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        role = cursor.fetchone()[0]
        sentences = []
        for question, sentence in DANGERS:
            cursor.execute(question)
            if cursor.fetchone()[0]:
                sentences.append(f"The database role {role} {sentence}.")
    return sentences
