"""Something that is read beside what is done with it."""

from collections import deque
from collections.abc import Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")

_AHEAD = 2


def beside(items: Iterator[T]) -> Generator[T, None, None]:
    """Yield the same items, from a thread of its own that is at most two of them ahead.

    That is worth it where whoever takes them leaves Python free, as SQLite does. What the items
    raise is raised here; when this ends, or is closed, the thread has ended.
    """
    end = object()
    with ThreadPoolExecutor(1) as pool:
        coming = deque(pool.submit(next, items, end) for _ in range(_AHEAD))
        while (item := coming.popleft().result()) is not end:
            coming.append(pool.submit(next, items, end))
            yield item  # type: ignore[misc]
