"""What a form of the studio does: once, however often it is sent, and for our own forms alone."""

import asyncio
import hmac
import secrets
from collections.abc import Callable
from typing import Generic, TypeVar

from starlette.concurrency import run_in_threadpool

Result = TypeVar("Result")


class Deeds(Generic[Result]):
    """Gives each form a ticket, and does for each ticket what its form asks, once.

    A page that is sent twice, or loaded again, is told what came of the first time.
    """

    def __init__(self) -> None:
        self._key = secrets.token_bytes(32)
        self._done: dict[str, asyncio.Task[Result]] = {}

    def ticket(self, about: str) -> str:
        """Return a ticket for one form; `about` says what it may be used for."""
        number = secrets.token_hex(8)
        return f"{number}{self._seal(number, about)}"

    def is_ours(self, ticket: str, about: str) -> bool:
        """Say whether a ticket was given for this, by this very studio."""
        number, seal = ticket[:16], ticket[16:]
        return hmac.compare_digest(seal.encode(), self._seal(number, about).encode())

    async def once(self, ticket: str, work: Callable[[], Result]) -> Result:
        """Do the work, in a thread, or wait for whoever is doing it; return what came of it."""
        if ticket not in self._done:
            self._done[ticket] = asyncio.create_task(run_in_threadpool(work))
        return await asyncio.shield(self._done[ticket])

    def result(self, ticket: str) -> Result | None:
        """Return what came of a ticket's work; None where there was none, or it isn't done."""
        task = self._done.get(ticket)
        return task.result() if task and task.done() and not task.cancelled() else None

    def _seal(self, number: str, about: str) -> str:
        return hmac.new(self._key, f"{number}/{about}".encode(), "sha256").hexdigest()[:32]
