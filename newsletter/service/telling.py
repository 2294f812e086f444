"""How a notice reaches people: a plain letter through the same backend, a web address, the log.

Each way is gone once. Where one fails (mostly because mail itself is what is broken) the others
are gone all the same, and the one that failed is tried again, later and later.
"""

import json
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from datetime import datetime
from email.utils import format_datetime
from http.client import HTTPException
from secrets import token_hex

import structlog
from sqlalchemy import Connection

from newsletter.bootstrap import App
from newsletter.config import secret
from newsletter.delivery import Message
from newsletter.errors import BackendError, NewsletterError, OutsideError
from newsletter.message import ascii_address
from newsletter.message.headers import header, mailbox, unstructured
from newsletter.message.quoted_printable import encode
from newsletter.service.duty import SAID
from newsletter.service.logs import hide
from newsletter.service.notices import Audience, Notice, NotToldYet, Tell, write_to_log
from newsletter.service.patience import Patience
from newsletter.store import milestones
from newsletter.store.engine import reading, writing

log = structlog.get_logger()

TOLD = "told/"
"""Milestones: `told/KEY/WAY`, while a notice has gone some of its ways and not all."""

PATIENCE = 10.0
"""Seconds for a webhook's answer."""

_Way = Callable[[], None]


def teller(current: Callable[[], App]) -> Tell:
    """Return what brings notices to their people. `current` gives the application of the moment.

    It raises NotToldYet where a way is still to be gone.
    """
    patience = Patience()

    def tell(notice: Notice) -> None:
        app = current()
        gone = [_go(app, patience, notice, name, way) for name, way in _ways(app, notice)]
        if not all(gone):
            raise NotToldYet(notice.key)
        with writing(app.engine) as connection:
            _forget_ways(connection, notice.key)

    return tell


def under_way(app: App) -> set[str]:
    """Return the keys of what has gone some of its ways and not all."""
    with reading(app.engine) as connection:
        names = milestones.reached(connection, TOLD)
    return {name.removeprefix(TOLD).rpartition("/")[0] for name in names}


def forget(app: App, key: str) -> None:
    """It is over: when it comes back it is said again."""
    with writing(app.engine) as connection:
        milestones.forget(connection, SAID + key)
        _forget_ways(connection, key)


def _forget_ways(connection: Connection, key: str) -> None:
    for name in milestones.reached(connection, f"{TOLD}{key}/"):
        milestones.forget(connection, name)


def _go(app: App, patience: Patience, notice: Notice, name: str, way: _Way) -> bool:
    """Go one way, unless it was gone or has to wait; tell whether that is done."""
    mark, now = f"{TOLD}{notice.key}/{name}", app.clock.now()
    with reading(app.engine) as connection:
        if mark in milestones.reached(connection, mark):
            return True
    if not patience.may_try(name, now):
        return False
    try:
        way()
    except NewsletterError as error:
        patience.failed(name, now)
        log.error("not told", key=notice.key, way=name, error=error.message, hint=error.hint)
        return False
    patience.done(name)
    with writing(app.engine) as connection:
        milestones.record(connection, mark, now)
    return True


def _ways(app: App, notice: Notice) -> Iterator[tuple[str, _Way]]:
    yield "log", lambda: write_to_log(notice)
    own = app.settings.alerts
    if own.webhook.get_secret_value() or own.webhook_file:
        yield "webhook", lambda: call(secret(own.webhook, own.webhook_file), as_json(app, notice))
    if people := recipients(app, notice):
        yield "mail", lambda: send(app, notice, people)


def recipients(app: App, notice: Notice) -> tuple[str, ...]:
    """Return whom a notice is for, each once; editors without an address have the operators'."""
    own = app.settings.alerts
    lists = {Audience.OPERATOR: own.to, Audience.EDITOR: own.editors or own.to}
    return tuple(dict.fromkeys(one for audience in notice.to for one in lists[audience]))


def send(app: App, notice: Notice, people: tuple[str, ...]) -> None:
    """Send a letter to each. Raises BackendError where nobody's was taken."""
    now, sender = app.clock.now(), ascii_address(app.settings.newsletter.from_) or ""

    def messages() -> Iterator[Message]:
        for number, address in enumerate(people):
            content = letter(app.settings.newsletter.name, sender, address, notice, now)
            signature = (app.signer.sign((content,)),) if app.signer else ()
            yield Message(number, sender, address, (*signature, content))

    backend = app.outfit.open_backend()
    try:
        receipts = [one for group in backend.deliver(messages()) for one in group]
    finally:
        backend.close()
    refused = [one for one in receipts if not one.accepted]
    for one in refused:
        log.error("an alert was refused", code=one.code, reply=one.reply)
    if len(refused) == len(receipts):
        raise BackendError("no alert was taken", hint="see alerts.to, and what the server said")


def letter(name: str, sender: str, recipient: str, notice: Notice, now: datetime) -> bytes:
    """Return the finished letter: plain text, marked as written by a program (RFC 3834, 5)."""
    domain = sender.rpartition("@")[2]
    text = f"{hide(notice.text)}\n\n-- \n{name}: its service wrote this. It says a thing once.\n"
    fields = (
        mailbox("From", name, sender),
        mailbox("To", "", recipient),
        unstructured("Subject", f"[{name}] {hide(notice.subject)}"),
        header("Date", format_datetime(now)),
        header("Message-ID", f"<alert.{token_hex(16)}@{domain}>"),
        header("Auto-Submitted", "auto-generated"),
        header("MIME-Version", "1.0"),
        header("Content-Type", "text/plain;", "charset=utf-8"),
        header("Content-Transfer-Encoding", "quoted-printable"),
    )
    return b"".join(fields) + b"\r\n" + encode(text)


def as_json(app: App, notice: Notice) -> bytes:
    """Return the document that a webhook gets. Chat services show its `text`, so all is in it."""
    document = {
        "newsletter": app.settings.newsletter.name,
        "key": notice.key,
        "to": [one.value for one in notice.to],
        "subject": hide(notice.subject),
        "text": hide(f"{notice.subject}\n\n{notice.text}"),
        "at": app.clock.now().isoformat(),
    }
    return json.dumps(document, ensure_ascii=False).encode()


def call(address: str, document: bytes) -> None:
    """POST a document. Raises OutsideError; the address, which may be a secret, is not in it."""
    if not address.lower().startswith(("http://", "https://")):
        raise OutsideError("alerts.webhook is no web address", hint="it begins with https://")
    headers = {"Content-Type": "application/json", "User-Agent": "newsletter"}
    try:
        request = urllib.request.Request(address, document, headers)  # noqa: S310 - see above
        with urllib.request.urlopen(request, timeout=PATIENCE):  # noqa: S310
            return
    except urllib.error.HTTPError as error:
        error.close()
        why = f"it answers {error.code}"
    except (OSError, HTTPException, ValueError) as error:
        why = str(getattr(error, "reason", "")) or type(error).__name__
    raise OutsideError(f"the webhook did not take it: {why}", hint="see alerts.webhook") from None
