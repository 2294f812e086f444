"""Items that are made in a thread beside whoever takes them."""

import threading
from collections.abc import Iterator

import pytest

from subscribers.beside import beside


def test_every_item_in_order() -> None:
    """Nothing is lost, nothing changes places, and None is an item like others."""
    items = [*range(50), None, *range(50)]
    assert list(beside(iter(items))) == items


def test_they_are_made_elsewhere() -> None:
    """The thread that takes the items doesn't make them."""
    makers = list(beside(threading.get_ident() for _ in range(3)))
    assert len(set(makers)) == 1
    assert threading.get_ident() not in makers


def test_an_error_comes_after_what_was_made_before_it() -> None:
    """It is raised where the items are taken, in its place."""
    taken = []
    with pytest.raises(ZeroDivisionError):
        taken.extend(one for one in beside(12 // one for one in (1, 2, 3, 0, 4)))
    assert taken == [12, 6, 4]


def test_closing_ends_the_thread() -> None:
    """Whoever takes no more leaves no thread behind, and what made the items can be closed."""
    made: list[int] = []

    def items() -> Iterator[int]:
        for number in range(1000):
            made.append(number)
            yield number

    before, source = threading.active_count(), items()
    taking = beside(source)
    assert next(taking) == 0
    taking.close()
    assert threading.active_count() == before
    assert len(made) <= 4
    source.close()  # type: ignore[attr-defined]
