"""A whole sending, signed: every message verifies, by two programs that share no code with ours."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import dkim
import pytest

from newsletter.config import Delivery
from newsletter.delivery import Message, Receipt, Stage
from newsletter.delivery.memory import MemoryBackend
from newsletter.message.dkim import DkimSigner, Unsigned
from newsletter.message.dkim_keys import Key, generate, record
from newsletter.sending import send
from newsletter.sending.trial import sample_reader, send_test
from tests.support import opendkim
from tests.support.absent import absent
from tests.support.ledger import (
    HEADING,
    KEYS,
    MONTH,
    ZONE,
    Desk,
    add_readers,
    crowd,
    edition,
    schedule,
)
from tests.wire import assert_conforms

RSA = Key("example.org", "r1", generate("rsa"))
ED = Key("example.org", "e1", generate("ed25519"))
DNS = {f"{key.selector}._domainkey.example.org.": record(key.private) for key in (RSA, ED)}


def look_up(name: bytes, timeout: int = 5) -> bytes:
    """Answer as DNS would."""
    return DNS[name.decode()].encode()


def assert_verifies(raw: bytes) -> None:
    for index in range(2):
        assert dkim.DKIM(raw).verify(idx=index, dnsfunc=look_up)


def signed(desk: Desk, number: int) -> list[bytes]:
    """Send to so many readers, with both keys; return the messages."""
    add_readers(desk, crowd(number))
    schedule(desk)
    desk.signer = DkimSigner([RSA, ED])
    backend = MemoryBackend(in_flight=3)
    desk.backend = backend
    desk.policy = Delivery(connections=3)
    send(desk.outfit, MONTH, ZONE)
    return [bytes(message) for message in backend.delivered]


def test_every_message_of_a_sending_verifies(desk: Desk) -> None:
    """Both signatures, and the message conforms with them."""
    messages = signed(desk, 12)
    assert len(messages) == 12
    for raw in messages:
        assert_verifies(raw)
        assert_conforms(raw)


def test_opendkim_agrees(desk: Desk, tmp_path: Path) -> None:
    """OpenDKIM takes each message, and none that was tampered with."""
    if not Path(opendkim.TOOL).exists():
        absent("opendkim-testmsg is not installed (Debian: opendkim-tools)")
    if not opendkim.can_isolate():
        absent("this machine gives no process a network of its own")
    messages = signed(desk, 3)
    spoiled = messages[0].replace(b"January 2021", b"January 2020")
    assert opendkim.verdicts(messages, DNS, tmp_path) == ["", "", ""]
    assert "Bad signature" in opendkim.verdicts([spoiled], DNS, tmp_path)[0]


def test_every_try_has_the_same_bytes(desk: Desk) -> None:
    """The signature too: a retry is the same message."""
    add_readers(desk, crowd(1))
    schedule(desk)
    desk.signer = DkimSigner([RSA, ED])
    tries: list[bytes] = []

    def busy(message: Message) -> Receipt:
        tries.append(bytes(message))
        return Receipt(message.key, False, Stage.DONE, 451, "4.3.0", "later")

    for _ in range(3):
        desk.answer_with(busy)
        send(desk.outfit, MONTH, ZONE)
        desk.clock.move(hours=5)
    assert len(tries) == 3
    assert len(set(tries)) == 1
    assert_verifies(tries[0])


@dataclass(frozen=True, slots=True)
class Noting(Key):
    """Notes which threads sign."""

    threads: set[str] = field(default_factory=set)

    def sign(self, data: bytes) -> bytes:
        self.threads.add(threading.current_thread().name)
        return Key.sign(self, data)


def test_signatures_are_made_in_threads(desk: Desk) -> None:
    """Not in the one that talks to servers; and none of them outlives the run."""
    add_readers(desk, crowd(20))
    schedule(desk)
    key = Noting("example.org", "e1", generate("ed25519"))
    desk.signer = DkimSigner([key])
    send(desk.outfit, MONTH, ZONE)
    assert key.threads
    assert threading.current_thread().name not in key.threads
    assert not key.threads & {thread.name for thread in threading.enumerate()}


class NoStart(DkimSigner):
    """Fails before anything is signed, from the third message on."""

    begun = 0

    def prepare(self, segments: Sequence[bytes]) -> Unsigned:
        self.begun += 1
        if self.begun > 2:
            raise RuntimeError("the key is gone")
        return super().prepare(segments)


class NoKey(Key):
    """Fails in a thread."""

    def sign(self, data: bytes) -> bytes:
        raise RuntimeError("the key is gone")


@pytest.mark.parametrize(
    "signer", [NoStart([ED]), DkimSigner([NoKey("example.org", "e1", ED.private)])]
)
def test_a_signer_that_fails_leaves_nobody_in_doubt(desk: Desk, signer: DkimSigner) -> None:
    """The error comes out, wherever it was; who was not handed over is queued again."""
    add_readers(desk, crowd(5))
    schedule(desk)
    desk.signer = signer
    desk.policy = Delivery(connections=2)
    with pytest.raises(RuntimeError, match="the key is gone"):
        send(desk.outfit, MONTH, ZONE)
    assert desk.states() == {"queued": 5}


def test_a_signer_that_fails_early_undoes_no_receipt(desk: Desk) -> None:
    """Who has the message already stays sent when the next ones can't be signed."""

    class Later(NoStart):
        begun = -6  # eight succeed: the six that are claimed at first, and two after receipts

    add_readers(desk, crowd(20))
    schedule(desk)
    desk.signer = Later([ED])
    desk.policy = Delivery(connections=2)
    backend = MemoryBackend(in_flight=1)
    desk.backend = backend
    with pytest.raises(RuntimeError, match="the key is gone"):
        send(desk.outfit, MONTH, ZONE)
    assert backend.delivered
    assert desk.states() == {"sent": len(backend.delivered), "queued": 20 - len(backend.delivered)}


def test_a_test_mail_is_signed_too() -> None:
    """What the editor tries is what readers get."""
    backend = MemoryBackend()
    now = datetime(2021, 2, 1, tzinfo=UTC)
    people = [sample_reader(HEADING, "editor@example.org", "", 0, b"salt", "today")]
    signer = DkimSigner([RSA, ED])
    assert list(send_test(backend, edition(KEYS[0]), HEADING, people, now, signer))
    assert_verifies(bytes(backend.delivered[0]))
