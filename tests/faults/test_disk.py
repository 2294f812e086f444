"""Failing disks: the sender stops before the next final dot, says so, and goes on another time."""

from pathlib import Path

import pytest

from tests.faults.children import Ended, tampering
from tests.faults.conftest import MakeWorld
from tests.faults.world import MONTH, World, assert_bounded, assert_complete

pytestmark = [pytest.mark.faults, pytest.mark.usefixtures("strace")]

FULL = ("ENOSPC", "can't grow: the disk is full", "free some space, then try again")
BROKEN = ("EIO", "can't be read or written: the disk failed", "look at the system's log")


def approved(make_world: MakeWorld) -> World:
    """Return a world whose month is frozen, so that sending is all that is left."""
    world = make_world(60)
    assert world.start("approve", MONTH).finish().code == 0
    return world


def log_of(world: World) -> Path:
    """Return the file that each of the ledger's commits is written to first."""
    return world.database.with_name(f"{world.database.name}-wal")


def assert_said(ended: Ended, what: str, hint: str) -> None:
    """It ended with 3, and told a person what happened and what to do."""
    assert ended.code == 3, ended
    assert what in ended.err
    assert f"Hint: {hint}" in ended.err
    assert "Traceback" not in ended.err
    assert ended.out == ""


def assert_stopped(world: World) -> None:
    """No message left that the ledger had not promised before, durably."""
    record, ledger = world.receiver.settled(), world.ledger()
    assert {ledger[email].state for email in record.recipients} <= {"sent", "sending"}


@pytest.mark.parametrize("when", ["1+", "3+", "6", "9+", "20"])
@pytest.mark.parametrize(
    ("call", "trouble"),
    [("fdatasync", BROKEN), ("pwrite64", FULL), ("pwrite64", BROKEN)],
    ids=["sync-fails", "disk-full", "write-fails"],
)
def test_a_failing_disk_stops_the_sender(
    make_world: MakeWorld, call: str, trouble: tuple[str, str, str], when: str
) -> None:
    """From the nth time on, or at the nth time only: it stops, says so, and later goes on."""
    world = approved(make_world)
    error, what, hint = trouble
    place, forever, _ = when.partition("+")
    times = int(place) * (4 if call == "pwrite64" else 1)  # a commit syncs once and writes pages
    ended = world.send(tampering(call, f"error={error}", f"{times}{forever}", log_of(world)))
    assert_said(ended, what, hint)
    assert_stopped(world)
    assert_bounded(world)
    world.kills += 1
    assert world.send().code == 0
    assert_complete(world)


def test_a_read_only_database_sends_nothing(make_world: MakeWorld) -> None:
    """What can't be written to is not sent from."""
    world = approved(make_world)
    refuse_writing = tampering("openat", "error=EROFS", "1+2", world.database)
    ended = world.send(refuse_writing)
    assert_said(ended, "can't be written", "check who owns the file and its folder")
    assert not world.receiver.settled().taken
    assert world.send().code == 0
    assert_complete(world)
