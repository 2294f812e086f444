"""Answers that take their time."""

import threading
from collections.abc import Iterator

import pytest

from newsletter.studio.later import Known, Later

LONG = 20.0


class Slow:
    """Work that ends when it is let go."""

    def __init__(self, answer: int) -> None:
        self.answer = answer
        self.go = threading.Event()

    def __call__(self) -> int:
        assert self.go.wait(LONG)
        return self.answer


@pytest.fixture
def told() -> threading.Event:
    return threading.Event()


@pytest.fixture
def later(told: threading.Event) -> Iterator[Later[int]]:
    made: Later[int] = Later(told.set, always=False)
    yield made
    made.close()


def test_an_answer_in_time(later: Later[int], told: threading.Event) -> None:
    """Whoever waits long enough has it, and nobody needs to be told."""
    assert later.ask("month", 1, lambda: 7, LONG) == Known(7, current=True)
    assert not told.is_set()


def test_it_is_worked_out_once(later: Later[int]) -> None:
    """The same question again is answered from what is known."""
    later.ask("month", 1, lambda: 7, LONG)
    assert later.ask("month", 1, lambda: 8, LONG) == Known(7, current=True)


def test_an_answer_that_comes_later_is_told(later: Later[int], told: threading.Event) -> None:
    """Who went without hears when it is there."""
    slow = Slow(7)
    assert later.ask("month", 1, slow, 0) == Known(None, current=False)
    slow.go.set()
    assert told.wait(LONG)
    assert later.ask("month", 1, slow, 0) == Known(7, current=True)


def test_the_last_one_stands_meanwhile(later: Later[int]) -> None:
    """What was known before is given, and marked as old."""
    later.ask("month", 1, lambda: 7, LONG)
    slow = Slow(8)
    assert later.ask("month", 2, slow, 0) == Known(7, current=False)
    slow.go.set()
    assert later.ask("month", 2, slow, LONG) == Known(8, current=True)


def test_the_same_answer_is_no_news(later: Later[int], told: threading.Event) -> None:
    """A number that came out as it was before wakes nobody, unless that is asked for."""
    later.ask("month", 1, lambda: 7, LONG)
    slow = Slow(7)
    later.ask("month", 2, slow, 0)
    slow.go.set()
    later.ask("month", 2, slow, LONG)
    later.close()
    assert not told.is_set()


def test_the_same_answer_is_news_where_one_waits_for_the_end() -> None:
    """So it is with findings: that the checks are done is to be seen."""
    told = threading.Event()
    later: Later[int] = Later(told.set, always=True)
    later.ask("month", 1, lambda: 7, LONG)
    slow = Slow(7)
    later.ask("month", 2, slow, 0)
    slow.go.set()
    assert told.wait(LONG)
    later.close()


def test_what_nobody_wants_any_more_is_not_begun(later: Later[int]) -> None:
    """Of several versions that wait, only the newest is worked out."""
    first, begun = Slow(1), []
    later.ask("month", 1, first, 0)
    later.ask("month", 2, lambda: begun.append(2) or 2, 0)  # type: ignore[func-returns-value]
    later.ask("month", 3, lambda: begun.append(3) or 3, 0)  # type: ignore[func-returns-value]
    first.go.set()
    assert later.ask("month", 3, first, LONG) == Known(3, current=True)
    assert begun == [3]
