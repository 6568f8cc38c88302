"""The cluster: Debian's etcd, Patroni, PostgreSQL and HAProxy, with the files in deploy/failover."""

import json
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

DEPLOY = Path(__file__).resolve().parents[2] / "deploy" / "failover"
PROGRAMS = {"etcd": "etcd-server", "patroni": "patroni", "haproxy": "haproxy"}
PASSWORD = "only-for-this-test"
PATIENCE = 180


class Missing(Exception):
    """A program is not installed. The message names its package."""


def free_ports(count):
    with ExitStack() as kept:
        listeners = [kept.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(count)]
        return [listener.getsockname()[1] for listener in listeners]


def wait_until(holds, what):
    """Wait until `holds()` is true and return the seconds that it took. Raises TimeoutError after PATIENCE seconds."""
    start = time.monotonic()
    while not holds():
        if time.monotonic() - start > PATIENCE:
            raise TimeoutError(f"After {PATIENCE} seconds: {what}")
        time.sleep(0.2)
    return time.monotonic() - start


class Node:
    """A machine with Patroni and its PostgreSQL."""

    def __init__(self, cluster, name):
        self.cluster, self.name = cluster, name
        self.port, self.patroni_port = free_ports(2)
        self.data = cluster.folder / name
        self.process = None

    def start(self):
        address = f"127.0.0.1:{self.port}"
        patroni = f"127.0.0.1:{self.patroni_port}"
        settings = {
            "NAME": self.name,
            "RESTAPI_LISTEN": patroni,
            "RESTAPI_CONNECT_ADDRESS": patroni,
            "ETCD3_HOSTS": f"127.0.0.1:{self.cluster.etcd_port}",
            "POSTGRESQL_LISTEN": address,
            "POSTGRESQL_CONNECT_ADDRESS": address,
            "POSTGRESQL_DATA_DIR": str(self.data),
            "POSTGRESQL_BIN_DIR": str(self.cluster.programs),
            "POSTGRESQL_PGPASS": f"{self.data}.pgpass",
            "SUPERUSER_USERNAME": "postgres",
            "SUPERUSER_PASSWORD": PASSWORD,
            "REPLICATION_USERNAME": "replicator",
            "REPLICATION_PASSWORD": PASSWORD,
        }
        self.process = self.cluster.run(
            self.name,
            ["patroni", str(self.cluster.folder / "patroni.yml")],
            {f"PATRONI_{name}": value for name, value in settings.items()},
        )

    def state(self, of="patroni"):
        """What Patroni says about this node, or about the "cluster"; empty if it does not answer."""
        try:
            with urlopen(f"http://127.0.0.1:{self.patroni_port}/{of}", timeout=3) as answer:
                return json.load(answer)
        except URLError as error:
            return json.load(error) if hasattr(error, "code") else {}
        except (OSError, ValueError):
            return {}

    def is_primary(self):
        return (self.state().get("role"), self.state().get("state")) in {("master", "running"), ("primary", "running")}

    def kill_postgres(self):
        """SIGKILL to PostgreSQL and all its processes. Patroni keeps running."""
        pid = int((self.data / "postmaster.pid").read_text().split()[0])
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        for each in [pid, *map(int, children)]:
            try:
                os.kill(each, signal.SIGKILL)
            except ProcessLookupError:
                continue

    def kill(self):
        """The whole node ends, as when its power fails."""
        self.process.kill()
        self.process.wait()
        self.process = None
        if (self.data / "postmaster.pid").exists():
            self.kill_postgres()


class Cluster:
    """Use it in a `with` statement. `url` is the DATABASE_URL that leads to the primary, whichever node that is."""

    def __enter__(self):
        for program, package in PROGRAMS.items():
            if not shutil.which(program, path=os.environ["PATH"] + ":/usr/sbin"):
                raise Missing(f"{program} is not installed (Debian: apt-get install {package}).")
        found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"))
        if not found:
            raise Missing("PostgreSQL is not installed (Debian: apt-get install postgresql).")
        self.programs = found[-1].parent
        self.user = pwd.getpwnam("postgres") if os.geteuid() == 0 else None
        self.folder = Path(tempfile.mkdtemp(prefix="filiform-failover-"))
        self.processes = []
        shutil.copy(DEPLOY / "patroni.yml", self.folder)
        if self.user:
            os.chown(self.folder, self.user.pw_uid, self.user.pw_gid)
        try:
            self._start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def _start(self):
        self.etcd_port, peer, primary, replica = free_ports(4)
        self._start_etcd(peer)
        self.nodes = [Node(self, "one"), Node(self, "two")]
        self.nodes[0].start()
        wait_until(self.nodes[0].is_primary, "the first node is not the primary")
        self.nodes[1].start()
        self.wait_for_standby()
        addresses = {"PRIMARY_ADDRESS": f"127.0.0.1:{primary}", "REPLICA_ADDRESS": f"127.0.0.1:{replica}"}
        for node in self.nodes:
            name = f"NODE_{node.name.upper()}"
            addresses |= {name: f"127.0.0.1:{node.port}", f"{name}_PATRONI": str(node.patroni_port)}
        self.run("haproxy", ["haproxy", "-db", "-f", str(DEPLOY / "haproxy.cfg")], addresses, as_root=True)
        self.url = f"postgres://postgres:{PASSWORD}@127.0.0.1:{primary}/postgres"
        time.sleep(5)

    def _start_etcd(self, peer):
        client, other = f"http://127.0.0.1:{self.etcd_port}", f"http://127.0.0.1:{peer}"
        options = {
            "data-dir": self.folder / "etcd",
            "listen-client-urls": client,
            "advertise-client-urls": client,
            "listen-peer-urls": other,
            "initial-advertise-peer-urls": other,
            "initial-cluster": f"default={other}",
        }
        self.run("etcd", ["etcd", *(f"--{name}={value}" for name, value in options.items())], {})
        time.sleep(3)

    def run(self, name, command, environment, as_root=False):
        """Start a program that is stopped at the end; its output goes to a file of this name."""
        path = os.environ["PATH"] + ":/usr/sbin"
        options = {}
        if self.user and not as_root:
            options = {"user": self.user.pw_uid, "group": self.user.pw_gid, "extra_groups": []}
        with (self.folder / f"{name}.log").open("a") as log:
            process = subprocess.Popen(
                command,
                env={"PATH": path, "LANG": "C.UTF-8", "HOME": str(self.folder)} | environment,
                stdout=log,
                stderr=log,
                cwd=self.folder,
                start_new_session=True,
                **options,
            )
        self.processes.append(process)
        return process

    def primary(self):
        return next((node for node in self.nodes if node.is_primary()), None)

    def wait_for_standby(self):
        """Wait until the primary waits for the other node before it confirms. Returns the seconds."""

        def is_synchronous():
            primary = self.primary()
            members = primary.state("cluster").get("members", []) if primary else []
            return any(member["role"] == "sync_standby" for member in members)

        return wait_until(is_synchronous, "there is no synchronous standby")

    def start_dead_nodes(self):
        for node in self.nodes:
            if node.process is None:
                node.start()

    def __exit__(self, *error):
        for node in getattr(self, "nodes", []):
            if node.process is not None:
                node.kill()
        for process in self.processes:
            if process.poll() is None:
                process.kill()
                process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)
