"""What every command line does with errors, and how tables look off a terminal."""

from pathlib import Path

import click
import pytest

from newsletter.cli import content, output
from newsletter.cli.main import run
from newsletter.errors import DatabaseError


def _failing(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr(content, "read_source", fail)


def _import(tmp_path: Path, *before: str) -> int:
    return run([*before, "import", "page.txt", "--into", str(tmp_path)])


def test_what_the_system_refuses_is_said_in_a_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A file nobody may read ends with 3, names the file, and shows no traceback."""
    _failing(monkeypatch, PermissionError(13, "Permission denied", "content/2021-01"))
    assert _import(tmp_path) == 3
    said = capsys.readouterr().err
    assert "content/2021-01: Permission denied" in said
    assert "Traceback" not in said


def test_a_fault_of_ours_is_owned_up_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What nobody foresaw ends with 1 and says how to learn more."""
    _failing(monkeypatch, KeyError("x"))
    assert _import(tmp_path) == 1
    said = capsys.readouterr().err
    assert "a fault in the program: KeyError: 'x'" in said
    assert "newsletter -v" in said
    assert "Traceback" not in said


@pytest.mark.parametrize("error", [KeyError("x"), DatabaseError("it is locked", hint="wait")])
def test_the_traceback_is_shown_when_asked_for(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    error: Exception,
) -> None:
    """`-v` shows it, above the message."""
    _failing(monkeypatch, error)
    _import(tmp_path, "-v")
    said = capsys.readouterr().err
    assert said.index("Traceback") < said.index("Error:")


def test_stopping_by_hand_ends_with_130(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Ctrl-C is no error and no success."""
    _failing(monkeypatch, click.Abort())
    assert _import(tmp_path) == 130
    assert capsys.readouterr().err == "Stopped.\n"


def test_a_table_off_a_terminal_is_one_whole_line_a_row(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Nothing is cut, folded or filled up with spaces: other programs read it."""
    output.print_table(("Name", "Number#"), [("x" * 300, 1), ("short", 22)])
    lines = capsys.readouterr().out.splitlines()
    assert [line.split() for line in lines] == [
        ["Name", "Number"],
        ["x" * 300, "1"],
        ["short", "22"],
    ]
    assert not any(line.endswith(" ") for line in lines)
