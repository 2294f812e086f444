"""What everything stands on: the settings, the time, the database.

Commands about readers need no more. They start twice as fast without the rest, which renders,
sends and reads mail.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property

from sqlalchemy import Connection, Engine

from newsletter.clock import Clock, SystemClock
from newsletter.config import Settings
from newsletter.store import ledger, migrate
from newsletter.store.engine import open_engine, writing
from subscribers import store as readers
from subscribers.model import Subscriber


@dataclass(frozen=True)
class Ground:
    """The settings, the clock and the database of one site; that is opened when first asked for."""

    settings: Settings
    clock: Clock

    @cached_property
    def engine(self) -> Engine:
        """The database, ready for use. Raises DatabaseError where it needs an upgrade first."""
        engine = open_engine(self.settings.database.url)
        try:
            migrate.prepare(engine)
        except BaseException:
            engine.dispose()
            raise
        return engine

    def erase(self, email: str) -> None:
        """Erase a reader: their own rows, and their address and name in the ledger."""
        with writing(self.engine) as connection:
            self._forget(connection, readers.known(connection, email))

    def _forget(self, connection: Connection, reader: Subscriber) -> None:
        readers.erase(connection, reader.email, self.clock.now())
        ledger.forget(connection, reader.id)

    def close(self) -> None:
        """Let go of the database."""
        if "engine" in self.__dict__:
            self.engine.dispose()


@contextmanager
def ground(settings: Settings) -> Iterator[Ground]:
    """Stand on a site's settings and database, and let go of what that holds at the end."""
    own = Ground(settings, SystemClock())
    try:
        yield own
    finally:
        own.close()
