"""How readers come onto the list by themselves, come back, and move to another address.

Nothing here is done before somebody pressed the button of a link that was mailed to the address.
Every function works in the caller's transaction.
"""

from datetime import datetime

from sqlalchemy import Connection, Select, delete, insert, select, update

from subscribers import errands, store, suppression
from subscribers.address import Address, parse
from subscribers.consent import Evidence, Kind, record
from subscribers.errands import Errand
from subscribers.intake import Entry, Outcome
from subscribers.model import Mode, Preferences, State, Subscriber
from subscribers.suppression import Reason
from subscribers.tables import errand, subscriber, subscriber_topic


def make_pending(
    connection: Connection, address: Address, language: str, now: datetime
) -> Subscriber:
    """Put somebody on the list who hasn't confirmed: nothing but the confirmation is mailed."""
    values = {"email": address.email, "address_key": address.key, "address_hash": address.hash}
    values |= {"state": State.PENDING, "language": language}
    added = insert(subscriber).values(values | {"created_at": now}).returning(subscriber.c.id)
    return store.get(connection, connection.execute(added).scalar_one())


def wished(one: Errand) -> tuple[str, Preferences]:
    """Return the name and the preferences that a sign-up asks for."""
    wish = one.wish
    topics = frozenset(wish.get("topics", ()))
    mode = Mode(wish.get("mode", Mode.HIGHLIGHTS))
    return wish.get("name", ""), Preferences(topics, mode, one.language)


def confirm(connection: Connection, one: Errand, now: datetime) -> bool:
    """Make active whoever asked to be subscribed; tell whether they may be mailed now.

    Who had themselves erased may ask again; every other suppression stays.
    """
    name, wanted = wished(one)
    reader = _of(connection, one)
    address = parse(reader.email)
    standing = suppression.find(connection, address.hash)
    if standing is not None and standing.reason is Reason.ERASED:
        suppression.lift(connection, address.hash)
    entry = Entry(address, name, tuple(sorted(wanted.topics)), wanted.mode, wanted.language)
    asked = f"{one.made_at:%Y-%m-%d %H:%M} UTC"
    evidence = Evidence(f"web form of {asked}, confirmed by mail", one.wish.get("wording", ""))
    errands.done(connection, one.id)
    return _taken(connection, entry, evidence, now)


def come_back(
    connection: Connection, reader: Subscriber, evidence: Evidence, now: datetime
) -> bool:
    """Let somebody who left be mailed again, with what they had chosen; tell whether they may."""
    if reader.state is State.ERASED:
        return False
    return _taken(connection, Entry(parse(reader.email)), evidence, now)


def move(connection: Connection, one: Errand, now: datetime) -> Subscriber | None:
    """Give a reader their new address; return them as they were, None where that can't be.

    Where somebody who isn't subscribed has a place under the new address, the reader takes it
    and leaves the old one: each place keeps its own history.
    """
    before, address = _of(connection, one), parse(one.email)
    errands.done(connection, one.id)
    there = store.find(connection, address.email)
    if suppression.find(connection, address.hash) or before.state is not State.ACTIVE:
        return None
    evidence = Evidence("change of address, confirmed at the new one")
    if there is None or there.id == before.id:
        values = {"email": address.email, "address_key": address.key, "address_hash": address.hash}
        mine = subscriber.c.id == before.id
        connection.execute(update(subscriber).where(mine).values(values))
        record(connection, [before.id], Kind.GRANTED, evidence, now)
        return before
    if there.state is State.ACTIVE:
        return None
    wanted = before.preferences
    topics = tuple(sorted(wanted.topics))
    entry = Entry(address, before.name, topics, wanted.mode, wanted.language)
    if not _taken(connection, entry, evidence, now):
        return None
    store.pause(connection, there.id, before.paused_until)
    left = Evidence("change of address: another place on the list was taken")
    store.unsubscribe(connection, before.id, left, now)
    return before


def never_confirmed(before: datetime) -> Select[tuple[int]]:
    """Select the numbers of those who asked before a moment and let every link run out."""
    waits = select(errand.c.subscriber_id).where(errand.c.subscriber_id == subscriber.c.id)
    over = (subscriber.c.state == State.PENDING) & (subscriber.c.created_at < before)
    return select(subscriber.c.id).where(over, ~waits.exists())


def forget_pending(connection: Connection, before: datetime) -> int:
    """Forget those who never confirmed; return how many. What else names them goes before."""
    theirs = subscriber_topic.c.subscriber_id.in_(never_confirmed(before))
    connection.execute(delete(subscriber_topic).where(theirs))
    over = subscriber.c.id.in_(never_confirmed(before))
    return connection.execute(delete(subscriber).where(over)).rowcount


def _of(connection: Connection, one: Errand) -> Subscriber:
    assert one.subscriber_id is not None  # noqa: S101 - it was opened for somebody
    return store.get(connection, one.subscriber_id)


def _taken(connection: Connection, entry: Entry, evidence: Evidence, now: datetime) -> bool:
    taken = store.add(connection, entry, evidence, now, again=True)
    return taken.outcome not in (Outcome.SUPPRESSED, Outcome.UNSUBSCRIBED)
