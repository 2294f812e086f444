"""Asked to stop, the sender finishes what is in flight: nobody has it twice."""

import signal

import pytest

from tests.faults.conftest import MakeWorld
from tests.faults.world import CONNECTIONS, World, assert_complete

pytestmark = pytest.mark.faults


def begun(make_world: MakeWorld) -> World:
    """Return a world in which a slow receiver has a few hundred messages to take."""
    return make_world(250, "delay", 20)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=["term", "int"])
def test_a_graceful_stop_makes_no_duplicates(make_world: MakeWorld, number: signal.Signals) -> None:
    """It ends with 130, and nothing in doubt; stopped three times, everybody has it once."""
    world = begun(make_world)
    for taken in (20, 60, 100):
        child = world.start_sending()
        world.receiver.wait_for(taken)
        child.signal(number)
        ended = world.finish(child)
        assert ended.code == 130
        assert "Stopping after what is in flight" in ended.err
        assert set(world.states()) == {"sent", "queued"}
        assert world.states()["sent"] == len(world.receiver.settled().taken)
    assert world.send().code == 0
    assert assert_complete(world).duplicates == 0


def test_a_second_wish_ends_at_once(make_world: MakeWorld) -> None:
    """Then what was in flight is in doubt, and no more than that goes out twice."""
    world = begun(make_world)
    child = world.start_sending()
    world.receiver.wait_for(20)
    taken = len(world.receiver.record().taken)
    child.signal(signal.SIGTERM)
    world.receiver.wait_for(taken + 1)
    child.signal(signal.SIGTERM)
    assert world.finish(child).code == 130
    assert world.send().code == 0
    world.kills = 1
    assert assert_complete(world).duplicates <= CONNECTIONS
