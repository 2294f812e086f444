"""The service as a process: one at a time, stopped, killed, told to read its settings anew."""

import os
import shutil
import signal
import socket
import threading
import time
from collections import Counter
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text

from newsletter.clock import SystemClock
from newsletter.store.engine import open_engine, writing
from tests.support.relay import Relay
from tests.support.service import PATIENCE, Running, running, to_relay
from tests.support.site import Site, make_site
from tests.support.waiting import until

MONTH = "2021-02"
"""It has one summary: two editions, and little to render."""


@pytest.fixture
def site(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Site:
    """A site with an approved month whose time has come, however late that is."""
    site = make_site(tmp_path / "site", capsys)
    site.set("schedule", late_by="36500d")
    return site


def fill(site: Site, number: int) -> list[str]:
    """Give the site readers and approve its month; return their addresses."""
    addresses = [f"reader{one}@example.org" for one in range(number)]
    file = site.folder / "readers.csv"
    file.write_text("\n".join(["email", *addresses]))
    assert site("subscribers", "import", str(file), "--source", "a test") == 0, site.err
    assert site("approve", MONTH) == 0, site.err
    return addresses


def slow(seconds: float, *, mute: threading.Event | None = None) -> Relay:
    """Return a relay that thinks about each message for a while, or until it may speak."""

    def script(verb: str, _nth: int) -> str | None:
        if verb == "BODY":
            time.sleep(seconds)
            if mute is not None:
                mute.wait(60)
        return None

    return Relay(script)


def got(relay: Relay) -> Counter[str]:
    """Return how many messages each reader got."""
    return Counter(one.recipients[0] for one in list(relay.log.taken))


def wait_for_mails(relay: Relay, number: int) -> None:
    until(
        lambda: len(relay.log.taken) >= number, f"the relay has taken {number} messages", PATIENCE
    )


def test_it_starts_sends_and_stops(site: Site) -> None:
    """It says when months come, sends what is due, and SIGTERM ends it with 0."""
    fill(site, 3)
    with running(site.folder) as service:
        assert len(service.wait_for("started")["next"]) == 5
        service.wait_for_state("sent")
        service.send(signal.SIGTERM)
        assert service.finish() == (0, "")
    assert len(service.events("stopping")) == 1
    assert service.log[-1]["event"] == "stopped"
    assert len(site.mails) == 3


def test_the_log_has_numbers_and_no_addresses(site: Site) -> None:
    """Mailing and delivery by number; nobody's address, though the server repeats each of them."""
    addresses = fill(site, 4)

    def script(verb: str, nth: int) -> str | None:
        answers = {1: f"450 4.2.1 <{addresses[0]}> is busy", 2: f"553 5.1.3 {addresses[1]}: bad"}
        return answers.get(nth) if verb == "RCPT" else None

    with Relay(script) as relay, running(site.folder, to_relay(relay.port)) as service:
        service.wait_for_state("sending")
        service.send(signal.SIGTERM)
        assert service.finish() == (0, "")
    assert "@" not in "".join(map(str, service.log))
    refused = {line["delivery"] for line in service.events("not delivered")}
    (delivered,) = service.events("delivered")
    assert refused | set(delivered["deliveries"]) == {1, 2, 3, 4}
    assert {line["mailing"] for line in service.log if "mailing" in line} == {1}


def test_sigterm_in_the_middle(site: Site) -> None:
    """Ended in the middle of 5,000 deliveries to a slow server: exit 0, and nobody is mailed twice
    or forgotten after the restart.
    """
    addresses = fill(site, 5000)
    with slow(0.001) as relay:
        with running(site.folder, to_relay(relay.port)) as service:
            wait_for_mails(relay, 700)
            service.send(signal.SIGTERM)
            assert service.finish() == (0, "")
        before = len(relay.log.taken)
        assert before < 4500
        with running(site.folder, to_relay(relay.port)) as service:
            service.wait_for_state("sent")
    assert got(relay) == Counter(addresses)


def test_kill_in_the_middle(site: Site) -> None:
    """kill -9, and a new start at once: everybody gets it; twice only who was in flight."""
    addresses = fill(site, 400)
    with slow(0.01) as relay:
        for mails in (50, 150):
            with running(site.folder, to_relay(relay.port)) as service:
                wait_for_mails(relay, mails)
                service.send(signal.SIGKILL)
                assert service.finish()[0] == -signal.SIGKILL
        with running(site.folder, to_relay(relay.port)) as service:
            service.wait_for_state("sent")
    assert got(relay).keys() == set(addresses)
    assert len(relay.log.taken) - len(addresses) <= 2 * 4


def test_two_started_together(site: Site) -> None:
    """One of them is the service; the other says who is and since when, and ends with 3."""
    fill(site, 3)
    with running(site.folder) as one, running(site.folder) as other:
        loser, winner = _loser_and_winner(one, other)
        code, words = loser.finish()
        assert code == 3
        assert f"process {winner.process.pid} on " in words
        assert "has been the service since 20" in words
        winner.wait_for_state("sent")
    assert len(site.mails) == 3


def test_one_that_stands_by_takes_over(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], site_url: str
) -> None:
    """The first is killed in the middle: the month goes on; told to stop, who waits ends with 0."""
    site = make_site(tmp_path / "site", capsys, site_url)
    site.set("schedule", late_by="36500d")
    addresses, speaks = fill(site, 400), threading.Event()
    speaks.set()
    with (
        slow(0.01, mute=speaks) as relay,
        running(site.folder, to_relay(relay.port)) as first,
    ):
        wait_for_mails(relay, 20)
        speaks.clear()
        waiting = {"environment": to_relay(relay.port), "options": ("--standby",)}
        with running(site.folder, **waiting) as second, running(site.folder, **waiting) as third:
            for one in (second, third):
                assert f"process {first.process.pid} on" in one.wait_for("standing by")["why"]
            third.send(signal.SIGTERM)
            assert third.finish() == (0, "")
            first.send(signal.SIGKILL)
            first.finish()
            speaks.set()
            second.wait_for_state("sent")
    assert got(relay).keys() == set(addresses)
    assert len(relay.log.taken) - len(addresses) <= 4


def test_every_minute_is_one_mail(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Due at every minute of the month: two at once, a kill and new starts send it once."""
    site = make_site(tmp_path / "site", capsys)
    assert site("subscribers", "add", "ann@example.org", "--source", "a test") == 0, site.err
    for old, new in (
        ('day = "1st mon"', 'day = "*"'),
        ('hour = "9"', 'hour = "*"\nminute = "*"'),
        ('"previous"', '"current"'),
        ('"required"', '"automatic"'),
    ):
        site.replace(old, new)
    site.set("content", min_summaries=1)
    today = SystemClock().now().astimezone(ZoneInfo("America/Toronto"))
    for day in (today, today + timedelta(days=1)):  # it may be the last minute of a month
        shutil.copytree(
            site.folder / "content" / MONTH,
            site.folder / f"content/{day:%Y-%m}",
            dirs_exist_ok=True,
        )
    for end in (signal.SIGKILL, signal.SIGTERM, signal.SIGTERM):
        with running(site.folder) as one, running(site.folder) as other:
            loser, winner = _loser_and_winner(one, other)
            assert loser.finish()[0] == 3
            winner.wait_for("started")
            until(lambda: bool(site.mails), "the mail is out", PATIENCE)
            winner.send(end)
            winner.finish()
    assert len(site.mails) == len(site.json("status"))


def _loser_and_winner(*services: Running) -> tuple[Running, Running]:
    """Wait until one of two services has given up."""
    until(lambda: any(map(_ended, services)), "one of them has given up", PATIENCE)
    loser, winner = sorted(services, key=lambda each: not _ended(each))
    return loser, winner


def _ended(service: Running) -> bool:
    return service.process.poll() is not None


def test_send_while_the_service_sends(site: Site) -> None:
    """`newsletter send` beside it is refused, saying who sends and since when."""
    fill(site, 3)
    speak = threading.Event()
    with slow(0, mute=speak) as relay, running(site.folder, to_relay(relay.port)) as service:
        until(lambda: relay.log.bodies > 0, "the relay has a message", PATIENCE)
        assert site("send", MONTH, "--yes") == 3
        assert f"process {service.process.pid} on " in site.err
        assert "has been sending since 20" in site.err
        speak.set()
        service.wait_for_state("sent")
    assert len(relay.log.taken) == 3


def test_the_grace_time_ends(site: Site) -> None:
    """A server that never answers can't keep it: past the grace time it ends, and says so."""
    fill(site, 1)
    site.set("schedule", grace="1s")
    speak = threading.Event()
    with slow(0, mute=speak) as relay:
        with running(site.folder, to_relay(relay.port)) as service:
            until(lambda: relay.log.bodies > 0, "the relay has a message", PATIENCE)
            service.send(signal.SIGTERM)
            assert service.finish() == (1, "")
        assert "uncertain" in service.events("stopped with messages in flight")[0]["hint"]
        speak.set()


def test_settings_are_read_anew(site: Site) -> None:
    """SIGHUP takes up good settings and refuses bad ones, which leaves the old ones in force."""
    path = site.folder / "config.toml"
    good = path.read_text()
    with running(site.folder) as service:
        before = service.wait_for("started")["next"]
        path.write_text(good.replace('hour = "9"', 'hour = "25"'))
        service.send(signal.SIGHUP)
        refusal = service.wait_for("the new settings are refused, the old ones stay")
        assert "[schedule]" in refusal["error"]
        path.write_text(good.replace("[delivery]", "[delivery]\nbackand = 1"))
        service.send(signal.SIGHUP)
        refusal = service.wait_for("the new settings are refused, the old ones stay", 2)
        assert "delivery.backand" in refusal["error"]
        assert "config.toml:" in refusal["error"]
        path.write_text(good.replace('"sqlite:', "").replace('hour = "9"', 'hour = "17"'))
        service.send(signal.SIGHUP)
        after = service.wait_for("reloaded")["next"]
        service.send(signal.SIGTERM)
        assert service.finish() == (0, "")
    assert [time_.replace("09:00", "17:00") for time_ in before] == after


def test_the_job_table_may_go(site: Site) -> None:
    """Without APScheduler's table the next start does the same."""
    fill(site, 1)
    for _ in range(2):
        with running(site.folder) as service:
            service.wait_for("started")
            until(lambda: len(site.mails) == 1, "the mail is out", PATIENCE)
            service.send(signal.SIGTERM)
            assert service.finish() == (0, "")
        engine = open_engine(f"sqlite:///{site.folder}/var/newsletter.db")
        with writing(engine) as connection:
            connection.execute(text("DROP TABLE apscheduler_jobs"))
        engine.dispose()
    assert len(site.mails) == 1


def test_a_taken_port_stops_no_mail(site: Site) -> None:
    """Where something else listens at its port, it says so and sends all the same."""
    fill(site, 1)
    with Relay() as relay:
        environment = {"NEWSLETTER_WEB__PORT": str(relay.port)}
        with running(site.folder, environment) as service:
            refusal = service.wait_for("no pages are served")
            assert str(relay.port) in refusal["error"]
            service.wait_for_state("sent")


def test_settings_that_could_send_nothing_end_it_at_once(site: Site) -> None:
    """A backend that isn't there is found at the start, not at nine on Monday."""
    with running(site.folder, {"NEWSLETTER_DELIVERY__BACKEND": "smpt"}) as service:
        code, words = service.finish()
    assert code == 2
    assert "did you mean `smtp`?" in words


def test_words_to_the_service_manager(site: Site, tmp_path: Path) -> None:
    """READY when it is, WATCHDOG while it is well, STOPPING when it ends."""
    path = tmp_path / "notify"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as wire:
        wire.bind(str(path))
        wire.settimeout(PATIENCE)
        with running(site.folder, {"NOTIFY_SOCKET": os.fspath(path)}) as service:
            heard = [wire.recv(1000).decode() for _ in range(3)]
            service.send(signal.SIGHUP)
            while not heard[-1].startswith("RELOADING=1\nMONOTONIC_USEC="):
                heard.append(wire.recv(1000).decode())
            service.send(signal.SIGTERM)
            while heard[-1] != "STOPPING=1":
                heard.append(wire.recv(1000).decode())
            assert service.finish() == (0, "")
    assert heard[0].startswith("STATUS=next is 20")
    assert heard[1:3] == ["READY=1", "WATCHDOG=1"]
    assert heard.count("READY=1") == 2
