"""The service looks after itself: its clock, its lease, its settings."""

import sys
import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text
from structlog.testing import capture_logs

from newsletter.bootstrap import App
from newsletter.errors import LeaseHeld
from newsletter.service import clockwork, place, rota, run
from newsletter.service.duty import Duty
from newsletter.service.rota import TASKS, Task
from newsletter.service.run import Service, fire
from newsletter.service.vitals import LATE
from newsletter.store import leases
from newsletter.store.engine import writing
from newsletter.store.leases import LIFETIME, Holder
from tests.support.ledger import HandClock
from tests.support.site import Site
from tests.support.waiting import until


class Beat:
    """Monotonic seconds, moved by hand."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def beat(monkeypatch: pytest.MonkeyPatch) -> Beat:
    beat = Beat()
    monkeypatch.setattr(run, "time", beat)
    monkeypatch.setattr(place, "time", beat)
    return beat


@pytest.fixture
def service(app: App, beat: Beat) -> Iterator[Service]:
    """A service that holds its lease; its clock goes, but wakes nobody."""
    service = Service(app, tell=lambda _: None)
    service.duty.vitals.monotonic = beat
    service.duty.vitals.strike()
    clockwork.start(service._clock, app.engine, app.settings)
    service._clock.pause()
    service._place.take()
    yield service
    service._place.give_back()
    clockwork.stop(service._clock)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_clock_that_died_is_replaced(service: Service) -> None:
    """Its thread has ended: a new clock takes its place, with all jobs."""
    dead = service._clock
    dead._process_jobs = lambda: sys.exit()
    dead.wakeup()
    until(lambda: not clockwork.runs(dead), "the thread has ended")
    with capture_logs() as log:
        service._beat()
        service._beat()
    assert service._clock is not dead
    assert clockwork.runs(service._clock)
    assert {job.id for job in service._clock.get_jobs()} >= TASKS.keys()
    assert [line["event"] for line in log] == [
        "the clock's thread has died; there is a new one now"
    ]


def test_a_clock_that_waits_for_yesterday_is_woken(
    service: Service, beat: Beat, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Set back a day, the jobs' times lie a day ahead: they are set anew, and not each second."""
    calls: list[Any] = []
    monkeypatch.setattr(clockwork, "set_jobs", lambda *given: calls.append(given))
    service._beat()
    beat.now += LATE
    for _ in range(5):
        service._beat()
        beat.now += 1
    assert len(calls) == 1
    beat.now += LATE
    service._beat()
    assert len(calls) == 2


def test_a_sign_of_life_every_ten_seconds(service: Service, beat: Beat, clock: HandClock) -> None:
    """The lease is kept as long as it beats; no other service gets in."""
    other = Holder("other", "elsewhere", 1)
    for _ in range(20):
        beat.now += 10
        service.duty.vitals.strike()
        clock.move(seconds=10)
        service._beat()
    with writing(service.duty.app.engine) as connection, pytest.raises(LeaseHeld):
        leases.take(connection, leases.SERVICE, other, clock.now())


def test_a_lease_that_was_lost_ends_it(service: Service, beat: Beat, clock: HandClock) -> None:
    """Silent for more than a minute, it finds another in its place, and ends."""
    clock.moment += LIFETIME * 2
    with writing(service.duty.app.engine) as connection:
        leases.take(connection, leases.SERVICE, Holder("b", "elsewhere", 1), clock.now())
    beat.now += 10
    with pytest.raises(LeaseHeld, match="another service has taken our place"):
        service._beat()


def test_the_watchdog_hears_nothing_of_a_halted_clock(
    service: Service, beat: Beat, monkeypatch: pytest.MonkeyPatch
) -> None:
    """WATCHDOG is said while the clock strikes, and not when it has stopped."""
    said: list[str] = []
    monkeypatch.setattr(run.systemd, "notify", lambda *lines: said.extend(lines))
    service._beat()
    beat.now += LATE
    service._beat()
    assert said == ["WATCHDOG=1"]


def test_work_is_not_done_twice_at_once(service: Service, site: Site) -> None:
    """The month's own time and the regular look fall together: one of them sends."""
    with service._busy["work"]:
        service.fire("work")
    assert site.mails == []
    service.fire("work")
    assert len(site.mails) == 1


def test_a_task_does_all_its_jobs(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that fails is said, and those after it are done all the same, this time and the next."""
    done: list[int] = []

    def fails(_duty: Duty) -> None:
        done.append(1)
        raise ZeroDivisionError

    task = Task((fails, lambda _: done.append(2)), timedelta(minutes=1))
    monkeypatch.setattr(rota, "TASKS", {"both": task})
    service._busy["both"] = threading.Lock()
    with capture_logs() as log:
        service.fire("both")
        service.fire("both")
    assert done == [1, 2, 1, 2]
    assert [line["job"] for line in log] == ["fails", "fails"]


def test_another_database_is_refused(service: Service, app: App) -> None:
    """The database can't be exchanged under a running service; the old settings stay."""
    database = app.settings.database.model_copy(update={"url": "sqlite:///elsewhere.db"})
    service._load = lambda: app.settings.model_copy(update={"database": database})
    service._reload_asked = True
    with capture_logs() as log:
        service._beat()
    assert service.duty.app is app
    assert "database.url" in log[0]["error"]


def test_new_settings_are_tried_at_once(service: Service, app: App, clock: HandClock) -> None:
    """What waits because it failed is tried again with the new settings."""
    service.duty.patience.failed("send 2021-01", clock.now())
    service._reload_asked = True
    service._beat()
    assert service.duty.app is not app
    assert service.duty.app.engine is app.engine
    assert service.duty.patience.may_try("send 2021-01", clock.now())


def test_a_beat_that_fails_is_not_the_last(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever goes wrong in looking after itself is said, and it goes on."""
    monkeypatch.setattr(clockwork, "runs", lambda _: 1 / 0)
    service.duty.vitals.clock_runs = lambda: True
    with capture_logs() as log:
        service._beat()
    assert log[0]["event"] == "job failed in a way nobody foresaw"


def test_the_clock_of_a_service_that_is_gone(app: App, site: Site) -> None:
    """A strike that finds no service does nothing."""
    assert Service.running is None
    fire("strike")
    fire("work")
    assert site.mails == []


def test_no_sign_of_life_where_the_database_refuses(service: Service, beat: Beat) -> None:
    """A database that can't be written for a while is said, and waited for."""
    with writing(service.duty.app.engine) as connection:
        connection.execute(text("ALTER TABLE lease RENAME TO away"))
    beat.now += 10
    with capture_logs() as log:
        service._beat()
    assert log[0]["event"] == "no sign of life could be given"
    with writing(service.duty.app.engine) as connection:
        connection.execute(text("ALTER TABLE away RENAME TO lease"))
