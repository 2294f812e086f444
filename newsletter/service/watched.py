"""A backend that is watched: its answers are counted, and logged by delivery, never by address."""

from collections.abc import Iterator, Sequence

import structlog

from newsletter.clock import Clock
from newsletter.delivery import Backend, Message, Receipt
from newsletter.errors import BackendError
from newsletter.service.vitals import LastRun, Vitals

log = structlog.get_logger()

_A_LINE = 100
"""Deliveries that were taken stand together in the log, so many a line."""


class Watched:
    """Hands everything on to another backend and keeps an eye on what comes back."""

    def __init__(self, backend: Backend, vitals: Vitals, clock: Clock) -> None:
        self._backend = backend
        self._vitals = vitals
        self._clock = clock
        self._taken: list[int] = []

    def deliver(self, messages: Iterator[Message]) -> Iterator[Sequence[Receipt]]:
        """See `Backend.deliver`."""
        groups = self._backend.deliver(messages)
        try:
            for receipts in groups:
                self._look_at(receipts)
                yield receipts
        except BackendError as error:
            self._vitals.last_run = LastRun(False, error.message, self._clock.now())
            raise
        finally:
            self._write_down()
            if hasattr(groups, "close"):
                groups.close()

    def close(self) -> None:
        """See `Backend.close`."""
        self._backend.close()

    def _look_at(self, receipts: Sequence[Receipt]) -> None:
        if not receipts:
            return
        self._vitals.count(receipts)
        last = receipts[-1]
        words = f"{last.code} {last.status}".strip() if last.code else "no reply"
        self._vitals.last_run = LastRun(True, words, self._clock.now())
        self._taken.extend([one.key for one in receipts if one.accepted])
        for one in receipts:
            if not one.accepted:
                _log_refusal(one)
        if len(self._taken) >= _A_LINE:
            self._write_down()

    def _write_down(self) -> None:
        if self._taken:
            log.info("delivered", deliveries=self._taken)
            self._taken = []


def _log_refusal(receipt: Receipt) -> None:
    event = "fate unknown" if receipt.uncertain else "not delivered"
    stage = receipt.stage.value
    log.info(event, delivery=receipt.key, stage=stage, code=receipt.code, status=receipt.status)
