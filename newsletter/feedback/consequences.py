"""What follows for the reader, in the transaction of whoever calls.

    hard        the address is suppressed
    soft        so many letters in so long, and it rests; then one letter is the probe
    ours        nothing
    complaint   unsubscribed, and suppressed: no import undoes that
    unsubscribe unsubscribed

Anybody can write an address into a message. Where nothing else says whom it is about, and nobody
vouches for where it came from, it silences no reader for good: a bounce counts as a soft one, if
a letter went there lately, and a complaint only unsubscribes.

A refusal in the dialogue with the server and a bounce that came later have the same consequence.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import Connection

from newsletter.config import Bounces
from newsletter.delivery import Receipt
from newsletter.delivery.verdicts import Verdict
from newsletter.feedback.weigh import LONGEST_REPLY, Bearing, Ruling, ended
from newsletter.feedback.who import Found
from newsletter.postbox import Kind, Said
from newsletter.store import returns
from newsletter.store.returns import Entry
from subscribers import store, suppression
from subscribers.address import examine
from subscribers.consent import Evidence
from subscribers.suppression import Reason

_COMPLAINT = Evidence("complaint, passed on by the reader's provider")
_LEFT = Evidence("unsubscribe mail")
PROBE_FAILED = "the letter after the rest bounced too"
LATELY = timedelta(days=14)
"""Servers try for some five days; what bounces later by its address alone is about no letter."""


def follow(
    connection: Connection,
    found: Found,
    kind: Kind,
    ruling: Ruling,
    policy: Bounces,
    now: datetime,
    identity: str = "",
    *,
    sure: bool = True,
) -> None:
    """Write down what came back about a reader, and do what follows.

    It is not `sure` where only an address in the message says whom it is about.
    """
    if kind is Kind.BOUNCE and not sure:
        ruling = _doubted(connection, found, ruling, now)
    entry = _entry(found, kind, ruling, now, identity)
    returns.add(connection, entry)
    if kind is Kind.BOUNCE:
        if found.letter and found.way.is_proof and ruling.bearing is not Bearing.NONE:
            returns.fail(connection, found.letter, entry)
        _bounced(connection, found, ruling, policy, now, sure=sure)
    elif kind is Kind.COMPLAINT:
        store.unsubscribe(connection, found.subscriber_id, _COMPLAINT, now)
        if sure:
            _suppress(connection, found.email, Reason.COMPLAINT, now, "")
    elif kind is Kind.UNSUBSCRIBE:
        store.unsubscribe(connection, found.subscriber_id, _LEFT, now)


def refused(
    connection: Connection,
    reader: Found,
    verdict: Verdict,
    receipt: Receipt,
    policy: Bounces,
    now: datetime,
) -> None:
    """Do what follows from a refusal in the dialogue that ended a delivery."""
    said = Said(receipt.code, receipt.status, receipt.reply)
    bearing = ended(verdict, said)
    ruling = Ruling(bearing, receipt.code, receipt.status, receipt.reply[:LONGEST_REPLY])
    if bearing in (Bearing.HARD, Bearing.SOFT):
        returns.add(connection, _entry(reader, Kind.BOUNCE, ruling, now, ""))
        _bounced(connection, reader, ruling, policy, now)


def wake(connection: Connection, policy: Bounces, now: datetime) -> int:
    """Let addresses be mailed again whose rest has ended; return how many.

    That they rested is remembered, so that the bounce of their next letter is for good.
    """
    woken = 0
    for address_hash, since in returns.rested(connection, now):
        stop = suppression.find(connection, address_hash)
        if stop is not None and stop.reason is Reason.BOUNCE and stop.at == since:
            woken += suppression.lift(connection, address_hash)
        elif now - since > policy.probe_after + policy.soft_within:
            returns.end_rest(connection, address_hash)
    return woken


def _doubted(connection: Connection, found: Found, ruling: Ruling, now: datetime) -> Ruling:
    """Return what a bounce means that only names an address."""
    if ruling.bearing not in (Bearing.HARD, Bearing.SOFT):
        return ruling
    letter = found.letter
    lately = letter is not None and returns.tried_since(connection, letter.id, now - LATELY)
    return replace(ruling, bearing=Bearing.SOFT if lately else Bearing.NONE)


def _bounced(
    connection: Connection,
    found: Found,
    ruling: Ruling,
    policy: Bounces,
    now: datetime,
    *,
    sure: bool = True,
) -> None:
    words = f"{ruling.code or ''} {ruling.status}".strip()
    if ruling.bearing is Bearing.HARD:
        _suppress(connection, found.email, Reason.BOUNCE, now, words)
    elif ruling.bearing is Bearing.SOFT:
        _weaken(connection, found, policy, now, sure=sure)


def _weaken(
    connection: Connection, found: Found, policy: Bounces, now: datetime, *, sure: bool
) -> None:
    """Let the address rest after too many soft bounces; after a rest one is too many.

    One that only names the address begins another rest.
    """
    address = examine(found.email)
    if isinstance(address, str):
        return
    until = returns.resting(connection, address.hash)
    if until is not None:
        if now >= until and sure:
            _suppress(connection, found.email, Reason.BOUNCE, now, PROBE_FAILED)
        elif now >= until:
            _rest(connection, address.hash, policy, now, PROBE_FAILED)
        return
    since = now - policy.soft_within
    number = returns.letters_bounced(connection, found.subscriber_id, Bearing.SOFT, since)
    if number < policy.soft_limit:
        return
    _rest(connection, address.hash, policy, now, f"{number} letters bounced softly")


def _rest(
    connection: Connection, address_hash: str, policy: Bounces, now: datetime, why: str
) -> None:
    until = now + policy.probe_after
    note = f"rests until {until:%Y-%m-%d}: {why}"
    if suppression.suppress(connection, address_hash, Reason.BOUNCE, now, note):
        returns.begin_rest(connection, address_hash, now, until)


def _suppress(connection: Connection, email: str, reason: Reason, now: datetime, note: str) -> None:
    """Suppress an address for good, one that rests too."""
    address = examine(email)
    if isinstance(address, str):
        return
    returns.end_rest(connection, address.hash)
    suppression.suppress(connection, address.hash, reason, now, note)


def _entry(found: Found, kind: Kind, ruling: Ruling, now: datetime, identity: str) -> Entry:
    return Entry(
        kind=kind.value,
        bearing=ruling.bearing.value,
        at=now,
        code=ruling.code or None,
        status=ruling.status,
        reply=ruling.reply if found.email else "",
        way=found.way.value,
        subscriber_id=found.subscriber_id,
        delivery_id=found.letter.id if found.letter else None,
        identity=identity,
    )
