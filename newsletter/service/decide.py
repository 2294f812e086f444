"""What is to be done now: a pure decision over the schedule, the moment, and the mailings' states.

The clock may strike as often as it likes, late, twice or not at all. Whatever is decided here
follows from what the tables say has been done, so it is decided once.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from newsletter.config import Schedule
from newsletter.model import MailingState, Month
from newsletter.schedule import Due, first_from, firsts, own_time

_MEMORY = timedelta(days=366)
"""Months that were missed longer ago are not spoken of any more."""

_MOMENT = timedelta(microseconds=1)


class Act(StrEnum):
    """What is to be done about a month."""

    SEND = "send"
    """Freeze it, if that has not been done, and send it."""
    AWAIT_APPROVAL = "await approval"
    """Its time has come, and nobody has approved it."""
    ASK = "ask"
    """It is too late to send it unasked: somebody decides."""
    REMIND = "remind"
    """Its time comes soon."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What is to be done about which month, and the time that month had."""

    act: Act
    due: Due


def decide(
    schedule: Schedule,
    zone: ZoneInfo,
    now: datetime,
    since: datetime,
    states: Mapping[Month, MailingState],
) -> list[Decision]:
    """Decide about every month that has no mailing yet, or one that has not started.

    `since` is when the service first ran for this site: a month whose time was before is left to
    people, unless somebody approved it. Times are minutes, so the minute it started in counts.
    """
    since = since.replace(second=0, microsecond=0)
    return [
        *_due(schedule, zone, now, since, states),
        *_missed(schedule, zone, now, since, states),
        *_soon(schedule, zone, now, states),
    ]


def _due(
    schedule: Schedule,
    zone: ZoneInfo,
    now: datetime,
    since: datetime,
    states: Mapping[Month, MailingState],
) -> Iterator[Decision]:
    unasked = Act.SEND if schedule.approval == "automatic" else Act.AWAIT_APPROVAL
    for due in firsts(schedule, zone, now - schedule.late_by, now):
        state = states.get(due.month)
        ours = first_from(schedule, zone, due.month, since)
        if ours is not None and ours <= now:  # its first time that we were there for
            if state in (None, MailingState.SCHEDULED):
                yield Decision(Act.SEND if state else unasked, Due(due.month, ours))
        elif state is MailingState.SCHEDULED:
            yield Decision(Act.SEND, due)


def _missed(
    schedule: Schedule,
    zone: ZoneInfo,
    now: datetime,
    since: datetime,
    states: Mapping[Month, MailingState],
) -> Iterator[Decision]:
    late = now - schedule.late_by
    in_time = {due.month for due in firsts(schedule, zone, late, now)}
    for due in firsts(schedule, zone, max(since, now - _MEMORY), late - _MOMENT):
        waits = states.get(due.month) in (None, MailingState.SCHEDULED)
        if waits and due.month not in in_time:
            yield Decision(Act.ASK, due)


def _soon(
    schedule: Schedule, zone: ZoneInfo, now: datetime, states: Mapping[Month, MailingState]
) -> Iterator[Decision]:
    for due in firsts(schedule, zone, now + _MOMENT, now + schedule.remind_before):
        if due.month not in states and own_time(schedule, zone, due.month) > now:
            yield Decision(Act.REMIND, due)
