"""The spam filter of this machine: what it says is passed on, what it lacks is no trouble."""

import json
import os
import shutil
from pathlib import Path

import pytest

from newsletter.checks import spam
from tests.support.absent import absent

REPORT = """X-Spam-Status: Yes, score={points}

Content analysis details:   ({points} points, 5.0 required)

 pts rule name              description
---- ---------------------- --------------------------------------------------
 0.0 HTML_MESSAGE           BODY: HTML included in message
 {points} SUBJ_ALL_CAPS          Subject is all capitals
-0.1 WELL_KNOWN             Something good
"""


@pytest.fixture
def bin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only folder with programs."""
    monkeypatch.setenv("PATH", str(tmp_path))
    return tmp_path


def program(folder: Path, name: str, answer: str, code: int = 0) -> Path:
    """Write a program that keeps its arguments, home and input, and gives an answer."""
    path = folder / name
    (folder / "answer").write_text(answer)
    path.write_text(
        f'#!/bin/sh\necho "$@" > {folder}/arguments\necho $HOME > {folder}/home\n'
        f"/bin/cat > {folder}/input\n/bin/cat {folder}/answer\nexit {code}\n"
    )
    path.chmod(0o755)
    return path


def test_without_a_filter_nothing_is_said(bin: Path) -> None:
    """A machine without one is no fault of the letter's."""
    assert list(spam.check(b"x")) == []


@pytest.mark.parametrize(("points", "level"), [(0.7, None), (2.5, "info"), (5.1, "warning")])
def test_spamassassins_points_are_told(bin: Path, points: float, level: str | None) -> None:
    """From two points a remark, from what it requires a warning, with the rules' names."""
    program(bin, "spamassassin", REPORT.format(points=points))
    found = list(spam.check(b"From: a\r\n\r\nb"))
    assert [one.level for one in found] == ([level] if level else [])
    for one in found:
        assert one.code == "spam-score"
        assert one.hint == f"by its rules: SUBJ_ALL_CAPS {points:g}"
    assert (bin / "input").read_bytes() == b"From: a\r\n\r\nb"


def test_spamassassin_stays_local_and_leaves_nothing_at_home(bin: Path) -> None:
    """Local tests only, and a home that is gone afterwards."""
    program(bin, "spamassassin", REPORT.format(points=1.0))
    list(spam.check(b"x"))
    assert (bin / "arguments").read_text().split() == ["-L", "-t", "-x"]
    home = (bin / "home").read_text().strip()
    assert home != os.environ.get("HOME", "")
    assert not Path(home).exists()


def test_rspamds_points_are_told(bin: Path) -> None:
    """Its client's JSON is read; tests that need the network are left out."""
    symbols = {"SUBJ_ALL_CAPS": {"score": 9.5}, "MIME_GOOD": {"score": -0.1}}
    answer = {"score": 9.4, "required_score": 15.0, "symbols": symbols}
    program(bin, "rspamc", json.dumps(answer))
    (found,) = spam.check(b"x")
    assert found.level == "info"
    assert "rspamd gives 9.4 points" in found.message
    assert found.hint == "by its rules: SUBJ_ALL_CAPS 9.5"
    assert "groups_disabled" in (bin / "arguments").read_text()


@pytest.mark.parametrize("answer", ["", "nonsense"])
@pytest.mark.parametrize("name", ["spamassassin", "rspamc"])
def test_a_filter_that_fails_is_a_remark(bin: Path, name: str, answer: str) -> None:
    """Its failure is told, and nothing is raised."""
    program(bin, name, answer, code=1)
    (found,) = spam.check(b"x")
    assert (found.level, found.code) == ("info", "spam-score")


def test_the_real_spamassassin_is_understood() -> None:
    """What it prints is read: the points, and rules by name."""
    if not shutil.which("spamassassin"):
        absent("SpamAssassin is missing: apt-get install spamassassin")
    verdict = spam.ask(b"From: a@example.org\r\nSubject: BUY VIAGRA NOW\r\n\r\nCheap pills\r\n")
    assert verdict is not None
    assert verdict.required == 5.0
    assert {"NO_RECEIVED", "NO_RELAYS"} <= {name for name, _ in verdict.rules}
