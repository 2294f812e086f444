"""Sending again, corrections and limits, on the command line and at a real server."""

import email
import email.policy
import json
import stat
from collections.abc import Iterator

import dkim as dkimpy
import pytest

from tests.support.relay import Relay
from tests.support.session import Script, plain
from tests.support.site import Site

READERS = "email,name\nann@example.org,Ann\nbob@example.org,Bob\ncy@example.org,Cy\n"
MONTH = "2021-02"


class Server(Relay):
    """A relay whose script can be changed while it runs."""

    def __init__(self) -> None:
        self.say: Script = plain
        super().__init__(lambda verb, nth: self.say(verb, nth))

    def refuse(self, who: str, answer: str) -> None:
        """Answer one reader's message so, from now on."""

        def script(verb: str, nth: int) -> str | None:
            mine = any(session._path.startswith(who) for session in self.sessions)
            return answer if verb == "RCPT" and mine else None

        self.say = script

    def subjects(self, site: Site) -> dict[str, str]:
        """Return what each reader got, by address."""
        found = {}
        for one in self.log.taken:
            mail = email.message_from_bytes(one.content, policy=email.policy.default)
            found[one.recipients[0]] = str(mail["Subject"])
        return found


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as server:
        yield server


@pytest.fixture
def listed(site: Site, server: Server) -> Site:
    """A site with three readers and a server."""
    site.replace('backend = "file"', 'backend = "smtp"\nconnections = 1')
    site.set("delivery.smtp", port=server.port, security="none", local_hostname="me.test")
    path = site.folder / "readers.csv"
    path.write_text(READERS)
    assert site("subscribers", "import", str(path)) == 0, site.err
    return site


def states(site: Site) -> dict[str, str]:
    return {one["email"][:3]: one["state"] for one in site.json("deliveries", MONTH)}


def test_those_that_failed_are_sent_again(listed: Site, server: Server) -> None:
    """The command says how; it ends with 0 when all have it."""
    server.refuse("bob", "552 5.2.2 mailbox full")
    assert listed("send", MONTH, "--yes") == 1
    assert f"newsletter send {MONTH} --only failed" in listed.out
    server.say = plain
    assert listed("deliveries", MONTH) == 0
    assert "Revision" not in listed.out
    assert listed("send", MONTH, "--only", "failed") == 0
    assert states(listed) == {"ann": "sent", "bob": "sent", "cy@": "sent"}
    assert len(server.log.taken) == 3
    (bob,) = [one for one in listed.json("deliveries", MONTH) if one["email"].startswith("bob")]
    assert bob["attempts"] == 2


def test_only_without_a_mailing_says_so(listed: Site) -> None:
    """Nothing is frozen by it."""
    assert listed("send", MONTH, "--only", "failed") == 1
    assert listed.json("status") == []


def test_waiting_sees_a_retry_through(listed: Site, server: Server) -> None:
    """`--wait` says what it waits for, and ends when everybody has it."""
    listed.set("delivery", retry=["1s"])
    server.refuse("bob", "451 4.3.0 later")
    tries = iter(["451 4.3.0 later", None])
    script = server.say
    server.say = lambda verb, nth: next(tries, None) if script(verb, nth) else None
    assert listed("send", MONTH, "--yes", "--wait") == 0
    assert "1 still wait, the next try is at " in listed.err
    assert len(server.log.taken) == 3


def test_without_waiting_the_next_try_is_told(listed: Site, server: Server) -> None:
    """And the command ends at once, with 0: nothing is wrong yet."""
    server.refuse("bob", "451 4.3.0 later")
    assert listed("send", MONTH, "--yes") == 0
    assert "1 still wait, the next try is at " in listed.out
    document = listed.json("send", MONTH)
    assert document["deferred"] == 1
    assert "the next try is at" in listed.err


def test_held_doubts_are_for_a_person(listed: Site, server: Server) -> None:
    """Both ways out are named, and both work."""
    listed.set("delivery", on_uncertain="hold")
    server.say = lambda verb, nth: "drop" if verb == "BODY" and nth == 2 else None
    assert listed("send", MONTH, "--yes") == 0
    assert f"newsletter send {MONTH} --only uncertain" in listed.out
    assert f"newsletter settle {MONTH} --as sent" in listed.out
    assert listed("settle", MONTH, "--as", "sent") == 0
    assert "1 uncertain" in listed.out
    assert listed.json("status", MONTH)["state"] == "sent"
    assert len(server.log.taken) == 3


def mend(site: Site) -> None:
    path = sorted((site.folder / "content" / MONTH).glob("0*.md"))[0]
    path.write_text(path.read_text() + "\nA sentence that mends it.\n")


def test_a_correction_reaches_the_rest(listed: Site, server: Server) -> None:
    """Stop, mend, approve again, go on: who has the month keeps it, the others get the new text."""
    server.refuse("bob", "451 4.3.0 later")
    listed.set("delivery", retry=["1s"])
    assert listed("send", MONTH, "--yes") == 0
    mend(listed)
    assert listed("approve", MONTH, "--again") == 1
    assert f"newsletter pause {MONTH}" in listed.err
    assert listed("pause", MONTH) == 0
    assert listed("approve", MONTH, "--again") == 0
    assert "Revision 2" in listed.out
    assert f"newsletter resume {MONTH}" in listed.out
    assert listed("resume", MONTH) == 0
    server.say = plain
    assert listed("send", MONTH, "--wait") == 0
    texts = {one.recipients[0]: b"that mends it" in one.content for one in server.log.taken}
    assert texts == {"ann@example.org": False, "bob@example.org": True, "cy@example.org": False}
    editions = {one["email"][:3]: one["edition"] for one in listed.json("deliveries", MONTH)}
    assert editions["bob"].endswith(";revision=2")
    assert "revision" not in editions["ann"]
    assert listed("deliveries", MONTH) == 0
    assert "Revision" in listed.out


def test_a_correction_with_errors_is_refused(listed: Site) -> None:
    """As at the first approval: nothing is frozen that can't be sent."""
    assert listed("send", MONTH, "--yes") == 0
    path = sorted((listed.folder / "content" / MONTH).glob("0*.md"))[0]
    path.write_text(path.read_text().replace("topics: [", "topics: [no-such-topic, "))
    assert listed("approve", MONTH, "--again") == 1
    assert f"newsletter check {MONTH}" in listed.err


def test_a_limit_is_told_with_its_end(listed: Site) -> None:
    """The day's share is gone: the mailing is still being sent, and one is told until when."""
    listed.set("delivery", ramp=[2, 500])
    assert listed("send", MONTH, "--yes") == 0
    assert "1 still wait: the ramp's 2 messages of this day are gone, until 00:00 on " in listed.out
    assert listed.json("status", MONTH)["state"] == "sending"
    assert listed("status", MONTH) == 0
    assert "the ramp's 2 messages" in listed.out


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("quiet", "22-7"),
        ("ramp", [0]),
        ("rate_per_second", -1),
    ],
)
def test_a_limit_that_makes_no_sense_is_refused(site: Site, key: str, value: object) -> None:
    """With its place in the file."""
    site.set("delivery", **{key: value})
    assert site("status") == 2
    assert f"delivery.{key}" in site.err


def test_a_rate_that_makes_no_sense_is_refused(site: Site) -> None:
    """The table's line is named."""
    path = site.folder / "config.toml"
    path.write_text(path.read_text() + '\n[delivery.domain_rate]\n"gmail.com" = "often"\n')
    assert site("status") == 2
    assert "gmail.com" in site.err
    assert "20/m" in site.err


def test_a_signed_month_verifies(listed: Site, server: Server) -> None:
    """From `dkim keygen` to the reader: the record it prints is the one that verifies."""
    key = listed.folder / "var/dkim.pem"
    words = ("dkim", "keygen", "--domain", "example.org", "--selector", "s1")
    published = listed.json(*words, "--output", str(key))
    listed.set("delivery.dkim", domain="example.org", selector="s1", key_file="var/dkim.pem")
    assert listed("send", MONTH, "--yes") == 0, listed.err
    assert listed("test-send", MONTH, "--to", "editor@example.org") == 0
    zone = {f"{published['name']}.": published["record"]}
    assert len(server.log.taken) == 4
    for one in server.log.taken:
        look_up = {"dnsfunc": lambda name, timeout=5: zone[name.decode()].encode()}
        assert dkimpy.verify(one.content, **look_up)


def test_a_key_that_others_can_read_sends_nothing(listed: Site, server: Server) -> None:
    """The command ends with 2 before anything is claimed."""
    key = listed.folder / "var/dkim.pem"
    words = ("dkim", "keygen", "--domain", "example.org", "--selector", "s1")
    assert listed(*words, "--output", str(key)) == 0
    key.chmod(key.stat().st_mode | stat.S_IRGRP)
    listed.set("delivery.dkim", domain="example.org", selector="s1", key_file="var/dkim.pem")
    assert listed("send", MONTH, "--yes") == 2
    assert "chmod 600" in listed.err
    assert server.log.taken == []


def test_a_pause_by_itself_is_told(listed: Site, server: Server) -> None:
    """Exit code 1, the reason in the answer, and one JSON document with `--json`."""
    listed.set("delivery", pause_after=2)
    server.say = lambda verb, nth: "554 5.7.1 <ann@example.org> blocked" if verb == "BODY" else None
    assert listed("send", MONTH, "--yes", "--json") == 1
    assert json.loads(listed.out)["failed"] >= 2
    assert listed("status", MONTH) == 0
    assert "paused: the server refuses our messages: 554 5.7.1" in listed.out
    assert "ann@example.org" not in listed.out
