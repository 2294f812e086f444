"""A mailbox on an IMAP server (RFC 3501), with its certificate verified."""

import ssl
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from functools import partial
from typing import TypeVar

from imapclient import IMAPClient, SocketTimeout
from imapclient.exceptions import IMAPClientError, LoginError

from newsletter.config import Imap, secret
from newsletter.errors import MailboxError
from newsletter.postbox.source import Item

READ = b"$NewsletterRead"
"""The keyword of what has been read. `\\Seen` is left to people, who may look in too."""
_SEEN, _FLAGGED = b"\\Seen", b"\\Flagged"
_AT_ONCE = 500
T = TypeVar("T")


class ImapMailbox:
    """One folder of a mailbox. It connects when the first message is asked for."""

    def __init__(self, settings: Imap) -> None:
        self._settings = settings
        self._client: IMAPClient | None = None
        self._mark = READ

    def items(self) -> Iterator[Item]:
        """See `Source.items`. A message's name is `imap:FOLDER/UID`."""
        client = self._connected()
        unread = ["UNDELETED", *(["UNKEYWORD", READ] if self._mark == READ else ["UNSEEN"])]
        numbers = sorted(self._asked(lambda: client.search(unread)))
        for start in range(0, len(numbers), _AT_ONCE):
            some = numbers[start : start + _AT_ONCE]
            sizes = self._asked(partial(client.fetch, some, ["RFC822.SIZE"]))
            for number in some:
                if number in sizes:
                    yield self._item(number, sizes[number][b"RFC822.SIZE"])

    def done(self, item: Item) -> None:
        """Flag the message, and move it where the settings name a folder for that."""
        self._flag(item, [self._mark])
        if folder := self._settings.done_folder:
            self._move(item, folder)

    def aside(self, item: Item) -> None:
        """Flag the message for a person; it stays where it is."""
        self._flag(item, [self._mark, _FLAGGED])

    def close(self) -> None:
        """Say goodbye."""
        if self._client is not None:
            with suppress(IMAPClientError, OSError):
                self._client.logout()
            self._client = None

    def _item(self, number: int, size: int) -> Item:
        name = f"imap:{self._settings.folder}/{number}"
        return Item(name, size, partial(self._read, number), number)

    def _read(self, number: int) -> bytes:
        client = self._connected()
        found = self._asked(lambda: client.fetch([number], ["BODY.PEEK[]"]))
        content = found.get(number, {}).get(b"BODY[]")
        return content if isinstance(content, bytes) else b""  # somebody took it away meanwhile

    def _flag(self, item: Item, flags: Sequence[bytes]) -> None:
        client = self._connected()
        self._asked(lambda: client.add_flags([item.place], flags, silent=True))

    def _move(self, item: Item, folder: str) -> None:
        client = self._connected()
        if not self._asked(lambda: client.folder_exists(folder)):
            self._asked(lambda: client.create_folder(folder))
        if self._asked(lambda: client.has_capability("MOVE")):
            self._asked(lambda: client.move([item.place], folder))
        else:
            self._asked(lambda: client.copy([item.place], folder))
            self._asked(lambda: client.delete_messages([item.place], silent=True))

    def _connected(self) -> IMAPClient:
        if self._client is None:
            self._client = self._asked(partial(_connect, self._settings))
            chosen = self._asked(
                lambda: self._client_for_sure().select_folder(self._settings.folder),
                hint=f"is there a folder “{self._settings.folder}” (bounces.imap.folder)?",
            )
            kept = chosen.get(b"PERMANENTFLAGS", ())
            self._mark = READ if b"\\*" in kept or READ in kept else _SEEN
        return self._client

    def _client_for_sure(self) -> IMAPClient:
        assert self._client is not None  # noqa: S101
        return self._client

    def _asked(self, ask: Callable[[], T], hint: str = "it is tried again") -> T:
        """Do what talks to the server, with its errors in our words."""
        own = self._settings
        where = f"the mailbox at {own.host}:{own.port}"
        try:
            return ask()
        except LoginError as error:
            raise MailboxError(
                f"{where} refuses our login: {error}",
                hint="look at [bounces.imap] and its password",
            ) from error
        except ssl.SSLCertVerificationError as error:
            raise MailboxError(
                f"{where} has a certificate we can't trust: {error.verify_message}",
                hint="its name must be bounces.imap.host; ca_file names an authority of your own",
            ) from error
        except (IMAPClientError, OSError) as error:
            raise MailboxError(f"{where}: {error}", hint=hint) from error


def _connect(own: Imap) -> IMAPClient:
    """Connect, encrypt, log in."""
    context = ssl.create_default_context(cafile=str(own.ca_file) if own.ca_file else None)
    seconds = own.timeout.total_seconds()
    client = IMAPClient(
        own.host,
        port=own.port,
        ssl=own.security == "tls",
        ssl_context=context if own.security == "tls" else None,
        timeout=SocketTimeout(connect=seconds, read=seconds),
    )
    try:
        if own.security == "starttls":
            client.starttls(context)
        client.login(own.username, secret(own.password, own.password_file))
    except BaseException:
        with suppress(IMAPClientError, OSError):
            client.shutdown()
        raise
    return client
