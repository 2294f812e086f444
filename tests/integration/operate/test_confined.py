"""The service lives within what its systemd unit allows."""

import os
import re
import shutil
import signal
import subprocess
from dataclasses import dataclass
from pathlib import Path
from urllib.request import urlopen

import pytest

from newsletter import config
from newsletter.cli.main import run
from newsletter.cli.site import scaffold
from newsletter.cli.unit import unit_text, written
from newsletter.config import Settings
from tests.support.absent import absent
from tests.support.service import PROGRAM, running

MONTH = "2021-02"
ROOTS_OWN = {"fchown"}
"""SQLite gives its files to the database's owner where it is root; the service isn't root."""

_SIGNED = """
[delivery.dkim]
domain = "example.org"
selector = "s1"
key_file = "key.pem"
"""


@dataclass
class Life:
    """A service's life, from its start over a month and a reload to its stop, call by call."""

    settings: Settings
    calls: list[str]


@pytest.fixture(scope="module")
def life(tmp_path_factory: pytest.TempPathFactory, strace: None) -> Life:
    folder = tmp_path_factory.mktemp("confined") / "site"
    scaffold(folder, (MONTH,))
    path = folder / "config.toml"
    text = path.read_text().replace("[schedule]", '[schedule]\nlate_by = "36500d"')
    path.write_text(text + _SIGNED)
    signs = ("--domain", "example.org", "--selector", "s1", "--output", str(folder / "key.pem"))
    for words in (
        ("dkim", "keygen", *signs),
        ("subscribers", "add", "ann@example.org", "--source", "a test"),
        ("approve", MONTH),
    ):
        assert run(["--config", str(path), *words]) == 0
    calls = folder / "calls"
    program = ("strace", "-f", "-qq", "-o", str(calls), *PROGRAM)
    with running(folder, {"PYTHONDONTWRITEBYTECODE": "1"}, program) as service:
        service.wait_for_state("sent")
        strace_ = service.process.pid
        pid = int(Path(f"/proc/{strace_}/task/{strace_}/children").read_text())
        for page in ("readyz", "metrics"):
            urlopen(f"http://127.0.0.1:{service.port}/{page}", timeout=60).close()
        os.kill(pid, signal.SIGHUP)
        service.wait_for("reloaded")
        os.kill(pid, signal.SIGTERM)
        assert service.finish()[0] == 0
    return Life(config.load(path), calls.read_text(errors="replace").splitlines())


def _group(name: str) -> set[str]:
    if not name.startswith("@"):
        return {name}
    done = subprocess.run(
        ["systemd-analyze", "syscall-filter", name], capture_output=True, text=True, check=True
    )
    lines = [line.strip() for line in done.stdout.splitlines()[1:]]
    members = [line for line in lines if line and not line.startswith("#")]
    return set().union(*map(_group, members))


def test_it_makes_no_call_that_is_forbidden(life: Life) -> None:
    """Every system call of its life passes the unit's filter."""
    if shutil.which("systemd-analyze") is None:
        absent("systemd-analyze is missing: apt-get install systemd")
    unit = unit_text(life.settings, life.settings.site / "config.toml", Path("/x"), "daemon")
    filters = re.findall(r"^SystemCallFilter=(.*)$", unit, re.M)
    may = set().union(*(_each(one) for one in filters if not one.startswith("~")))
    for one in filters:
        may -= _each(one.removeprefix("~")) if one.startswith("~") else set()
    used = {found[1] for line in life.calls if (found := re.match(r"\d+ +([a-z]\w*)\(", line))}
    assert len(used) > 40
    assert used - may <= ROOTS_OWN


def _each(words: str) -> set[str]:
    return set().union(*map(_group, words.split()))


def test_it_writes_only_where_it_may(life: Life) -> None:
    """No file outside the unit's writable folders, and the devices, is opened for writing."""
    writes = re.compile(r'openat\([^,]+, "([^"]+)", (\S*(?:O_WRONLY|O_RDWR|O_CREAT)\S*?)[,)]')
    opened = {
        found[1] for line in life.calls if (found := writes.search(line)) and "= -1" not in line
    }
    folders = tuple(f"{folder}/" for folder in written(life.settings))
    assert {path for path in opened if path.startswith(folders)}
    assert [path for path in opened if not path.startswith((*folders, "/dev/"))] == []
