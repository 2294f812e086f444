"""What the running service knows about itself: read by health, metrics and the watchdog."""

import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from newsletter.delivery import Receipt

LATE = 90.0
"""Seconds without a strike of the clock after which something is wrong with it."""


@dataclass(frozen=True, slots=True)
class LastRun:
    """How the backend took the last messages it was given."""

    ok: bool
    words: str
    at: datetime


@dataclass
class Vitals:
    """Signs of life. Moments are `monotonic` seconds, so that no change of the clock hides a halt.

    `replies` counts the backend's answers by class: `2xx`, `4xx`, `5xx`, `none`.
    """

    monotonic: Callable[[], float] = time.monotonic
    clock_runs: Callable[[], bool] = lambda: True
    replies: Counter[str] = field(default_factory=Counter)
    last_run: LastRun | None = None
    mailbox: str = ""
    struck: float = field(init=False)
    _wrong: dict[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.struck = self.monotonic()

    def strike(self) -> None:
        """Note that the clock has struck."""
        self.struck = self.monotonic()

    @property
    def silence(self) -> float:
        """Seconds since the clock struck last."""
        return self.monotonic() - self.struck

    @property
    def on_time(self) -> bool:
        """Whether the clock's thread lives and strikes."""
        return self.clock_runs() and self.silence < LATE

    def lasts(self, what: str, present: bool) -> float:
        """Return for how many seconds something has been seen to be wrong; 0 where it isn't."""
        if not present:
            self._wrong.pop(what, None)
            return 0.0
        now = self.monotonic()
        return now - self._wrong.setdefault(what, now)

    def count(self, receipts: Sequence[Receipt]) -> None:
        """Count answers of the backend."""
        self.replies.update(map(reply_class, receipts))


def reply_class(receipt: Receipt) -> str:
    """Return the class of an answer: `2xx`, `4xx`, `5xx`, or `none` where none came."""
    return f"{receipt.code // 100}xx" if receipt.code else "none"
