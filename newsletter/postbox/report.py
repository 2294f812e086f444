"""A returned message as values: what it is about whom, and the marks of ours that it bears."""

from dataclasses import dataclass, field
from enum import StrEnum


class Kind(StrEnum):
    """What a message is."""

    BOUNCE = "bounce"
    """A server says that it could not deliver, or not yet."""
    COMPLAINT = "complaint"
    """A reader called the letter spam, and their provider passes it on (RFC 5965)."""
    AUTO_REPLY = "auto-reply"
    """A program answers: out of office, a receipt, a challenge (RFC 3834, RFC 8098)."""
    UNSUBSCRIBE = "unsubscribe"
    """Somebody used the mail address of List-Unsubscribe (RFC 2369)."""
    OTHER = "other"
    """Anything else, a person's letter above all."""


@dataclass(frozen=True, slots=True)
class Said:
    """What a server said, in one place of the message: each part may be missing (0 or "")."""

    code: int = 0
    status: str = ""
    words: str = ""


@dataclass(frozen=True, slots=True)
class Feedback:
    """What a message says about one recipient, as the message names them; "" for nobody.

    `final` is false while the server goes on trying, or where it delivered. `said` holds what may
    tell why, the best first. `aliases` are other names of the same recipient.
    """

    kind: Kind
    recipient: str = ""
    final: bool = False
    said: tuple[Said, ...] = ()
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Marks:
    """What in a message may be ours. Nothing of it is believed yet.

    `addresses` are those it was sent to, and the return paths of what it returns; `message_ids`
    are of our form; `leave_tokens` come from List-Unsubscribe headers and unsubscribe mails;
    `author` is the address in From.
    """

    addresses: tuple[str, ...] = ()
    message_ids: tuple[str, ...] = ()
    leave_tokens: tuple[str, ...] = ()
    author: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """A returned message, read. `identity` is the same for each copy of it."""

    identity: str
    feedback: tuple[Feedback, ...]
    marks: Marks = field(default_factory=Marks)
