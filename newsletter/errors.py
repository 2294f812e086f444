"""Every error we raise on purpose.

    NewsletterError             exit 1   what happened, and a hint
    ├── AddressError            exit 1   not an address that can be mailed
    ├── UnknownSubscriber       exit 1   nobody has this address
    ├── TokenError              exit 1   a link that is not ours
    ├── ContentError            exit 1   the month has errors; carries the findings
    ├── RenderError             exit 1   a template failed; carries file and line
    ├── MailingError            exit 1   the mailing's state forbids what was asked
    ├── UsageError              exit 2   the words of a command are off
    │   └── ConfigError         exit 2   a setting is wrong
    └── OutsideError            exit 3   something outside refused
        ├── DatabaseError       exit 3   the database can't be read or written
        ├── LeaseHeld           exit 3   another sender is at work
        ├── MailboxError        exit 3   the mailbox of returned mail can't be read
        └── BackendError        exit 3   messages can't be handed over at all
            └── BackendRefused  exit 3   login or TLS refused: trying again won't help

A refusal of one message is not an error but a `Receipt`.
"""

from collections.abc import Sequence

from newsletter.model import Finding
from subscribers.errors import AddressError, NewsletterError, TokenError, UnknownSubscriber

__all__ = [
    "AddressError",
    "BackendError",
    "BackendRefused",
    "ConfigError",
    "ContentError",
    "DatabaseError",
    "LeaseHeld",
    "MailboxError",
    "MailingError",
    "NewsletterError",
    "OutsideError",
    "RenderError",
    "TokenError",
    "UnknownSubscriber",
    "UsageError",
]


class ContentError(NewsletterError):
    """A month can't be used as it stands; `findings` says where and why."""

    def __init__(self, message: str, findings: Sequence[Finding] = (), *, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.findings = tuple(findings)


class RenderError(NewsletterError):
    """A template failed: `what` happened, and in which `file` and `line` (from 1), if known."""

    def __init__(
        self,
        message: str,
        *,
        file: str = "",
        line: int | None = None,
        hint: str = "mend the template; without one of the site's own the packaged one is used",
    ) -> None:
        where = f"{file}:{line}: " if file and line else f"{file}: " if file else ""
        super().__init__(where + message, hint=hint)
        self.what = message
        self.file = file
        self.line = line


class MailingError(NewsletterError):
    """The mailing's state forbids what was asked."""


class UsageError(NewsletterError):
    """The words of a command are off."""

    exit_code = 2


class ConfigError(UsageError):
    """A setting is missing, unknown or out of range."""


class OutsideError(NewsletterError):
    """Something outside this program refused."""

    exit_code = 3


class DatabaseError(OutsideError):
    """The database can't be read or written."""


class LeaseHeld(OutsideError):
    """Another sender holds the lease."""


class MailboxError(OutsideError):
    """The mailbox of returned mail can't be reached or read."""


class BackendError(OutsideError):
    """The backend can't take messages at all: nothing listens, the connection broke."""


class BackendRefused(BackendError):
    """The server refused our login or its TLS can't be trusted; trying again won't help."""
