"""What people have to be told, each once: pure functions from what is known to a Notice.

How it reaches them is not decided here: whoever runs the service hands it a `Tell`. Without one a
notice is a line in the log.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import structlog

from newsletter.model import Finding, Month
from newsletter.schedule import Due
from newsletter.service.decide import Act

log = structlog.get_logger()


class Audience(StrEnum):
    """Who has to know."""

    EDITOR = "editor"
    OPERATOR = "operator"


EVERYBODY = (Audience.EDITOR, Audience.OPERATOR)


@dataclass(frozen=True, slots=True)
class Notice:
    """Something people have to be told. `key` says what it is about: a key is said once.

    `subject` is one line, `text` says what happened and what to do. No reader's address is in it.
    """

    key: str
    to: tuple[Audience, ...]
    subject: str
    text: str


class NotToldYet(Exception):
    """A notice has not reached everybody; whoever tells has said why, and will try again."""


Tell = Callable[[Notice], None]
"""Brings a notice to its people. Where it raises, the notice counts as not said and comes again."""


def write_to_log(notice: Notice) -> None:
    """Say it in the log alone."""
    log.warning("notice", key=notice.key, subject=notice.subject, text=notice.text)


@dataclass(frozen=True, slots=True)
class Readiness:
    """How a month stands: its ready summaries, how many are wanted, and its errors."""

    ready: int
    wanted: int
    errors: tuple[Finding, ...] = ()

    @property
    def enough(self) -> bool:
        """Whether there are as many ready summaries as are wanted."""
        return self.ready >= self.wanted

    def in_words(self) -> str:
        """Say it: `1 of 2 summaries is ready`."""
        verb = "is" if self.ready == 1 else "are"
        if self.ready > self.wanted:
            return f"{self.ready} {_summaries(self.ready)} {verb} ready"
        return f"{self.ready} of {self.wanted} {_summaries(self.wanted)} {verb} ready"


def _summaries(number: int) -> str:
    return "summary" if number == 1 else "summaries"


def key_of(act: Act, month: Month) -> str:
    """Return the key of what is said about a month."""
    return f"{_KINDS[act]}/{month}"


_KINDS = {Act.REMIND: "reminder", Act.AWAIT_APPROVAL: "approval", Act.ASK: "decision"}


def reminder(due: Due, state: Readiness, *, approval: bool) -> Notice:
    """Say some days before how the month stands."""
    lines = [f"{state.in_words()}; the mail goes out on {_when(due.at)}.", *_wrong(state.errors)]
    if approval:
        lines.append(f"It goes out if it is approved by then: newsletter approve {due.month}")
    subject = f"{due.month}: {state.in_words()}; it goes out on {_when(due.at)}"
    return Notice(key_of(Act.REMIND, due.month), (Audience.EDITOR,), subject, "\n".join(lines))


def awaits_approval(due: Due, state: Readiness, until: datetime) -> Notice:
    """Say that the time has come and nobody has approved the month."""
    lines = [
        f"{due.month} was due on {_when(due.at)}. It waits for approval; {state.in_words()}.",
        *_wrong(state.errors),
        f"Look at it: newsletter preview {due.month}",
        f"Let it go: newsletter approve {due.month}",
        f"It goes out within a minute of that, until {_when(until)}.",
    ]
    subject = f"{due.month} waits for approval"
    return Notice(key_of(Act.AWAIT_APPROVAL, due.month), EVERYBODY, subject, "\n".join(lines))


def too_few(due: Due, state: Readiness, until: datetime) -> Notice:
    """Say that nothing was sent because summaries are missing."""
    lines = [
        f"{due.month} was due on {_when(due.at)}. Nothing was sent: {state.in_words()}.",
        "What is finished needs `status: ready` in its head.",
        _again(due.month, until),
        f"To send it as it is: newsletter send {due.month}",
    ]
    subject = f"{due.month} was not sent: {state.in_words()}"
    return Notice(f"too-few/{due.month}", EVERYBODY, subject, "\n".join(lines))


def has_errors(due: Due, errors: Sequence[Finding], until: datetime) -> Notice:
    """Say that nothing was sent because of errors, and where they are."""
    lines = [
        f"{due.month} was due on {_when(due.at)}. Nothing was sent: there are errors.",
        *_wrong(errors),
        _again(due.month, until),
    ]
    subject = f"{due.month} was not sent: {len(errors)} error{'s' * (len(errors) != 1)}"
    return Notice(f"errors/{due.month}", EVERYBODY, subject, "\n".join(lines))


def decision_wanted(due: Due) -> Notice:
    """Say that it is too late to send the month unasked."""
    lines = [
        f"{due.month} was due on {_when(due.at)} and has not been sent.",
        "So late it no longer goes out by itself. Decide:",
        f"newsletter send {due.month} sends it now;",
        "do nothing, and it is left out.",
    ]
    subject = f"{due.month} was not sent; decide what becomes of it"
    return Notice(key_of(Act.ASK, due.month), EVERYBODY, subject, "\n".join(lines))


def overslept(due: Due) -> Notice:
    """Say that a month goes out late: the service slept at its time."""
    month = due.month
    lines = [
        f"{month} was due on {_when(due.at)} and goes out now: nobody is left out.",
        "At its time the service did not run, or could not send. Nothing is to be done for this "
        "month; see that the service starts with the machine, and that something watches /readyz.",
        f"How it stands: newsletter status {month}",
    ]
    return Notice(
        f"overslept/{month}", (Audience.OPERATOR,), f"{month} goes out late", "\n".join(lines)
    )


def _when(moment: datetime) -> str:
    return f"{moment:%A} {moment.day} {moment:%B} {moment.hour}:{moment:%M}"


def _again(month: Month, until: datetime) -> str:
    return f"It is tried again every hour until {_when(until)}. See: newsletter check {month}"


def _wrong(errors: Sequence[Finding]) -> list[str]:
    return [_line(one) for one in errors]


def _line(finding: Finding) -> str:
    place = ":".join(str(part) for part in (finding.file, finding.line) if part)
    hint = f" ({finding.hint})" if finding.hint else ""
    return f"- {place}: {finding.message}{hint}" if place else f"- {finding.message}{hint}"
