"""Servers that take nothing at all: nobody is touched, and when it is mended everybody has it."""

import socket
from collections.abc import Mapping

import pytest

from tests.faults.conftest import MakeWorld
from tests.faults.world import MONTH, World, assert_complete
from tests.support.certificates import Authority, Leaf
from tests.support.mailserver import MailServer
from tests.support.relay import Relay
from tests.support.session import scripted

pytestmark = pytest.mark.faults


def refused_by(world: World, port: int, words: str, **settings: object) -> None:
    """Send to a server that takes nothing: it exits with 3, in its words; everybody is queued."""
    ended = world.send_to(port, **settings)
    assert ended.code == 3, ended
    assert words in ended.err
    assert "Hint: " in ended.err
    assert {(row.state, row.attempts) for row in world.ledger().values()} == {("queued", 0)}
    assert world.suppressed() == []


def assert_goes_on(world: World, *, paused: bool) -> None:
    """It stands as it should; resumed where it has to be, everybody gets it once."""
    assert world.mailing() == ("paused" if paused else "sending")
    if paused:
        assert world.send().code == 1  # it says what for, and how to go on
        assert world.start("resume", MONTH).finish().code == 0
    assert world.send().code == 0
    assert assert_complete(world).duplicates == 0


def test_nothing_listens(make_world: MakeWorld) -> None:
    """A relay that is down is an outside fault, and the mailing stays under way."""
    world = make_world(10)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    refused_by(world, port, "can't be reached")
    assert_goes_on(world, paused=False)


@pytest.mark.parametrize(
    ("answers", "words", "paused"),
    [
        ({"GREETING": "421 4.3.2 later"}, "421 4.3.2 later", False),
        ({"GREETING": "554 5.7.1 blocked"}, "554 5.7.1 blocked", True),
        ({"EHLO": "550 5.7.1 no", "HELO": "550 5.7.1 no"}, "550 5.7.1 no", True),
    ],
    ids=["greeting-421", "greeting-554", "ehlo-550"],
)
def test_refused_before_any_message(
    make_world: MakeWorld, answers: Mapping[str, str], words: str, paused: bool
) -> None:
    """Refused for good, the mailing is paused; for the moment, it stays under way."""
    world = make_world(10)
    with Relay(scripted({verb: [answer] * 50 for verb, answer in answers.items()})) as relay:
        refused_by(world, relay.port, words, CONNECTIONS=1)
    assert_goes_on(world, paused=paused)


def test_every_session_dropped(make_world: MakeWorld) -> None:
    """A relay that hangs up on each message costs whoever it met a delay, and nobody else."""
    world = make_world(10, RETRY='["1s"]')
    with Relay(scripted({"MAIL": ["drop"] * 50})) as relay:
        ended = world.send_to(relay.port, CONNECTIONS=1)
    assert ended.code == 3
    assert "the relay ends every session" in ended.err
    assert {row.state for row in world.ledger().values()} == {"queued", "deferred"}
    assert world.start("send", MONTH, "--wait", "--json").finish().code == 0
    assert assert_complete(world).duplicates == 0


def test_login_asked_for(make_world: MakeWorld) -> None:
    """A server that wants a login before MAIL pauses the mailing, and the reader stays queued."""
    world = make_world(10)
    with Relay(scripted({"MAIL": ["530 5.7.0 log in first"] * 50})) as relay:
        ended = world.send_to(relay.port, CONNECTIONS=1)
    assert ended.code == 1
    assert "530 5.7.0 log in first" in ended.err
    assert world.states() == {"queued": 10}
    assert_goes_on(world, paused=True)


@pytest.mark.parametrize("security", ["starttls", "tls"])
@pytest.mark.parametrize("fault", ["untrusted", "another-name", "expired"])
def test_bad_tls(
    make_world: MakeWorld, authority: Authority, localhost: Leaf, security: str, fault: str
) -> None:
    """A certificate that can't be trusted pauses at once; nothing is said in plain text."""
    leaf = {
        "untrusted": lambda: localhost,
        "another-name": lambda: authority.issue("other", "DNS:other.example"),
        "expired": lambda: authority.issue("old", "DNS:localhost,IP:127.0.0.1", expired=True),
    }[fault]()
    world = make_world(10)
    given = {} if fault == "untrusted" else {"SMTP__CA_FILE": authority.certificate}
    with MailServer(**{security: leaf.context()}) as server:  # type: ignore[arg-type]
        refused_by(world, server.port, "certificate", SMTP__SECURITY=security, **given)
    assert server.taken == []
    assert_goes_on(world, paused=True)


def test_no_tls_offered(make_world: MakeWorld) -> None:
    """Where STARTTLS is asked for and not there, nothing goes."""
    world = make_world(10)
    with MailServer() as server:
        refused_by(world, server.port, "STARTTLS", SMTP__SECURITY="starttls")
    assert_goes_on(world, paused=True)


def test_login_refused(make_world: MakeWorld) -> None:
    """A wrong password pauses at once, and doesn't stand in what is said of it."""
    world = make_world(10)
    with MailServer(login=("anna", "right")) as server:
        refused_by(world, server.port, "535", SMTP__USERNAME="anna", SMTP__PASSWORD="wr0ng")
    assert_goes_on(world, paused=True)
