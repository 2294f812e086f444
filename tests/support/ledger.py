"""A database with readers and a frozen mailing, without any file of content or template."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from zoneinfo import ZoneInfo

from sqlalchemy import Engine, insert

from newsletter.config import Delivery
from newsletter.delivery import Backend, Message, Receipt
from newsletter.delivery.memory import MemoryBackend
from newsletter.message import Heading
from newsletter.message.dkim import Signer
from newsletter.model import Edition, EditionKey, Mailing, Month
from newsletter.sending import Outfit
from newsletter.slots import TOKENS
from newsletter.store import mailings
from newsletter.store.engine import open_engine, reading, writing
from subscribers.tables import subscriber, subscriber_topic
from subscribers.tokens import Tokens

MONTH = Month(2021, 1)
ZONE = ZoneInfo("America/Toronto")
START = datetime(2021, 2, 1, 14, 0, tzinfo=UTC)
KEYS = (EditionKey((0, 1)), EditionKey((0,), (1,)), EditionKey((1,), (0,)), EditionKey((), (0, 1)))
ONLY_KEYS = (EditionKey((0,)), EditionKey((1,)))
TOPICS = (frozenset({"training"}), frozenset({"attachment", "empathy"}))
HEADING = Heading(
    from_name="Digest",
    from_address="digest@example.org",
    reply_to="",
    list_id="digest.example.org",
    list_name="Digest",
    public_url="https://news.example.org",
    unsubscribe_address="leave@example.org",
    language="en",
    month=str(MONTH),
    domain="example.org",
)


@dataclass
class HandClock:
    """A clock that stands still until it is moved."""

    moment: datetime = START

    def now(self) -> datetime:
        return self.moment

    def move(self, **by: float) -> None:
        self.moment += timedelta(**by)


def edition(key: EditionKey) -> Edition:
    """Return a small edition with every slot in it."""
    slots = " ".join(TOKENS.values())
    return Edition(key, "January 2021", f"<p>{key} {slots}</p>\n", f"{key} {slots}\n", "<mjml/>")


@dataclass
class Desk:
    """Everything a test of the sender holds in its hands."""

    engine: Engine
    clock: HandClock = field(default_factory=HandClock)
    policy: Delivery = field(default_factory=Delivery)
    backend: Backend = field(default_factory=MemoryBackend)
    signer: Signer | None = None
    alerts: list[str] = field(default_factory=list)

    @property
    def outfit(self) -> Outfit:
        return Outfit(
            engine=self.engine,
            clock=self.clock,
            policy=self.policy,
            tokens=Tokens(["a key for tests only"]),
            open_backend=lambda: self.backend,
            signer=self.signer,
            sleep=self.sleep,
            alert=lambda month, reason: self.alerts.append(reason),
        )

    def sleep(self, seconds: float) -> None:
        """Let time pass, without waiting for it."""
        self.clock.move(seconds=seconds)

    def answer_with(self, answer: Callable[[Message], Receipt | None]) -> MemoryBackend:
        """Let a scripted server take the messages from now on."""
        self.backend = MemoryBackend(answer=answer)
        return self.backend

    def states(self) -> dict[str, int]:
        """Return how many deliveries stand in each state that occurs."""
        with reading(self.engine) as connection:
            mailing = mailings.find(connection, MONTH)
            assert mailing is not None
            counts = mailings.counts(connection, mailing.id)
        return {state.value: number for state, number in counts.items() if number}

    def mailing(self) -> Mailing:
        with reading(self.engine) as connection:
            mailing = mailings.find(connection, MONTH)
        assert mailing is not None
        return mailing


def open_desk(url: str) -> Desk:
    """Sit down at a database with all tables and nothing in them."""
    return Desk(open_engine(url))


def add_readers(
    desk: Desk, addresses: Sequence[str], *, topics: Sequence[str] = (), mode: str = "highlights"
) -> list[int]:
    """Add confirmed readers; return their numbers."""
    with writing(desk.engine) as connection:
        ids = []
        for address in addresses:
            values = {
                "email": address,
                "address_key": address,
                "address_hash": sha256(address.encode()).hexdigest(),
                "name": "Ann",
                "state": "active",
                "mode": mode,
                "created_at": START,
                "confirmed_at": START,
            }
            added = insert(subscriber).values(values).returning(subscriber.c.id)
            ids.append(connection.execute(added).scalar_one())
            for topic in topics:
                row = {"subscriber_id": ids[-1], "topic": topic}
                connection.execute(insert(subscriber_topic).values(row))
    return ids


def crowd(number: int) -> list[str]:
    """Return so many addresses."""
    return [f"reader{one:05}@example.org" for one in range(number)]


def schedule(desk: Desk) -> Mailing:
    """Freeze a mailing of two summaries with all its editions."""
    with writing(desk.engine) as connection:
        mailing = mailings.create(
            connection, MONTH, HEADING.to_json(), TOPICS, b"salt", desk.clock.now()
        )
        mailings.add_editions(connection, mailing.id, map(edition, (*KEYS, *ONLY_KEYS)))
    return mailing
