"""One SMTP session after login, as a state machine without a socket.

It is told what the server answered and says which octets to write. With PIPELINING (RFC 2920)
MAIL, RCPT and DATA are one group, and the next message's group follows the body's final dot
at once. Every reply is matched to its command by order.
"""

import re
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum, auto
from functools import lru_cache
from typing import NamedTuple

from newsletter.delivery.envelope import Envelope, Offer, envelope
from newsletter.delivery.protocol import Message, Receipt, Stage
from newsletter.delivery.replies import Reply
from newsletter.delivery.wire import Outbox

_DOT = b".\r\n"
_DATA_LINE = b"DATA\r\n"


class Step(IntEnum):
    """A command whose reply is awaited."""

    RSET = auto()
    MAIL = auto()
    RCPT = auto()
    DATA = auto()
    BODY = auto()
    EMPTY = auto()
    """The lone dot after a DATA that should have been refused (RFC 2920, 3.1)."""
    QUIT = auto()


# Found once: Python 3.11 takes longer to find a member of an enumeration than to do what it asks.
_MAIL, _RCPT, _DATA, _BODY = Step.MAIL, Step.RCPT, Step.DATA, Step.BODY
_DONE = Stage.DONE


@dataclass(slots=True)
class Transaction:
    """One message on its way, with what the server has said about it so far.

    `dot_at` is where in the connection's stream its final dot ends, from 1; 0 before it is queued.
    """

    message: Message
    mail_taken: bool = False
    rcpt_taken: bool = False
    refusal: Receipt | None = None
    body_begun: bool = False
    dot_at: int = 0


class Fate(NamedTuple):
    """What a broken session leaves of a message: its receipt and, where the server answered
    nothing of it or only that it hangs up, the message, for another connection to take.
    """

    receipt: Receipt
    untouched: Message | None = None


class Conversation:
    """The state machine.

    `ready` is the transaction whose body the server waits for. `over` says why the session can't
    go on; then `broken` tells what became of the messages in it. `begun` and `finished` count
    messages.
    """

    def __init__(self, offer: Offer) -> None:
        self.offer = offer
        self.out = Outbox()
        self.ready: Transaction | None = None
        self.over = ""
        self.leaving = False
        self.begun = 0
        self.finished = 0
        self._awaited: deque[Step] = deque()
        self._later: deque[tuple[Step, bytes]] = deque()
        self._transactions: deque[Transaction] = deque()
        self._reset_first = False

    @property
    def idle(self) -> bool:
        """Whether it has nothing to do and would take a message."""
        return not (self._transactions or self._awaited or self.leaving or self.over)

    @property
    def done(self) -> bool:
        """Whether the goodbyes are said."""
        return self.leaving and not self._awaited and not self._later

    @property
    def awaits_verdict(self) -> bool:
        """Whether a whole message is with the server, and its reply comes next."""
        return bool(self._transactions) and self._transactions[0].dot_at > 0

    @property
    def held(self) -> Message | None:
        """The message whose final dot is queued but has not left yet, if there is one."""
        one = next(iter(self._transactions), None)
        return one.message if one is not None and one.dot_at > self.out.handed else None

    @property
    def only_leaving(self) -> bool:
        """Whether QUIT is all that is left."""
        return self.leaving and not self._transactions

    @property
    def waiting(self) -> bool:
        """Whether any reply is awaited."""
        return bool(self._awaited)

    def begin(self, message: Message) -> Receipt | None:
        """Queue a message's envelope; return a refusal where this server can't be given it.

        Only while idle or, with pipelining, right after `end_body`.
        """
        commands = envelope(message, self.offer)
        if isinstance(commands, Receipt):
            return commands
        self.begun += 1
        self._transactions.append(Transaction(message))
        if self.offer.pipelining:
            self._group(commands)
        else:
            self._one_by_one(commands)
        return None

    def _group(self, commands: Envelope) -> None:
        if self._reset_first:
            self._queue(Step.RSET, b"RSET\r\n")
            self._reset_first = False
        self._awaited += (_MAIL, _RCPT, _DATA)
        self.out.put(commands.mail + commands.rcpt + _DATA_LINE)

    def _one_by_one(self, commands: Envelope) -> None:
        steps = [(_MAIL, commands.mail), (_RCPT, commands.rcpt), (_DATA, _DATA_LINE)]
        if self._reset_first:
            steps.insert(0, (Step.RSET, b"RSET\r\n"))
            self._reset_first = False
        self._later += steps
        self._queue(*self._later.popleft())

    def _queue(self, step: Step, command: bytes) -> None:
        self._awaited.append(step)
        self.out.put(command)

    def begin_body(self) -> bool:
        """Queue the body the server waits for, but for its final dot; tell whether it was new."""
        one = self.ready
        if one is None or one.body_begun:
            return False
        self.out.put_all(dotted(one.message.segments))
        one.body_begun = True
        self._awaited.append(_BODY)
        return True

    def end_body(self) -> None:
        """Queue the final dot: from here on the message is the server's."""
        self.begin_body()
        if self.ready is not None:
            self.out.put(_DOT)
            self.ready.dot_at = self.out.queued
            self.ready = None

    def withdraw(self) -> None:
        """Hold back the message whose final dot has not left, and hang up: only that undoes a DATA.

        A server cancels what has no final dot when the connection closes (RFC 5321, 4.1.1.10).
        """
        one = self._transactions[0]
        one.refusal = Receipt(one.message.key, False, Stage.DATA, code=0, withdrawn=True)
        self.ready = None
        self.leaving = True
        self.over = "its message is no longer wanted"

    def quit(self) -> None:
        """Queue the goodbye; what is in flight still gets its reply."""
        self.leaving = True
        if self.offer.pipelining or not self._awaited:
            self._queue(Step.QUIT, b"QUIT\r\n")
        else:
            self._later.append((Step.QUIT, b"QUIT\r\n"))

    def answered(self, reply: Reply) -> Receipt | None:
        """Take one reply; return the receipt it settles, if it does."""
        if not self._awaited or self.over:
            self.over = self.over or f"{reply.code} {reply.text}"
            return None
        step = self._awaited.popleft()
        if reply.code == 421:  # whatever it answers, the server hangs up (RFC 5321, 3.8)
            self.over = f"421 {reply.text}"
        receipt = _ANSWERS[step](self, reply)
        if self._later and not self._awaited and not self.over:
            self._queue(*self._later.popleft())
        return receipt

    def _on_mail(self, reply: Reply) -> Receipt | None:
        one = self._transactions[-1]
        if 200 <= reply.code < 300:
            one.mail_taken = True
            return None
        return self._refused(one, Stage.MAIL, reply)

    def _on_rcpt(self, reply: Reply) -> Receipt | None:
        one = self._transactions[-1]
        if 200 <= reply.code < 300:
            one.rcpt_taken = True
            return None
        return self._refused(one, Stage.RCPT, reply)

    def _refused(self, one: Transaction, stage: Stage, reply: Reply) -> Receipt | None:
        if reply.code < 400:
            self.over = f"the server answered {stage.upper()} with {reply.code}"
        elif one.refusal is None:
            one.refusal = _receipt(one, stage, reply)
        if self.offer.pipelining or self.over:
            return None
        self._later.clear()
        return self._settled(one)

    def _on_data(self, reply: Reply) -> Receipt | None:
        one = self._transactions[-1]
        if reply.code >= 400:
            one.refusal = one.refusal or _receipt(one, Stage.DATA, reply)
            return self._settled(one)
        if reply.code < 300:
            self.over = f"the server answered DATA with {reply.code}"
            return None
        if one.refusal is None:
            self.ready = one
            return None
        return self._empty(one)

    def _empty(self, one: Transaction) -> Receipt | None:
        """The server wants a body although it refused the envelope: give it an empty one.

        RFC 2920, 3.1. With no recipient taken it reaches nobody; with one, hang up instead.
        """
        if one.rcpt_taken:
            self.over = "the server asked for a message whose sender it had refused"
            return None
        self._awaited.append(Step.EMPTY)
        self.out.put(_DOT)
        return self._settled(one)

    def _settled(self, one: Transaction) -> Receipt | None:
        """Let go of a transaction that got no body; one the server still holds is reset later."""
        self._reset_first = one.mail_taken
        self._transactions.pop()
        self.finished += 1
        return one.refusal

    def _on_body(self, reply: Reply) -> Receipt | None:
        one = self._transactions[0]
        if 300 <= reply.code < 400:
            self.over = f"the server answered a message with {reply.code}"
            return None
        if not self._dot_is_gone(one):  # it didn't wait for the end
            self.over = self.over or f"the server cut in with {reply.code} {reply.text}"
            if reply.code >= 400:
                one.refusal = _receipt(one, Stage.BODY, reply)
            return None
        self._transactions.popleft()
        self.finished += 1
        return _receipt(one, _DONE, reply)

    def _dot_is_gone(self, one: Transaction) -> bool:
        return 0 < one.dot_at <= self.out.handed

    def _on_empty(self, reply: Reply) -> Receipt | None:
        return None

    def _on_reset(self, reply: Reply) -> Receipt | None:
        if reply.code >= 300 and not self.over:
            self.over = f"the server answered RSET with {reply.code} {reply.text}"
        return None

    def _on_quit(self, reply: Reply) -> Receipt | None:
        return None

    def broken(self, why: str) -> list[Fate]:
        """Say what became of the messages in flight, now that the session is over."""
        self.over = self.over or why
        fates = [self._fate(one, why) for one in self._transactions]
        self._transactions.clear()
        self._awaited.clear()
        self._later.clear()
        self.ready = None
        return fates

    def _fate(self, one: Transaction, why: str) -> Fate:
        refusal = one.refusal
        if refusal is not None:
            untouched = refusal.code == 421 and refusal.stage is Stage.MAIL
            return Fate(refusal, one.message if untouched else None)
        key = one.message.key
        if one.body_begun:
            return Fate(Receipt(key, False, Stage.BODY, 0, "", why, self._dot_is_gone(one)))
        if not one.mail_taken:
            return Fate(Receipt(key, False, Stage.MAIL, 0, "", why), one.message)
        stage = Stage.DATA if one.rcpt_taken else Stage.RCPT
        return Fate(Receipt(key, False, stage, 0, "", why))


_ANSWERS = {
    Step.RSET: Conversation._on_reset,
    Step.MAIL: Conversation._on_mail,
    Step.RCPT: Conversation._on_rcpt,
    Step.DATA: Conversation._on_data,
    Step.BODY: Conversation._on_body,
    Step.EMPTY: Conversation._on_empty,
    Step.QUIT: Conversation._on_quit,
}


def _receipt(one: Transaction, stage: Stage, reply: Reply) -> Receipt:
    return Receipt(one.message.key, reply.code < 300, stage, reply.code, reply.status, reply.text)


def dotted(segments: Sequence[bytes]) -> Sequence[bytes]:
    """Return the segments as they go over the wire.

    A Message brings no line that begins with a dot and ends with a line end, so this costs a
    look. One that breaks its word is mended (RFC 5321, 4.5.2) rather than cut short.
    """
    if segments and segments[-1].endswith(b"\r\n") and not _has_dots(segments):
        return segments
    body = re.sub(rb"(?m)^\.", b"..", b"".join(segments))
    return (body if body.endswith(b"\r\n") else body + b"\r\n",)


BIG = 4096
"""Octets from which a segment is likely to be an edition's own, and to come with every reader."""


_LINE_WITH_DOT = re.compile(rb"\n\.")  # finds it twice as fast as `in` does


def _has_dots(segments: Sequence[bytes]) -> bool:
    """Tell whether a line may begin with a dot: within a segment, or where one begins."""
    return any(_has_dot_once(one) if len(one) >= BIG else _has_dot(one) for one in segments)


def _has_dot(segment: bytes) -> bool:
    return segment[:1] == b"." or _LINE_WITH_DOT.search(segment) is not None


_has_dot_once = lru_cache(maxsize=64)(_has_dot)
