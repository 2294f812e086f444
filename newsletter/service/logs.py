"""The service's log: one JSON document a line on stdout, and no reader's address in it."""

import logging
import re
import sys
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


def configure(*, verbose: bool = False) -> None:
    """Log as JSON from now on; what libraries log by `logging` goes the same way.

    With `verbose` debug lines are written too.
    """
    level = logging.DEBUG if verbose else logging.INFO
    structlog.configure(
        processors=[structlog.contextvars.merge_contextvars, *_FINISH],
        wrapper_class=structlog.make_filtering_bound_logger(level),
    )
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *_FINISH]
        )
    )
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
    # That a job is skipped while the last one still runs is how it is meant to be.
    logging.getLogger("apscheduler").setLevel(logging.ERROR)


_TRACEBACKS = structlog.tracebacks.ExceptionDictTransformer(show_locals=False)
"""Without the variables: they hold readers."""

_FINISH: tuple[Processor, ...] = (
    structlog.processors.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.ExceptionRenderer(_TRACEBACKS),
    in_order,
    hide_addresses,
    structlog.processors.JSONRenderer(ensure_ascii=False, default=str),
)
