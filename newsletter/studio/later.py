"""Answers that take their time: worked out beside the pages, the last one kept meanwhile."""

import threading
from collections.abc import Callable, Hashable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import Generic, TypeVar

Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class Known(Generic[Answer]):
    """An answer; `current` is false where it is an earlier one, or none yet."""

    answer: Answer | None
    current: bool


class Later(Generic[Answer]):
    """Works out one answer at a time, in a thread of its own.

    `tell` is called when an answer is there that somebody went without; where it is the one they
    were given already, only if `always`.
    """

    def __init__(self, tell: Callable[[], None], *, always: bool) -> None:
        self._tell = tell
        self._always = always
        self._lock = threading.Lock()
        self._pool = ThreadPoolExecutor(1, "later")
        self._kept: dict[Hashable, tuple[Hashable, Answer]] = {}
        self._asked: dict[Hashable, tuple[Hashable, Future[Answer]]] = {}
        self._missed: set[tuple[Hashable, Hashable]] = set()

    def ask(
        self, what: Hashable, version: Hashable, work: Callable[[], Answer], patience: float
    ) -> Known[Answer]:
        """Return the answer about `what`; an earlier one if this takes longer than `patience`.

        `version` tells whether an answer is current; `work` finds it, and is not to raise.
        """
        with self._lock:
            kept = self._kept.get(what)
            if kept and kept[0] == version:
                return Known(kept[1], current=True)
            future = self._future(what, version, work)
        wait([future], patience)
        with self._lock:
            kept = self._kept.get(what)
            current = kept is not None and kept[0] == version
            if not current:
                self._missed.add((what, version))
        return Known(kept[1] if kept else None, current)

    def knows(self, what: Hashable) -> bool:
        """Say whether there is any answer about `what`, old or new."""
        with self._lock:
            return what in self._kept

    def known(self, what: Hashable, version: Hashable) -> Answer | None:
        """Return the answer about `what` if there is a current one; nobody is sent for another."""
        with self._lock:
            kept = self._kept.get(what)
            return kept[1] if kept and kept[0] == version else None

    def close(self) -> None:
        """Finish what is under way, and nothing more."""
        self._pool.shutdown(cancel_futures=True)

    def _future(
        self, what: Hashable, version: Hashable, work: Callable[[], Answer]
    ) -> Future[Answer]:
        asked = self._asked.get(what)
        if asked and asked[0] == version:
            return asked[1]
        if asked:
            asked[1].cancel()
            self._missed.discard((what, asked[0]))
        future = self._pool.submit(self._run, what, version, work)
        self._asked[what] = (version, future)
        return future

    def _run(self, what: Hashable, version: Hashable, work: Callable[[], Answer]) -> Answer:
        answer = work()
        with self._lock:
            before = self._kept.get(what)
            self._kept[what] = (version, answer)
            missed = (what, version) in self._missed
            self._missed.discard((what, version))
        if missed and (self._always or before is None or before[1] != answer):
            self._tell()
        return answer
