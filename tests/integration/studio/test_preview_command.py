"""`newsletter preview`, as a person starts and ends it."""

import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from tests.support.studio import PATIENCE, Running


@contextmanager
def preview(site: Path, *words: str) -> Iterator[tuple["subprocess.Popen[str]", str]]:
    """Start the command and read the line it prints."""
    command = [sys.executable, "-m", "newsletter", "--config", str(site / "config.toml")]
    with subprocess.Popen(
        [*command, "preview", "--no-open", *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert process.stdout is not None
            yield process, process.stdout.readline()
        finally:
            process.kill()


def refused(site: Path, *words: str) -> tuple[int, str]:
    command = [sys.executable, "-m", "newsletter", "--config", str(site / "config.toml")]
    done = subprocess.run(
        [*command, "preview", "--no-open", *words], capture_output=True, text=True, timeout=PATIENCE
    )
    return done.returncode, done.stderr


def running(line: str) -> Running:
    match = re.search(r"http://127\.0\.0\.1:(\d+)/", line)
    assert match
    return Running(int(match[1]))


def test_port_0_prints_the_port_it_got(site: Path) -> None:
    """The line is there at once, into a pipe too, and its address answers."""
    with preview(site, "--port", "0", "2021-01") as (_process, line):
        assert "/2021-01 " in line
        assert running(line).get("/2021-01").status == 200


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_ends_at_once_while_a_browser_listens(site: Path, number: int) -> None:
    """An open stream of changes doesn't hold it back; Ctrl-C is a good end."""
    with preview(site, "--port", "0") as (process, line), running(line).news("old") as news:
        assert next(news)
        process.send_signal(number)
        code = process.wait(PATIENCE)
        assert code == (0 if number == signal.SIGINT else -signal.SIGTERM)
        assert process.stderr is not None
        assert process.stderr.read() == ""  # a stream that had to be cut off would be told


def test_a_port_that_is_taken(site: Path) -> None:
    """It says so, with what to do, and ends with 3."""
    with closing(socket.create_server(("127.0.0.1", 0))) as other:
        port = other.getsockname()[1]
        code, said = refused(site, "--port", str(port))
    assert code == 3
    assert f"port {port} on 127.0.0.1 is taken" in said
    assert "--port 0" in said


def test_a_port_that_is_none(site: Path) -> None:
    """A number that can't be a port is a usage error."""
    assert refused(site, "--port", "65536")[0] == 2


def test_a_month_that_is_not_there(site: Path) -> None:
    """It names the months there are."""
    code, said = refused(site, "--port", "0", "2031-01")
    assert code == 1
    assert "there is no month 2031-01" in said
    assert "2021-02, 2021-01, 2020-12" in said
