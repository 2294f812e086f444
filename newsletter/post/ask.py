"""In the request: what somebody asks for is noted, within limits, and looked at afterwards.

Nothing here looks an address up, so nobody can learn from an answer, or from how long it took,
whether we know it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address

from sqlalchemy import Connection

from newsletter.post.office import Office
from newsletter.store.engine import writing
from subscribers import allowances, errands
from subscribers.address import Address
from subscribers.allowances import Limit
from subscribers.errands import Errand, Kind
from subscribers.model import Mode, Subscriber
from subscribers.names import clean_name
from subscribers.tokens import Purpose, number_in

HOUR = timedelta(hours=1)
DATA_LASTS = timedelta(hours=2)
"""How long a link to a reader's data is good for."""
MOVE_LASTS = timedelta(days=2)
ONE_A_DAY = Limit(1, timedelta(days=1))
"""Mails to one address that anybody on the web can cause."""
DATA_LIMIT = Limit(3, timedelta(days=1))
"""Links to a reader's data."""
WAITING = 5000
"""More than these may not wait to be looked at."""


@dataclass(frozen=True, slots=True)
class SignUp:
    """What the form says. `topics` are slugs we know; `wording` is what its reader agreed to."""

    address: Address
    name: str
    topics: Sequence[str]
    mode: Mode
    language: str
    wording: str


def sign_up(office: Office, form: SignUp, visitor: str) -> bool:
    """Note a sign-up; False where too many come in from this visitor, or altogether."""
    now, own = office.clock.now(), office.settings.subscriptions
    wish = {
        "name": clean_name(form.name),
        "topics": sorted(set(form.topics)),
        "mode": form.mode.value,
        "wording": form.wording,
    }
    with writing(office.engine) as connection:
        name = f"visitor/{fingerprint(office, visitor, now)}"
        allowed = (
            allowances.use(connection, name, Limit(own.signups_per_visitor, HOUR), now)
            and allowances.use(connection, "site", Limit(own.signups_per_hour, HOUR), now)
            and errands.count_new(connection) < WAITING
        )
        if allowed:
            lasts = own.confirm_within
            email, language = form.address.email, form.language
            errands.ask(
                connection, Kind.SUBSCRIBE, now, lasts, language=language, email=email, wish=wish
            )
    office.bell.set()
    return allowed


def data_link(office: Office, reader: Subscriber, language: str) -> bool:
    """Have a link to a reader's data mailed to them; False where they had enough today."""
    now = office.clock.now()
    with writing(office.engine) as connection:
        if not allowances.use(connection, f"data/{reader.id}", DATA_LIMIT, now):
            return False
        number = errands.ask(connection, Kind.DATA, now, DATA_LASTS, language=language)
        errands.belongs(connection, number, reader.id)
    office.bell.set()
    return True


def move(office: Office, reader: Subscriber, address: Address, language: str) -> bool:
    """Have the new address asked whether it is theirs; False where they had enough today.

    The same address again, because a page was loaded anew, is asked and counted once a day.
    """
    now = office.clock.now()
    again = f"move/{reader.id}/{office.tokens.fingerprint('address', address.key)}"
    with writing(office.engine) as connection:
        if allowances.spent(connection, again, ONE_A_DAY, now):
            return True
        if not allowances.use(connection, f"move/{reader.id}", DATA_LIMIT, now):
            return False
        allowances.use(connection, again, ONE_A_DAY, now)
        email = address.email
        number = errands.ask(connection, Kind.MOVE, now, MOVE_LASTS, language=language, email=email)
        errands.belongs(connection, number, reader.id)
    office.bell.set()
    return True


def fingerprint(office: Office, visitor: str, now: datetime) -> str:
    """Return what stands for a visitor's network address: unreadable, and another each day.

    Of IPv6 the network counts: everybody has as many addresses in theirs as they like.
    """
    try:
        ip = ip_address(visitor.partition("%")[0])
    except ValueError:
        network = visitor
    else:
        network = ip.exploded[:19] if isinstance(ip, IPv6Address) else str(ip)
    return office.tokens.fingerprint("visitor", f"{now:%Y-%m-%d} {network}")


def opened(office: Office, connection: Connection, purpose: Purpose, token: str) -> Errand | None:
    """Return the errand of a link, or None for one that is done with or too old.

    Raises TokenError for what is no token at all.
    """
    number = number_in(token)
    one = errands.find(connection, number, office.clock.now())
    if one is None or not office.tokens.holds(purpose, token, number, one.facts):
        return None
    return one
