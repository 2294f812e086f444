"""What the service does when the clock strikes. The truth is in the tables, not in the clock."""

from datetime import UTC, datetime, timedelta
from functools import partial

import structlog
from sqlalchemy import Connection
from structlog.contextvars import bound_contextvars

from newsletter import proofreading, publishing
from newsletter.bootstrap import App
from newsletter.errors import (
    BackendError,
    ContentError,
    LeaseHeld,
    RenderError,
)
from newsletter.model import Finding, Mailing, MailingState, Month
from newsletter.schedule import Due, last_time
from newsletter.service import notices
from newsletter.service.decide import Act, Decision, decide
from newsletter.service.duty import Duty, first_start, guarded, say, told
from newsletter.service.notices import Notice, Readiness
from newsletter.service.patience import HOUR
from newsletter.store import ledger, mailings
from newsletter.store.engine import reading

log = structlog.get_logger()

UNREADY = ("too-few", "errors")
"""Notices that say what keeps a month from going out."""
_KNOWN = (*UNREADY, "approval", "decision")
"""Notices by which people know why a month goes out late."""

LATE = timedelta(hours=1)
"""A month that begins so long after its time is late."""
_A_MINUTE = timedelta(minutes=1)


def strike(duty: Duty) -> None:
    """Note that the clock strikes, whatever else takes long."""
    duty.vitals.strike()


def decisions(app: App) -> list[Decision]:
    """Return what is to be done now."""
    now, schedule = app.clock.now(), app.settings.schedule
    with reading(app.engine) as connection:
        states = {one.month: one.state for one in mailings.all_of(connection)}
    return decide(schedule, app.settings.zone, now, first_start(app), states)


def watch(duty: Duty) -> None:
    """Tell people what waits for them: what comes soon, what is not approved, what is too late."""
    app = duty.app
    for one in decisions(app):
        if one.act is not Act.SEND:
            with guarded(f"{one.act} {one.due.month}"):
                say(duty, notices.key_of(one.act, one.due.month), partial(_notice, app, one))


def work(duty: Duty) -> None:
    """Go on with what was begun, then send what is due."""
    for mailing in _unfinished(duty.app):
        with guarded(f"send {mailing.month}"):
            _send(duty, mailing)
    for one in decisions(duty.app):
        if one.act is Act.SEND and not duty.stop():
            with guarded(f"send {one.due.month}"):
                _send_due(duty, one.due)


def _notice(app: App, one: Decision) -> Notice:
    if one.act is Act.ASK:
        return notices.decision_wanted(one.due)
    state = readiness(app, one.due.month)
    if one.act is Act.AWAIT_APPROVAL:
        return notices.awaits_approval(one.due, state, _until(app, one.due))
    approval = app.settings.schedule.approval == "required"
    return notices.reminder(one.due, state, approval=approval)


def _until(app: App, due: Due) -> datetime:
    """Return how long a month that was due may still go out by itself."""
    schedule, zone = app.settings.schedule, app.settings.zone
    end = last_time(schedule, zone, due.month).astimezone(UTC) + schedule.late_by
    return end.astimezone(zone)


def readiness(app: App, month: Month) -> Readiness:
    """Look at a month's files: how many summaries are ready, and the errors in them."""
    wanted = app.settings.content.min_summaries
    try:
        ready = len(proofreading.load(app.settings, month).issue.summaries)
        findings = proofreading.check(app.settings, month)
    except RenderError as error:
        return Readiness(ready, wanted, (Finding("error", "render", error.message),))
    except ContentError:
        return Readiness(0, wanted)
    return Readiness(ready, wanted, tuple(one for one in findings if one.level == "error"))


def _send_due(duty: Duty, due: Due) -> None:
    with reading(duty.app.engine) as connection:
        mailing = mailings.find(connection, due.month)
    if mailing is None:
        mailing = _frozen(duty, due)
    if mailing is not None:
        _say_if_late(duty, due)
        _send(duty, mailing)


def _say_if_late(duty: Duty, due: Due) -> None:
    """Say that a month goes out late, where nobody knows yet why it would."""
    late = duty.app.clock.now() - due.at >= LATE
    if late and not told(duty.app, _KNOWN, due.month):
        say(duty, f"overslept/{due.month}", lambda: notices.overslept(due))


def _frozen(duty: Duty, due: Due) -> Mailing | None:
    """Freeze the month, if it is ready; if not, say what is missing and try again in an hour."""
    app, now = duty.app, duty.app.clock.now()
    name = f"freeze {due.month}"
    if not duty.patience.may_try(name, now):
        return None
    duty.patience.wait(name, now, HOUR)
    state, until = readiness(app, due.month), _until(app, due)
    if not state.enough:
        log.warning("not sent", month=str(due.month), why=state.in_words())
        say(duty, f"too-few/{due.month}", lambda: notices.too_few(due, state, until))
        return None
    try:
        return publishing.freeze(app.settings, app.engine, app.renderer, due.month, now)
    except (ContentError, RenderError) as error:
        errors = state.errors or (Finding("error", "month", error.message, hint=error.hint),)
        log.warning("not sent", month=str(due.month), why=error.message)
        say(duty, f"errors/{due.month}", lambda: notices.has_errors(due, errors, until))
        return None


def _unfinished(app: App) -> list[Mailing]:
    """Return the mailings that were begun and of which something may be done now."""
    with reading(app.engine) as connection:
        begun = [one for one in mailings.all_of(connection) if one.state is MailingState.SENDING]
        return [one for one in begun if _can_go_on(app, connection, one)]


def _can_go_on(app: App, connection: Connection, mailing: Mailing) -> bool:
    """Tell whether somebody may be mailed now, or nobody waits and that has not been noted."""
    now, hold = app.clock.now(), app.settings.delivery.on_uncertain == "hold"
    return (
        ledger.has_work(connection, mailing.id, now, hold=hold)
        or ledger.next_try(connection, mailing.id, hold=False) is None
    )


def _send(duty: Duty, mailing: Mailing) -> None:
    """Send, or go on, as far as can be; what stands in the way is left alone for a while."""
    app, name = duty.app, f"send {mailing.month}"
    if duty.stop() or not duty.patience.may_try(name, app.clock.now()):
        return
    with bound_contextvars(mailing=mailing.id, month=str(mailing.month)):
        try:
            outfit, zone = duty.outfit(), app.settings.zone
            result = app.dispatcher.send(outfit, mailing.month, zone, stop=duty.stop)
        except LeaseHeld:
            duty.patience.wait(name, app.clock.now(), _A_MINUTE)
            raise
        except BackendError:
            duty.patience.failed(name, app.clock.now())
            raise
        duty.patience.done(name)
        log.info("mailing", state=result.mailing.state.value, **result.numbers())
        if result.hold is not None:
            now = app.clock.now()
            duty.patience.wait(name, now, min(result.hold.until - now, HOUR))
            log.info("waiting", why=result.hold.why, until=result.hold.until.isoformat())
