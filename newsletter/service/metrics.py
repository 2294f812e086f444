"""The service's numbers, read from the tables when they are asked for, in Prometheus' format."""

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from newsletter.bootstrap import App
from newsletter.model import DeliveryState, Mailing, MailingState, Month
from newsletter.schedule import coming, own_time
from newsletter.service.decide import Act
from newsletter.service.jobs import decisions
from newsletter.service.vitals import Vitals
from newsletter.store import mailings, returns
from newsletter.store.engine import reading
from subscribers import store as readers
from subscribers import suppression
from subscribers.suppression import Reason

CONTENT_TYPE = CONTENT_TYPE_LATEST

_FRESH = 10.0
"""Seconds for which numbers are kept: counting a large ledger is not free."""

_SETTLED = (DeliveryState.SENT, DeliveryState.FAILED, DeliveryState.SKIPPED)
_OPEN = (MailingState.SENDING, MailingState.PAUSED)


@dataclass(frozen=True, slots=True)
class Numbers:
    """What the tables say at one moment.

    `deliveries` holds every open mailing and the newest one; `queue` counts whoever still waits
    in an open one; `behind` is in seconds; `next_at` is a Unix time.
    """

    deliveries: Mapping[Month, Mapping[DeliveryState, int]]
    queue: int
    behind: float
    next_at: float
    readers: Mapping[str, int]
    suppressed: Mapping[Reason, int]
    feedback: Mapping[tuple[str, str], int]
    set_aside: int


def count(app: App) -> Numbers:
    """Read the numbers. Raises DatabaseError."""
    now, schedule = app.clock.now(), app.settings.schedule
    with reading(app.engine) as connection:
        everything = mailings.all_of(connection)
        shown = {one.month: one for one in everything[-1:]}
        shown |= {one.month: one for one in everything if one.state in _OPEN}
        found = {month: mailings.counts(connection, one.id) for month, one in shown.items()}
        people, suppressed = readers.stats(connection, now), suppression.counts(connection)
        returned, aside = returns.totals(connection), returns.set_aside(connection)
    waiting = (_waiting(found[month]) for month, one in shown.items() if one.state in _OPEN)
    next_at = next(coming(schedule, app.settings.zone, now)).at.timestamp()
    behind = seconds_behind(app, everything, now)
    return Numbers(found, sum(waiting), behind, next_at, people, suppressed, returned, aside)


def _waiting(counts: Mapping[DeliveryState, int]) -> int:
    return sum(number for state, number in counts.items() if state not in _SETTLED)


def seconds_behind(app: App, everything: Iterable[Mailing], now: datetime) -> float:
    """Return how long the longest waiting month has been due: not begun, or paused. 0: none is."""
    waits = [one.due.at for one in decisions(app) if one.act in (Act.SEND, Act.AWAIT_APPROVAL)]
    schedule, zone = app.settings.schedule, app.settings.zone
    paused = (one.month for one in everything if one.state is MailingState.PAUSED)
    waits += [own_time(schedule, zone, month) for month in paused]
    return max([0.0, *((now - at).total_seconds() for at in waits)])


class Metrics(Collector):
    """Answers a scrape. `current` gives the application of the moment."""

    def __init__(self, current: Callable[[], App], vitals: Vitals) -> None:
        self._current = current
        self._vitals = vitals
        self._lock = threading.Lock()
        self._numbers: Numbers | None = None
        self._counted = 0.0
        self._registry = CollectorRegistry(auto_describe=False)
        self._registry.register(self)

    def text(self) -> bytes:
        """Return the document. Raises DatabaseError."""
        return generate_latest(self._registry)

    def describe(self) -> list[Metric]:
        """Nothing is read to be registered."""
        return []

    def collect(self) -> Iterator[Metric]:
        """Yield every number."""
        yield from _from_tables(self._fresh())
        yield from _from_vitals(self._vitals)

    def _fresh(self) -> Numbers:
        with self._lock:
            now = self._vitals.monotonic()
            if self._numbers is None or now - self._counted >= _FRESH:
                self._numbers, self._counted = count(self._current()), now
            return self._numbers


def _from_tables(numbers: Numbers) -> Iterator[Metric]:
    deliveries = GaugeMetricFamily(
        "newsletter_deliveries",
        "Deliveries of the newest month and of every open one.",
        labels=["month", "state"],
    )
    for month, counts in numbers.deliveries.items():
        for state, number in counts.items():
            deliveries.add_metric([str(month), state.value], number)
    yield deliveries
    yield _gauge("queue_depth", "Deliveries that wait in open mailings.", numbers.queue)
    yield _gauge("behind_schedule_seconds", "How long a due month waits.", numbers.behind)
    yield _gauge("next_time_seconds", "When the next month is due, in Unix time.", numbers.next_at)
    yield _labelled("subscribers", "Readers by state.", "state", numbers.readers)
    suppressed = {reason.value: number for reason, number in numbers.suppressed.items()}
    yield _labelled("suppressions", "Suppressed addresses.", "reason", suppressed)
    bounced = numbers.suppressed[Reason.BOUNCE]
    yield _gauge("bounces", "Addresses that bounced for good.", bounced)
    feedback = GaugeMetricFamily(
        "newsletter_feedback",
        "What came back, by what it is and means.",
        labels=["kind", "verdict"],
    )
    for words, number in numbers.feedback.items():
        feedback.add_metric(words, number)
    yield feedback
    yield _gauge("set_aside", "Returned messages that could not be read.", numbers.set_aside)


def _from_vitals(vitals: Vitals) -> Iterator[Metric]:
    replies = CounterMetricFamily(
        "newsletter_smtp_replies",
        "Final replies of the backend since the start, by class.",
        labels=["class"],
    )
    for name, number in sorted(vitals.replies.items()):
        replies.add_metric([name], number)
    yield replies
    yield _gauge("clock_silence_seconds", "Since the clock struck last.", vitals.silence)
    yield _gauge("clock_on_time", "1 where the clock strikes as it should.", int(vitals.on_time))


def _gauge(name: str, help_: str, value: float) -> Metric:
    return GaugeMetricFamily(f"newsletter_{name}", help_, value=value)


def _labelled(name: str, help_: str, label: str, values: Mapping[str, int]) -> Metric:
    family = GaugeMetricFamily(f"newsletter_{name}", help_, labels=[label])
    for word, number in values.items():
        family.add_metric([word], number)
    return family
