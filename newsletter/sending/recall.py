"""Readers who leave after the claim: held back as long as their message can be."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from time import monotonic

from sqlalchemy import Connection, Engine

from newsletter.clock import Clock
from newsletter.store.engine import reading
from newsletter.store.leaving import gone_in_flight, writes_of_others

GLANCE = 0.0005
"""Seconds for which a look holds: no longer than a final dot may take to reach its server."""
AFAR = (0.01, 0.1)
"""The same, at least and at most, where a look is a question to a server of its own.

In between it holds five times as long as it took, so that looking is a fifth of the work.
"""


def always(_connection: Connection) -> bool:
    """It is ours: nobody else sends."""
    return True


@dataclass
class Recall:
    """Knows whose messages in flight are no longer wanted, and why: `gone`, by delivery.

    It is made before the first claim, on the connection that claims; so whatever others commit
    after a claim is seen.
    """

    engine: Engine
    connection: Connection
    clock: Clock
    mailing_id: int
    ours: Callable[[Connection], bool] = always
    """Tells whether what was claimed is still ours to send; else none of it is wanted."""
    gone: Mapping[int, str] = field(default_factory=dict)
    lost: bool = False
    _seen: int | None = field(init=False)
    _holds_until: float = 0.0

    def __post_init__(self) -> None:
        self._seen = writes_of_others(self.connection)

    def wanted(self, delivery_id: int) -> bool:
        """Tell whether a claimed reader may still be mailed."""
        moment = monotonic()
        if moment >= self._holds_until:
            self._look()
            least, most = AFAR if self._seen is None else (GLANCE, GLANCE)
            self._holds_until = moment + min(max(least, 5 * (monotonic() - moment)), most)
        return not self.lost and delivery_id not in self.gone

    def _look(self) -> None:
        now_seen = writes_of_others(self.connection)
        if now_seen is None or now_seen != self._seen:
            self._seen = now_seen
            with reading(self.engine) as snapshot:
                self.gone = gone_in_flight(snapshot, self.mailing_id, self.clock.now())
                self.lost = self.lost or not self.ours(snapshot)
