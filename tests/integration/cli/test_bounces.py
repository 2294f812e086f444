"""`newsletter bounces process`, and where its work shows."""

import json
from pathlib import Path

import pytest

from newsletter.cli.main import run
from newsletter.feedback import process
from newsletter.postbox import Report
from tests.support.returned.others import ANSWERS, COMPLAINTS, DELAYS, LETTERS, arf
from tests.support.returned.refusals import REFUSALS
from tests.support.returned.servers import READER, SERVERS
from tests.support.site import Site

KEYS = ["source", "recipient", "kind", "verdict", "status", "reply"]


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    """Some of everything, about nobody we know."""
    folder = tmp_path / "corpus"
    folder.mkdir()
    some = [wrap(REFUSALS[0]) for wrap in SERVERS.values()]
    for group in (COMPLAINTS, ANSWERS, DELAYS, LETTERS):
        some += group.values()
    for number, octets in enumerate(some):
        (folder / f"{number:03}.eml").write_bytes(octets)
    return folder


def test_a_corpus_of_strangers(site: Site, corpus: Path) -> None:
    """On a site that knows none of them every message is read, and has a line at least."""
    for words in ((), ("--dry-run",)):
        rows = site.json("bounces", "process", str(corpus), *words)
        assert all(list(row) == KEYS for row in rows)
        assert {row["source"] for row in rows} == {str(path) for path in corpus.iterdir()}
        assert {row["kind"] for row in rows} == {"bounce", "complaint", "auto-reply", "other"}
        assert {row["verdict"] for row in rows} == {"hard", "none"}
    assert site.json("subscribers", "stats")["suppressed"] == 0


def test_one_file(site: Site, tmp_path: Path) -> None:
    """A single message is the whole answer."""
    path = tmp_path / "one.eml"
    path.write_bytes(SERVERS["qmail"](REFUSALS[0]._replace(words="No such user")))
    assert site.json("bounces", "process", str(path)) == [
        {
            "source": str(path),
            "recipient": READER,
            "kind": "bounce",
            "verdict": "hard",
            "status": "5.1.1",
            "reply": "<anna@far.example>: 198.51.100.7 does not like recipient. Remote host said:"
            " 550 5.1.1 No such user Giving up on 198.51.100.7.",
        }
    ]


def test_it_shows(site: Site, tmp_path: Path) -> None:
    """What came back is in the reader's history, the month's status and its deliveries."""
    site("subscribers", "add", READER)
    site("subscribers", "add", "ben@far.example")
    assert site("send", "2021-01", "--yes") == 0, site.err
    letters = [path.read_bytes().decode() for path in site.mails]
    mine = next(one for one in letters if f"To: {READER}" in one)
    returned = SERVERS["postfix"](REFUSALS[0]).decode()
    head, _, rest = returned.partition("Content-Type: message/rfc822\r\n\r\n")
    path = tmp_path / "bounce.eml"
    path.write_bytes(f"{head}Content-Type: message/rfc822\r\n\r\n{mine}\r\n--cut--\r\n".encode())
    assert rest
    site.json("bounces", "process", str(path))
    shown = site.json("subscribers", "show", READER)
    assert shown["suppressed"] == "bounce"
    assert [(one["kind"], one["verdict"], one["month"]) for one in shown["returned"]] == [
        ("bounce", "hard", "2021-01")
    ]
    status = site.json("status", "2021-01")
    assert (status["sent"], status["failed"], status["bounced_hard"]) == (1, 1, 1)
    assert (status["bounce_percent"], status["complaint_percent"]) == (50.0, 0.0)
    states = {one["email"]: one["state"] for one in site.json("deliveries", "2021-01")}
    assert states == {READER: "failed", "ben@far.example": "sent"}
    assert site("status", "2021-01") == 0
    assert "Bounced: 1 of 2 (50 %)" in site.out
    assert site("subscribers", "show", READER) == 0
    assert "Returned:" in site.out


def test_complaints_are_measured(site: Site, tmp_path: Path) -> None:
    """`newsletter status` says what large providers think of so many."""
    site("subscribers", "add", READER)
    assert site("send", "2021-01", "--yes") == 0, site.err
    letter = site.mails[0].read_bytes().decode().replace("\r\n", "\n")
    (tmp_path / "one.eml").write_bytes(arf(letter=letter))
    site.json("bounces", "process", str(tmp_path / "one.eml"))
    assert site("status", "2021-01") == 0
    assert "Complaints: 1 (100 %); from 0.3 % on Gmail and Yahoo refuse" in site.out
    assert site.json("subscribers", "show", READER)["state"] == "unsubscribed"


def test_the_configured_mailbox(site: Site, tmp_path: Path) -> None:
    """Without a path the settings' mailbox is read, and each message once."""
    folder = tmp_path / "drop"
    folder.mkdir()
    (folder / "one.eml").write_bytes(SERVERS["postfix"](REFUSALS[0]))
    site.set("bounces", mailbox=str(folder))
    assert len(site.json("bounces", "process")) == 1
    assert site.json("bounces", "process") == []
    assert (folder / "done/one.eml").exists()


def test_without_a_mailbox(site: Site) -> None:
    """Where neither a path nor a mailbox is named, that is said."""
    assert site("bounces", "process") == 2
    assert "there is no mailbox for what comes back" in site.err


def test_a_path_that_is_not_there(site: Site) -> None:
    """A path that isn't there is a mistake in the command."""
    assert site("bounces", "process", "/nowhere/at/all") == 2


@pytest.mark.parametrize(
    "pattern",
    ["bounces", "{token}{token}@us.example", "bounces@{token}", "b {token}@us.example", "{x}@y.z"],
)
def test_a_return_path_that_is_none(site: Site, pattern: str) -> None:
    """A return path that no server could take is refused at the start."""
    site.set("bounces", return_path=pattern)
    assert site("config", "show") == 2
    assert "a return path is written like bounces+{token}@example.org" in site.err


def test_a_look_needs_no_site(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever has messages can ask what they are taken for, whatever the bytes are."""
    folder = tmp_path / "mails"
    folder.mkdir()
    (folder / "a.eml").write_bytes(SERVERS["exim"](REFUSALS[0]))
    (folder / "b.eml").write_bytes(bytes(range(256)) * 99)
    (folder / "c.eml").write_bytes(b"")
    (folder / "d.eml").write_bytes(b"\n" * 200_000)
    monkeypatch.chdir(tmp_path)
    assert run(["bounces", "process", str(folder), "--dry-run", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert [(row["kind"], row["verdict"]) for row in rows] == [
        ("bounce", "hard"),
        ("other", "none"),
        ("other", "none"),
        ("other", "none"),
    ]


def test_a_reader_that_breaks_says_so(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A message that trips the program is a row, and the others are read."""
    folder = tmp_path / "mails"
    folder.mkdir()
    (folder / "a.eml").write_bytes(b"Subject: first\n\nx")
    (folder / "b.eml").write_bytes(b"Subject: second\n\nx")
    whole = process.read

    def read(octets: bytes) -> Report:
        if b"first" in octets:
            raise KeyError("first")
        return whole(octets)

    monkeypatch.setattr(process, "read", read)
    rows = site.json("bounces", "process", str(folder), "--dry-run")
    assert [row["reply"] for row in rows] == ["can't be read: KeyError", ""]
