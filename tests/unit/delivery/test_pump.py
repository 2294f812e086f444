"""The loop over sessions, stepped turn by turn against servers at the other end of a socket pair.

The beat is set to nothing, so every turn yields and no test waits for time to pass.
"""

import selectors
import socket
import threading
from collections import Counter
from collections.abc import Iterator, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from newsletter.delivery import Message, Receipt, Stage, opening, pump
from newsletter.delivery.connect import Connection
from newsletter.delivery.contract import Source
from newsletter.delivery.envelope import Offer
from newsletter.delivery.link import Limits
from newsletter.delivery.pump import pumped
from newsletter.delivery.wire import PlainWire
from newsletter.errors import BackendError, BackendRefused
from tests.support.session import DROP, Log, Script, Session, plain, scripted


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pump, "BEAT", 0.0)
    monkeypatch.setattr(opening, "FIRST_WAITS", (0.0, 0.0))
    monkeypatch.setattr(opening, "LATER_WAITS", (0.0, 0.0, 0.0))
    monkeypatch.setattr(pump, "SLOW_PULL", 10.0)


def message(key: int, body: bytes = b"Subject: x\r\n\r\nhi\r\n") -> Message:
    return Message(key, "digest@example.org", f"reader{key}@example.org", (body,))


class Relay:
    """Makes sessions with a server that is stepped by hand."""

    def __init__(
        self,
        script: Script = plain,
        *,
        pipelining: bool = True,
        errors: Sequence[BackendError | None] = (),
    ) -> None:
        self.log = Log()
        self.pipelining = pipelining
        self.ends: list[tuple[socket.socket, Session]] = []
        self.sessions: list[Session] = []
        self.errors = list(errors)
        self._script = script
        self._heard: dict[str, int] = {}
        self.third = threading.Event()
        self._lock = threading.Lock()
        self._closed = False

    def connect(self) -> Connection:
        if self.errors and (error := self.errors.pop(0)):
            raise error
        near, far = socket.socketpair()
        far.setblocking(False)
        with self._lock:
            if self._closed:  # a session that was still being opened when all was over
                far.close()
            else:
                self.sessions.append(Session(self.log, self._script, heard=self._heard))
                self.ends.append((far, self.sessions[-1]))
            if self.log.sessions == 3:
                self.third.set()
        return Connection(PlainWire(near), Offer(pipelining=self.pipelining))

    def step(self) -> None:
        """Let the server answer whatever has arrived."""
        for end in list(self.ends):
            far, session = end
            try:
                data = far.recv(1 << 20)
                if data:
                    far.sendall(session.feed(data))
            except BlockingIOError:
                continue
            except OSError:
                data = b""
            if not data or session.closed:
                far.close()
                self.ends.remove(end)

    def close(self) -> None:
        with self._lock:
            self._closed = True
            for far, _ in self.ends:
                far.close()


LIMITS = Limits(connections=3)


def pumping(
    relay: Relay, source: Iterator[Message], limits: Limits = LIMITS
) -> Iterator[list[Receipt]]:
    """Turn the pump and the server in turns; close both at the end."""
    groups = pumped(relay.connect, limits, source)
    try:
        for group in groups:
            yield list(group)
            relay.step()
    finally:
        groups.close()  # type: ignore[attr-defined]
        relay.close()


def until_error(
    relay: Relay, source: Iterator[Message], limits: Limits = LIMITS
) -> tuple[list[Receipt], BackendError | None]:
    """Return all receipts, and the error that ended it, if one did."""
    receipts: list[Receipt] = []
    try:
        for group in pumping(relay, source, limits):
            receipts += group
    except BackendError as error:
        return receipts, error
    return receipts, None


def sent(relay: Relay, count: int, limits: Limits = LIMITS) -> list[Receipt]:
    source = iter([message(key) for key in range(1, count + 1)])
    return [one for group in pumping(relay, source, limits) for one in group]


@pytest.mark.parametrize("pipelining", [True, False])
def test_all_sent(pipelining: bool) -> None:
    """Every message is taken once, over all the connections."""
    relay = Relay(pipelining=pipelining)

    def source() -> Iterator[Message]:
        for key in range(1, 31):
            if key == 3:  # two messages show that there is work for all connections
                assert relay.third.wait(10)
            yield message(key)

    receipts = [one for group in pumping(relay, source()) for one in group]
    assert sorted(one.key for one in receipts if one.accepted) == list(range(1, 31))
    assert len(relay.log.taken) == 30
    assert relay.log.sessions == 3
    assert relay.log.verbs[-1] == "QUIT"


@pytest.mark.parametrize("pipelining", [True, False])
def test_no_dot_before_the_receipt(pipelining: bool) -> None:
    """THE invariant: never more final dots out than receipts yielded, but one a connection."""
    relay = Relay(pipelining=pipelining)
    source = iter([message(key) for key in range(1, 41)])
    groups = pumped(relay.connect, Limits(connections=1), source)
    yielded = 0
    for group in groups:
        yielded += len(group)
        if group:  # suspended at a receipt: all that was written has arrived at the other end
            before = relay.log.bodies
            relay.step()
            assert relay.log.bodies == before == yielded
        else:
            relay.step()
    relay.close()
    assert yielded == 40


def test_the_source_is_pulled_late() -> None:
    """A message is pulled when a connection can use it: one in flight and one behind it."""
    relay = Relay()
    source = Source([message(key) for key in range(1, 31)])
    answered = 0
    for group in pumping(relay, source):
        answered += len(group)
        assert source.pulled - answered <= 2 * len(relay.ends)
    assert answered == 30


def test_envelopes_follow_whoever_is_idle(monkeypatch: pytest.MonkeyPatch) -> None:
    """Slow pulls set the sessions out of step; soon each has a message behind its own again."""
    relay = Relay()

    def source() -> Iterator[Message]:
        for key in range(1, 61):
            if key == 3:
                assert relay.third.wait(10)
            monkeypatch.setattr(pump, "SLOW_PULL", -1.0 if key < 12 else 10.0)
            yield message(key)

    messages, answered, two_on_one = Source(source()), 0, set[int]()
    for group in pumping(relay, messages):
        answered += len(group)
        if messages.pulled - answered > len(relay.ends):
            two_on_one.add(messages.pulled)
    assert answered == 60
    assert two_on_one & set(range(30, 50))


def test_nothing_is_pulled_without_a_connection() -> None:
    """While no session stands the messages stay with the sender."""
    relay = Relay(errors=[BackendError("down")] * 3)
    source = Source([message(1)])
    with pytest.raises(BackendError, match="down"):
        list(pumping(relay, source))
    assert source.pulled == 0


def test_refused_login_is_raised_at_once() -> None:
    """Login or TLS refused is not tried again."""
    relay = Relay(errors=[BackendRefused("535 no")] * 9)
    with pytest.raises(BackendRefused):
        sent(relay, 1)
    assert relay.log.sessions == 0
    assert len(relay.errors) == 8


def test_refused_later() -> None:
    """Refused on a further connection, it finishes what is in flight, yields it, and raises."""
    relay = Relay(errors=[None, BackendRefused("535 no")])
    source = Source([message(key) for key in range(1, 100)])
    receipts, error = until_error(relay, source)
    assert isinstance(error, BackendRefused)
    assert len(receipts) == source.pulled == len(relay.log.taken) < 99


def test_patience() -> None:
    """A relay that comes back in time is used, and nobody hears of it."""
    relay = Relay(errors=[BackendError("down")] * 2)
    assert all(one.accepted for one in sent(relay, 5))


def test_fewer_connections_than_wanted() -> None:
    """Where further connections are refused, those that stand do the work."""
    relay = Relay(errors=[None] + [BackendError("421 too many connections")] * 99)
    assert len(sent(relay, 20)) == 20
    assert relay.log.sessions == 1


def test_one_message_is_one_connection() -> None:
    """A single message opens a single session."""
    relay = Relay()
    assert len(sent(relay, 1)) == 1
    assert relay.log.sessions == 1


@pytest.mark.parametrize("pipelining", [True, False])
def test_cap_by_messages(pipelining: bool) -> None:
    """At its cap a session leaves with QUIT and another takes over."""
    relay = Relay(pipelining=pipelining)
    receipts = sent(relay, 19, Limits(connections=1, messages=5))
    assert len(receipts) == 19
    assert relay.log.sessions == 4
    assert relay.log.verbs.count("QUIT") == 4
    assert pipelining or not any(session.hurried for session in relay.sessions)


def test_cap_by_age() -> None:
    """A session past its age takes no further message, but never leaves without one."""
    relay = Relay()
    assert len(sent(relay, 3, Limits(connections=1, age=-1.0))) == 3
    assert relay.log.verbs[:12] == ["MAIL", "RCPT", "DATA", "QUIT"] * 3


def test_server_caps_its_sessions() -> None:
    """A server that ends sessions after some messages costs no reader a try."""
    answers = {"MAIL": [None, None, None, "421 4.7.0 enough", None, None, None, DROP]}
    relay = Relay(scripted(answers))
    receipts = sent(relay, 12, Limits(connections=1))
    assert sorted(one.key for one in receipts if one.accepted) == list(range(1, 13))
    assert len(relay.log.taken) == 12


def test_untouched_only_once() -> None:
    """A message that ends two sessions gets the receipt it earned; the others go on."""
    answers = {"MAIL": [None, "421 4.7.0 not you", "421 4.7.0 not you"]}
    relay = Relay(scripted(answers))
    receipts = {one.key: one for one in sent(relay, 4, Limits(connections=1))}
    assert {key for key, one in receipts.items() if not one.accepted} == {2}
    assert receipts[2].code == 421


def test_fruitless_sessions_end_it() -> None:
    """A relay that takes connections but never a message is as good as down."""
    relay = Relay(scripted({"MAIL": ["421 4.3.2 closed"] * 99}))
    source = Source([message(key) for key in range(1, 100)])
    receipts, error = until_error(relay, source)
    assert "ends every session" in str(error)
    assert source.pulled == len(receipts) <= 3


def test_drop_after_the_dot() -> None:
    """One uncertain receipt, and the rest goes over a new session."""
    relay = Relay(scripted({"BODY": [None, DROP]}))
    receipts = {one.key: one for one in sent(relay, 5, Limits(connections=1))}
    assert [key for key, one in receipts.items() if one.uncertain] == [2]
    assert sum(one.accepted for one in receipts.values()) == 4


def test_silence() -> None:
    """A server that doesn't answer in time is left."""
    relay = Relay()
    (receipt,) = sent(relay, 1, Limits(connections=1, reply=-1.0))
    assert not receipt.accepted
    assert receipt.code == 0
    assert "no answer" in receipt.reply


def test_empty_groups_while_waiting() -> None:
    """While it waits it lets the sender breathe."""
    relay = Relay()
    groups = pumped(relay.connect, LIMITS, iter([message(1)]))
    assert [next(groups) for _ in range(50)] == [[]] * 50
    groups.close()  # type: ignore[attr-defined]
    relay.close()


def test_no_spinning_while_connecting(monkeypatch: pytest.MonkeyPatch) -> None:
    """After a failure too, a slow greeting is waited for and not asked about all the time."""
    monkeypatch.setattr(pump, "BEAT", 0.05)
    waits: list[float] = []
    usual = selectors.DefaultSelector.select

    def select(self: selectors.DefaultSelector, timeout: float) -> object:
        waits.append(timeout)
        return usual(self, timeout)

    monkeypatch.setattr(selectors.DefaultSelector, "select", select)
    answer = threading.Event()
    relay = Relay(errors=[BackendError("down")])

    def connect() -> Connection:
        if relay.errors:
            return relay.connect()  # fails
        assert answer.wait(10)
        return relay.connect()

    groups = pumped(connect, LIMITS, iter([message(1)]))
    for _ in range(5):
        next(groups)
    answer.set()
    groups.close()  # type: ignore[attr-defined]
    relay.close()
    assert len(waits) < 50


def test_closing_closes_sockets() -> None:
    """Closing the generator hangs up on every server at once."""
    relay = Relay()
    groups = pumped(relay.connect, LIMITS, iter([message(key) for key in range(99)]))
    while not next(groups):
        relay.step()
    groups.close()  # type: ignore[attr-defined]
    for far, _ in relay.ends:
        far.setblocking(True)
        while far.recv(1 << 16):
            pass
    relay.close()


def test_large_message_in_parts() -> None:
    """A body larger than the kernel takes at once goes out in parts, whole and in order."""
    body = b"Subject: x\r\n\r\n" + b"".join(b"%d\r\n" % n for n in range(400_000))
    relay = Relay()
    source = iter([message(key, body) for key in (1, 2)])
    receipts = [one for group in pumping(relay, source, Limits(connections=1)) for one in group]
    assert all(one.accepted for one in receipts)
    assert [one.content for one in relay.log.taken] == [body, body]


def test_who_leaves_during_a_pull_is_not_mailed() -> None:
    """A pull may wait for long; what became of the reader before it is asked after it."""
    relay, left = Relay(), set[int]()

    def source() -> Iterator[Message]:
        for key in range(1, 7):
            if key == 4:
                left.add(3)
            yield message(key)._replace(wanted=lambda key=key: key not in left)

    groups = pumping(relay, source(), Limits(connections=1))
    receipts = {one.key: one for group in groups for one in group}
    assert {key for key, one in receipts.items() if one.accepted} == {1, 2, 4, 5, 6}
    assert receipts[3].withdrawn
    recipients = [one.recipients for one in relay.log.taken]
    assert recipients == [[f"reader{key}@example.org"] for key in (1, 2, 4, 5, 6)]


@pytest.mark.parametrize("pipelining", [True, False])
def test_who_leaves_while_the_kernel_is_full_is_not_mailed(pipelining: bool) -> None:
    """A message of which a part waits for the kernel is held back, and nothing else is lost."""
    body = b"Subject: x\r\n\r\n" + b"".join(b"%d\r\n" % n for n in range(400_000))
    relay, asked = Relay(pipelining=pipelining), list[int]()

    def wanted() -> bool:
        asked.append(relay.log.bodies)
        return len(asked) < 3

    source = iter([message(1, body)._replace(wanted=wanted), message(2), message(3)])
    groups = pumping(relay, source, Limits(connections=1))
    receipts = {one.key: one for group in groups for one in group}
    assert asked == [0, 0, 0]
    assert receipts[1] == Receipt(1, False, Stage.DATA, code=0, withdrawn=True)
    assert {key for key, one in receipts.items() if one.accepted} == {2, 3}
    assert len(relay.log.taken) == 2


def test_slow_source_holds_up_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where pulls block, a body leaves before the next message is waited for."""
    monkeypatch.setattr(pump, "SLOW_PULL", -1.0)  # every pull counts as slow
    relay = Relay()
    bodies: list[int] = []

    def source() -> Iterator[Message]:
        for key in range(1, 11):
            relay.step()
            bodies.append(relay.log.bodies)
            yield message(key)

    receipts = [one for group in pumping(relay, source(), Limits(connections=1)) for one in group]
    assert len(receipts) == 10
    assert bodies == list(range(10))  # when a message is pulled, all before it are through


def test_a_slow_first_answer_holds_up_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the first pull was slow too, a second connection shows that there is more to send."""
    monkeypatch.setattr(pump, "SLOW_PULL", -1.0)
    monkeypatch.setattr(pump, "SLOW_START", 0.0)
    relay, silent, keys = Relay(), list[tuple[socket.socket, Session]](), list[int]()
    for group in pumping(relay, iter([message(key) for key in range(1, 6)])):
        keys += [one.key for one in group]
        if relay.ends and not silent:
            silent.append(relay.ends.pop())
        if len(keys) == 4:
            relay.ends += silent
    assert keys[:4] == [2, 3, 4, 5]
    assert keys[4:] == [1]


def test_listening_between_slow_pulls(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where pulls block, every connection is heard between two of them."""
    monkeypatch.setattr(pump, "SLOW_PULL", -1.0)
    relay = Relay()
    turns = 0
    pulled_at: list[int] = []

    def source() -> Iterator[Message]:
        for key in range(1, 31):
            pulled_at.append(turns)
            yield message(key)

    for _ in pumping(relay, source()):
        turns += 1
    assert len(relay.log.taken) == 30
    assert len(set(pulled_at)) == 30


def test_refused_by_ourselves() -> None:
    """A message this server can't be given has its receipt, and the others go on."""
    relay = Relay()
    bad = Message(2, "digest@example.org", "ännä@example.org", (b"x\r\n",))
    source = iter([message(1), bad, message(3), message(4)])
    receipts = [one for group in pumping(relay, source) for one in group]
    assert sorted(one.key for one in receipts) == [1, 2, 3, 4]
    assert [one.key for one in receipts if not one.accepted] == [2]


CHOICES = {
    "MAIL": [None] * 8 + ["450 no", "550 no", "421 bye", DROP],
    "RCPT": [None] * 8 + ["450 no", "550 no", "421 bye", DROP],
    "DATA": [None] * 8 + ["451 no", "354 go", "421 bye", DROP],
    "BODY": [None] * 8 + ["451 no", "554 no", "421 bye", DROP],
    "QUIT": [None, DROP],
}


@settings(max_examples=60)
@given(
    st.fixed_dictionaries(
        {verb: st.lists(st.sampled_from(choice), max_size=30) for verb, choice in CHOICES.items()}
    ),
    st.integers(0, 25),
    st.integers(1, 4),
    st.integers(0, 4),
    st.booleans(),
)
def test_any_relay(
    answers: dict[str, list[str | None]], count: int, connections: int, cap: int, pipelining: bool
) -> None:
    """Whatever happens: each pulled message has one receipt, and what it says is true."""
    relay = Relay(scripted(answers), pipelining=pipelining)
    source = Source([message(key) for key in range(1, count + 1)])
    limits = Limits(connections=connections, messages=cap)
    receipts, error = until_error(relay, source, limits)
    assert error or source.pulled == count
    assert Counter(one.key for one in receipts) == Counter(range(1, source.pulled + 1))
    taken = Counter(one.recipients[0] for one in relay.log.taken if one.recipients)
    for one in receipts:
        times = taken[f"reader{one.key}@example.org"]
        assert times <= 1
        assert one.accepted <= times <= (one.accepted or one.uncertain)
