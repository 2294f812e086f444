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
    seen = _Seen(schedule, zone, now, since, states)
    return [*seen.due(), *seen.missed(), *seen.soon()]


@dataclass(frozen=True, slots=True)
class _Seen:
    """What a decision is made from, and what follows from it."""

    schedule: Schedule
    zone: ZoneInfo
    now: datetime
    since: datetime
    states: Mapping[Month, MailingState]

    def due(self) -> Iterator[Decision]:
        """Decide about months whose time has come, and not too long ago."""
        unasked = Act.SEND if self.schedule.approval == "automatic" else Act.AWAIT_APPROVAL
        for due in self._firsts(self.now - self.schedule.late_by, self.now):
            state = self.states.get(due.month)
            ours = first_from(self.schedule, self.zone, due.month, self.since)
            if ours is not None and ours <= self.now:  # its first time that we were there for
                if state in (None, MailingState.SCHEDULED):
                    yield Decision(Act.SEND if state else unasked, Due(due.month, ours))
            elif state is MailingState.SCHEDULED:
                yield Decision(Act.SEND, due)

    def missed(self) -> Iterator[Decision]:
        """Decide about months whose time is too long ago."""
        late = self.now - self.schedule.late_by
        in_time = {due.month for due in self._firsts(late, self.now)}
        for due in self._firsts(max(self.since, self.now - _MEMORY), late - _MOMENT):
            waits = self.states.get(due.month) in (None, MailingState.SCHEDULED)
            if waits and due.month not in in_time:
                yield Decision(Act.ASK, due)

    def soon(self) -> Iterator[Decision]:
        """Decide about months whose time is near."""
        for due in self._firsts(self.now + _MOMENT, self.now + self.schedule.remind_before):
            first = own_time(self.schedule, self.zone, due.month)
            if due.month not in self.states and first > self.now:
                yield Decision(Act.REMIND, due)

    def _firsts(self, begin: datetime, end: datetime) -> Iterator[Due]:
        return firsts(self.schedule, self.zone, begin, end)
