"""Notices that a file was saved, and tells every page that is open.

Folders are watched with all that is in them. Where they lie is watched too, one level deep: a
folder that is made later, or anew, is taken up, and a large site is not watched as a whole.
"""

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import suppress
from pathlib import Path

from watchfiles import Change, awatch
from watchfiles._rust_notify import WatchfilesRustInternalError

_STEP = 30
"""Milliseconds of quiet that end a change: an editor writes a file in several steps."""

_DEBOUNCE = 300
"""Milliseconds after which a change is told even if more keep coming."""

_SETTLED = 250
"""Milliseconds after which a new watch looks once for what was saved while it was set up."""

_KINDS = frozenset({"", ".md", ".toml", ".mjml", ".txt", ".html", ".css", ".js"})
"""Ends of names that matter; the empty one is a folder's. A database in a folder is no change."""


class Watch:
    """Follows `places()`; calls `changed` when one was saved, then wakes whoever waits for news.

    `version` is unlike for every change and for every start, so that a page can tell whether what
    it shows is the latest.
    """

    def __init__(self, places: Callable[[], Sequence[Path]], changed: Callable[[], None]) -> None:
        self._places = places
        self._changed = changed
        self._start = secrets.token_hex(4)
        self._count = 0
        self._turn = asyncio.Event()
        self._again = asyncio.Event()
        self._ended = False
        self._polling: bool | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    @property
    def version(self) -> str:
        """What the files are now, as one word."""
        return f"{self._start}-{self._count}"

    async def news(self, seen: str) -> AsyncIterator[str]:
        """Yield the version whenever it is another than the one seen, until the end."""
        while not self._ended:
            turn = self._turn
            if self.version != seen:
                seen = self.version
                yield seen
            else:
                await turn.wait()

    def tell(self) -> None:
        """Wake whoever waits, from any thread: what is shown is not the latest, files or no."""
        if self._loop is not None and not self._ended:
            with suppress(RuntimeError):  # the loop has ended meanwhile
                self._loop.call_soon_threadsafe(self._turn_over)

    def stop(self) -> None:
        """End everything: watching, and all streams of news."""
        self._ended = True
        self._again.set()
        self._turn.set()

    async def run(self) -> None:
        """Watch until `stop`. Where the system has no watches left, look at the files instead."""
        self._loop = asyncio.get_running_loop()
        while not self._ended:
            self._again = asyncio.Event()
            try:
                async with asyncio.TaskGroup() as group:
                    group.create_task(self._within(self._again, self._folders()))
                    group.create_task(self._around(self._again, self._parents()))
            except* FileNotFoundError:
                pass  # a folder went away between the look and the watch
            except* (OSError, WatchfilesRustInternalError):
                if self._polling:
                    raise
                self._polling = True

    async def _within(self, again: asyncio.Event, folders: set[Path]) -> None:
        """Watch what is in the folders, until `again`."""
        settled = False
        async for changes in awatch(
            *folders,
            watch_filter=lambda _change, path: matters(path),
            step=_STEP,
            debounce=_DEBOUNCE,
            stop_event=again,
            rust_timeout=_SETTLED,
            yield_on_timeout=True,
            force_polling=self._polling,
            ignore_permission_denied=True,
        ):
            if changes or not settled:
                self._notice()
            settled = True
            if self._folders() != folders:
                again.set()

    async def _around(self, again: asyncio.Event, parents: set[Path]) -> None:
        """Watch the folders that the places lie in for the places themselves, until `again`."""
        async for changes in awatch(
            *parents,
            watch_filter=lambda _change, path: Path(path) in self._places(),
            step=_STEP,
            debounce=_DEBOUNCE,
            stop_event=again,
            recursive=False,
            force_polling=self._polling,
            ignore_permission_denied=True,
        ):
            self._notice()
            if self._parents() != parents or _folders_among(changes):
                again.set()

    def _notice(self) -> None:
        self._changed()
        self._turn_over()

    def _turn_over(self) -> None:
        self._count += 1
        turn, self._turn = self._turn, asyncio.Event()
        turn.set()

    def _folders(self) -> set[Path]:
        return {place for place in self._places() if place.is_dir()}

    def _parents(self) -> set[Path]:
        return {place.parent for place in self._places() if place.parent.is_dir()}


def matters(path: str) -> bool:
    """Say whether a picture can be made of a file with this name, or of a folder."""
    return Path(path).suffix.lower() in _KINDS


def _folders_among(changes: Iterable[tuple[Change, str]]) -> bool:
    """Say whether a folder came or went: a watch on the old one sees nothing of the new one."""
    return any(change is not Change.modified and not Path(path).suffix for change, path in changes)
