"""Steering a sender that is a process of its own, at a slow server."""

import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.support.relay import Relay
from tests.support.site import Site, make_site
from tests.support.waiting import until

READERS = [f"reader{number:03}@example.org" for number in range(120)]
CONNECTIONS = 2
IN_FLIGHT = 2 * CONNECTIONS
"""With pipelining a connection has one message under way and the next one's envelope."""


@dataclass
class Gate:
    """A server's porter: each message is answered after a moment, or when the gate is open."""

    delay: float = 0.0
    open: threading.Event = field(default_factory=threading.Event)

    def script(self, verb: str, nth: int) -> str | None:
        if verb == "BODY":
            self.open.wait(60)
            time.sleep(self.delay)
        return None


@dataclass
class World:
    """A site, its server, and the sender at work."""

    site: Site
    relay: Relay
    gate: Gate
    started: list[subprocess.Popen[str]] = field(default_factory=list)

    def start(self) -> subprocess.Popen[str]:
        config = str(self.site.folder / "config.toml")
        command = [sys.executable, "-m", "newsletter", "--config", config, "send", "2021-02"]
        process = subprocess.Popen(
            [*command, "--yes"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        self.started.append(process)
        return process

    @property
    def taken(self) -> list[str]:
        return [one.recipients[0] for one in self.relay.log.taken]

    def wait_for(self, number: int) -> None:
        until(lambda: len(self.taken) >= number, f"{number} messages have arrived")

    def states(self) -> Counter[str]:
        return Counter(one["state"] for one in self.site.json("deliveries", "2021-02"))


@pytest.fixture
def world(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Iterator[World]:
    gate = Gate()
    with Relay(gate.script) as relay:
        site = make_site(tmp_path / "site", capsys)
        site.replace('backend = "file"', f'backend = "smtp"\nconnections = {CONNECTIONS}')
        site.set("delivery.smtp", port=relay.port, security="none", local_hostname="me.test")
        path = tmp_path / "readers.csv"
        path.write_text("email\n" + "\n".join(READERS))
        assert site("subscribers", "import", str(path)) == 0, site.err
        world = World(site, relay, gate)
        yield world
        gate.open.set()
        for process in world.started:
            process.kill()
            process.communicate(timeout=30)


def ended(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    out, err = process.communicate(timeout=60)
    return process.returncode, out, err


@pytest.mark.parametrize(("verb", "rest"), [("pause", "queued"), ("cancel", "skipped")])
def test_another_process_is_heard_within_a_second(world: World, verb: str, rest: str) -> None:
    """While it sends 50 a second: no more than a second's messages go out after the command."""
    world.gate.delay = 0.02 * CONNECTIONS
    world.gate.open.set()
    process = world.start()
    world.wait_for(10)
    assert world.site(verb, "2021-02") == 0, world.site.err
    after = len(world.taken)
    code, out, _ = ended(process)
    assert len(world.taken) - after <= 50 + IN_FLIGHT
    assert code == (1 if verb == "pause" else 0)
    assert f"2021-02 is {'paused' if verb == 'pause' else 'cancelled'}" in out
    states = world.states()
    assert states["sent"] == len(world.taken) == len(set(world.taken))
    assert states[rest] == len(READERS) - states["sent"] > 0


def test_after_a_pause_it_goes_on_and_nobody_has_it_twice(world: World) -> None:
    """Paused and resumed, with two senders one after the other: each reader once."""
    world.gate.delay = 0.005
    world.gate.open.set()
    process = world.start()
    world.wait_for(10)
    world.site("pause", "2021-02")
    assert ended(process)[0] == 1
    assert world.site("send", "2021-02", "--yes") == 1
    assert "newsletter resume 2021-02" in world.site.err
    assert world.site("resume", "2021-02") == 0
    assert ended(world.start())[0] == 0
    assert Counter(world.taken) == Counter(READERS)


def test_a_pause_is_heard_while_no_server_answers(world: World) -> None:
    """A second later nothing new begins, though replies come in again."""
    process = world.start()
    until(lambda: world.relay.log.bodies >= 1, "it waits for a reply")
    assert world.site("pause", "2021-02") == 0
    time.sleep(1.0)  # the promise
    world.gate.open.set()
    assert ended(process)[0] == 1
    assert len(world.taken) <= IN_FLIGHT
    assert world.states() == {"sent": len(world.taken), "queued": len(READERS) - len(world.taken)}


def test_a_second_sender_is_told_who_is_at_work(world: World) -> None:
    """With 3, and the process that holds the lease; the first one isn't disturbed."""
    process = world.start()
    until(lambda: world.relay.log.bodies >= 1, "the first has begun")
    assert world.site("send", "2021-02", "--yes") == 3
    assert f"process {process.pid} on " in world.site.err
    world.gate.open.set()
    assert ended(process)[0] == 0
    assert Counter(world.taken) == Counter(READERS)
