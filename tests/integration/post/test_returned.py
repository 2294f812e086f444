"""Bounces of the mails to single readers: whose they are, and whose they aren't any more."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from newsletter.delivery import Message
from newsletter.delivery.memory import MemoryBackend
from newsletter.post.round import make_round, tidy
from newsletter.postbox.files import open_path
from newsletter.store.engine import writing
from subscribers import store
from subscribers.suppression import Reason
from subscribers.tokens import Purpose
from tests.support.clerk import bounce
from tests.support.web import Web, opened, plain, read_mail

ANNA, BERT, NEW = "anna@example.org", "bert@example.org", "new@example.org"
ELSEWHERE = b"forwarded@elsewhere.example"


@dataclass
class Counter:
    """A site whose mails are kept as they were handed over, with their envelopes."""

    web: Web
    backend: MemoryBackend = field(default_factory=MemoryBackend)

    def round(self) -> Message:
        """Send what waits; return the last of it."""
        make_round(replace(self.web.app.office, open_backend=lambda: self.backend))
        return self.backend.delivered[-1]

    def take(self, folder: Path, *messages: bytes) -> None:
        """Read messages that came back."""
        folder.mkdir()
        for number, one in enumerate(messages):
            (folder / f"{number}.eml").write_bytes(one)
        list(self.web.app.clerk.process(open_path(folder)))


@pytest.fixture
def counter(tmp_path: Path, site_url: str) -> Iterator[Counter]:
    bounces: dict[str, object] = {"return_path": "bounces+{token}@us.example"}
    with opened(tmp_path / "site", site_url, bounces=bounces) as web:
        yield Counter(web)


def redirected(mail: Message) -> bytes:
    """Return its bounce from a server that it was passed on to: it names nobody we know."""
    octets = bounce(mail, letter_too=False)
    return octets.replace(mail.recipient.encode(), ELSEWHERE)


def test_who_never_confirms_is_forgotten_though_their_mail_bounced(
    counter: Counter, tmp_path: Path
) -> None:
    """What came back stays, about nobody and without the server's words."""
    web = counter.web
    web.sign_up(web.client(), ANNA, topic=["depression"])
    counter.take(tmp_path / "returned", redirected(counter.round()))
    with writing(web.app.engine) as connection:  # as an operator might on the command line
        store.set_topics(connection, web.reader(ANNA).id, ["training"])
    web.clock.move(days=15)
    tidy(web.app.office)
    rows = web.rows()
    assert rows["subscriber"] == []
    assert rows["subscriber_topic"] == []
    assert [(one.subscriber_id, one.reply) for one in rows["feedback"]] == [(None, "")]  # type: ignore[attr-defined]


def test_a_confirmation_that_bounces_is_the_last(counter: Counter, tmp_path: Path) -> None:
    """The return path says whose it was, though nothing else in the message does."""
    web = counter.web
    web.sign_up(web.client(), ANNA)
    counter.take(tmp_path / "returned", redirected(counter.round()))
    assert web.reader(ANNA).suppressed == Reason.BOUNCE
    web.clock.move(days=2)
    web.sign_up(web.client(), ANNA)
    counter.round()
    assert len(counter.backend.delivered) == 1


@pytest.mark.parametrize(
    "to", ["bounces+1-{0}@us.example", "bounces+999999999999999999-{0}@us.example"]
)
def test_a_made_up_return_path_is_worth_nothing(counter: Counter, tmp_path: Path, to: str) -> None:
    """Neither a reader's number with another signature nor a number nobody has."""
    counter.web.sign_up(counter.web.client(), ANNA)
    mail = counter.round()
    counter.take(tmp_path / "returned", bounce(mail, to=to.format("0" * 20), letter_too=False))
    assert counter.web.reader(ANNA).suppressed == ""


def test_a_bounce_counts_for_the_address_it_is_about(counter: Counter, tmp_path: Path) -> None:
    """A mail to a new address that bounces leaves the old one alone; one to the old address that
    comes back after the change leaves the new one alone."""
    web = counter.web
    web.add(ANNA)
    client = web.client()
    preferences = f"/preferences/{web.app.tokens.make(Purpose.PREFERENCES, web.reader(ANNA).id)}"
    client.post(f"{preferences}/data")
    link = counter.round()
    data = path_in(link, "data")
    client.post(f"{data}/move", data={"email": NEW})
    asked = counter.round()
    counter.take(tmp_path / "first", redirected(asked))
    assert web.reader(ANNA).suppressed == ""
    client.post(path_in(asked, "move"))
    counter.take(tmp_path / "second", redirected(link))
    assert web.reader(NEW).suppressed == ""


def path_in(mail: Message, page: str) -> str:
    """Return the path of a link in a mail."""
    text = plain(read_mail(bytes(mail)))
    found = re.search(rf"/{page}/\S+", text)
    assert found
    return found[0]
