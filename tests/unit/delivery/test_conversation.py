"""The state machine of one session, against a server without a socket."""

from collections import Counter
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from newsletter.delivery import Message, Receipt, Stage
from newsletter.delivery.conversation import Conversation, Fate, dotted
from newsletter.delivery.envelope import Offer
from newsletter.delivery.replies import Replies, Reply
from tests.support.session import DROP, Log, Session, scripted


def message(key: int, body: bytes = b"Subject: x\r\n\r\nhi\r\n") -> Message:
    return Message(key, "digest@example.org", f"reader{key}@example.org", (body,))


class Tap:
    """A wire that hands all octets to a session and keeps the answers."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self.answers = b""

    def send(self, segments: Sequence[bytes | memoryview]) -> int:
        data = b"".join(segments)
        self.answers += self._session.feed(data)
        return len(data)


class Play:
    """Drives a conversation as the pump does, over any number of messages."""

    def __init__(self, session: Session, *, pipelining: bool = True) -> None:
        self.talk = Conversation(Offer(pipelining=pipelining))
        self.receipts: list[Receipt] = []
        self.fates: list[Fate] = []
        self._session = session
        self._tap = Tap(session)
        self._replies = Replies()

    def run(self, messages: list[Message]) -> "Play":
        queue = list(messages)
        while not (self.talk.over or self.talk.done):
            self._speak(queue)
            self._listen()
        self.fates = self.talk.broken(self.talk.over or "left")
        self.unsent = queue
        return self

    def _speak(self, queue: list[Message]) -> None:
        talk = self.talk
        if talk.ready:
            talk.end_body()
            if queue and talk.offer.pipelining:
                talk.begin(queue.pop(0))
        elif talk.idle and queue:
            talk.begin(queue.pop(0))
        elif talk.idle:
            talk.quit()
        talk.out.flush(self._tap)  # type: ignore[arg-type]

    def _listen(self) -> None:
        data, self._tap.answers = self._tap.answers, b""
        for reply in self._replies.feed(data):
            receipt = self.talk.answered(reply)
            if receipt:
                self.receipts.append(receipt)
        if self._session.closed:
            self.talk.over = self.talk.over or "the server closed the connection"


def ready() -> Conversation:
    """A conversation whose server waits for the body of message 1."""
    talk = Conversation(Offer(pipelining=True))
    talk.begin(message(1))
    for code in (250, 250, 354):
        talk.answered(Reply(code, "go on"))
    return talk


def played(
    answers: dict[str, Sequence[str | None]], count: int = 3, *, pipelining: bool = True
) -> tuple[Play, Log]:
    log = Log()
    session = Session(log, scripted(answers))
    play = Play(session, pipelining=pipelining).run([message(key) for key in range(1, count + 1)])
    return play, log


BOTH = pytest.mark.parametrize("pipelining", [True, False])


@BOTH
def test_all_taken(pipelining: bool) -> None:
    """Messages go through in order, and QUIT ends it."""
    play, log = played({}, pipelining=pipelining)
    assert [(one.key, one.accepted, one.reply) for one in play.receipts] == [
        (key, True, "2.0.0 taken") for key in (1, 2, 3)
    ]
    assert [one.recipients for one in log.taken] == [
        [f"reader{key}@example.org"] for key in (1, 2, 3)
    ]
    assert log.verbs[-1] == "QUIT"


def test_groups() -> None:
    """With PIPELINING the next envelope follows the final dot in the same write."""
    talk = ready()
    talk.end_body()
    talk.begin(message(2))
    written = b"".join(talk.out._segments)
    assert written.endswith(
        b"hi\r\n.\r\nMAIL FROM:<digest@example.org>\r\nRCPT TO:<reader2@example.org>\r\nDATA\r\n"
    )


def test_lock_step() -> None:
    """Without PIPELINING no command is sent before the last one's reply."""
    log = Log()
    session = Session(log, scripted({"RCPT": [None, "550 5.1.1 no"]}), ())
    Play(session, pipelining=False).run([message(key) for key in (1, 2, 3)])
    assert not session.hurried
    assert len(log.taken) == 2


@BOTH
@pytest.mark.parametrize(
    ("verb", "stage"),
    [("MAIL", Stage.MAIL), ("RCPT", Stage.RCPT), ("DATA", Stage.DATA), ("BODY", Stage.DONE)],
)
@pytest.mark.parametrize("code", [450, 550])
def test_refusals(verb: str, stage: Stage, code: int, pipelining: bool) -> None:
    """A refusal at any stage is one message's own, in the server's words; the others go on."""
    answers = {verb: [None, f"{code} {code // 100}.1.1 not this one"]}
    play, log = played(answers, pipelining=pipelining)
    refused = next(one for one in play.receipts if not one.accepted)
    assert refused == Receipt(
        2, False, stage, code, f"{code // 100}.1.1", f"{code // 100}.1.1 not this one"
    )
    assert [one.key for one in play.receipts if one.accepted] == [1, 3]
    assert len(log.taken) == 2


def test_recipient_refused_but_data_accepted() -> None:
    """A server that wants a body for nobody gets an empty one (RFC 2920, 3.1), not ours."""
    play, log = played({"RCPT": [None, "550 5.1.1 no"], "DATA": [None, "354 go on"]})
    assert [one.accepted for one in play.receipts] == [True, False, True]
    assert log.bodies == 3
    assert [one.recipients for one in log.taken] == [
        ["reader1@example.org"],
        ["reader3@example.org"],
    ]


def test_sender_refused_but_data_accepted() -> None:
    """With a recipient taken, an empty body might reach a reader: it hangs up instead."""
    play, log = played(
        {"MAIL": ["550 5.7.1 no"], "RCPT": ["250 ok"], "DATA": ["354 go on"]}, count=1
    )
    assert log.bodies == 0
    assert play.receipts == []
    assert [(one.receipt.code, one.receipt.stage) for one in play.fates] == [(550, Stage.MAIL)]


@BOTH
@pytest.mark.parametrize(
    ("answers", "uncertain"),
    [
        ({"RCPT": ["354 what?"]}, False),
        ({"MAIL": ["354 what?"]}, False),
        ({"DATA": ["250 thanks"]}, False),
        ({"BODY": ["354 more?"]}, True),
    ],
)
def test_nonsense(answers: dict[str, list[str]], uncertain: bool, pipelining: bool) -> None:
    """An answer of the wrong class ends the session; nothing is called accepted by it."""
    play, _ = played(answers, count=1, pipelining=pipelining)
    assert play.talk.over
    assert not any(one.accepted for one in play.receipts)
    assert [one.receipt.uncertain for one in play.fates] == [uncertain]


@pytest.mark.parametrize(
    ("verb", "stage", "code", "uncertain", "untouched"),
    [
        ("MAIL", Stage.MAIL, 0, False, True),
        ("RCPT", Stage.RCPT, 0, False, False),
        ("DATA", Stage.DATA, 0, False, False),
        ("BODY", Stage.BODY, 0, True, False),
    ],
)
def test_drops(verb: str, stage: Stage, code: int, uncertain: bool, untouched: bool) -> None:
    """A session that breaks off leaves a message uncertain only after its final dot."""
    play, _ = played({verb: [DROP]}, count=1)
    (fate,) = play.fates
    assert (fate.receipt.stage, fate.receipt.code) == (stage, code)
    assert fate.receipt.uncertain is uncertain
    assert not fate.receipt.accepted
    assert (fate.untouched is not None) is untouched


@pytest.mark.parametrize(
    ("verb", "stage"),
    [("MAIL", Stage.MAIL), ("RCPT", Stage.RCPT), ("DATA", Stage.DATA), ("BODY", Stage.DONE)],
)
def test_421(verb: str, stage: Stage) -> None:
    """421 ends the session at any stage and is this message's answer; nothing is uncertain."""
    play, _ = played({verb: ["421 4.3.2 shutting down"]}, count=1)
    (refusal,) = [*play.receipts, *(fate.receipt for fate in play.fates)]
    assert (refusal.stage, refusal.code, refusal.status) == (stage, 421, "4.3.2")
    assert not refusal.uncertain


def test_end_of_session_behind_a_message() -> None:
    """A server that closes after a message leaves the next one, already offered, untouched."""
    play, log = played({"MAIL": [None, "421 4.7.0 enough for one session"]})
    assert [one.key for one in play.receipts] == [1]
    assert [fate.untouched.key for fate in play.fates if fate.untouched] == [2]
    assert len(log.taken) == 1


def test_untold_reply() -> None:
    """An answer nobody asked for ends the session."""
    talk = Conversation(Offer(pipelining=True))
    talk.answered(Replies().feed(b"421 4.4.2 idle for too long\r\n")[0])
    assert talk.over == "421 4.4.2 idle for too long"
    assert not talk.idle


def partial(verdict: bytes, octets: int) -> tuple[Receipt | None, list[Fate]]:
    """A server answers when only `octets` of the body have left."""
    talk = ready()
    talk.end_body()
    before = talk.out.queued - len(bytes(message(1))) - 3
    talk.out.handed = before + octets
    receipt = talk.answered(Replies().feed(verdict)[0])
    return receipt, talk.broken("closed") if talk.over else []


def test_refused_within_the_body() -> None:
    """A refusal that cuts in is the message's answer; the session is over."""
    receipt, fates = partial(b"552 5.3.4 too big\r\n", 4)
    assert receipt is None
    assert [(one.receipt.code, one.receipt.stage) for one in fates] == [(552, Stage.BODY)]


def test_refused_before_the_dot_is_sent() -> None:
    """A refusal that comes while we keep back the dot is the message's answer too."""
    talk = ready()
    talk.begin_body()
    talk.out.handed = talk.out.queued
    assert talk.answered(Reply(552, "5.3.4 too big")) is None
    (fate,) = talk.broken(talk.over)
    assert (fate.receipt.code, fate.receipt.stage) == (552, Stage.BODY)


def test_closed_before_the_dot_is_sent() -> None:
    """A body without its dot is nobody's message: certain, and safe to send again."""
    talk = ready()
    talk.begin_body()
    talk.out.handed = talk.out.queued
    (fate,) = talk.broken("closed")
    assert fate.receipt == Receipt(1, False, Stage.BODY, 0, "", "closed", uncertain=False)


def test_taken_within_the_body() -> None:
    """Praise before the final dot is worth nothing: not accepted, and not uncertain either."""
    receipt, (fate,) = partial(b"250 ok\r\n", len(bytes(message(1))) + 2)
    assert receipt is None
    assert not fate.receipt.accepted
    assert not fate.receipt.uncertain


def test_taken_after_the_dot() -> None:
    """With the last octet of the dot gone, the reply is the verdict."""
    receipt, fates = partial(b"250 ok\r\n", len(bytes(message(1))) + 3)
    assert receipt is not None
    assert receipt.accepted
    assert fates == []


@pytest.mark.parametrize(
    ("segments", "wire"),
    [
        ((b"a\r\n", b"b\r\n"), b"a\r\nb\r\n"),
        ((b"a.\r\n", b"b.c\r\n"), b"a.\r\nb.c\r\n"),
        ((b"a", b".b\r\n"), b"a.b\r\n"),
        ((b"a\r\n", b".\r\n"), b"a\r\n..\r\n"),
        ((b"a\r\n.\r\nQUIT\r\n",), b"a\r\n..\r\nQUIT\r\n"),
        ((b"a\r", b"\n.b\r\n"), b"a\r\n..b\r\n"),
        ((b".a\r\n",), b"..a\r\n"),
        ((b"a",), b"a\r\n"),
        ((b"a\r\n", b""), b"a\r\n"),
        ((), b"\r\n"),
    ],
)
def test_dots(segments: tuple[bytes, ...], wire: bytes) -> None:
    """A message that breaks its word about dots and line ends is mended, never cut short."""
    assert b"".join(dotted(segments)) == wire


ANSWERS = {
    "MAIL": [None, None, None, "450 no", "550 5.1.8 no", "421 bye", "354 what", DROP],
    "RCPT": [None, None, None, "250 ok", "450 no", "550 5.1.1 no", "421 bye", DROP],
    "DATA": [None, None, None, "354 go", "451 no", "250 what", "421 bye", DROP],
    "BODY": [None, None, None, "451 no", "554 5.7.1 no", "354 what", "421 bye", DROP],
    "RSET": [None, None, "421 bye", "500 what", DROP],
    "INSIDE": [None, None, None, "552 5.3.4 too big", DROP],
}


@settings(max_examples=300)
@given(
    st.fixed_dictionaries(
        {verb: st.lists(st.sampled_from(choice), max_size=8) for verb, choice in ANSWERS.items()}
    ),
    st.integers(1, 8),
    st.booleans(),
)
def test_any_server(answers: dict[str, list[str | None]], count: int, pipelining: bool) -> None:
    """Whatever the server does: one fate a message, and accepted only if it really was.

    A message that was taken is accepted or uncertain, one that wasn't is neither accepted nor,
    unless its dot had left, uncertain; and no reader gets an empty message.
    """
    play, log = played(answers, count, pipelining=pipelining)
    final = {one.key: one for one in play.receipts}
    fates = {fate.receipt.key: fate.receipt for fate in play.fates}
    counted = Counter([one.key for one in play.receipts] + list(fates))
    assert counted == Counter(range(1, count - len(play.unsent) + 1))
    final |= fates
    taken = {one.recipients[0] for one in log.taken if one.recipients}
    for key, receipt in final.items():
        there = f"reader{key}@example.org" in taken
        assert receipt.accepted <= there
        assert there <= (receipt.accepted or receipt.uncertain)
    assert all(one.content for one in log.taken if one.recipients)
    untouched = {f"reader{fate.untouched.key}@example.org" for fate in play.fates if fate.untouched}
    assert not untouched & taken
