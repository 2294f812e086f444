"""Is it well? The pages that say so, and the numbers."""

import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import text
from starlette.applications import Starlette

from newsletter.bootstrap import App
from newsletter.delivery import Receipt
from newsletter.errors import OutsideError
from newsletter.service import health, jobs
from newsletter.service.duty import Duty
from newsletter.service.health import Check, checks
from newsletter.service.metrics import Metrics
from newsletter.service.server import Pages, Server
from newsletter.service.vitals import LATE, LastRun, Vitals
from newsletter.store.engine import writing
from tests.support.ledger import HandClock
from tests.support.service import free_port
from tests.support.site import ON_A_FILE, Site


class Beat:
    """Monotonic seconds, moved by hand."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def beat() -> Beat:
    return Beat()


@pytest.fixture
def vitals(beat: Beat) -> Vitals:
    return Vitals(monotonic=beat)


def failing(app: App, vitals: Vitals) -> list[Check]:
    return [one for one in checks(app, vitals) if not one.ok]


def test_all_is_well(app: App, vitals: Vitals) -> None:
    """A service that has just started is ready, and says so of each part."""
    names = [one.name for one in checks(app, vitals)]
    assert names == ["database", "migrations", "scheduler", "backend", "disk"]
    assert failing(app, vitals) == []


def test_a_clock_that_does_not_strike(app: App, vitals: Vitals, beat: Beat) -> None:
    """A thread that lives and does nothing is found out."""
    beat.now += LATE - 1
    assert failing(app, vitals) == []
    beat.now += 1
    (found,) = failing(app, vitals)
    assert (found.name, found.detail) == ("scheduler", "its clock struck 90 s ago")
    vitals.strike()
    assert failing(app, vitals) == []


def test_a_clock_whose_thread_died(app: App, vitals: Vitals) -> None:
    """A dead thread is found out, however lately it struck."""
    vitals.clock_runs = lambda: False
    (found,) = failing(app, vitals)
    assert (found.name, found.detail) == ("scheduler", "its thread is dead")


def test_a_backend_that_took_nothing(app: App, vitals: Vitals, clock: HandClock) -> None:
    """What the server said last stands there, without addresses; mended, it is well again."""
    vitals.last_run = LastRun(False, "ann@example.org may not relay", clock.now())
    (found,) = failing(app, vitals)
    assert found.name == "backend"
    assert found.detail == "(address) may not relay at 2021-02-01 14:30 UTC"
    vitals.last_run = LastRun(True, "250 2.0.0", clock.now())
    assert failing(app, vitals) == []


def test_tables_of_another_version(app: App, vitals: Vitals) -> None:
    """A database that was changed under the service is not ready."""
    with writing(app.engine) as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '0001'"))
    (found,) = failing(app, vitals)
    assert found.name == "migrations"
    assert "newsletter db upgrade" in found.hint


@ON_A_FILE
def test_a_database_that_is_gone(app: App, vitals: Vitals, site: Site) -> None:
    """A damaged file is named, and nothing crashes."""
    app.engine.dispose()
    file = site.folder / "var/newsletter.db"
    for part in (file, file.with_name(file.name + "-wal")):
        part.unlink(missing_ok=True)
    file.write_bytes(b"this is no database" * 300)
    assert {one.name for one in failing(app, vitals)} == {"database", "migrations"}


def test_a_full_disk(app: App, vitals: Vitals, monkeypatch: pytest.MonkeyPatch) -> None:
    """Too little free space is not ready."""
    free = health.shutil.disk_usage(Path.cwd())._replace(free=health.LEAST_FREE - 1)
    monkeypatch.setattr(health.shutil, "disk_usage", lambda _: free)
    (found,) = failing(app, vitals)
    assert (found.name, found.detail) == ("disk", "0.2 GB free")


@pytest.fixture
def address(app: App, vitals: Vitals) -> Iterator[str]:
    """The pages, served."""
    pages = Pages(Starlette(routes=health.routes(lambda: app, vitals)))
    port = free_port()
    with Server(pages, "127.0.0.1", port):
        yield f"http://127.0.0.1:{port}"


def get(address: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(address, timeout=20) as answer:  # noqa: S310
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


def test_the_pages(address: str, vitals: Vitals) -> None:
    """`/healthz` says that it lives, `/readyz` whether it is ready and why not."""
    assert get(f"{address}/healthz") == (200, '{"ok":true}')
    status, words = get(f"{address}/readyz")
    assert (status, json.loads(words)["ok"]) == (200, True)
    vitals.clock_runs = lambda: False
    status, words = get(f"{address}/readyz")
    document = json.loads(words)
    assert (status, document["ok"]) == (503, False)
    bad = [one for one in document["checks"] if not one["ok"]]
    assert bad == [
        {
            "name": "scheduler",
            "ok": False,
            "detail": "its thread is dead",
            "hint": "start the service again",
        }
    ]
    assert get(f"{address}/healthz")[0] == 200


def test_the_numbers_are_served(address: str) -> None:
    """`/metrics` is a document that Prometheus' own parser reads."""
    status, words = get(f"{address}/metrics")
    assert status == 200
    names = {family.name for family in text_string_to_metric_families(words)}
    assert "newsletter_subscribers" in names
    assert all(name.startswith("newsletter_") for name in names)


def test_nothing_changes_anything(address: str) -> None:
    """The pages answer GET and HEAD alone."""
    for page in ("healthz", "readyz", "metrics"):
        request = urllib.request.Request(f"{address}/{page}", data=b"x")  # noqa: S310
        with pytest.raises(urllib.error.HTTPError) as caught:
            urllib.request.urlopen(request, timeout=20)  # noqa: S310
        assert caught.value.code == 405
        caught.value.close()


def test_a_port_that_is_taken() -> None:
    """Two servers can't share a port; the second is told."""
    port = free_port()
    one, other = (Server(Pages(Starlette()), "127.0.0.1", port) for _ in range(2))
    with one, pytest.raises(OutsideError, match=str(port)):
        other.__enter__()


def numbers(metrics: Metrics) -> dict[str, float]:
    """Return the numbers as a scrape shows them, by name and labels."""
    found = {}
    for family in text_string_to_metric_families(metrics.text().decode()):
        for sample in family.samples:
            labels = ",".join(sample.labels.values())
            name = sample.name.removeprefix("newsletter_")
            found[f"{name}[{labels}]" if labels else name] = sample.value
    return found


def test_the_numbers(app: App, site: Site, vitals: Vitals, beat: Beat) -> None:
    """Before and after a month is sent: deliveries, queue, lateness, readers, replies."""
    metrics = Metrics(lambda: app, vitals)
    before = numbers(metrics)
    assert before["behind_schedule_seconds"] == 1800
    assert before["subscribers[active]"] == 1
    assert before["queue_depth"] == 0
    jobs.work(Duty(app, vitals=vitals))
    beat.now += 60
    after = numbers(metrics)
    assert after["behind_schedule_seconds"] == 0
    assert after["deliveries[2021-01,sent]"] == 1
    assert after["deliveries[2021-01,queued]"] == 0
    assert after["smtp_replies_total[2xx]"] == 1
    assert after["clock_silence_seconds"] == 60
    assert after["clock_on_time"] == 1
    assert after["next_time_seconds"] == 1614607200


def test_the_queue_is_counted(app: App, site: Site, vitals: Vitals) -> None:
    """What waits in an open mailing is the queue; a paused month is behind its time."""
    assert site("approve", "2021-01") == 0
    jobs.work(Duty(app))
    with writing(app.engine) as connection:
        connection.execute(text("UPDATE mailing SET state = 'paused'"))
        connection.execute(text("UPDATE delivery SET state = 'deferred'"))
    found = numbers(Metrics(lambda: app, vitals))
    assert (found["queue_depth"], found["behind_schedule_seconds"]) == (1, 1800)


def test_bounces_are_counted(app: App, site: Site, vitals: Vitals) -> None:
    """Suppressed addresses, by reason."""
    assert site("subscribers", "suppress", "bob@example.org") == 0
    found = numbers(Metrics(lambda: app, vitals))
    assert (found["suppressions[operator]"], found["bounces"]) == (1, 0)


def test_numbers_are_kept_for_a_moment(app: App, site: Site, vitals: Vitals, beat: Beat) -> None:
    """Scraped twice in ten seconds, the tables are read once; replies are always fresh."""
    metrics = Metrics(lambda: app, vitals)
    numbers(metrics)
    assert site("subscribers", "add", "bob@example.org", "--source", "a test") == 0
    vitals.count([Receipt(1, accepted=False, code=451), Receipt(2, accepted=False, code=0)])
    found = numbers(metrics)
    assert found["subscribers[active]"] == 1
    assert (found["smtp_replies_total[4xx]"], found["smtp_replies_total[none]"]) == (1, 1)
    beat.now += 10
    assert numbers(metrics)["subscribers[active]"] == 2
