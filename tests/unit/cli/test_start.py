"""A command starts quickly: it reads what it needs, and no more."""

import os
import subprocess
import sys
from pathlib import Path

import click
import pytest

from newsletter.cli.main import root
from newsletter.cli.site import scaffold


def read_by(folder: Path, *words: str) -> set[str]:
    """The modules that a command line reads in."""
    script = f"""
import sys
from newsletter.cli.main import run
assert run({list(words)!r}) == 0
print(*sys.modules, file=sys.stderr)
"""
    command = [sys.executable, "-c", script]
    own = os.environ | {"NEWSLETTER_CHECKS__SPAM": "off"}
    own.pop("NEWSLETTER_CONFIG", None)
    done = subprocess.run(command, cwd=folder, env=own, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return set(done.stderr.split())


def test_the_list_of_commands_reads_none_of_them(tmp_path: Path) -> None:
    """`--help` needs neither templates nor a database."""
    read = read_by(tmp_path, "--help")
    assert not {"sqlalchemy", "jinja2", "newsletter.cli.content", "newsletter.bootstrap"} & read


def test_checking_reads_no_database(tmp_path: Path) -> None:
    """A month's files are looked at without what sends them."""
    scaffold(tmp_path / "site", ("2021-01",))
    read = read_by(tmp_path / "site", "check", "2021-01")
    assert "newsletter.checks.run" in read
    assert not {"sqlalchemy", "alembic", "newsletter.delivery", "httpx2"} & read


def test_the_list_of_readers_reads_nothing_that_renders_or_sends(tmp_path: Path) -> None:
    """Settings and database are all that commands about readers stand on."""
    scaffold(tmp_path / "site", ())
    read = read_by(tmp_path / "site", "subscribers", "stats")
    assert "sqlalchemy" in read
    assert not {"newsletter.bootstrap", "jinja2", "lxml", "structlog", "imapclient"} & read


@pytest.mark.parametrize("name", root.list_commands(click.Context(root)))
def test_every_command_is_where_the_list_says(name: str) -> None:
    """Each is found by its name, and has a help of its own."""
    command = root.get_command(click.Context(root), name)
    assert command is not None
    assert command.name == name
    assert command.help


def test_the_list_is_cut_nowhere() -> None:
    """On a terminal of 80 columns each command has one whole line."""
    context = click.Context(root, terminal_width=80, info_name="newsletter")
    lines = root.get_help(context).partition("Commands:\n")[2].splitlines()
    assert [line.split()[0] for line in lines] == root.list_commands(context)
    assert all(line.endswith(".") and not line.endswith("...") for line in lines)
