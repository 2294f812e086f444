"""Progress in words."""

import pytest

from newsletter.cli import output
from newsletter.cli.output import Meter
from newsletter.cli.tempo import span, tempo


@pytest.mark.parametrize(
    ("done", "total", "seconds", "words"),
    [
        (0, 100, 3.0, ""),
        (5, 100, 0.0, ""),
        (1200, 6000, 10.0, "120/s, 40 s left"),
        (15, 100, 10.0, "1.5/s, 57 s left"),
        (3, 100, 60.0, "3/min, 32 min left"),
        (1, 3, 1800.0, "2/h, 1 h 0 min left"),
        (500_000, 1_000_000, 50.0, "10,000/s, 50 s left"),
        (100, 100, 10.0, "10/s"),
        (100, None, 10.0, "10/s"),
    ],
)
def test_rate_and_time_left(done: int, total: int | None, seconds: float, words: str) -> None:
    """In units that fit, and nothing before there is something to say."""
    assert tempo(done, total, seconds) == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (59.4, "59 s"),
        (60, "1 min"),
        (3599, "1 h 0 min"),
        (7500, "2 h 5 min"),
        (86400 * 3 + 7200, "3 d 2 h"),
    ],
)
def test_lengths_of_time(seconds: float, words: str) -> None:
    """The largest two units."""
    assert span(seconds) == words


class Watch:
    """A clock that is moved by hand."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    lines: list[str] = []
    monkeypatch.setattr(output, "note", lambda text, style=None: lines.append(text))
    return lines


def test_off_a_terminal_each_tenth_is_a_line(said: list[str]) -> None:
    """With rate and time left, and no more lines than that."""
    clock = Watch()
    meter = Meter("Sending", 100, None, clock)
    for done in range(1, 101):
        clock.now = done / 10
        meter.show(done, 100)
    assert len(said) == 10
    assert said[4] == "Sending: 50 of 100 (10/s, 5 s left)"


def test_when_it_is_slow_there_is_a_line_each_half_minute(said: list[str]) -> None:
    """A pipe's other end can see that it lives."""
    clock = Watch()
    meter = Meter("Sending", 1000, None, clock)
    for done in range(1, 7):
        clock.now = done * 20.0
        meter.show(done, 1000)
    assert len(said) == 2
    assert said[0].startswith("Sending: 3 of 1000 (")


def test_a_new_run_begins_anew(said: list[str]) -> None:
    """Less done than before: the rate of the earlier run is forgotten."""
    clock = Watch()
    meter = Meter("Sending", None, None, clock)
    meter.show(50, 50)
    clock.now = 3600.0
    meter.show(0, 10)
    clock.now = 3601.0
    meter.show(10, 10)
    assert said[-1] == "Sending: 10 of 10 (10/s)"
