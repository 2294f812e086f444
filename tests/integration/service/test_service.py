"""The service: the month is sent when it is due, once, however often the clock strikes."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import text

from newsletter import config
from newsletter.bootstrap import App
from newsletter.model import MailingState, Month
from newsletter.service import jobs
from newsletter.service.run import Service
from newsletter.store import mailings
from newsletter.store.engine import reading, writing
from tests.support.ledger import HandClock
from tests.support.site import Site, make_site

FEBRUARY_FIRST = datetime(2021, 2, 1, 14, 30, tzinfo=UTC)
"""A first Monday, half an hour after nine in Toronto: January's time, sent a month later."""


@pytest.fixture
def site(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Site:
    site = make_site(tmp_path / "site", capsys)
    path = site.folder / "config.toml"
    path.write_text(path.read_text().replace('"required"', '"automatic"'))
    assert site("subscribers", "add", "ann@example.org", "--source", "a test") == 0, site.err
    return site


@pytest.fixture
def app(site: Site) -> Iterator[App]:
    app = App(config.load(site.folder / "config.toml"), HandClock(FEBRUARY_FIRST))
    yield app
    app.close()


def state(app: App, month: Month) -> MailingState | None:
    with reading(app.engine) as connection:
        mailing = mailings.find(connection, month)
    return mailing.state if mailing else None


def strike(app: App) -> None:
    """Let the clock strike as the service does."""
    jobs.guarded(jobs.send_due_month)(app, lambda: False)


def test_the_month_that_is_due_is_sent_once(app: App, site: Site) -> None:
    """However often the job fires, each reader gets one mail."""
    for _ in range(3):
        strike(app)
    assert state(app, Month(2021, 1)) is MailingState.SENT
    assert len(site.mails) == 1


def test_nothing_is_sent_before_its_time(app: App, site: Site) -> None:
    """Half an hour before the time, last month's own time is long past `late_by`."""
    app.clock.move(hours=-1)  # type: ignore[attr-defined]
    strike(app)
    assert site.mails == []


def test_a_service_that_was_down_sends_late(app: App, site: Site) -> None:
    """Within `late_by` the missed month still goes out, exactly once; after it, never."""
    app.clock.move(days=6)  # type: ignore[attr-defined]
    strike(app)
    strike(app)
    assert len(site.mails) == 1


def test_a_month_too_late_is_not_sent(app: App, site: Site) -> None:
    """Past `late_by` nothing goes out by itself."""
    app.clock.move(days=8)  # type: ignore[attr-defined]
    strike(app)
    assert site.mails == []


def test_a_month_waits_for_approval(site: Site) -> None:
    """With approval required, only what was approved is sent."""
    path = site.folder / "config.toml"
    path.write_text(path.read_text().replace('"automatic"', '"required"'))
    app = App(config.load(path), HandClock(FEBRUARY_FIRST))
    strike(app)
    assert site.mails == []
    assert site("approve", "2021-01") == 0
    strike(app)
    assert len(site.mails) == 1
    app.close()


def test_a_job_that_fails_leaves_the_clock_running(
    app: App, site: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    """An error in the month is said with its hint, and nothing is half done."""
    for path in (site.folder / "content/2021-01").glob("0*.md"):
        path.write_text("no front matter")
    strike(app)
    assert state(app, Month(2021, 1)) is None
    assert "newsletter check 2021-01" in capsys.readouterr().out


def test_the_job_store_is_disposable(app: App) -> None:
    """Jobs are textual references; their table can go, and a new service makes it anew."""
    service = Service(app)
    service.scheduler.start(paused=True)
    (job,) = [one for one in service.scheduler.get_jobs() if one.id == "month"]
    assert (job.misfire_grace_time, job.coalesce, job.max_instances) == (7 * 86400, True, 1)
    assert job.func_ref == "newsletter.service.run:fire_month"
    service.scheduler.shutdown()
    with writing(app.engine) as connection:
        connection.execute(text("DROP TABLE apscheduler_jobs"))
    again = Service(app)
    again.scheduler.start(paused=True)
    assert {one.id for one in again.scheduler.get_jobs()} == {"month", "go-on"}
    again.scheduler.shutdown()


def test_the_process_starts_says_what_comes_and_stops_cleanly(site: Site) -> None:
    """`newsletter run` logs JSON, and SIGTERM ends it with exit code 0."""
    command = [sys.executable, "-m", "newsletter", "--config", str(site.folder / "config.toml")]
    with subprocess.Popen([*command, "run"], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        first = json.loads(process.stdout.readline())
        process.send_signal(signal.SIGTERM)
        last = process.communicate(timeout=30)[0].splitlines()[-1]
    assert first["event"] == "started"
    assert len(first["next"]) == 5
    assert json.loads(last)["event"] == "stopped"
    assert process.returncode == 0
