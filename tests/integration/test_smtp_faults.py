"""The backend `smtp` over real sockets, with servers that fail."""

import socket

import pytest

from newsletter.delivery import Receipt, Stage
from newsletter.delivery import opening as opening_room
from newsletter.delivery.contract import Source, sample, samples
from newsletter.delivery.verdicts import Verdict, verdict
from newsletter.errors import BackendError, BackendRefused
from tests.support.relay import Relay
from tests.support.sending import sent, smtp
from tests.support.session import DROP, MUTE, scripted

BOTH = pytest.mark.parametrize("offers", [("PIPELINING",), ()], ids=["pipelined", "lock-step"])


@pytest.fixture(autouse=True)
def short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening_room, "FIRST_WAITS", (0.01,))
    monkeypatch.setattr(opening_room, "LATER_WAITS", (0.01, 0.01))


@BOTH
@pytest.mark.parametrize(
    ("verb", "stage"),
    [("MAIL", Stage.MAIL), ("RCPT", Stage.RCPT), ("DATA", Stage.DATA), ("BODY", Stage.DONE)],
)
@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        ("450 4.2.1 busy", Verdict.RETRY),
        ("451 4.7.1 greylisted", Verdict.RETRY),
        ("452 4.2.2 full", Verdict.RETRY),
        ("550 5.1.1 unknown", Verdict.DEAD),
        ("552 5.2.2 full", Verdict.FAILED),
        ("554 5.7.1 policy", Verdict.OURS),
    ],
)
def test_refusals(
    offers: tuple[str, ...], verb: str, stage: Stage, reply: str, expected: Verdict
) -> None:
    """A refusal at any stage is that message's alone, with the server's words and the verdict."""
    with Relay(scripted({verb: [None, reply]}), offers=offers) as relay:
        receipts = sent(relay, 4)
    code, status, _ = reply.split(" ", 2)
    assert receipts.pop(2) == Receipt(2, False, stage, int(code), status, reply[4:])
    assert all(one.accepted for one in receipts.values())
    assert len(relay.log.taken) == 3
    if stage is not Stage.MAIL:  # there nothing is about the reader
        refused = Receipt(2, False, stage, int(code), status, reply[4:])
        assert verdict(refused) is expected


@BOTH
@pytest.mark.parametrize("reset", [False, True], ids=["closed", "reset"])
@pytest.mark.parametrize(
    ("verb", "uncertain"),
    [("RCPT", False), ("DATA", False), ("INSIDE", False), ("BODY", True)],
)
def test_drops(offers: tuple[str, ...], verb: str, uncertain: bool, reset: bool) -> None:
    """Cut off before the final dot it is safe to send again; after it nobody knows."""
    lines = 200_000 if verb == "INSIDE" else 1  # more than the kernel takes before it is read
    messages = [sample(1), sample(2, (b"y" * 76 + b"\r\n") * lines), sample(3)]
    with Relay(scripted({verb: [None, DROP]}), offers=offers, reset=reset) as relay:
        receipts = sent(relay, messages)
    assert receipts[1].accepted
    assert receipts[3].accepted
    assert not receipts[2].accepted
    assert receipts[2].code == 0
    assert receipts[2].uncertain is uncertain


@BOTH
@pytest.mark.parametrize(
    ("verb", "stage"), [("RCPT", Stage.RCPT), ("DATA", Stage.DATA), ("BODY", Stage.DONE)]
)
def test_421(offers: tuple[str, ...], verb: str, stage: Stage) -> None:
    """421 is an answer to try again later; the rest goes over another connection."""
    with Relay(scripted({verb: [None, "421 4.3.2 shutting down"]}), offers=offers) as relay:
        receipts = sent(relay, 4)
    refused = receipts.pop(2)
    assert (refused.stage, refused.code) == (stage, 421)
    assert verdict(refused) is Verdict.RETRY
    assert all(one.accepted for one in receipts.values())
    assert relay.log.sessions == 2


@BOTH
@pytest.mark.parametrize("end", [DROP, "421 4.7.0 enough for one session"])
def test_server_with_a_cap(offers: tuple[str, ...], end: str) -> None:
    """A server that ends its sessions after some messages costs nobody anything."""
    answers = {"MAIL": [None, None, end, None, None, end, None, None]}
    with Relay(scripted(answers), offers=offers) as relay:
        receipts = sent(relay, 6)
    assert all(one.accepted for one in receipts.values())
    assert len(relay.log.taken) == 6
    assert relay.log.sessions == 3


def test_recipient_refused_under_pipelining() -> None:
    """A server that says 354 after refusing the only recipient gets an empty body, for nobody."""
    answers = {"RCPT": [None, "550 5.1.1 no"], "DATA": [None, "354 go on"]}
    with Relay(scripted(answers)) as relay:
        receipts = sent(relay, 3)
    assert [receipts[key].accepted for key in (1, 2, 3)] == [True, False, True]
    assert receipts[2].status == "5.1.1"
    assert [one.recipients[0][:7] for one in relay.log.taken] == ["reader1", "reader3"]


@pytest.mark.parametrize(("verb", "uncertain"), [("RCPT", False), ("DATA", False), ("BODY", True)])
def test_silence(verb: str, uncertain: bool) -> None:
    """A server that stops answering is left after the timeout."""
    with Relay(scripted({verb: [MUTE]})) as relay:
        receipts = sent(relay, 1, reply_timeout="1s", data_timeout="1s")
    assert "no answer for 1 seconds" in receipts[1].reply
    assert receipts[1].uncertain is uncertain


def test_silence_at_first() -> None:
    """A message the server said nothing of at all goes over another connection."""
    with Relay(scripted({"MAIL": [MUTE]})) as relay:
        receipts = sent(relay, 1, reply_timeout="1s")
    assert receipts[1].accepted
    assert relay.log.sessions == 2


def test_a_breath_while_waiting() -> None:
    """While a server is silent the sender hears from us every second."""
    with Relay(scripted({"BODY": [MUTE]})) as relay:
        groups = smtp(relay).deliver(iter(samples(1)))
        assert next(groups) == []
        assert next(groups) == []
        groups.close()  # type: ignore[attr-defined]


@pytest.mark.parametrize("line", ["what?", "999 beyond", "550-a\n250 b", "x" * 5000])
def test_not_smtp(line: str) -> None:
    """A server that stops speaking SMTP is left; an answer due after the dot is uncertain."""
    with Relay(scripted({"BODY": [line]})) as relay:
        receipts = sent(relay, 2)
    assert receipts[1].uncertain
    assert receipts[2].accepted


def test_nothing_listens() -> None:
    """No connection at all is an error, and no message is pulled."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]

    class Nobody:
        host = "127.0.0.1"

    nobody = Nobody()
    nobody.port = port  # type: ignore[attr-defined]
    source = Source(samples(3))
    with pytest.raises(BackendError, match="can't be reached"):
        list(smtp(nobody).deliver(source))  # type: ignore[arg-type]
    assert source.pulled == 0


def test_relay_gone_midway() -> None:
    """A relay that goes away for good is an error after what is known was yielded."""
    with Relay(scripted({"GREETING": [None] + [DROP] * 99, "BODY": [None, DROP]})) as relay:
        source = Source(samples(9))
        receipts = {}
        groups = smtp(relay).deliver(source)
        with pytest.raises(BackendError):
            receipts = _all(groups, receipts)
    assert receipts[1].accepted
    assert receipts[2].uncertain
    assert sorted(receipts) == list(range(1, source.pulled + 1))


def _all(groups: object, receipts: dict[int, Receipt]) -> dict[int, Receipt]:
    for group in groups:  # type: ignore[attr-defined]
        receipts.update({one.key: one for one in group})
    return receipts


@pytest.mark.parametrize(
    ("greeting", "error"),
    [("554 5.7.1 your address is blocked", BackendRefused), ("421 4.3.2 later", BackendError)],
)
def test_greetings(greeting: str, error: type[BackendError]) -> None:
    """A greeting of refusal ends it at once when permanent, after some tries when not."""
    with Relay(scripted({"GREETING": [greeting] * 9})) as relay:
        with pytest.raises(BackendError) as raised:
            sent(relay, 1)
        assert type(raised.value) is error
        assert greeting[:3] in raised.value.message
