"""Which files wake the preview, and what it does where the system can't watch."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from newsletter.studio import watch
from newsletter.studio.watch import Watch, matters


@pytest.mark.parametrize("name", ["01-a.md", "01-A.MD", "taxonomy.toml", "body.mjml", "2021-03"])
def test_what_pictures_are_made_of_matters(name: str) -> None:
    """Content, taxonomy, templates, and folders, which may be months."""
    assert matters(f"/site/content/{name}")


@pytest.mark.parametrize("name", ["newsletter.db", "newsletter.db-wal", ".01-a.md.swp", "01-a.md~"])
def test_what_others_write_does_not_matter(name: str) -> None:
    """A database, and an editor's passing copies: reading the first would wake us for ever."""
    assert not matters(f"/site/content/{name}")


def test_polling_where_no_watch_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the system has no watches left, the files are looked at instead."""
    asked: list[bool | None] = []

    async def awatch(*_paths: Path, **options: Any) -> AsyncIterator[set[tuple[int, str]]]:
        asked.append(options["force_polling"])
        if not options["force_polling"]:
            raise OSError("OS file watch limit reached")
        yield set()
        one.stop()

    monkeypatch.setattr(watch, "awatch", awatch)
    one = Watch(lambda: (tmp_path,), lambda: None)
    asyncio.run(one.run())
    assert set(asked) == {None, True}


def test_a_failure_of_polling_too_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is tried once; then the failure is the caller's."""

    async def awatch(*_paths: Path, **_options: Any) -> AsyncIterator[set[tuple[int, str]]]:
        raise OSError("no")
        yield set()

    monkeypatch.setattr(watch, "awatch", awatch)
    with pytest.raises(ExceptionGroup):
        asyncio.run(Watch(lambda: (tmp_path,), lambda: None).run())


def test_news_are_told_once_and_end() -> None:
    """A version that was seen is not told; the stream ends with the watch."""

    async def listen() -> list[str]:
        one = Watch(tuple, lambda: None)
        told = []
        async for version in one.news("another"):
            told.append(version)
            one.stop()
        return told

    assert len(asyncio.run(listen())) == 1
