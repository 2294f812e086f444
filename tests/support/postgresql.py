"""A PostgreSQL of the tests' own: started once, on loopback and a socket, gone at the end."""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import cached_property
from itertools import count
from pathlib import Path

import psycopg

from newsletter.store import migrate
from newsletter.store.engine import open_engine
from tests.support.service import free_port

PATIENCE = 60.0
"""Seconds in which it has to start, or to end."""

QUICK = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
    "shared_buffers": "64MB",
    "max_connections": "60",
}
"""Settings for a server whose data nobody will miss."""


def programs() -> Path | None:
    """Return the folder of the newest installed server; None where there is none."""
    found = shutil.which("postgres")
    folders = [Path(found).parent] if found else []
    folders += sorted(
        Path("/usr/lib/postgresql").glob("*/bin"), key=lambda one: int(one.parent.name)
    )
    return folders[-1] if folders else None


class Server:
    """A running server. Its data may be written by the user `postgres` where we are root."""

    def __init__(self, folder: Path, settings: Mapping[str, str]) -> None:
        self.folder = folder
        self.port = free_port()
        self._numbers = count(1)
        found = programs()
        assert found is not None
        self._programs = found
        # Names are sorted as a person would, not by their octets: what leans on octets fails here.
        self._run("initdb", "--auth=trust", "--username=postgres", "--encoding=UTF8", "--no-sync")
        told = {"listen_addresses": "127.0.0.1", "port": str(self.port), **settings}
        options = [word for name, value in told.items() for word in ("-c", f"{name}={value}")]
        with (folder / "log").open("wb") as log:
            self.process = subprocess.Popen(
                [self._programs / "postgres", "-D", folder / "data", "-k", folder, *options],
                stdout=log,
                stderr=log,
                **self._owner,
            )
        self._wait()

    @property
    def _owner(self) -> dict[str, object]:
        as_root = os.geteuid() == 0
        return {"user": "postgres", "group": "postgres", "extra_groups": []} if as_root else {}

    def _run(self, program: str, *words: str) -> None:
        if os.geteuid() == 0:
            shutil.chown(self.folder, "postgres", "postgres")
        command = [self._programs / program, "-D", self.folder / "data", *words]
        collation = ["--locale=C.UTF-8", "--locale-provider=icu", "--icu-locale=en-US"]
        done = subprocess.run(
            [*command, *collation], cwd=self.folder, capture_output=True, text=True, **self._owner
        )
        assert done.returncode == 0, done.stderr

    def _wait(self) -> None:
        end = time.monotonic() + PATIENCE
        while True:
            try:
                self._admin.execute("SELECT 1")
            except psycopg.OperationalError:
                log = (self.folder / "log").read_text()
                assert self.process.poll() is None, log
                assert time.monotonic() < end, log
                time.sleep(0.02)
            else:
                return

    @cached_property
    def _admin(self) -> "psycopg.Connection[tuple[object, ...]]":
        return psycopg.connect(
            host=str(self.folder), port=self.port, user="postgres", autocommit=True
        )

    def url(self, name: str) -> str:
        """Return a database's address, over its socket."""
        return f"postgresql://postgres@/{name}?host={self.folder}&port={self.port}"

    def tcp_url(self, name: str, port: int = 0) -> str:
        """Return a database's address on loopback, or behind what listens at another port."""
        return f"postgresql://postgres@127.0.0.1:{port or self.port}/{name}"

    @cached_property
    def _ready(self) -> str:
        """A database with all tables, to be copied."""
        name = self.create()
        engine = open_engine(self.url(name))
        migrate.upgrade(engine)
        engine.dispose()
        return name

    def break_off(self, ports: Sequence[int]) -> None:
        """End the sessions of whoever is at these ports, as an administrator can."""
        query = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE client_port = ANY(%s)"
        self._admin.execute(query, (list(ports),))

    def create(self, *, ready: bool = False) -> str:
        """Make a database, empty or `ready` with all tables; return its name."""
        name = f"test{next(self._numbers)}"
        template = self._ready if ready else "template0"
        self._admin.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        return name

    def drop(self, name: str) -> None:
        """Remove a database, whoever still uses it."""
        self._admin.execute(f"DROP DATABASE {name} WITH (FORCE)")

    def stop(self) -> None:
        """End it."""
        with suppress(psycopg.Error):
            self._admin.close()
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            self.process.wait(PATIENCE)


@contextmanager
def serving(settings: Mapping[str, str] = QUICK) -> Iterator[Server]:
    """Have a server while the block runs."""
    # Not below pytest's own folder: the server's user may not enter that one.
    folder = Path(tempfile.mkdtemp(prefix="newsletter-pg-"))
    server = None
    try:
        server = Server(folder, settings)
        yield server
    finally:
        if server is not None:
            server.stop()
        shutil.rmtree(folder, ignore_errors=True)
