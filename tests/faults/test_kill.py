"""kill -9 at any moment: nobody is lost, and nobody has it twice but who was in flight."""

import os
import random
import signal
import time
from collections.abc import Sequence

import pytest

from tests.faults.children import kill
from tests.faults.conftest import MakeWorld
from tests.faults.world import World, assert_bounded, assert_complete

pytestmark = pytest.mark.faults

ROUNDS = int(os.environ.get("FAULT_ROUNDS", "1"))
"""How much to try: one round takes a minute, ten take fifteen."""


def places(most: int, step: int = 1) -> Sequence[int]:
    """Return every `step`th number up to `most`; a further round tries the ones behind them."""
    return [number + further for further in range(ROUNDS) for number in range(1, most + 1, step)]


def killed_again_and_again(world: World, call: str, at: Sequence[int]) -> None:
    """Kill the sender at the nth call, start it again, kill that one at the next place, and so on.

    So each but the first is killed while it recovers from the one before, or soon after.
    """
    for place in at:
        ended = world.send(kill(call, place))
        if ended.code == 0:
            return
        assert ended.code == -signal.SIGKILL, ended.err
        assert_bounded(world)


@pytest.mark.usefixtures("strace")
@pytest.mark.parametrize(
    ("call", "at"),
    [
        pytest.param("fdatasync", places(30), id="fdatasync"),
        pytest.param("sendmsg", places(24), id="sendmsg"),
        # The freeze writes some hundred pages, the rest of the start some thirty, a turn four.
        pytest.param("pwrite64", [*places(400, 40), *places(60)], id="pwrite64"),
        pytest.param("sendto", [1, 2, 1], id="sendto"),
        pytest.param("recvfrom", places(24), id="recvfrom"),
        pytest.param("write", [1, 2, 3], id="write"),
        pytest.param("unlink,ftruncate", [2, 1, 1], id="at-the-end"),
    ],
)
def test_killed_at_every_write_send_and_sync(
    make_world: MakeWorld, call: str, at: Sequence[int]
) -> None:
    """Killed at a call, restarted, killed while recovering, … and in the end everybody has it."""
    world = make_world(240 * ROUNDS)
    killed_again_and_again(world, call, at)
    assert world.kills > 0
    assert world.send().code == 0
    before = assert_complete(world)
    assert world.send().code == 0
    assert world.receiver.settled().taken == before.taken


def killed_while_sending(world: World, chance: random.Random) -> None:
    """Kill the sender after some more messages have been taken, and a little later than that."""
    child = world.start_sending()
    goal = len(world.receiver.record().taken) + chance.randrange(1, 30)
    world.receiver.wait_for(goal)
    time.sleep(chance.random() * 0.01)
    child.signal(signal.SIGKILL)
    world.finish(child)


def test_killed_at_random_moments(make_world: MakeWorld) -> None:
    """Twenty kills at moments nobody chose."""
    world = make_world(600 * ROUNDS, "delay", 3)
    chance = random.Random(20210201)  # noqa: S311
    for _ in range(20 * ROUNDS):
        killed_while_sending(world, chance)
        assert_bounded(world)
    assert world.kills == 20 * ROUNDS
    assert world.send().code == 0
    assert assert_complete(world).duplicates > 0  # so it was killed with messages in flight
