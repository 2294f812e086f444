"""What is wrong now, read from the tables and the service's own signs of life; each said once.

What comes and goes (a pause, a server that is down) may be said again when it comes back.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import Connection

from newsletter.bootstrap import App
from newsletter.config import Alerts
from newsletter.model import DeliveryState, Mailing, MailingState
from newsletter.schedule import Due
from newsletter.service.decide import Act
from newsletter.service.jobs import Duty, decisions, guarded, say
from newsletter.service.notices import EVERYBODY, Audience, Notice
from newsletter.service.telling import forget, said, under_way
from newsletter.service.vitals import Vitals
from newsletter.store import mailings, milestones
from newsletter.store.engine import reading, writing
from subscribers import suppression
from subscribers.suppression import Reason

LATE = timedelta(hours=1)
"""A month that was due so long ago and has not begun is late."""
DOWN = timedelta(minutes=10)
"""A server may be away so long: it is tried again, and nobody need know."""
RECENT = timedelta(days=30)
"""Mailings that began longer ago are not looked at any more."""
FEW = 20
"""Fewer outcomes than this make no rate."""

_FLEETING = ("paused/", "late/", "backend")
_TROUBLE = "trouble/backend"


def watch(duty: Duty) -> None:
    """Tell the operator what is wrong now; forget what no longer is."""
    present = conditions(duty)
    for one in present:
        with guarded(f"alert {one.key}"):
            say(duty, one.key, partial(_itself, one))
    _forget_others(duty.app, {one.key for one in present})


def _itself(notice: Notice) -> Notice:
    return notice


def conditions(duty: Duty) -> list[Notice]:
    """Return everything that is wrong now."""
    app, now = duty.app, duty.app.clock.now()
    found = [*_late(app, now), *_backend(app, duty.vitals, now)]
    with reading(app.engine) as connection:
        begun = [
            one
            for one in mailings.all_of(connection)
            if one.started_at is not None and one.started_at > now - RECENT
        ]
        for one in begun:
            found += _of_mailing(connection, app.settings.alerts, one)
        if begun:
            found += _bounces(connection, app.settings.alerts, begun[-1])
    return found


def _of_mailing(connection: Connection, own: Alerts, mailing: Mailing) -> Iterator[Notice]:
    if mailing.state is MailingState.PAUSED and mailing.reason:
        yield paused(mailing)
    counts = mailings.counts(connection, mailing.id)
    failed, sent = counts[DeliveryState.FAILED], counts[DeliveryState.SENT]
    if past(failed, failed + sent, own.failed_percent):
        yield failures(mailing, failed, failed + sent)


def _bounces(connection: Connection, own: Alerts, newest: Mailing) -> Iterator[Notice]:
    """Count what has bounced since the newest mailing began: by then the old ones' are in."""
    if newest.started_at is None:
        return
    sent = mailings.counts(connection, newest.id)[DeliveryState.SENT]
    number = suppression.number_since(connection, Reason.BOUNCE, newest.started_at)
    if past(number, sent, own.bounced_percent):
        yield bounces(newest, number, sent)


def past(number: int, whole: int, percent: float) -> bool:
    """Tell whether a share is past so many in 100, where there are enough to speak of one."""
    return whole >= FEW and number * 100 > percent * whole


def _late(app: App, now: datetime) -> Iterator[Notice]:
    """Find months that should have begun. What is missing in their files is said elsewhere."""
    for one in decisions(app):
        month = one.due.month
        known = said(app, f"too-few/{month}") or said(app, f"errors/{month}")
        if one.act is Act.SEND and now - one.due.at >= LATE and not known:
            yield late(one.due)


def _backend(app: App, vitals: Vitals, now: datetime) -> Iterator[Notice]:
    last = vitals.last_run
    with writing(app.engine) as connection:
        if last is not None and last.ok:
            milestones.forget(connection, _TROUBLE)
        elif last is not None:
            milestones.record(connection, _TROUBLE, now)
        since = milestones.reached(connection, _TROUBLE).get(_TROUBLE)
    if last is not None and since is not None and now - since >= DOWN:
        yield backend_down(last.words, since)


def _forget_others(app: App, present: set[str]) -> None:
    for key in (said(app) | under_way(app)) - present:
        if key.startswith(_FLEETING):
            forget(app, key)


def paused(mailing: Mailing) -> Notice:
    """Say that a mailing has stopped by itself, and why."""
    month = mailing.month
    lines = [
        f"{month} has paused by itself: {mailing.reason}",
        "Nobody was lost and nobody is mailed twice: who has not had it waits.",
        "Mend the cause; `newsletter doctor` looks at the server, its login and the DNS.",
        f"Then let it go on: newsletter resume {month}",
        f"How it stands: newsletter status {month}",
    ]
    return Notice(f"paused/{month}", (Audience.OPERATOR,), f"{month} has paused", "\n".join(lines))


def failures(mailing: Mailing, failed: int, tried: int) -> Notice:
    """Say that an unusual share of readers could not be mailed."""
    month = mailing.month
    lines = [
        f"{month}: {failed} of {tried} deliveries have failed.",
        f"The server's words for each: newsletter deliveries {month} --state failed",
        f"Many alike mean a block or a bad list; stop and look: newsletter pause {month}",
    ]
    subject = f"{month}: {failed} of {tried} deliveries failed"
    return Notice(f"failures/{month}", (Audience.OPERATOR,), subject, "\n".join(lines))


def bounces(mailing: Mailing, number: int, sent: int) -> Notice:
    """Say that an unusual share of addresses has bounced."""
    month = mailing.month
    lines = [
        f"Since {month} went out, {number} addresses have bounced for good; {sent} got it.",
        "They are suppressed and not mailed again.",
        "Providers block senders whose lists are old: where did these readers come from?",
        "See: newsletter subscribers stats",
    ]
    subject = f"{month}: {number} addresses have bounced"
    return Notice(f"bounces/{month}", (Audience.OPERATOR,), subject, "\n".join(lines))


def late(due: Due) -> Notice:
    """Say that a month was due and has not begun, for no reason that lies in its files."""
    month = due.month
    lines = [
        f"{month} was due on {due.at:%Y-%m-%d %H:%M %Z} and has not begun to go out.",
        "The service goes on trying. Its log says why it could not; so may: newsletter doctor",
        f"To send it by hand: newsletter send {month}",
    ]
    return Notice(f"late/{month}", EVERYBODY, f"{month} is late", "\n".join(lines))


def backend_down(words: str, since: datetime) -> Notice:
    """Say that no message can be handed over."""
    lines = [
        f"Since {since:%Y-%m-%d %H:%M} UTC no message can be handed over: {words}",
        "It is tried again every few minutes, and goes on where it stopped.",
        "Look at [delivery] and the relay: newsletter doctor",
    ]
    subject = "the mail server takes nothing"
    return Notice("backend", (Audience.OPERATOR,), subject, "\n".join(lines))
