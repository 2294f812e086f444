"""One round: look at what was asked, send what waits, note what became of it.

One process at a time, by a lease. A try is noted before it is made, so what a crash cut off is
tried again, later; nothing is lost, and a mail may then come twice with the same Message-ID.
"""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from itertools import chain

import structlog
from sqlalchemy import Connection

from newsletter.delivery import Message, Receipt
from newsletter.delivery.pacing import Limits
from newsletter.errors import LeaseHeld, RenderError
from newsletter.post import turns
from newsletter.post.decide import decide_all
from newsletter.post.letters import letter
from newsletter.post.office import Office
from newsletter.store import leases, post, returns
from newsletter.store.engine import reading, writing
from newsletter.store.post import Post
from subscribers import allowances, errands, joining

log = structlog.get_logger()

LEASE = "post"
WAITS = (
    *(timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=15)),
    *(timedelta(hours=1), timedelta(hours=4)),
)
"""Before each new try; the last one repeats."""
TOO_OLD = timedelta(days=1)
"""A mail that nobody would take for so long is dropped: whoever waits asks again."""
MOST = 50
"""Mails in one round."""
LINGER = timedelta(seconds=5)
"""The longest wait for a mail's turn; for more, the next rounds look again."""
LONGEST = timedelta(seconds=20)
"""After so long a round takes up no more mails."""


def make_round(office: Office) -> int:
    """Do what is to be done now, unless another process does it; return how many mails went.

    Raises BackendError where nothing can be handed over.
    """
    now = office.clock.now()
    with reading(office.engine) as connection:
        if not errands.count_new(connection) and not post.any_due(connection, now):
            return 0
    holder = leases.Holder.this_process()
    try:
        with writing(office.engine) as connection:
            leases.take(connection, LEASE, holder, now)
    except LeaseHeld:
        return 0
    try:
        decide_all(office)
        return _send(office, holder)
    finally:
        with writing(office.engine) as connection:
            leases.release(connection, LEASE, holder)


def _send(office: Office, holder: leases.Holder) -> int:
    """Hand over what is due; open a backend only where something is."""
    begun: dict[int, Post] = {}
    messages = _messages(office, begun)
    first = next(messages, None)
    if first is None:
        return 0
    taken, backend = 0, office.open_backend()
    try:
        for receipts in backend.deliver(chain([first], messages)):
            taken += _record(office, holder, begun, receipts)
    finally:
        backend.close()
    return taken


def _in_turn(office: Office, begun: dict[int, Post]) -> Iterator[Post]:
    """Yield what may go now or soon, and put each into `begun` when its try is noted.

    The lease is ours for longer than a round takes: it ends after `LONGEST` whatever waits.
    """
    limits, began = Limits.of(office.settings.delivery), office.clock.now()
    while len(begun) < MOST and (now := office.clock.now()) - began < LONGEST:
        with writing(office.engine) as connection:
            due = [one for one in post.due(connection, now, MOST) if one.id not in begun]
            one, opens = turns.first(connection, limits, due, now)
            if one is not None:
                post.begin(connection, one, now + WAITS[min(one.tries, len(WAITS) - 1)])
                begun[one.id] = one
        if one is not None:
            yield one
        elif not due or opens - now > LINGER:
            return
        else:
            office.sleep((opens - now).total_seconds())


def _messages(office: Office, begun: dict[int, Post]) -> Iterator[Message]:
    """Yield the finished messages; what is void, too old or can't be made is dropped."""
    for one in _in_turn(office, begun):
        message = None
        if office.clock.now() - one.made_at <= TOO_OLD:
            message = _made(office, one)
        if message is None:
            with writing(office.engine) as connection:
                post.drop(connection, one.id)
        else:
            yield message


def _made(office: Office, one: Post) -> Message | None:
    try:
        with reading(office.engine) as connection:
            return letter(office, connection, one)
    except RenderError as error:
        log.error("a mail could not be made", kind=one.kind.value, error=error.message)
        return None


def _record(
    office: Office, holder: leases.Holder, begun: dict[int, Post], receipts: Sequence[Receipt]
) -> int:
    """Note what became of some; keep the lease. Returns how many were taken."""
    with writing(office.engine) as connection:
        leases.renew(connection, LEASE, holder, office.clock.now())
        for one in receipts:
            if one.accepted or _is_final(one):
                post.drop(connection, one.key)
            _say(begun[one.key], one)
    return sum(one.accepted for one in receipts)


def _is_final(receipt: Receipt) -> bool:
    return receipt.code >= 500 and not receipt.uncertain


def _say(one: Post, receipt: Receipt) -> None:
    if receipt.accepted:
        log.info("a mail has gone", kind=one.kind.value, tries=one.tries + 1)
    else:
        words = {"code": receipt.code, "reply": receipt.reply}
        log.warning("a mail was refused", kind=one.kind.value, final=_is_final(receipt), **words)


def tidy(office: Office) -> None:
    """Forget what is over: links, limits, and those who never confirmed."""
    now = office.clock.now()
    with writing(office.engine) as connection:
        errands.expired(connection, now)
        allowances.forget_old(connection, now)
        _forget_pending(office, connection)


def _forget_pending(office: Office, connection: Connection) -> None:
    before = office.clock.now() - office.settings.subscriptions.confirm_within
    over = joining.never_confirmed(before)
    post.forget(connection, over)
    returns.forget(connection, over)
    joining.forget_pending(connection, before)
