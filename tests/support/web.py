"""The public pages over a site in a folder, asked without a socket."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from starlette.testclient import TestClient

from newsletter import config
from newsletter.bootstrap import App
from newsletter.cli.site import scaffold
from newsletter.web.app import site
from tests.support.ledger import HandClock
from tests.support.site import MONTHS

URL = "http://127.0.0.1:8025"
"""The sample site's public address."""


@dataclass
class Web:
    """The pages, the application behind them, and a clock that is moved by hand."""

    app: App
    clock: HandClock = field(default_factory=HandClock)

    def client(self, **options: object) -> TestClient:
        """Return somebody who asks for pages; redirects are not followed."""
        asked = {"base_url": URL, "follow_redirects": False, "raise_server_exceptions": False}
        return TestClient(site(self.app), **(asked | options))  # type: ignore[arg-type]


@contextmanager
def opened(folder: Path, url: str = "", **changes: dict[str, object]) -> Iterator[Web]:
    """Lay out a site and open its pages; `changes` are keys by section of the settings.

    Its database is at `url`, or in its own file.
    """
    if not folder.exists():
        scaffold(folder, MONTHS)
    if url:
        changes["database"] = {"url": url}
    settings = config.load(folder / "config.toml")
    for name, keys in changes.items():
        section = getattr(settings, name)
        fresh = type(section).model_validate(section.model_dump(by_alias=True) | keys)
        settings = settings.model_copy(update={name: fresh})
    clock = HandClock()
    app = App(settings, clock)
    try:
        yield Web(app, clock)
    finally:
        app.close()
