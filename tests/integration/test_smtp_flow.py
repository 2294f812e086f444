"""The backend `smtp` over real sockets, with servers that are merely different."""

import pytest

from newsletter.delivery import Message, pump
from newsletter.delivery.contract import sample, samples
from newsletter.delivery.verdicts import Verdict, verdict
from tests.support.absent import absent
from tests.support.mailserver import MailServer
from tests.support.relay import Relay
from tests.support.sending import by_key, sent, smtp
from tests.support.session import scripted

WORDY = {
    "GREETING": ["220 relay.test\n220 welcome\n220 be kind"],
    "MAIL": ["250 2.1.0 well\n250 2.1.0 then"] * 9,
    "DATA": ["354 go\n354 on"] * 9,
    "BODY": ["250 2.0.0 thank you\n250 2.0.0 so much"] * 9,
}


@pytest.mark.parametrize("offers", [("PIPELINING",), ()])
@pytest.mark.parametrize("octets", [1, 3, 1 << 20])
def test_replies_however_they_come(offers: tuple[str, ...], octets: int) -> None:
    """Replies in several lines, in packets of one octet, are the same replies."""
    with Relay(scripted(WORDY), offers=offers, octets=octets) as relay:
        receipts = sent(relay, 5)
    assert [receipts[key].reply for key in range(1, 6)] == ["2.0.0 thank you so much"] * 5
    assert [one.content for one in relay.log.taken] == [bytes(one) for one in samples(5)]


def test_without_pipelining_nothing_is_hurried() -> None:
    """A server that doesn't offer PIPELINING gets one command at a time."""
    with Relay(offers=()) as relay:
        sent(relay, 5, connections=2)
    assert len(relay.log.taken) == 5
    assert not any(session.hurried for session in relay.sessions)


def test_old_server() -> None:
    """A server that knows no EHLO is greeted with HELO."""
    with Relay(scripted({"EHLO": ["500 what?"], "HELO": ["250 relay.test"]})) as relay:
        assert sent(relay, 3)[3].accepted


def test_ipv6() -> None:
    """A relay on IPv6 is a relay."""
    try:
        with MailServer(host="::1") as server:
            assert sent(server, 3)[3].accepted
    except OSError as error:
        absent(f"no IPv6 here: {error}")


def test_sender_and_recipient_arrive() -> None:
    """The envelope is the message's."""
    with MailServer() as server:
        sent(server, 1)
    assert [one[:2] for one in server.taken] == [("digest@example.org", ["reader1@example.org"])]


def test_smtputf8_offered() -> None:
    """An address that needs SMTPUTF8 goes where it is offered."""
    message = Message(1, "digest@example.org", "ännä@bücher.example", (b"Subject: x\r\n\r\n",))
    with MailServer(smtputf8=True) as server:
        assert sent(server, [message])[1].accepted
    assert server.taken[0][1] == ["ännä@xn--bcher-kva.example"]


def test_smtputf8_not_offered() -> None:
    """Where it isn't offered, that one reader fails with a reason; the rest go on."""
    wide = Message(2, "digest@example.org", "ännä@example.org", (b"Subject: x\r\n\r\n",))
    with MailServer() as server:
        receipts = sent(server, [sample(1), wide, sample(3)])
    assert [receipts[key].accepted for key in (1, 2, 3)] == [True, False, True]
    assert "SMTPUTF8" in receipts[2].reply
    assert verdict(receipts[2]) is Verdict.FAILED


def test_size_announced() -> None:
    """A message larger than the server takes isn't sent, and says why."""
    large = sample(2, b"x" * 900 + b"=\r\n" + b"y" * 900)
    with Relay(offers=("PIPELINING", "SIZE 1000")) as relay:
        receipts = sent(relay, [sample(1), large, sample(3)])
    assert [receipts[key].accepted for key in (1, 2, 3)] == [True, False, True]
    assert verdict(receipts[2]) is Verdict.OURS
    assert len(relay.log.taken) == 2


def test_one_connection_for_many() -> None:
    """Messages share a connection, which ends with QUIT."""
    with Relay() as relay:
        sent(relay, 20)
    assert relay.log.sessions == 1
    assert relay.log.verbs.count("QUIT") == 1


def test_connection_cap() -> None:
    """`messages_per_connection` is kept, with QUIT in the place of the next envelope."""
    with Relay() as relay:
        sent(relay, 19, messages_per_connection=5)
    assert relay.log.sessions == 4
    assert relay.log.verbs[:17] == ["EHLO", *["MAIL", "RCPT", "DATA"] * 5, "QUIT"]


def test_early_end() -> None:
    """Where the source ends, what is in flight is finished."""
    with Relay() as relay:
        backend = smtp(relay, connections=3)
        receipts = by_key(backend.deliver(iter(samples(7))))
        backend.close()
    assert sorted(receipts) == list(range(1, 8))
    assert len(relay.log.taken) == 7


def test_a_slow_source_costs_no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where pulls block, nothing else does: no turn waits for the beat."""
    monkeypatch.setattr(pump, "SLOW_PULL", -1.0)
    monkeypatch.setattr(pump, "BEAT", 3600.0)
    with Relay() as relay:
        assert len(sent(relay, 10, connections=2)) == 10


def test_a_refusal_of_ours_is_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A message that isn't sent at all has its receipt without waiting for the beat."""
    monkeypatch.setattr(pump, "BEAT", 3600.0)
    wide = Message(1, "digest@example.org", "ännä@example.org", (b"Subject: x\r\n\r\n",))
    with Relay() as relay:
        assert not sent(relay, [wide])[1].accepted


def test_a_large_message() -> None:
    """Ten megabytes go through, whole."""
    message = sample(1, (b"x" * 76 + b"\r\n") * 130_000)
    with MailServer() as server:
        assert sent(server, [message])[1].accepted
    assert server.taken[0][2] == bytes(message)
