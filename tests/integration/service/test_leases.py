"""Who is the service: processes that are gone, and numbers that others got."""

import os
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from newsletter.bootstrap import App
from newsletter.clock import SystemClock
from newsletter.config import Database, Settings
from newsletter.errors import LeaseHeld
from newsletter.service.place import Place
from newsletter.store import leases
from newsletter.store.engine import writing
from newsletter.store.leases import Holder, take
from tests.support.database import NewDatabase
from tests.support.ledger import START, Desk, open_desk
from tests.support.waiting import until


@pytest.fixture
def desk(database: str) -> Iterator[Desk]:
    desk = open_desk(database)
    yield desk
    desk.engine.dispose()


def ask(desk: Desk, holder: Holder) -> None:
    with writing(desk.engine) as connection:
        take(connection, leases.SERVICE, holder, START)


def test_the_service_has_a_lease_of_its_own(desk: Desk) -> None:
    """It keeps nobody from sending; a second service hears who and since when."""
    ask(desk, Holder.this_process())
    with writing(desk.engine) as connection:
        take(connection, "sender", Holder.this_process(), START)
    with pytest.raises(LeaseHeld) as caught:
        ask(desk, Holder.this_process())
    words = f"process {os.getpid()} on {Holder.this_process().host} has been the service since"
    assert caught.value.message == f"{words} 2021-02-01 14:00 UTC"


def test_machines_whose_clocks_differ(
    new_postgresql: NewDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An hour ahead or behind, nobody's lease runs out early: the server's clock decides."""
    settings = Settings(database=Database(url=new_postgresql()))
    here, there = App(settings, SystemClock()), App(settings, SystemClock())
    try:
        Place(here).take()
        for hours in (1, -2):
            wrong = datetime.now(UTC) + timedelta(hours=hours)
            monkeypatch.setattr(SystemClock, "now", lambda _self, wrong=wrong: wrong)
            other = Place(there)
            other._holder = Holder("other", "elsewhere", 1)
            with pytest.raises(LeaseHeld):
                other.take()
    finally:
        here.close()
        there.close()


def test_a_number_that_another_process_got(desk: Desk) -> None:
    """In a container every start has the same number: the one before is known to be gone."""
    now = Holder.this_process()
    ask(desk, Holder(f"{now.mark.partition('-')[0]}-1", now.host, now.pid))
    ask(desk, now)


def test_a_process_that_only_waits_to_be_buried(desk: Desk) -> None:
    """Killed, and its parent has not looked: it is gone all the same."""
    child = subprocess.Popen(["sleep", "60"])
    here = Holder.this_process()
    mark = f"x-{leases._beginning(child.pid)}"
    ask(desk, Holder(mark, here.host, child.pid))
    with pytest.raises(LeaseHeld):
        ask(desk, here)
    child.kill()
    until(lambda: leases._beginning(child.pid) == "ended", "it has ended")
    ask(desk, here)
    child.wait()


def test_a_system_that_tells_nothing(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nobody can say when a process began, one that runs is believed."""
    here = Holder.this_process()
    ask(desk, Holder("x-123", here.host, os.getpid()))
    monkeypatch.setattr(leases, "_beginning", lambda _: "")
    with pytest.raises(LeaseHeld):
        ask(desk, here)
