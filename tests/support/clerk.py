"""A month that was sent to some readers, and a counter to hand returned mail over."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from newsletter.config import Bounces, Settings
from newsletter.delivery import Message
from newsletter.delivery.memory import MemoryBackend
from newsletter.feedback.process import Clerk, Row
from newsletter.feedback.who import Finder
from newsletter.message.return_path import ReturnPath
from newsletter.postbox.files import open_path
from newsletter.sending import send
from newsletter.store import returns
from newsletter.store.engine import reading
from newsletter.store.returns import Told
from subscribers import store, suppression
from subscribers.address import parse
from subscribers.model import Subscriber
from subscribers.suppression import Suppression
from tests.support.ledger import MONTH, ZONE, Desk, add_readers, open_desk, schedule

READERS = ("anna@far.example", "ben@far.example", "cleo@far.example")
PATTERN = "bounces+{token}@us.example"


@dataclass
class Counter:
    """Where returned mail is handed over. `letters` are what was sent, in the readers' order."""

    desk: Desk
    folder: Path
    bounces: Bounces
    letters: Sequence[Message] = ()
    taken: int = 0
    alerts: list[str] = field(default_factory=list)
    vouched: bool = False

    @property
    def clerk(self) -> Clerk:
        tokens = self.desk.outfit.tokens
        finder = Finder(tokens, ReturnPath(self.bounces.return_path, tokens))
        settings = Settings(bounces=self.bounces, delivery=self.desk.policy)
        alert = lambda month, reason: self.alerts.append(reason)  # noqa: E731
        return Clerk(self.desk.engine, self.desk.clock, settings, finder, alert, self.vouched)

    def send(self) -> None:
        """Send the month, through a server that takes everything."""
        self.desk.backend = backend = MemoryBackend()
        outfit = replace(self.desk.outfit, bounces=self.bounces)
        send(outfit, MONTH, ZONE)
        self.letters = sorted(backend.delivered, key=lambda one: one.key)

    def take(self, *messages: bytes) -> list[Row]:
        """Read messages that come back; return what is said of them."""
        self.taken += 1
        folder = self.folder / f"returned{self.taken}"
        folder.mkdir()
        for number, one in enumerate(messages):
            (folder / f"{number:04}.eml").write_bytes(one)
        return list(self.clerk.process(open_path(folder)))

    def reader(self, email: str = READERS[0]) -> Subscriber:
        with reading(self.desk.engine) as connection:
            return store.known(connection, email)

    def stop(self, email: str = READERS[0]) -> Suppression | None:
        """Return why an address may not be mailed."""
        with reading(self.desk.engine) as connection:
            return suppression.find(connection, parse(email).hash)

    def history(self, email: str = READERS[0]) -> Sequence[Told]:
        with reading(self.desk.engine) as connection:
            return returns.history(connection, store.known(connection, email).id)


def open_counter(
    database: str, folder: Path, pattern: str = PATTERN, readers: Sequence[str] = READERS
) -> Counter:
    """Send a month to some readers."""
    desk = open_desk(database)
    add_readers(desk, readers)
    schedule(desk)
    counter = Counter(desk, folder, Bounces(return_path=pattern))
    counter.send()
    return counter


def bounce(
    letter: Message,
    refusal: str = "550 5.1.1 User unknown",
    *,
    to: str = "",
    letter_too: bool = True,
) -> bytes:
    """Return what a relay sends back for a letter, to its envelope's sender or to `to`."""
    code, status, *_ = refusal.split()
    content = bytes(letter).decode().replace("\r\n", "\n") if letter_too else "Subject: x\n\n"
    text = f"""\
Return-Path: <>
From: MAILER-DAEMON@relay.example (Mail Delivery System)
To: {to or letter.sender}
Subject: Undelivered Mail Returned to Sender
Date: Mon, 1 Feb 2021 09:00:05 +0000
Message-ID: <{letter.key}.{abs(hash((refusal, to, letter_too)))}@relay.example>
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="cut here"

--cut here
Content-Type: text/plain

<{letter.recipient}>: host mx.far.example[192.0.2.7] said: {refusal}

--cut here
Content-Type: message/delivery-status

Reporting-MTA: dns; relay.example

Final-Recipient: rfc822; {letter.recipient}
Action: {"delayed" if code.startswith("4") and "delayed" in refusal else "failed"}
Status: {status}
Diagnostic-Code: smtp; {refusal}

--cut here
Content-Type: message/rfc822

{content}
--cut here--
"""
    return text.replace("\n", "\r\n").encode()
