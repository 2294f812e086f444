"""Settings become the wired application; the one place that chooses adapters."""

import secrets
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import cached_property
from importlib import import_module
from threading import Event
from types import ModuleType
from typing import Any

from newsletter import config, proofreading
from newsletter.clock import Clock, SystemClock
from newsletter.config import Settings
from newsletter.delivery import Receipt
from newsletter.delivery.registry import make_backend
from newsletter.errors import ConfigError
from newsletter.feedback.process import Clerk
from newsletter.feedback.who import Finder
from newsletter.ground import Ground
from newsletter.languages import Languages
from newsletter.message.dkim import Signer, make_signer
from newsletter.message.return_path import ReturnPath
from newsletter.model import Edition, Month
from newsletter.post.office import Office
from newsletter.postbox.files import open_path
from newsletter.postbox.imap import ImapMailbox
from newsletter.postbox.source import Source
from newsletter.rendering.notes import Notes
from newsletter.rendering.places import languages_of
from newsletter.rendering.render import Renderer
from newsletter.sending import Outfit
from newsletter.sending.dispatch import Dispatcher, Local
from newsletter.sending.trial import sample_reader, send_test, since
from newsletter.store.engine import is_postgresql
from newsletter.store.postgresql import hurry
from newsletter.store.server_clock import ServerClock
from subscribers.tokens import Tokens

_CLUSTER = "newsletter.sending.cluster"


@dataclass(frozen=True)
class App(Ground):
    """The application of one site. Everything is made when it is first asked for."""

    def renewed(self, settings: Settings) -> "App":
        """Return the application with other settings, on the same database.

        Raises ConfigError where they name another one.
        """
        if settings.database.url != self.settings.database.url:
            raise ConfigError(
                "database.url can't change while the program runs", hint="stop it and start it anew"
            )
        new = App(settings, self.clock)
        new.__dict__["bell"] = self.bell
        if "engine" in self.__dict__:  # one that was not opened yet is opened by whoever needs it
            new.__dict__["engine"] = self.engine
        return new

    @cached_property
    def renderer(self) -> Renderer:
        """Makes editions with the site's templates and theme."""
        return Renderer(self.settings)

    @cached_property
    def languages(self) -> Languages:
        """What mails and pages can be read in. Raises ConfigError for a faulty translation."""
        return languages_of(self.settings)

    @cached_property
    def tokens(self) -> Tokens:
        """Makes and reads readers' links."""
        own = self.settings.subscriptions
        keys = config.secret(own.secret, own.secret_file).replace(",", " ").split()
        if not keys:
            raise ConfigError(
                f"there is no secret to sign readers' links with in {own.secret_file}",
                hint="`newsletter init` makes one; keep it, or links already sent stop working",
            )
        try:
            return Tokens(keys)
        except ValueError as error:
            raise ConfigError(str(error), hint=f"look at {own.secret_file}") from None

    @cached_property
    def signer(self) -> Signer | None:
        """Signs messages, where the settings name a key. Raises ConfigError for one that can't."""
        return make_signer(self.settings.delivery.dkim)

    @cached_property
    def outfit(self) -> Outfit:
        """What the sender needs."""
        return Outfit(
            engine=self.engine,
            clock=self.shared_clock,
            policy=self.settings.delivery,
            tokens=self.tokens,
            open_backend=lambda: make_backend(self.settings),
            signer=self.signer,
            bounces=self.settings.bounces,
        )

    @cached_property
    def shared_clock(self) -> Clock:
        """Tells the time for what several machines decide together: on PostgreSQL, the server's."""
        ours = isinstance(self.clock, SystemClock)
        return ServerClock(self.engine) if ours and is_postgresql(self.engine) else self.clock

    def require_sendable(self) -> None:
        """Raise ConfigError for settings with which nothing could be sent. Nothing is written."""
        self.outfit.open_backend().close()

    @cached_property
    def clerk(self) -> Clerk:
        """Reads what comes back."""
        return_path = ReturnPath(self.settings.bounces.return_path, self.tokens)
        finder = Finder(self.tokens, return_path)
        believed = self.settings.bounces.believe_addresses
        return Clerk(
            self.engine, self.clock, self.settings, finder, self.outfit.alert, vouched=believed
        )

    def mailboxes(self) -> Iterator[Source]:
        """Yield the places that the settings name for returned mail. Raises UsageError."""
        own = self.settings.bounces
        if own.mailbox is not None:
            yield open_path(own.mailbox, acknowledge=True)
        if own.imap.host:
            yield ImapMailbox(own.imap)

    def send_test(
        self, edition: Edition, month: Month, addresses: Sequence[str], name: str = ""
    ) -> Iterator[tuple[str, Receipt]]:
        """Send an edition to some addresses as a test; yield each with its receipt.

        `name` is the reader's that its letter greets. Raises ConfigError, and BackendError where
        the backend takes nothing more.
        """
        heading = proofreading.heading(self.settings, month)
        dated, salt = self.clock.now().astimezone(self.settings.zone), secrets.token_bytes(16)
        asked = since(self.languages, edition)
        people = [
            sample_reader(heading, address, name, number, salt, asked)
            for number, address in enumerate(addresses)
        ]
        with closing(make_backend(self.settings)) as backend:
            yield from send_test(backend, edition, heading, people, dated, self.signer)

    @cached_property
    def bell(self) -> Event:
        """Wakes whoever sends the mails that answer readers."""
        return Event()

    @cached_property
    def office(self) -> Office:
        """What answers readers: their errands, and the mails to each."""
        return Office(
            settings=self.settings,
            engine=self.engine,
            clock=self.shared_clock,
            tokens=self.tokens,
            languages=self.languages,
            notes=Notes(self.settings),
            open_backend=lambda: make_backend(self.settings),
            forget=self._forget,
            signer=self.signer,
            bell=self.bell,
        )

    @cached_property
    def dispatcher(self) -> Dispatcher:
        """Brings a mailing to whoever sends it, as the settings say.

        Raises ConfigError where they ask for what isn't there.
        """
        own = self.settings.delivery
        if own.dispatcher == "local":
            return Local()
        cluster = self._cluster()
        cluster.jobs.prepare(self.engine)
        dispatcher: Dispatcher = cluster.dispatcher.Procrastinate(own.chunk)
        return dispatcher

    def make_worker(self) -> Any:
        """Return a worker. Raises ConfigError where the settings want none."""
        if self.settings.delivery.dispatcher == "local":
            raise ConfigError(
                "nothing is handed out to workers here: one process sends",
                hint='for workers, set delivery.dispatcher = "procrastinate": see docs/scale.md',
            )
        cluster = self._cluster()
        hurry(self.engine)
        return cluster.worker.Worker(self.outfit, self.settings.zone)

    def _cluster(self) -> ModuleType:
        """Return the package that only who has the extra `cluster` can import."""
        if not is_postgresql(self.engine):
            raise ConfigError(
                'delivery.dispatcher = "procrastinate" needs PostgreSQL',
                hint="`newsletter db move` brings a site there: see docs/scale.md",
            )
        try:
            for part in ("dispatcher", "jobs", "worker"):
                import_module(f"{_CLUSTER}.{part}")
            return import_module(_CLUSTER)
        except ImportError as error:
            raise ConfigError(
                f"delivery.dispatcher: {error}",
                hint="pip install 'research-newsletter[cluster]'",
            ) from error


@contextmanager
def application(settings: Settings, clock: Clock | None = None) -> Iterator[App]:
    """Wire the application, and let go of what it holds at the end."""
    app = App(settings, clock or SystemClock())
    try:
        yield app
    finally:
        app.close()
