"""When to stop by ourselves: refusals that are our own fault, weighed against what is taken."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from newsletter.delivery import Receipt
from newsletter.delivery.verdicts import Verdict
from newsletter.store import paces

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

    def weigh(
        self, connection: Connection, mailing_id: int, rulings: Sequence[tuple[Receipt, Verdict]]
    ) -> None:
        """Take what the server said, and keep our own faults with the mailing."""
        if self.hear(rulings):
            paces.keep_faults(connection, mailing_id, self.level)

    def hear(self, rulings: Iterable[tuple[Receipt, Verdict]]) -> bool:
        """Take what the server said; tell whether it held a fault of ours."""
        fault, accepted = False, Verdict.ACCEPTED
        for receipt, ruling in rulings:
            if ruling is accepted:
                self.level = max(0.0, self.level - FORGIVEN)
            elif ruling is Verdict.OURS:
                fault = True
                self.level += 1
                if self.level >= self.limit:
                    self.reason = self.reason or _words(receipt, "refuses our messages")
            elif ruling is Verdict.STOP:
                self.reason = self.reason or _words(receipt, "refused us")
        return fault


@dataclass
class SharedBreaker(Breaker):
    """One breaker over all who send a mailing at the same time."""

    credit: float = 0.0
    """What our own accepted messages make up for, since we last told the others."""

    def weigh(
        self, connection: Connection, mailing_id: int, rulings: Sequence[tuple[Receipt, Verdict]]
    ) -> None:
        """Add our faults to everybody's, less what has been made up for."""
        verdicts = [ruling for _, ruling in rulings]
        self.credit += FORGIVEN * verdicts.count(Verdict.ACCEPTED)
        faults = verdicts.count(Verdict.OURS)
        if faults:
            self.level = paces.add_faults(connection, mailing_id, faults, self.credit)
            self.credit = 0.0
        for receipt, ruling in rulings:
            if ruling is Verdict.OURS and self.level >= self.limit:
                self.reason = self.reason or _words(receipt, "refuses our messages")
            elif ruling is Verdict.STOP:
                self.reason = self.reason or _words(receipt, "refused us")


def _words(receipt: Receipt, what: str) -> str:
    return f"the server {what}: {receipt.code or ''} {receipt.reply}".strip()


def without_addresses(text: str) -> str:
    """Return text for a log or a mailing's reason: whoever is in it can't be told any more."""
    return _ADDRESS.sub("…@…", text)
