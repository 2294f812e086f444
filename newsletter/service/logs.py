"""The service's log: one JSON document a line on stdout, and no reader's address in it.

On a terminal, where somebody watches, it is lines of words instead.
"""

import logging
import re
import sys
from datetime import datetime
from typing import Any

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

_PLAIN = r"[^\s<>()\[\]{},;:\"'“”|/]+"
_ADDRESS = re.compile(rf"(?:\"[^\"]*\"|{_PLAIN})@(?:\[[^\]\s]*\]|{_PLAIN})")
_HIDDEN = "(address)"


def hide(text: str) -> str:
    """Return text in which nobody's address stands."""
    return _ADDRESS.sub(_HIDDEN, text)


def in_order(_logger: WrappedLogger, _name: str, event: EventDict) -> EventDict:
    """Put when, how grave and what first: people read logs too."""
    first = [name for name in ("timestamp", "level", "event") if name in event]
    return {name: event[name] for name in dict.fromkeys((*first, *event))}


def hide_addresses(_logger: WrappedLogger, _name: str, event: EventDict) -> EventDict:
    """Hide the addresses in a line of the log, wherever they stand: servers like to repeat them."""
    return {name: _hidden(value) for name, value in event.items()}


def _hidden(value: Any) -> Any:
    if isinstance(value, str):
        return hide(value) if "@" in value else value
    if isinstance(value, dict):
        return {name: _hidden(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_hidden(one) for one in value]
    return value


def configure(*, verbose: bool = False, for_people: bool = False) -> None:
    """Log as JSON from now on; what libraries log by `logging` goes the same way.

    With `verbose` debug lines are written too; `for_people`, who watch a terminal, lines of words.
    """
    level = logging.DEBUG if verbose else logging.INFO
    finish = _finish(for_people=for_people)
    structlog.configure(
        processors=[structlog.contextvars.merge_contextvars, *finish],
        wrapper_class=structlog.make_filtering_bound_logger(level),
    )
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *finish]
        )
    )
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
    # That a job is skipped while the last one still runs is how it is meant to be.
    logging.getLogger("apscheduler").setLevel(logging.ERROR)


def in_words(_logger: WrappedLogger, _name: str, event: EventDict) -> str:
    """Return a line for a terminal; what takes more room stands below it."""
    time = datetime.fromisoformat(event.pop("timestamp")).astimezone()
    level, what = event.pop("level"), event.pop("event")
    below = [line for name in _LONG for line in _lines(event.pop(name, ()))]
    why = event.pop("error", "")
    rest = ", ".join(f"{name} {value}" for name, value in event.items())
    grave = "" if level == "info" else f"{level}: "
    head = f"{time:%H:%M:%S}  {grave}" + ": ".join(filter(None, (what, why, rest)))
    return "\n".join([head, *(f"          {line}" for line in below)])


def _lines(value: Any) -> list[str]:
    return value.splitlines() if isinstance(value, str) else [str(one) for one in value]


_LONG = ("next", "text", "hint", "exception")
"""What is not told in one line."""

_TRACEBACKS = structlog.tracebacks.ExceptionDictTransformer(show_locals=False)
"""Without the variables: they hold readers."""


def _finish(*, for_people: bool) -> tuple[Processor, ...]:
    """Return what becomes of every line, whoever wrote it."""
    processors = structlog.processors
    return (
        processors.add_log_level,
        processors.TimeStamper(fmt="iso", utc=True),
        processors.format_exc_info if for_people else processors.ExceptionRenderer(_TRACEBACKS),
        in_order,
        hide_addresses,
        in_words if for_people else processors.JSONRenderer(ensure_ascii=False, default=str),
    )
