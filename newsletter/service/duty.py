"""What every job of the service is given, and how it says something to people and to the log."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime

import structlog

from newsletter.bootstrap import App
from newsletter.errors import LeaseHeld, NewsletterError
from newsletter.model import Month
from newsletter.sending import Outfit
from newsletter.service import notices
from newsletter.service.notices import Notice, NotToldYet, Tell
from newsletter.service.patience import Patience
from newsletter.service.vitals import Vitals
from newsletter.service.watched import Watched
from newsletter.store import milestones
from newsletter.store.engine import reading, writing

log = structlog.get_logger()

FIRST_START = "service/first start"
SAID = "notice/"
"""Milestones: what has been told to people."""


def never() -> bool:
    """Go on."""
    return False


@dataclass(frozen=True)
class Duty:
    """What the jobs are given. `stop` says when to end; the rest outlives a change of settings."""

    app: App
    tell: Tell = notices.write_to_log
    stop: Callable[[], bool] = never
    vitals: Vitals = field(default_factory=Vitals)
    patience: Patience = field(default_factory=Patience)

    def outfit(self) -> Outfit:
        """Return the sender's tools, with an eye on the backend."""
        own = self.app.outfit
        return replace(
            own, open_backend=lambda: Watched(own.open_backend(), self.vitals, own.clock)
        )


Job = Callable[[Duty], None]
"""Something the clock starts."""


def remember_first_start(app: App) -> None:
    """Write down when the service first ran for this site, as far as the clock can be believed."""
    now = app.clock.now()
    with writing(app.engine) as connection:
        milestones.record(connection, FIRST_START, now)
        milestones.move_back(connection, FIRST_START, now)


def first_start(app: App) -> datetime:
    """Return when the service first ran for this site; now, where it never did."""
    with reading(app.engine) as connection:
        return milestones.reached(connection, FIRST_START).get(FIRST_START, app.clock.now())


def say(duty: Duty, key: str, make: Callable[[], Notice]) -> None:
    """Tell people something, unless it was said before. It counts as said when it was told."""
    name = SAID + key
    with reading(duty.app.engine) as connection:
        if name in milestones.reached(connection, name):
            return
    try:
        duty.tell(make())
    except NotToldYet:  # Whoever tells has said why.
        return
    with writing(duty.app.engine) as connection:
        milestones.record(connection, name, duty.app.clock.now())


def said(app: App) -> set[str]:
    """Return the keys of what has been said."""
    with reading(app.engine) as connection:
        return {name.removeprefix(SAID) for name in milestones.reached(connection, SAID)}


def told(app: App, kinds: Iterable[str], month: Month) -> bool:
    """Tell whether one of these has been said about a month."""
    return not said(app).isdisjoint(f"{kind}/{month}" for kind in kinds)


@contextmanager
def guarded(job: str) -> Iterator[None]:
    """Say an error with its hint, and let the clock go on."""
    try:
        yield
    except LeaseHeld as error:
        log.info("another sender is at work", job=job, holder=error.message)
    except NewsletterError as error:
        log.error("job failed", job=job, error=error.message, hint=error.hint)
    except Exception:
        log.exception("job failed in a way nobody foresaw", job=job)
