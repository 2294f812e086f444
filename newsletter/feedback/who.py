"""Whom a returned message is about, by what can be trusted, the most trustworthy first.

    return path    a signed token in the address that it came to: a letter's, or that of a mail to
                   one reader, which counts as long as they have the address that it went to
    letter         the signed token of the returned letter's List-Unsubscribe, or our Message-ID,
                   which nobody can make without the mailing's salt
    address        what the message says; anybody can write that

A token that is not ours is worth nothing, and so is all else in a message that bears one.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum

from sqlalchemy import Connection

from newsletter.message import message_id
from newsletter.message.heading import revision_salt
from newsletter.message.return_path import ReturnPath
from newsletter.postbox import Feedback, Marks
from newsletter.store import returns
from newsletter.store.returns import Sent
from subscribers import store
from subscribers.address import examine
from subscribers.errors import TokenError, UnknownSubscriber
from subscribers.model import Subscriber
from subscribers.tokens import Purpose, Tokens

SEARCHES = 20
"""Looks through a whole month's deliveries in a run: forged ids shall not cost us hours."""
_ID = re.compile(r"<(\d{4}-\d{2})\.([0-9a-f]{32})@(.+)>")


class Way(StrEnum):
    """How a reader was found, or that no finding was needed."""

    RETURN_PATH = "return path"
    LETTER = "letter"
    ADDRESS = "address"
    DIALOGUE = "dialogue"
    """The server said it to us."""

    @property
    def is_proof(self) -> bool:
        """Whether nobody else can have made the mark."""
        return self is not Way.ADDRESS


@dataclass(frozen=True, slots=True)
class Found:
    """A reader, their letter where that is known, and the address that it went to."""

    subscriber_id: int
    letter: Sent | None
    email: str
    way: Way


class Forged(Exception):
    """The message bears a token that is not ours."""


@dataclass
class Finder:
    """Finds readers within one transaction after another; it counts what is costly."""

    tokens: Tokens
    return_path: ReturnPath
    searches: int = field(default=SEARCHES)

    def find(self, connection: Connection, one: Feedback, marks: Marks) -> Found | None:
        """Return whom feedback is about; None for somebody we don't know. Raises Forged."""
        try:
            ways: tuple[Callable[[], Found | None], ...] = (
                lambda: self._by_return_path(connection, marks),
                lambda: self._by_letter(connection, one, marks),
            )
            found = next((reader for way in ways if (reader := way())), None)
        except TokenError:
            raise Forged from None
        return found or _by_address(connection, one)

    def is_personal(self, marks: Marks) -> bool:
        """Whether a message bears a mark of one reader's letter, genuine or not."""
        return bool(
            marks.leave_tokens
            or marks.message_ids
            or any(self.return_path.has_form(one) for one in marks.addresses)
        )

    def _by_return_path(self, connection: Connection, marks: Marks) -> Found | None:
        for address in marks.addresses:
            if found := self._by_post(connection, address):
                return found
        numbers = [self.return_path.read(one) for one in marks.addresses]
        for number in filter(None, numbers):
            if letter := returns.of_number(connection, number):
                return Found(letter.subscriber_id, letter, letter.email, Way.RETURN_PATH)
        return None

    def _by_post(self, connection: Connection, address: str) -> Found | None:
        """Find by the return path of a mail that was no letter: a confirmation, a link."""
        number = self.return_path.claimed(address)
        reader = _numbered(connection, number) if number else None
        known = examine(reader.email) if reader else ""
        if reader is None or isinstance(known, str):
            return None
        if not self.return_path.is_of_reader(address, reader.id, known.key):
            return None
        return Found(reader.id, None, reader.email, Way.RETURN_PATH)

    def _by_letter(self, connection: Connection, one: Feedback, marks: Marks) -> Found | None:
        """Find by the returned letter: its token says who, its Message-ID which month."""
        readers = [self.tokens.read(Purpose.UNSUBSCRIBE, token) for token in marks.leave_tokens]
        for subscriber_id in readers[:1]:
            if found := _by_number(connection, subscriber_id, marks):
                return found
        named = _by_address(connection, one)
        for known in marks.message_ids:
            letter = named and _if_genuine(connection, known, named.subscriber_id)
            letter = letter or self._search(connection, known)
            if letter:
                return Found(letter.subscriber_id, letter, letter.email, Way.LETTER)
        return None

    def _search(self, connection: Connection, known: str) -> Sent | None:
        """Look through a month's deliveries for a Message-ID."""
        match = _ID.fullmatch(known)
        if match is None or not self.searches:
            return None
        self.searches -= 1
        month, _, domain = match.groups()
        for number, revision, salt in returns.letters_of(connection, month):
            if message_id(revision_salt(salt, revision), month, number, domain) == known:
                return returns.of_number(connection, number)
        return None


def _numbered(connection: Connection, subscriber_id: int) -> Subscriber | None:
    try:
        return store.get(connection, subscriber_id)
    except UnknownSubscriber:  # The database is an older one than the mail.
        return None


def _by_number(connection: Connection, subscriber_id: int, marks: Marks) -> Found | None:
    reader = _numbered(connection, subscriber_id)
    if reader is None:
        return None
    letter = _letter_to(connection, subscriber_id, marks)
    return Found(subscriber_id, letter, letter.email if letter else reader.email, Way.LETTER)


def _letter_to(connection: Connection, subscriber_id: int, marks: Marks) -> Sent | None:
    for known in marks.message_ids:
        if letter := _if_genuine(connection, known, subscriber_id):
            return letter
    return returns.latest(connection, subscriber_id)


def _if_genuine(connection: Connection, known: str, subscriber_id: int) -> Sent | None:
    """Return a reader's letter of the month in a Message-ID, if it bears that very one."""
    match = _ID.fullmatch(known)
    letter = returns.of_month(connection, match[1], subscriber_id) if match else None
    if match is None or letter is None:
        return None
    for number, revision, salt in returns.letters_of(connection, match[1], letter.id):
        if message_id(revision_salt(salt, revision), match[1], number, match[3]) == known:
            return letter
    return None


def _by_address(connection: Connection, one: Feedback) -> Found | None:
    for name in (one.recipient, *one.aliases):
        reader = store.find(connection, name) if name else None
        if reader is not None:
            letter = returns.latest(connection, reader.id)
            return Found(reader.id, letter, reader.email, Way.ADDRESS)
    return None
