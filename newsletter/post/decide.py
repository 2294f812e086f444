"""Whose address it is that somebody asked about, and which mail is the answer."""

from sqlalchemy import Connection

from newsletter.model import PostKind
from newsletter.post.ask import ONE_A_DAY
from newsletter.post.office import Office
from newsletter.store import post
from newsletter.store.engine import writing
from subscribers import allowances, errands, joining, store, suppression
from subscribers.address import Address, parse
from subscribers.errands import Errand, Kind
from subscribers.model import State
from subscribers.suppression import Reason

_AT_ONCE = 20
"""Errands in one transaction: others wait for it."""


def decide_all(office: Office) -> int:
    """Look at every errand that is new; return how many there were."""
    done = 0
    while some := _some(office):
        done += some
    return done


def _some(office: Office) -> int:
    with writing(office.engine) as connection:
        waiting = errands.new(connection, _AT_ONCE)
        for one in waiting:
            _decide(office, connection, one)
    return len(waiting)


def _decide(office: Office, connection: Connection, one: Errand) -> None:
    if one.kind is Kind.DATA:
        _data(office, connection, one)
        return
    address = parse(one.email)
    if _may_be_asked(office, connection, address, one):
        {Kind.SUBSCRIBE: _subscribe, Kind.MOVE: _move}[one.kind](office, connection, one, address)
    else:
        errands.close(connection, one.id)


def _may_be_asked(office: Office, connection: Connection, address: Address, one: Errand) -> bool:
    """Tell whether one mail may go to an address that somebody typed into a form.

    Who had themselves erased may ask again by themselves; any other suppression is silence.
    """
    standing = suppression.find(connection, address.hash)
    erased = standing is not None and standing.reason is Reason.ERASED
    if standing is not None and not (erased and one.kind is Kind.SUBSCRIBE):
        return False
    name = f"address/{office.tokens.fingerprint('address', address.key)}"
    return allowances.use(connection, name, ONE_A_DAY, office.clock.now())


def _subscribe(office: Office, connection: Connection, one: Errand, address: Address) -> None:
    now = office.clock.now()
    reader = store.find(connection, address.email)
    if reader is not None and reader.state is State.ACTIVE:
        _tell_known(office, connection, one, address)
        return
    if reader is None:
        reader = joining.make_pending(connection, address, one.language, now)
    errands.open_up(connection, one.id, reader.id)
    _put(office, connection, PostKind.CONFIRM, one, reader.id, address)


def _move(office: Office, connection: Connection, one: Errand, address: Address) -> None:
    there = store.find(connection, address.email)
    if there is not None and there.state is State.ACTIVE:
        _tell_known(office, connection, one, address)
    elif one.subscriber_id is not None:
        errands.open_up(connection, one.id, one.subscriber_id)
        _put(office, connection, PostKind.ARRIVE, one, one.subscriber_id, address)


def _data(office: Office, connection: Connection, one: Errand) -> None:
    reader = store.get(connection, one.subscriber_id or 0)
    if reader.state is State.ERASED or reader.suppressed:
        errands.close(connection, one.id)
        return
    errands.open_up(connection, one.id, reader.id)
    _put(office, connection, PostKind.DATA, one, reader.id, parse(reader.email))


def _tell_known(office: Office, connection: Connection, one: Errand, address: Address) -> None:
    """Write to somebody who is on the list, in the language they chose there."""
    reader = store.known(connection, address.email)
    errands.close(connection, one.id)
    now, language = office.clock.now(), reader.preferences.language
    post.put(connection, PostKind.KNOWN, reader.id, reader.email, now, language=language)


def _put(
    office: Office,
    connection: Connection,
    kind: PostKind,
    one: Errand,
    subscriber_id: int,
    address: Address,
) -> None:
    now, language = office.clock.now(), one.language
    post.put(
        connection, kind, subscriber_id, address.email, now, language=language, errand_id=one.id
    )
