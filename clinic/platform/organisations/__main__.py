"""Create, migrate, back up, restore and list the organisations of one PostgreSQL server (docs/organisations.md).

Set ADMIN_DATABASE_URL to a role of the server that may create roles and databases; no organisation knows it.
"""

import argparse
import os
import secrets
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import unquote, urlsplit

import psycopg2

from .files import EVERY, Folder, Refused
from .server import APPS, TEMPLATE, TEMPLATE_OWNER, Server

ROOT = Path(__file__).resolve().parents[3]
# What a process of an organisation gets from ours. Everything else comes from its own file, so that no key of another
# organisation can reach it.
PASSED_ON = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "DJANGO_SETTINGS_MODULE")
FIRST_ROWS = ("load_catalogue", "load_screening_questions", "load_consent_form")
MEGABYTE = 2**20


def create(options, server, folder):
    """Create an organisation: keys, roles, database, and the rows that every clinic begins with."""
    password = secrets.token_urlsafe(32)
    name, state = options.name, Path(options.state, options.name)
    if any("=" not in pair for pair in options.set):
        raise Refused("Write further settings as NAME=VALUE.")
    more = {
        "DATABASE_URL": server.url(f"filiform_{name}", role=f"filiform_{name}", password=password),
        "BEHIND_PROXY": "1",
        "BACKUP_FOLDER": str(state / "backups"),
        "EMERGENCY_FOLDER": str(state / "emergency"),
    }
    given = dict(pair.split("=", 1) for pair in options.set)
    organisation = folder.add(name, host=options.host, more=more | given)
    server.prepare_template()
    if missing_migrations(server.facts(TEMPLATE)):
        _manage(["migrate", "--noinput", "--verbosity=0"], _template_settings(server))
    server.create_database(organisation, password=_password_of(organisation))
    settings = folder.common() | organisation.settings
    _manage(["database_role", organisation.role, "--verbosity=0"], settings | _as_owner(organisation, server))
    for command in FIRST_ROWS:
        _manage([command, "--verbosity=0"], settings)
    print(
        f"{organisation.name} is ready at https://{', '.join(organisation.hosts)}."
        " Copy its settings file to another place now."
    )


def migrate(options, server, folder):
    """Bring the databases up to date with this version, one after the other."""
    _for_each(options, folder, lambda organisation: _migrate_one(organisation, server, folder))


def manage(options, server, folder):
    """Run a command of manage.py with the settings of an organisation, or of each."""
    _for_each(options, folder, lambda one: _manage(options.command, folder.common() | one.settings))


def backup(options, server, folder):
    """Write an encrypted backup of an organisation, or of each, into its BACKUP_FOLDER."""
    options.command = ["backup"]
    manage(options, server, folder)


def restore(options, server, folder):
    """Restore the backup of one organisation. Its present database is renamed, not deleted."""
    organisation = folder.get(options.name)
    if missing := [path for path in (options.file, options.key) if not path.is_file()]:
        raise Refused(f"There is no file {missing[0]}.")
    settings = folder.common() | organisation.settings
    command = ["restore", str(options.file.resolve()), "--key", str(options.key.resolve())]
    if options.check:
        _manage([*command, "--check"], settings | {"DATABASE_URL": server.url(organisation.database)})
        return
    kept = f"{organisation.database}_until_{datetime.now(UTC):%Y%m%d%H%M%S}"
    server.replace_by_empty(organisation, kept_as=kept)
    print(f"The previous database is kept as {kept}.", flush=True)
    _manage(command, settings | _as_owner(organisation, server))
    _manage(["database_role", organisation.role], settings | _as_owner(organisation, server))


def list_all(options, server, folder):
    """List the organisations: host names, version, size, patients, last backup and last checks."""
    rows = [("name", "host", "version", "size", "patients", "backup", "restore check", "record check")]
    for organisation in folder.organisations():
        try:
            facts = server.facts(organisation.database)
        except psycopg2.Error as error:
            print(f"{organisation.name}: {error}", file=sys.stderr)
            facts = {}
        missing = missing_migrations(facts)
        rows.append(
            (
                organisation.name,
                ",".join(organisation.hosts),
                "no database" if not facts else f"{len(missing)} migrations missing" if missing else "current",
                f"{facts.get('size', 0) / MEGABYTE:.0f} MB",
                str(facts.get("patients", "-")),
                *(_minute(facts.get(name)) for name in ("backup", "restore check", "record check")),
            )
        )
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def routes(options, server, folder):
    """Print the lines of nginx's map from host name to socket (deploy/nginx-organisations.conf)."""
    for organisation in folder.organisations():
        for host in organisation.hosts:
            print(f"{host} unix:/run/filiform/{organisation.name}.sock;")


def missing_migrations(facts):
    """The migrations of this version that a database with these facts has not had yet."""
    files = [(app, path) for app in APPS for path in (ROOT / app / "migrations").glob("[0-9]*.py")]
    return {f"{app}.{path.stem}" for app, path in files} - facts.get("migrations", set())


def _migrate_one(organisation, server, folder):
    settings = folder.common() | organisation.settings | _as_owner(organisation, server)
    _manage(["migrate", "--noinput", "--verbosity=0"], settings)
    _manage(["database_role", organisation.role, "--verbosity=0"], settings)


def _for_each(options, folder, work):
    """Do the work for the named organisation, or for all. One that fails does not stop the others."""
    failed = []
    for organisation in folder.organisations() if options.which == EVERY else [folder.get(options.which)]:
        print(f"== {organisation.name}", flush=True)
        try:
            work(organisation)
        except Refused as refusal:
            print(refusal, file=sys.stderr, flush=True)
            failed.append(organisation.name)
    if failed:
        raise Refused(f"Failed for: {', '.join(failed)}.")


def _manage(command, settings):
    """Run manage.py in a process of its own. Raises Refused if it fails; what it prints is shown."""
    passed_on = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    # The words come from the administrator who runs this, and there is no shell.
    done = subprocess.run([sys.executable, ROOT / "manage.py", *command], env=passed_on | settings, cwd=ROOT)  # noqa: S603
    if done.returncode:
        raise Refused(f"manage.py {command[0]} ended with status {done.returncode}.")


def _as_owner(organisation, server):
    return {"DATABASE_URL": server.url(organisation.database, acts_as=organisation.owner)}


def _template_settings(server):
    # No row is sealed or signed in the template, so its keys are thrown away.
    keys = {"SECRET_KEY": secrets.token_urlsafe(64), "ATTACHMENT_KEYS": secrets.token_urlsafe(64)}
    return keys | {"DATABASE_URL": server.url(TEMPLATE, acts_as=TEMPLATE_OWNER)}


def _password_of(organisation):
    return unquote(urlsplit(organisation.settings["DATABASE_URL"]).password)


def _minute(moment):
    return f"{moment:%Y-%m-%d %H:%M}" if moment else "never"


def _parser():
    parser = argparse.ArgumentParser(prog="python -m clinic.platform.organisations", description=__doc__)
    parser.add_argument("--folder", default="/etc/filiform", help="where the settings are (%(default)s)")
    verbs = parser.add_subparsers(required=True, metavar="COMMAND")

    def verb(name, function):
        made = verbs.add_parser(name, help=function.__doc__.splitlines()[0], description=function.__doc__)
        made.set_defaults(function=function)
        return made

    def one_or_all(made):
        made.add_argument("which", help="the name of an organisation, or: all")
        return made

    made = verb("create", create)
    made.add_argument("name", help="lower-case letters and digits")
    made.add_argument("--host", required=True, help="the host name in its address")
    made.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="a further setting")
    made.add_argument("--state", default="/var/lib/filiform", help="the folder of its backups (%(default)s)")
    one_or_all(verb("migrate", migrate))
    one_or_all(verb("backup", backup))
    made = one_or_all(verb("manage", manage))
    made.add_argument("command", nargs=argparse.REMAINDER, help="the command and its arguments")
    made = verb("restore", restore)
    made.add_argument("name")
    made.add_argument("file", type=Path)
    made.add_argument("--key", type=Path, required=True, help="the file with the private key")
    made.add_argument("--check", action="store_true", help="only check the backup")
    verb("list", list_all)
    verb("routes", routes)
    return parser


def main(arguments=None):
    """Run one command. Returns the exit status: 1 with a sentence on standard error if it was refused or failed."""
    options = _parser().parse_args(arguments)
    url = os.environ.get("ADMIN_DATABASE_URL", "")
    try:
        if not url and options.function is not routes:
            raise Refused("Set ADMIN_DATABASE_URL to a role that may create roles and databases.")
        options.function(options, Server(url), Folder(options.folder))
    except (Refused, psycopg2.Error, OSError) as problem:
        print(problem, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
