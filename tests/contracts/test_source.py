"""Every place where returned mail may lie keeps the same contract."""

import mailbox
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Protocol

import pytest

from newsletter.config import Imap
from newsletter.errors import MailboxError, UsageError
from newsletter.postbox.files import open_path
from newsletter.postbox.imap import ImapMailbox
from newsletter.postbox.source import Source
from tests.support.certificates import Authority, Leaf
from tests.support.mailhost import PASSWORD, USER, MailHost, mail_host

MESSAGES = [f"Subject: {number}\n\nFrom here on {number}\n\nFrom there\n" for number in range(3)]


class Place(Protocol):
    """A place that can be filled. `forgets` where it keeps no notes of what was read."""

    forgets: bool

    def put(self, messages: list[bytes]) -> None: ...

    def open(self) -> Source: ...


class AMaildir:
    forgets = False

    def __init__(self, folder: Path) -> None:
        self._path = folder / "maildir"

    def put(self, messages: list[bytes]) -> None:
        box = mailbox.Maildir(self._path)
        for one in messages:
            box.add(one)

    def open(self) -> Source:
        return open_path(self._path, acknowledge=True)


class AFolder:
    forgets = False

    def __init__(self, folder: Path) -> None:
        self._path = folder / "folder"

    def put(self, messages: list[bytes]) -> None:
        (self._path / "inner").mkdir(parents=True)
        for number, one in enumerate(messages):
            place = self._path / "inner" if number else self._path
            (place / f"{number}.eml").write_bytes(one)

    def open(self) -> Source:
        return open_path(self._path, acknowledge=True)


class AnMbox:
    forgets = True

    def __init__(self, folder: Path) -> None:
        self._path = folder / "mbox"

    def put(self, messages: list[bytes]) -> None:
        box = mailbox.mbox(self._path)
        for one in messages:
            box.add(one)
        box.close()

    def open(self) -> Source:
        return open_path(self._path, acknowledge=True)


class AnImapMailbox:
    forgets = False

    def __init__(self, host: MailHost, authority: Authority) -> None:
        self._host = host
        given = {"host": "localhost", "port": host.imaps, "username": USER, "password": PASSWORD}
        self._settings = Imap.model_validate(given | {"ca_file": authority.certificate})

    def put(self, messages: list[bytes]) -> None:
        source = ImapMailbox(self._settings)
        with closing(source):
            client = source._connected()
            client.delete_messages(client.search(["ALL"]))
            client.expunge()
            for one in messages:
                client.append("INBOX", one.replace(b"\n", b"\r\n"))

    def open(self) -> Source:
        return ImapMailbox(self._settings)


@pytest.fixture(scope="module")
def host(localhost: Leaf) -> Iterator[MailHost]:
    with mail_host({}, localhost) as started:
        yield started


@pytest.fixture(params=["maildir", "folder", "mbox", "imap"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    if request.param == "imap":
        authority = request.getfixturevalue("authority")
        return AnImapMailbox(request.getfixturevalue("host"), authority)
    makes: dict[str, Callable[[Path], Place]] = {
        "maildir": AMaildir,
        "folder": AFolder,
        "mbox": AnMbox,
    }
    return makes[request.param](tmp_path)


def subjects(source: Source) -> list[bytes]:
    return sorted(item.read().splitlines()[0] for item in source.items())


WANTED = [b"Subject: 0", b"Subject: 1", b"Subject: 2"]


@pytest.fixture
def filled(place: Place) -> Place:
    place.put([one.encode() for one in MESSAGES])
    return place


def test_everything_is_there(filled: Place) -> None:
    """Each message is found, whole, with a name of its own and its size."""
    with closing(filled.open()) as source:
        items = list(source.items())
        assert sorted(item.read().replace(b"\r", b"").strip() for item in items) == [
            one.encode().strip() for one in MESSAGES
        ]
        assert len({item.name for item in items}) == 3
        assert all(0 < item.size < 500 for item in items)


def test_reading_alone_changes_nothing(filled: Place) -> None:
    """What was not acknowledged comes again: nothing is lost in a crash."""
    for _ in range(2):
        with closing(filled.open()) as source:
            assert subjects(source) == WANTED


def test_what_is_done_is_not_read_again(filled: Place) -> None:
    """The one that was acknowledged is gone from the list, the others are not."""
    with closing(filled.open()) as source:
        for item in list(source.items()):
            if item.read().startswith(b"Subject: 1"):
                source.done(item)
    with closing(filled.open()) as source:
        left = WANTED if filled.forgets else [b"Subject: 0", b"Subject: 2"]
        assert subjects(source) == left


def test_what_is_set_aside_is_not_read_again(filled: Place) -> None:
    """It waits for a person; the others go on."""
    with closing(filled.open()) as source:
        for item in list(source.items()):
            if item.read().startswith(b"Subject: 2"):
                source.aside(item)
    with closing(filled.open()) as source:
        left = WANTED if filled.forgets else [b"Subject: 0", b"Subject: 1"]
        assert subjects(source) == left


def test_an_empty_place_is_no_error(place: Place) -> None:
    """Nothing came back: nothing is said."""
    place.put([])
    with closing(place.open()) as source:
        assert list(source.items()) == []


def test_a_path_that_was_named_is_left_as_it_is(tmp_path: Path) -> None:
    """Without acknowledging, even what is done stays where it was."""
    place = AFolder(tmp_path)
    place.put([one.encode() for one in MESSAGES])
    before = sorted(tmp_path.rglob("*"))
    with closing(open_path(tmp_path / "folder")) as source:
        for item in list(source.items()):
            source.done(item)
            source.aside(item)
    assert sorted(tmp_path.rglob("*")) == before


def test_what_is_set_aside_lies_in_a_folder_of_its_own(tmp_path: Path) -> None:
    """In a folder of files, read and unread, good and bad can be told apart."""
    place = AFolder(tmp_path)
    place.put([one.encode() for one in MESSAGES])
    with closing(place.open()) as source:
        first, *others = list(source.items())
        source.aside(first)
        for item in others:
            source.done(item)
    assert [path.name for path in (tmp_path / "folder/aside").iterdir()] == ["0.eml"]
    done = (tmp_path / "folder/done/inner").iterdir()
    assert sorted(path.name for path in done) == ["1.eml", "2.eml"]


def test_one_message_in_a_file(tmp_path: Path) -> None:
    """A single file is a single message, with an mbox's first line or without."""
    path = tmp_path / "one.eml"
    for head in (b"", b"From MAILER-DAEMON Mon Feb  1 09:00:00 2021\n"):
        path.write_bytes(head + b"Subject: 0\n\ntext\n")
        with closing(open_path(path)) as source:
            (item,) = source.items()
            assert item.read().startswith(b"Subject: 0\n")
            assert item.name == str(path)


def test_nothing_there(tmp_path: Path) -> None:
    """A path that isn't there is said to be none."""
    with pytest.raises(UsageError, match="there is nothing at"):
        open_path(tmp_path / "nowhere")


def test_a_file_that_goes_away(tmp_path: Path) -> None:
    """What can't be read any more is said in our own words."""
    (tmp_path / "one.eml").write_bytes(b"Subject: 0\n\n")
    (item,) = open_path(tmp_path).items()
    (tmp_path / "one.eml").unlink()
    with pytest.raises(MailboxError, match="No such file"):
        item.read()
