"""Nightly backups: one a night, so many kept, nothing else touched."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter import config
from newsletter.bootstrap import App
from newsletter.service import backups
from newsletter.service.duty import Duty
from newsletter.service.notices import Notice
from tests.support.ledger import HandClock
from tests.support.site import Site, make_site

DAYS = st.dates(min_value=date(2000, 1, 1), max_value=date(2999, 1, 1))


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def app(tmp_path: Path, capsys: pytest.CaptureFixture[str], clock: HandClock) -> Iterator[App]:
    site: Site = make_site(tmp_path / "site", capsys)
    site.set("database", backup_keep=3)
    app = App(config.load(site.folder / "config.toml"), clock)
    yield app
    app.close()


@given(st.sets(DAYS, max_size=30), st.integers(0, 20))
def test_the_newest_are_kept(days: set[date], keep: int) -> None:
    """Of any nights exactly the newest `keep` stay."""
    names = {backups.name_of(day) for day in days}
    stay = {backups.name_of(day) for day in sorted(days)[-keep:]} if keep else set()
    assert names - set(backups.expired(names, keep)) == stay


@given(st.text(max_size=30))
def test_other_files_are_not_ours(name: str) -> None:
    """Whatever else lies in the folder is never counted nor removed."""
    nights = [backups.name_of(date(2021, 1, day)) for day in (1, 2, 3)]
    assert name not in backups.expired([*nights, name, "newsletter.db", "by-hand.db"], 0) or (
        name in nights
    )


def test_one_a_night(app: App, clock: HandClock) -> None:
    """However often it is asked, a night has one copy; five nights leave the three newest."""
    for _ in range(5):
        for _ in range(3):
            backups.nightly(app)
        clock.move(days=1)
    names = sorted(path.name for path in app.settings.database.backup_dir.iterdir())
    assert names == [f"newsletter-2021-02-0{day}.db" for day in (3, 4, 5)]


def test_a_night_begins_at_three(app: App, clock: HandClock) -> None:
    """At 2:59 in Toronto it is still last night's; at 3:00 the next copy is made."""
    clock.move(hours=-6, minutes=-1)
    first, again = backups.nightly(app), backups.nightly(app)
    clock.move(minutes=1)
    second = backups.nightly(app)
    assert first is not None
    assert again is None
    assert second is not None
    assert (first.name, second.name) == ("newsletter-2021-01-31.db", "newsletter-2021-02-01.db")


def test_a_copy_is_a_whole_database_of_its_owner(app: App) -> None:
    """It can be opened, is sound, and nobody else may read it."""
    path = backups.nightly(app)
    assert path is not None
    assert path.stat().st_mode & 0o777 == 0o600
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert connection.execute("SELECT count(*) FROM subscriber").fetchone() == (0,)


def test_none_are_wanted(app: App) -> None:
    """With backup_keep = 0 nothing is made."""
    off = app.settings.database.model_copy(update={"backup_keep": 0})
    other = App(app.settings.model_copy(update={"database": off}), app.clock)
    assert backups.nightly(other) is None
    other.close()
    assert not app.settings.database.backup_dir.exists()


def test_a_failure_is_told_once_and_tried_each_hour(app: App, clock: HandClock) -> None:
    """Where the folder can't be made, the operator hears of it; the next success ends it."""
    folder, told = app.settings.database.backup_dir, list[Notice]()
    own = Duty(app, told.append)
    folder.write_text("in the way")
    for _ in range(4):
        backups.back_up(own)
        clock.move(minutes=20)
    assert [one.key for one in told] == ["backup"]
    folder.unlink()
    clock.move(hours=1)
    backups.back_up(own)
    assert len(list(folder.iterdir())) == 1
    clock.move(days=1)
    for path in folder.iterdir():
        path.unlink()
    folder.rmdir()
    folder.write_text("in the way again")
    backups.back_up(own)
    assert len(told) == 2
