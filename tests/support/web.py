"""The public pages over a site in a folder, asked without a socket."""

import email
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import policy
from email.message import EmailMessage
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import select
from starlette.applications import Starlette
from starlette.testclient import TestClient

from newsletter import config, publishing
from newsletter.bootstrap import App
from newsletter.cli.site import scaffold
from newsletter.model import Month
from newsletter.post.round import make_round
from newsletter.sending import send
from newsletter.store.engine import reading, writing
from newsletter.web.app import site
from subscribers import consent, store, suppression
from subscribers.address import parse
from subscribers.consent import Consent, Evidence
from subscribers.intake import Entry
from subscribers.model import Subscriber
from subscribers.suppression import Reason
from subscribers.tables import metadata
from tests.support.database import lay
from tests.support.ledger import HandClock
from tests.support.site import MONTHS

URL = "http://127.0.0.1:8025"
"""The sample site's public address."""


@dataclass
class Web:
    """The pages, the application behind them, and a clock that is moved by hand."""

    app: App
    clock: HandClock = field(default_factory=HandClock)

    @property
    def url(self) -> str:
        return self.app.settings.newsletter.public_url

    def client(self, **options: object) -> TestClient:
        """Return somebody who asks for pages; redirects are not followed."""
        parts = urlsplit(self.url)
        base = f"{parts.scheme}://{parts.netloc}"
        asked = {"base_url": base, "follow_redirects": False, "raise_server_exceptions": False}
        return TestClient(self.site, **(asked | options))  # type: ignore[arg-type]

    @cached_property
    def site(self) -> Starlette:
        """The pages, as one application."""
        return site(self.app)

    def round(self) -> int:
        """Have what was asked for looked at, and the answers sent; return how many went."""
        return make_round(self.app.office)

    def mails(self, to: str = "") -> list[EmailMessage]:
        """Return what lies in the outbox, in the order it came in; to one address, if given."""
        folder = self.app.settings.delivery.file.path
        files = sorted(folder.glob(f"*-{to}*.eml"), key=lambda path: path.stat().st_mtime_ns)
        return [read_mail(path.read_bytes()) for path in files]

    def link(self, page: str, to: str = "") -> str:
        """Return the path of the last link to a page that was mailed: `/confirm`."""
        texts = [plain(one) for one in self.mails(to)]
        found = [one for text in texts for one in re.findall(rf"({page}/[^\s#]+)", text)]
        return str(found[-1])

    def sign_up(self, client: TestClient, email: str, **fields: object) -> Any:
        """Fill in the form as a person would, and send it; return the answer."""
        page = client.get("/", headers={"Accept-Language": "en"})
        self.clock.move(seconds=5)
        data = {"stamp": hidden(page.text, "stamp"), "language": "en", "email": email}
        return client.post("/subscribe", data=data | fields)

    def add(self, email: str, **fields: Any) -> Subscriber:
        """Put a reader on the list."""
        with writing(self.app.engine) as connection:
            entry = Entry(parse(email), **fields)
            store.add(connection, entry, Evidence("test"), self.clock.now())
        return self.reader(email)

    def reader(self, email: str) -> Subscriber:
        """Return a reader as the database has them."""
        with reading(self.app.engine) as connection:
            return store.known(connection, email)

    def send(self, month: str) -> None:
        """Send a month to whoever is on the list."""
        self.freeze(month)
        send(self.app.outfit, Month.parse(month), self.app.settings.zone)

    def freeze(self, month: str) -> None:
        """Approve a month."""
        app, which = self.app, Month.parse(month)
        publishing.freeze(app.settings, app.engine, app.renderer, which, app.clock.now())

    def suppress(self, email: str, reason: Reason) -> None:
        """Let no mail go to an address any more."""
        with writing(self.app.engine) as connection:
            suppression.suppress(connection, parse(email).hash, reason, self.clock.now())

    def leave(self, email: str) -> None:
        """Take a reader off the list."""
        reader = self.reader(email)
        with writing(self.app.engine) as connection:
            store.unsubscribe(connection, reader.id, Evidence("test"), self.clock.now())

    def history(self, email: str) -> list[Consent]:
        """Return a reader's consents."""
        reader = self.reader(email)
        with reading(self.app.engine) as connection:
            return consent.history(connection, reader.id)

    def rows(self, *but: str) -> Mapping[str, object]:
        """Return every row of every table, except of those named."""
        with reading(self.app.engine) as connection:
            return {
                table.name: connection.execute(select(table)).all()
                for table in metadata.sorted_tables
                if table.name not in but
            }


def press(client: TestClient, path: str, **fields: str) -> Any:
    """Press a page's button; return the page that it leads to."""
    answer = client.post(path, data=fields)
    assert answer.status_code == 303
    return client.get(answer.headers["location"])


def read_mail(content: bytes) -> EmailMessage:
    """Return a message as Python reads it."""
    message = email.message_from_bytes(content, policy=policy.default)
    assert isinstance(message, EmailMessage)
    return message


def plain(message: EmailMessage) -> str:
    """Return a mail's plain text."""
    return _part(message, "plain")


def html(message: EmailMessage) -> str:
    """Return a mail's HTML."""
    return _part(message, "html")


def _part(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    assert part is not None
    text: str = part.get_content()
    return text


def hidden(page: str, name: str) -> str:
    """Return the value of a hidden field."""
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found
    return found[1]


def heading(page: str) -> str:
    """Return the text of a page's heading."""
    found = re.search(r"<h1>(.*?)</h1>", page, re.S)
    assert found
    return found[1]


@contextmanager
def opened(folder: Path, url: str = "", **changes: dict[str, object]) -> Iterator[Web]:
    """Lay out a site and open its pages; `changes` are keys by section of the settings.

    Its database is at `url`, or in its own file.
    """
    if not folder.exists():
        scaffold(folder, MONTHS)
        if not url:
            lay(folder / "var/newsletter.db")
    if url:
        changes["database"] = {"url": url}
    settings = config.load(folder / "config.toml")
    for name, keys in changes.items():
        section = getattr(settings, name)
        checked = type(section).model_validate(keys)
        update = {field: getattr(checked, field) for field in checked.model_fields_set}
        settings = settings.model_copy(update={name: section.model_copy(update=update)})
    clock = HandClock()
    app = App(settings, clock)
    try:
        yield Web(app, clock)
    finally:
        app.close()
