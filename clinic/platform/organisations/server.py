"""The PostgreSQL server that holds the databases of all organisations."""

from contextlib import closing, contextmanager
from urllib.parse import quote, urlencode, urlsplit

import psycopg2
from psycopg2 import sql
from psycopg2.extensions import encrypt_password

# New databases are copies of this one, which saves running all migrations. It has tables, but no rows of a clinic.
TEMPLATE, TEMPLATE_OWNER = "filiform_new_organisation", "filiform_new_organisation_owner"
APPS = ("patients", "clinic", "treatments")
FACTS = {
    "backup": "SELECT max(made_at) FROM clinic_backup",
    "restore check": "SELECT max(checked_at) FROM clinic_backup",
    "record check": "SELECT max(checked_at) FROM treatments_recordcheck",
    "patients": "SELECT count(*) FROM patients_patient",
}


class Server:
    """`url` belongs to a role that may create roles and databases; it need not be a superuser."""

    def __init__(self, url):
        self.parts = urlsplit(url)

    def url(self, database, *, role=None, password=None, acts_as=None):
        """The DATABASE_URL of a database on this server.

        With `role` and `password` it belongs to an application; with `acts_as` to the administrator, who then has the
        rights of that role and no others.
        """
        place = self.parts.netloc.rpartition("@")[2]
        user = f"{role}:{quote(password, safe='')}@{place}" if role else self.parts.netloc
        query = self.parts.query
        if acts_as:
            query = "&".join(filter(None, [query, urlencode({"options": f"-c role={acts_as}"}, quote_via=quote)]))
        return self.parts._replace(scheme="postgres", netloc=user, path=f"/{database}", query=query).geturl()

    def prepare_template(self):
        """Create the empty template database and the owner of its tables, if they are missing."""
        with self._connected() as run:
            self._ensure_role(run, TEMPLATE_OWNER, "NOLOGIN")
            self._ensure_membership(run, TEMPLATE_OWNER)
            if not run("SELECT 1 FROM pg_database WHERE datname = %s", [TEMPLATE]):
                run(sql.SQL("CREATE DATABASE {0} ENCODING 'UTF8' TEMPLATE template0").format(sql.Identifier(TEMPLATE)))
            run(sql.SQL("REVOKE ALL ON DATABASE {0} FROM PUBLIC").format(sql.Identifier(TEMPLATE)))
        # The administrator owns this database, not the owner of its tables: REASSIGN OWNED would give it away.
        with self._connected(TEMPLATE) as run:
            run(sql.SQL("GRANT USAGE, CREATE ON SCHEMA public TO {0}").format(sql.Identifier(TEMPLATE_OWNER)))

    def create_database(self, organisation, *, password):
        """Create the roles and the database of an organisation, or finish what an interrupted command began.

        Only its own role and the administrator can connect to it.
        """
        names = {"database": organisation.database, "role": organisation.role, "owner": organisation.owner}
        named = {key: sql.Identifier(value) for key, value in names.items()}
        named |= {"template": sql.Identifier(TEMPLATE), "template_owner": sql.Identifier(TEMPLATE_OWNER)}
        with self._connected() as run:
            self._ensure_role(run, organisation.owner, "NOLOGIN")
            self._ensure_membership(run, organisation.owner)
            self._ensure_role(run, organisation.role, "LOGIN", password)
            self._ensure_membership(run, organisation.role)
            if not run("SELECT 1 FROM pg_database WHERE datname = %s", [organisation.database]):
                run(sql.SQL("CREATE DATABASE {database} OWNER {owner} TEMPLATE {template}").format(**named))
            run(sql.SQL("REVOKE ALL ON DATABASE {database} FROM PUBLIC").format(**named))
            run(sql.SQL("GRANT CONNECT ON DATABASE {database} TO {role}").format(**named))
        with self._connected(organisation.database) as run:
            run(sql.SQL("REASSIGN OWNED BY {template_owner} TO {owner}").format(**named))
            run(sql.SQL("REVOKE ALL ON SCHEMA public FROM {template_owner}").format(**named))
            run(sql.SQL("GRANT USAGE, CREATE ON SCHEMA public TO {owner}").format(**named))

    def replace_by_empty(self, organisation, *, kept_as):
        """Rename the database of an organisation to `kept_as`, and create an empty one in its place.

        Its connections are ended first. Nothing is deleted.
        """
        names = {"database": organisation.database, "role": organisation.role, "owner": organisation.owner}
        named = {key: sql.Identifier(value) for key, value in (names | {"kept": kept_as}).items()}
        with self._connected() as run:
            if run("SELECT 1 FROM pg_database WHERE datname = %s", [organisation.database]):
                run(sql.SQL("REVOKE CONNECT ON DATABASE {database} FROM {role}").format(**named))
                run(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s",
                    [organisation.database],
                )
                run(sql.SQL("ALTER DATABASE {database} RENAME TO {kept}").format(**named))
            run(sql.SQL("CREATE DATABASE {database} OWNER {owner} ENCODING 'UTF8' TEMPLATE template0").format(**named))
            run(sql.SQL("REVOKE ALL ON DATABASE {database} FROM PUBLIC").format(**named))
            run(sql.SQL("GRANT CONNECT ON DATABASE {database} TO {role}").format(**named))

    def facts(self, database):
        """{name: value} of a database: its size, its migrations and the values of FACTS.

        Empty if there is no such database; only the size if it has no tables.
        """
        with self._connected() as run:
            size = run("SELECT pg_database_size(datname) FROM pg_database WHERE datname = %s", [database])
        if not size:
            return {}
        with self._connected(database) as run:
            if not run("SELECT 1 WHERE to_regclass('django_migrations') IS NOT NULL"):
                return {"size": size[0][0]}
            rows = run("SELECT app || '.' || name FROM django_migrations WHERE app IN %s", [APPS])
            facts = {"size": size[0][0], "migrations": {name for (name,) in rows}}
            tables = run("SELECT count(*) FROM pg_class WHERE relname IN ('clinic_backup', 'treatments_recordcheck')")
            return facts | ({name: run(query)[0][0] for name, query in FACTS.items()} if tables[0][0] == 2 else {})

    @contextmanager
    def _connected(self, database=None):
        """Yields a function that runs one statement, each in a transaction of its own, and returns its rows."""
        with closing(self._connect(database)) as connection:
            connection.autocommit = True

            def run(statement, values=None):
                with connection.cursor() as cursor:
                    cursor.execute(statement, values)
                    return cursor.fetchall() if cursor.description else []

            yield run

    def _connect(self, database=None):
        url = self.url(database) if database else self.parts._replace(scheme="postgres").geturl()
        return psycopg2.connect(url, connect_timeout=10)

    def _encrypted(self, password, role):
        """The password as PostgreSQL stores it, so that no log of its statements has the password itself."""
        with closing(self._connect()) as connection:
            return encrypt_password(password, role, connection, "scram-sha-256")

    def _ensure_role(self, run, role, may_sign_in, password=None):
        verb = "ALTER" if run("SELECT 1 FROM pg_roles WHERE rolname = %s", [role]) else "CREATE"
        statement = sql.SQL(f"{verb} ROLE {{0}} {may_sign_in} NOCREATEDB NOCREATEROLE").format(sql.Identifier(role))
        if password:
            statement += sql.SQL(" PASSWORD {0}").format(sql.Literal(self._encrypted(password, role)))
        run(statement)

    def _ensure_membership(self, run, role):
        """An administrator who is no superuser can act as a role only as its member."""
        if not run("SELECT 1 FROM pg_roles WHERE rolname = current_user AND rolsuper"):
            run(sql.SQL("GRANT {0} TO CURRENT_USER").format(sql.Identifier(role)))
