"""What must be on the disk before a final dot leaves, seen from the outside: by system calls."""

import pytest

from tests.faults.conftest import MakeWorld
from tests.faults.tracing import WATCH, Event, events
from tests.faults.world import CONNECTIONS, assert_complete

pytestmark = [pytest.mark.faults, pytest.mark.usefixtures("strace")]


def test_the_ledger_is_on_the_disk_before_each_final_dot(make_world: MakeWorld) -> None:
    """No dot leaves while something written is not synced, or an answer heard is not written."""
    world = make_world(60)
    child = world.start_sending(WATCH)
    assert world.finish(child).code == 0
    assert_complete(world)
    unsynced = unwritten = in_flight = dots = 0
    for event in events(world.folder / "strace", child.number):
        match event:
            case Event.WROTE:
                unsynced, unwritten = 1, 0
            case Event.SYNCED:
                unsynced = 0
            case Event.ANSWER:
                unwritten, in_flight = 1, in_flight - 1
            case Event.DOT:
                dots, in_flight = dots + 1, in_flight + 1
                assert not unsynced
                assert not unwritten
                assert in_flight <= CONNECTIONS
    assert dots == len(world.readers)
