"""The pump: many SMTP sessions in one loop, messages in, receipts out.

Each turn listens, yields the receipts it heard, and only then sends final dots. So the sender has
recorded a reply before the next message becomes the server's on any connection, and a crash leaves
at most one message a connection whose fate is unknown.
"""

import selectors
from collections import deque
from collections.abc import Iterator, Sequence
from time import monotonic, sleep

from newsletter.delivery.connect import Connect, Connection
from newsletter.delivery.conversation import Fate
from newsletter.delivery.link import Limits, Link
from newsletter.delivery.opening import Opener, Patience
from newsletter.delivery.protocol import Message, Receipt, Stage
from newsletter.errors import BackendError, BackendRefused

BEAT = 1.0
"""Seconds after which an empty group is yielded, and between looks at the deadlines."""
NAP = 0.0002
"""Seconds between looks for more receipts, once there is one."""
LINGER = 0.001
"""Seconds to wait for more receipts, once there is one, in all."""
SLOW_PULL = 0.005
"""Seconds; a pull that takes longer is the sender keeping its pace, and nobody waits for it."""
SLOW_START = 1.0
"""Seconds after which a first message that has no answer yet holds up the others no longer."""
_READ, _WRITE = selectors.EVENT_READ, selectors.EVENT_WRITE


class Pump:
    """Sends one stream of messages. Made for it and used up by it."""

    def __init__(self, connect: Connect, limits: Limits, messages: Iterator[Message]) -> None:
        self._limits = limits
        self._messages = messages
        self._ended = False
        self._pulled = 0
        self._first_pull = 0.0
        self._slow = False
        self._again: deque[Fate] = deque()
        self._tried_again: set[int] = set()
        self._known: list[Receipt] = []
        self._links: set[Link] = set()
        self._idle: dict[Link, None] = {}
        self._turn: dict[Link, None] = {}
        self._patience = Patience()
        self._error: BackendError | None = None
        self._failure: BackendError | None = None
        self._now = monotonic()
        self._beat = self._now + BEAT
        self._opener = Opener(connect)
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._opener, _READ)

    def turns(self) -> Iterator[Sequence[Receipt]]:
        """Yield groups of receipts until the messages have ended and each has its receipt.

        Closing the generator closes every connection.

        Raises BackendRefused or BackendError where no (more) sessions can be had.
        """
        try:
            while self._links or not self._finished():
                self._speak()
                self._listen(self._longest_wait())
                if self._known:
                    self._gather()
                receipts, self._known = self._known, []
                if receipts or self._now >= self._beat:
                    self._beat = self._now + BEAT
                    yield receipts
        finally:
            self._close()
        if self._failure is not None:
            raise self._failure

    def _close(self) -> None:
        self._opener.close()
        self._selector.close()
        for link in self._links:
            link.wire.close()

    def _exhausted(self) -> bool:
        """Whether there is nothing left to begin."""
        return self._ended and not self._again

    def _finished(self) -> bool:
        return self._exhausted() and not (self._links or self._known)

    # Listening: no final dot leaves here.

    def _listen(self, wait: float) -> bool:
        """Hear what has come in; tell whether there was anything."""
        events = self._selector.select(wait)
        now = self._now = monotonic()
        for key, mask in events:
            link = key.data
            if link is None:
                self._welcome()
                continue
            if mask & _READ:
                self._known += link.listen(now)
            self._sort(link)
        if now >= self._beat:
            self._check_deadlines()
        return bool(events)

    def _gather(self) -> None:
        """Wait a moment for other verdicts that are due: recorded together they cost less.

        But only while servers have enough to do for that moment, and they are given the bodies
        they wait for, but for the final dots. While the sender records, more verdicts arrive.
        """
        self._give_bodies()
        until = self._now + LINGER
        while self._now < until and self._many_due() and not self._stuck():
            if not self._listen(0.0):
                sleep(NAP)
            self._give_bodies()

    def _many_due(self) -> bool:
        """Tell whether half of the sessions or more have a verdict to come."""
        return 2 * sum(link.talk.awaits_verdict for link in self._links) >= len(self._links)

    def _stuck(self) -> bool:
        return any(link.stuck for link in self._turn)

    def _give_bodies(self) -> None:
        for link in self._turn:
            if link.talk.begin_body():
                self._flush(link)

    def _longest_wait(self) -> float:
        if self._known or self._idle:
            return 0.0
        until = self._beat
        if not (self._links or self._opener.opening) and self._patience.failures:
            until = min(until, self._patience.next_try)
        return max(0.0, until - self._now)

    def _sort(self, link: Link) -> None:
        talk = link.talk
        if talk.over or talk.done:
            self._drop(link)
            return
        self._turn[link] = None
        if talk.idle:
            self._idle[link] = None

    def _check_deadlines(self) -> None:
        for link in list(self._links):
            link.check(self._now)
            if link.talk.over:
                self._drop(link)

    def _welcome(self) -> None:
        for result in self._opener.arrived():
            if isinstance(result, Connection):
                link = Link(result, self._limits, self._now)
                self._links.add(link)
                self._idle[link] = None
                self._selector.register(link.wire, _READ, link)
            elif isinstance(result, BackendRefused):
                self._give_up(result)
            else:
                self._error = result
                self._patience.failed(self._now)

    def _drop(self, link: Link) -> None:
        """Let go of a session, and see what became of the messages in it."""
        talk = link.talk
        self._links.discard(link)
        self._idle.pop(link, None)
        self._turn.pop(link, None)
        self._selector.unregister(link.wire)
        link.wire.close()
        for fate in talk.broken(talk.over):
            self._send_again(fate)
        if talk.finished:
            self._patience.worked()
        elif not talk.leaving:
            self._error = BackendError(
                f"the relay ends every session: {talk.over}", hint="ask whoever runs the relay"
            )
            self._patience.failed(self._now)

    def _send_again(self, fate: Fate) -> None:
        """Keep a message the server said nothing of for another session, but only once."""
        key = fate.receipt.key
        if fate.untouched is None or self._failure or key in self._tried_again:
            self._known.append(fate.receipt)
        else:
            self._tried_again.add(key)
            self._again.append(fate)

    def _give_up(self, failure: BackendError) -> None:
        """Take no more messages; what is in flight is finished, and then `failure` is raised."""
        self._failure = self._failure or failure
        self._ended = True
        self._known += [fate.receipt for fate in self._again]
        self._again.clear()

    # Speaking: all receipts known so far have been yielded.

    def _speak(self) -> None:
        slow = self._slow
        if not slow:  # first, so that the next envelope may follow a body: none is idle then
            self._feed_idle()
        turn, self._turn = self._turn, {}
        for link in turn:
            if not self._goes_on(link):
                self._drop(link)
                continue
            self._flush(link)
        if slow:  # last, for who is ready doesn't wait for that
            self._feed_idle()
        self._open_sessions()

    def _goes_on(self, link: Link) -> bool:
        """Let the session say what is next; tell whether it can.

        It can't where it holds a message that is no longer wanted and not the server's yet.
        """
        talk = link.talk
        if talk.ready is not None:
            return self._finish(link, talk.ready.message)
        held = talk.held if link.stuck else None
        if held is None or held.wanted():
            return True
        talk.withdraw()
        return False

    def _finish(self, link: Link, message: Message) -> bool:
        """Finish the message the server waits for; the next envelope goes out behind it.

        The next one is pulled first: that may take a while, and meanwhile a reader may leave.
        """
        talk, worn = link.talk, link.worn(self._now)
        follows = talk.offer.pipelining and not (worn or self._idle or self._slow)
        following = self._pull() if follows else None
        if not message.wanted():
            talk.withdraw()
            if following is not None:
                unsaid = Receipt(
                    following.key, False, Stage.CONNECT, 0, "", "no session was left for it"
                )
                self._again.appendleft(Fate(unsaid, following))
            return False
        talk.end_body()
        if worn:
            talk.quit()
        elif following is not None:
            self._begin(link, following)
        return True

    def _feed_idle(self) -> None:
        """Give each idle session a message, or let it go; after one slow pull we listen again."""
        for link in list(self._idle):
            leaves = self._exhausted() or link.worn(self._now)
            message = None if leaves else self._pull()
            if message is None:
                link.talk.quit()
            elif not self._begin(link, message):
                break  # refused by ourselves: its receipt goes first
            del self._idle[link]
            self._flush(link)
            if self._slow:
                break

    def _begin(self, link: Link, message: Message) -> bool:
        refusal = link.talk.begin(message)
        if refusal is not None:
            self._known.append(refusal)
        return refusal is None

    def _pull(self) -> Message | None:
        if self._again:
            return self._again.popleft().untouched
        if self._ended:
            return None
        before = monotonic()
        message = next(self._messages, None)
        self._now = monotonic()
        self._slow = self._now - before > SLOW_PULL
        if message is None:
            self._ended = True
        else:
            self._first_pull = self._first_pull or self._now
            self._pulled += 1
        return message

    def _flush(self, link: Link) -> None:
        watched = link.stuck
        link.speak(self._now)
        if link.stuck is not watched:
            self._selector.modify(link.wire, _READ | _WRITE if link.stuck else _READ, link)

    def _open_sessions(self) -> None:
        """Open what is missing: one at first, all once one has shown that there is work for it."""
        standing = len(self._links) + self._opener.opening
        if standing >= self._limits.connections or self._idle or self._exhausted():
            return
        if not standing and self._error and self._patience.exhausted:
            self._give_up(self._error)
        elif self._now >= self._patience.next_try:
            for _ in range(self._wanted() - standing):
                self._opener.start()

    def _wanted(self) -> int:
        proven = not self._patience.failures or any(link.talk.finished for link in self._links)
        if not (self._pulled and proven):
            return 1
        if self._pulled > 1:
            return self._limits.connections
        slow = self._now - self._first_pull > SLOW_START
        return min(2 if slow else 1, self._limits.connections)


def pumped(
    connect: Connect, limits: Limits, messages: Iterator[Message]
) -> Iterator[Sequence[Receipt]]:
    """Send `messages`; see `Pump.turns`. Nothing is opened before the first turn."""
    yield from Pump(connect, limits, messages).turns()
