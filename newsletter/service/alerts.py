"""What is wrong now, read from the tables and the service's own signs of life; each said once.

What comes and goes (a pause, a server that is down) may be said again when it comes back.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import Connection

from newsletter.bootstrap import App
from newsletter.config import Alerts
from newsletter.feedback.faults import too_many
from newsletter.feedback.rates import COMPLAINTS_LIMIT, COMPLAINTS_WARN, rates
from newsletter.model import DeliveryState, Mailing, MailingState
from newsletter.service import alarms
from newsletter.service.decide import Act
from newsletter.service.duty import Duty, guarded, said, say, told
from newsletter.service.jobs import LATE, UNREADY, decisions
from newsletter.service.notices import Notice
from newsletter.service.telling import forget, under_way
from newsletter.service.vitals import Vitals
from newsletter.store import mailings, milestones, returns
from newsletter.store.engine import reading, writing
from subscribers import suppression
from subscribers.suppression import Reason

DOWN = timedelta(minutes=10)
"""So long something may be wrong that is tried again and may pass: nobody need know."""
RECENT = timedelta(days=30)
"""Mailings that began longer ago are not looked at any more."""
FEW = 20
"""Fewer outcomes than this make no rate."""
MANY = 3
"""Fewer complaints than this may come from one bad day of one reader."""


def watch(duty: Duty) -> None:
    """Tell the operator what is wrong now; forget what no longer is."""
    present = conditions(duty)
    for one in present:
        with guarded(f"alert {one.key}"):
            say(duty, one.key, partial(_itself, one))
    _forget_others(duty, {one.key for one in present})


def _itself(notice: Notice) -> Notice:
    return notice


def conditions(duty: Duty) -> list[Notice]:
    """Return everything that is wrong now."""
    app, now = duty.app, duty.app.clock.now()
    found = [*_late(app, duty.vitals, now), *_backend(app, duty.vitals, now)]
    with reading(app.engine) as connection:
        everything = mailings.all_of(connection)
        begun = [one for one in everything if one.started_at and one.started_at > now - RECENT]
        for one in begun:
            found += _of_mailing(connection, app.settings.alerts, one)
            found += _returned(connection, app.settings.delivery.pause_after, one)
        if begun:
            found += _bounces(connection, app.settings.alerts, begun[-1])
        if number := returns.set_aside(connection):
            found.append(alarms.set_aside(number))
    return [*found, *_mailbox(duty.vitals)]


def _of_mailing(connection: Connection, own: Alerts, mailing: Mailing) -> Iterator[Notice]:
    if mailing.state is MailingState.PAUSED and mailing.reason:
        yield alarms.paused(mailing)
    counts = mailings.counts(connection, mailing.id)
    failed, sent = counts[DeliveryState.FAILED], counts[DeliveryState.SENT]
    if past(failed, failed + sent, own.failed_percent):
        yield alarms.failures(mailing, failed, failed + sent)


def _bounces(connection: Connection, own: Alerts, newest: Mailing) -> Iterator[Notice]:
    """Count what has bounced since the newest mailing began: by then the old ones' are in."""
    if newest.started_at is None:
        return
    sent = mailings.counts(connection, newest.id)[DeliveryState.SENT]
    number = suppression.number_since(connection, Reason.BOUNCE, newest.started_at)
    if past(number, sent, own.bounced_percent):
        yield alarms.bounces(newest, number, sent)


def _returned(connection: Connection, limit: int, mailing: Mailing) -> Iterator[Notice]:
    """Weigh complaints, and letters that came back for a reason of ours."""
    found = rates(connection, mailing.id)
    if found.complaints >= MANY and found.complaint_percent >= COMPLAINTS_WARN:
        worse = found.complaint_percent >= COMPLAINTS_LIMIT
        limit_passed = COMPLAINTS_LIMIT if worse else COMPLAINTS_WARN
        yield alarms.complaints(mailing, found.complaints, found.complaint_percent, limit_passed)
    if mailing.state is not MailingState.PAUSED and too_many(found.ours, found.letters, limit):
        yield alarms.faults(mailing, found.ours, found.letters)


def _mailbox(vitals: Vitals) -> Iterator[Notice]:
    seconds = vitals.lasts("mailbox", bool(vitals.mailbox))
    if vitals.mailbox and seconds >= DOWN.total_seconds():
        yield alarms.mailbox_down(vitals.mailbox)


def past(number: int, whole: int, percent: float) -> bool:
    """Tell whether a share is past so many in 100, where there are enough to speak of one."""
    return whole >= FEW and number * 100 > percent * whole


def _late(app: App, vitals: Vitals, now: datetime) -> Iterator[Notice]:
    """Find months that should have begun and, with time to do so, have not."""
    for one in decisions(app):
        is_late = one.act is Act.SEND and now - one.due.at >= LATE
        seconds = vitals.lasts(f"late/{one.due.month}", is_late)
        if seconds >= DOWN.total_seconds() and not told(app, UNREADY, one.due.month):
            yield alarms.late(one.due)


def _backend(app: App, vitals: Vitals, now: datetime) -> Iterator[Notice]:
    last, name = vitals.last_run, milestones.BACKEND_DOWN
    with writing(app.engine) as connection:
        if last is not None and last.ok:
            milestones.forget(connection, name)
        elif last is not None:
            milestones.record(connection, name, now)
        since = milestones.reached(connection, name).get(name)
    if _somebody_asked(app, vitals) and since is not None and now - since >= DOWN:
        yield alarms.backend_down(last.words if last else "a worker's log says why", since)


def _somebody_asked(app: App, vitals: Vitals) -> bool:
    """Tell whether what stands of the server is known: of one that nobody has asked, it is not."""
    return vitals.last_run is not None or app.settings.delivery.dispatcher != "local"


def _forget_others(duty: Duty, present: set[str]) -> None:
    """Forget pauses and troubles that are over."""
    for key in (said(duty.app) | under_way(duty.app)) - present:
        known = _somebody_asked(duty.app, duty.vitals)
        over = key in ("mailbox", "set-aside") or (key == "backend" and known)
        if key.startswith("paused/") or over:
            forget(duty.app, key)
