"""When to stop by ourselves: refusals that are our own fault, weighed against what is taken."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from newsletter.delivery import Receipt
from newsletter.delivery.verdicts import Verdict

FORGIVEN = 0.05
"""How much of a fault each accepted message makes up for: one in twenty is every server's whim."""

_ADDRESS = re.compile(r"[^\s<>()\[\],;:\"'“”]+@[^\s<>()\[\],;:\"'“”]+")


@dataclass
class Breaker:
    """Counts our own faults up to `limit`. Kept with the mailing, so that a restart forgets none.

    A whole list refused trips it after `limit` refusals; fewer than one refusal in twenty never
    does, however long the list.
    """

    limit: int
    level: float = 0.0
    reason: str = ""
    """Why the mailing must pause; empty while it need not."""

    def hear(self, rulings: Iterable[tuple[Receipt, Verdict]]) -> bool:
        """Take what the server said; tell whether it held a fault of ours."""
        fault = False
        for receipt, ruling in rulings:
            if ruling is Verdict.ACCEPTED:
                self.level = max(0.0, self.level - FORGIVEN)
            elif ruling is Verdict.OURS:
                fault = True
                self.level += 1
                if self.level >= self.limit:
                    self.reason = self.reason or _words(receipt, "refuses our messages")
            elif ruling is Verdict.STOP:
                self.reason = self.reason or _words(receipt, "refused us")
        return fault


def _words(receipt: Receipt, what: str) -> str:
    return f"the server {what}: {receipt.code or ''} {receipt.reply}".strip()


def without_addresses(text: str) -> str:
    """Return text for a log or a mailing's reason: whoever is in it can't be told any more."""
    return _ADDRESS.sub("…@…", text)
