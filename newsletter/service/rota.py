"""What the service does again and again, and how often: the whole list.

To have it do something more, write a job (a function of a Duty) and give it a line here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from newsletter.service import alerts, backups, jobs, mailbox
from newsletter.service.duty import Job

WORK: Final = "work"

_OFTEN = timedelta(seconds=20)


@dataclass(frozen=True, slots=True)
class Task:
    """Jobs that are done one after the other, `every` so often, first so long `after` the start.

    A task never runs beside itself; beside others it does. A job that raises is said in the log,
    and keeps neither the next job nor the next turn from being done.
    """

    jobs: tuple[Job, ...]
    every: timedelta
    after: timedelta = timedelta()


TASKS: Mapping[str, Task] = {
    "strike": Task((jobs.strike,), _OFTEN),
    "watch": Task((jobs.watch, alerts.watch), _OFTEN),
    WORK: Task((jobs.work,), _OFTEN),
    "mailbox": Task((mailbox.read_returned,), _OFTEN),
    "backup": Task((backups.back_up,), timedelta(minutes=10), after=timedelta(minutes=1)),
}
"""By the name under which the clock calls them."""
