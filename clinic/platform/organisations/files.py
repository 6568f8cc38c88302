"""The settings of each organisation: one file of environment variables that only its owner can read."""

import os
import re
import secrets
from dataclasses import dataclass
from pathlib import Path

# Letters and digits only, and short, because the name becomes part of names of accounts, roles, databases and units.
NAME = re.compile(r"[a-z][a-z0-9]{0,20}")
HOST = re.compile(r"(?!-)[a-z0-9-]{1,63}(\.[a-z0-9-]{1,63})+")
EVERY = "all"  # what commands call all organisations, so none has this name
KEYS = ("SECRET_KEY", "SEAL_KEYS", "ATTACHMENT_KEYS", "SECOND_FACTOR_KEY", "METRICS_TOKEN")


class Refused(Exception):
    """The command cannot do this. The message says what is wrong and what to do."""


@dataclass(frozen=True)
class Organisation:
    """`settings` are the variables of its own file."""

    name: str
    settings: dict

    @property
    def database(self):
        return f"filiform_{self.name}"

    @property
    def role(self):
        """The role that the web application connects as."""
        return f"filiform_{self.name}"

    @property
    def owner(self):
        """The role that owns the tables. Nobody can sign in as it."""
        return f"filiform_{self.name}_owner"

    @property
    def hosts(self):
        return self.settings["ALLOWED_HOSTS"].split(",")


class Folder:
    """`common.env` with the settings that all share, and `organisations/<name>.env` with the settings of each."""

    def __init__(self, path):
        self.path, self.files = Path(path), Path(path, "organisations")

    def common(self):
        """The variables of all organisations; an organisation's own file overrides them."""
        path = self.path / "common.env"
        return read_variables(path) if path.exists() else {}

    def organisations(self):
        """All organisations, by name."""
        return [Organisation(path.stem, read_variables(path)) for path in sorted(self.files.glob("*.env"))]

    def get(self, name):
        """The organisation of this name. Raises Refused if there is none."""
        path = self.files / f"{name}.env"
        if not NAME.fullmatch(name) or not path.exists():
            raise Refused(f"There is no organisation {name} in {self.files}.")
        return Organisation(name, read_variables(path))

    def add(self, name, *, host, more):
        """Write the file of a new organisation with new keys, and return the organisation.

        `more` are further variables, such as DATABASE_URL. If there is an organisation of this name and host, it is
        returned as it is, so that an interrupted command can be run again. Raises Refused if the name or the host
        cannot be used, or if it belongs to another organisation.
        """
        if not NAME.fullmatch(name) or name == EVERY:
            raise Refused(
                f'A name has up to 21 lower-case letters and digits, begins with a letter and is not "{EVERY}".'
            )
        if not HOST.fullmatch(host):
            raise Refused(f"{host} is not a host name. Use lower-case letters, for example records.example.org.")
        for other in self.organisations():
            if (other.name == name) != (host in other.hosts):
                raise Refused(f"The organisation {other.name} has the host name {', '.join(other.hosts)}.")
            if other.name == name:
                return other
        variables = {key: secrets.token_urlsafe(64) for key in KEYS} | {"ALLOWED_HOSTS": host} | more
        self.files.mkdir(mode=0o700, parents=True, exist_ok=True)
        unfinished = self.files / f"{name}.unfinished"
        unfinished.unlink(missing_ok=True)
        with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(f"# Settings of {name}. Keep a copy outside the server: nobody can make these keys again.\n")
            file.writelines(f"{key}={value}\n" for key, value in variables.items())
            file.flush()
            os.fsync(file.fileno())
        unfinished.rename(self.files / f"{name}.env")
        return Organisation(name, variables)


def read_variables(path):
    """{name: value} of a file in the format of systemd's EnvironmentFile, without quotes."""
    lines = (line.strip() for line in path.read_text().splitlines())
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))
