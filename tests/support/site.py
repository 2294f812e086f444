"""A whole site in a folder, driven by the command line as a person would."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from newsletter.cli.main import run
from newsletter.cli.site import scaffold
from tests.support.database import lay


@dataclass
class Site:
    """A site and the command line that works on it."""

    folder: Path
    capture: pytest.CaptureFixture[str]
    out: str = ""
    err: str = ""

    def __call__(self, *words: str) -> int:
        """Run `newsletter --config … WORDS`; keep what it printed; return its exit code."""
        self.capture.readouterr()
        code = run(["--config", str(self.folder / "config.toml"), *words])
        self.out, self.err = self.capture.readouterr()
        return code

    def json(self, *words: str) -> Any:
        """Run a command that must succeed and print one JSON document."""
        assert self(*words, "--json") == 0, self.err
        return json.loads(self.out)

    @property
    def mails(self) -> list[Path]:
        """Return the outbox's files."""
        return sorted((self.folder / "var/outbox").glob("*.eml"))

    def set(self, section: str, **keys: object) -> None:
        """Add keys to a section of the configuration that doesn't have them yet."""
        path = self.folder / "config.toml"
        lines = "".join(f"{key} = {json.dumps(value)}\n" for key, value in keys.items())
        text = path.read_text()
        header = f"[{section}]\n"
        if header not in text:
            text += f"\n{header}"
        path.write_text(text.replace(header, header + lines))

    def replace(self, old: str, new: str) -> None:
        """Change the configuration's text, where it has `old`."""
        path = self.folder / "config.toml"
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new))


MONTHS = ("2020-12", "2021-01", "2021-02")


ON_A_FILE = pytest.mark.parametrize("site_url", [""])
"""For tests of what only a database in a file has."""


def make_site(folder: Path, capture: pytest.CaptureFixture[str], url: str = "") -> Site:
    """Lay out a site with all sample months; its database is at `url`, or in its own file."""
    scaffold(folder, MONTHS)
    site = Site(folder, capture)
    if url:
        site.set("database", url=url)
    else:
        lay(folder / "var/newsletter.db")
    return site
