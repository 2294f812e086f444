"""The whole way of a bounce, with real parts: Postfix refuses, Dovecot serves, the reader is told.

Our sender hands letters to Postfix by SMTP. The next server refuses some of them; Postfix writes
its own notifications to each letter's return path; our IMAP source reads them over TLS.
"""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from newsletter.config import Bounces, Imap
from newsletter.errors import MailboxError
from newsletter.feedback.process import Row
from newsletter.postbox.imap import ImapMailbox
from newsletter.sending import send
from newsletter.store import migrate
from tests.support.certificates import Authority, Leaf
from tests.support.clerk import Counter
from tests.support.ledger import MONTH, ZONE, add_readers, open_desk, schedule
from tests.support.mailhost import FAR, OURS, PASSWORD, USER, MailHost, mail_host
from tests.support.sending import smtp
from tests.support.tls import authority, localhost
from tests.support.waiting import until

__all__ = ["authority", "localhost"]

ANNA, BEN, CLEO = (f"{name}@{FAR}" for name in ("anna", "ben", "cleo"))
REFUSALS = {
    ANNA: "550 5.1.1 No such user here",
    BEN: "554 5.7.1 Blocked: your host is on a list of spam sources",
    CLEO: "552 5.2.2 Mailbox full",
}


@pytest.fixture(scope="module")
def host(localhost: Leaf) -> Iterator[MailHost]:
    with mail_host(REFUSALS, localhost) as started:
        yield started


class Relay:
    """The host, as the backend sees it."""

    def __init__(self, host: MailHost) -> None:
        self.host, self.port = "127.0.0.1", host.port


def settings(host: MailHost, authority: Authority, **changes: object) -> Imap:
    given = {"host": "localhost", "port": host.imaps, "username": USER, "password": PASSWORD}
    return Imap.model_validate(given | {"ca_file": authority.certificate} | changes)


def files(host: MailHost, folder: str) -> list[Path]:
    return sorted((host.folder / "mail/bounces" / folder).glob("*"))


@pytest.fixture(scope="module")
def counter(
    host: MailHost, authority: Authority, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Counter]:
    """Send a month to three readers, and wait until their bounces lie in the mailbox."""
    folder = tmp_path_factory.mktemp("site")
    desk = open_desk(f"sqlite:///{folder}/newsletter.db")
    migrate.upgrade(desk.engine)
    add_readers(desk, (ANNA, BEN, CLEO))
    schedule(desk)
    bounces = Bounces(return_path=f"bounces+{{token}}@{OURS}", imap=settings(host, authority))
    desk.backend = smtp(Relay(host))
    send(replace(desk.outfit, bounces=bounces), MONTH, ZONE)
    assert desk.states() == {"sent": 3}, host.log
    try:
        until(lambda: len(files(host, "new")) == 3, "three bounces are there", 45)
    except AssertionError:
        pytest.fail(f"three bounces are not there\n{host.log}")
    yield Counter(desk, folder, bounces)
    desk.engine.dispose()


@pytest.fixture(scope="module")
def rows(counter: Counter) -> list[Row]:
    """Read the mailbox."""
    with closing(ImapMailbox(counter.bounces.imap)) as source:
        return list(counter.clerk.process(source))


def test_what_came_back(rows: list[Row]) -> None:
    """Each notification is read as what it is, about whom it is."""
    told = {row.recipient: (row.kind, row.verdict, row.status) for row in rows}
    assert told == {
        ANNA: ("bounce", "hard", "5.1.1"),
        BEN: ("bounce", "ours", "5.7.1"),
        CLEO: ("bounce", "soft", "5.2.2"),
    }


def test_it_is_on_the_readers_record(counter: Counter, rows: list[Row]) -> None:
    """Who is gone is suppressed, and nobody else; the others' words are kept."""
    assert rows
    assert counter.stop(ANNA) is not None
    assert counter.stop(BEN) is None
    assert counter.stop(CLEO) is None
    (told,) = counter.history(ANNA)
    assert (told.kind, told.bearing, told.month) == ("bounce", "hard", str(MONTH))
    assert "No such user here" in told.reply
    assert counter.desk.states() == {"failed": 3}


def test_what_was_read_is_not_read_again(counter: Counter, rows: list[Row]) -> None:
    """The messages stay, flagged; a person who looks in finds them unread."""
    assert len(rows) == 3
    with closing(ImapMailbox(counter.bounces.imap)) as source:
        assert list(counter.clerk.process(source)) == []


def test_a_move_comes_after_the_commit(counter: Counter, host: MailHost, rows: list[Row]) -> None:
    """With a folder for that, what was read goes there, and only then."""
    assert len(rows) == 3
    again = counter.bounces.imap.model_copy(update={"done_folder": "Read"})
    with closing(ImapMailbox(again)) as source:
        client = source._connected()
        client.remove_flags(client.search(["ALL"]), [b"$NewsletterRead"])
        for _ in counter.clerk.process(source):
            pass
    assert len([*(host.folder / "mail/bounces/.Read/cur").glob("*")]) == 3
    assert files(host, "cur") == []
    assert len(counter.history(ANNA)) == 1


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"ca_file": None}, "certificate we can't trust"),
        ({"password": "wrong"}, "refuses our login"),
        ({"folder": "Nowhere"}, "Nowhere"),
        ({"port": 1}, "localhost:1"),
    ],
)
def test_a_mailbox_that_can_not_be_read(
    host: MailHost, authority: Authority, changes: dict[str, object], words: str
) -> None:
    """A foreign certificate, a wrong login, no such folder, nobody there: each is said."""
    source = ImapMailbox(settings(host, authority, **changes))
    with closing(source), pytest.raises(MailboxError, match=words):
        list(source.items())
