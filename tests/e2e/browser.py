"""Chromium, without a window: opens a mail in a frame of a given width and measures it."""

import html
import json
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
    *("--hide-scrollbars", "--disable-dev-shm-usage", "--virtual-time-budget=3000"),
)

# A window is at least 500 pixels wide: a phone's width needs a frame. The frame's colour scheme
# is the reader's: prefers-color-scheme in a frame follows the element that holds it.
PAGE = """<!DOCTYPE html><html style="color-scheme: {scheme}"><body style="margin: 0">
<iframe id="mail" style="border: 0; width: {width}px; height: 4000px; color-scheme: {scheme}"
 srcdoc="{mail}"></iframe><pre id="result"></pre><script>{script}</script></body></html>"""

SCRIPT = (Path(__file__).parent / "measure.js").read_text("utf-8")


@dataclass(frozen=True, slots=True)
class Browser:
    """A Chromium to be started once for each measurement; `folder` takes its profile."""

    program: str
    folder: Path

    def measure(self, mail: str, width: int, scheme: str) -> dict[str, Any]:
        """Return what `measure.js` finds of the document `mail` at `width` CSS pixels."""
        page = self.folder / "page.html"
        page.write_text(
            PAGE.format(width=width, scheme=scheme, mail=html.escape(mail), script=SCRIPT),
            "utf-8",
        )
        preferred = ["--blink-settings=preferredColorScheme=0"] if scheme == "dark" else []
        command = [
            self.program,
            *FLAGS,
            *preferred,
            f"--user-data-dir={self.folder / 'profile'}",
            f"--window-size={max(width, 500)},4000",
            "--dump-dom",
            page.as_uri(),
        ]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
        found = done.stdout.split('<pre id="result">')[1].split("</pre>")[0]
        result: dict[str, Any] = json.loads(html.unescape(found))
        return result


def find(folder: Path) -> Browser:
    """Return a Chromium, or skip the test; on the build machine its absence is a failure."""
    names = ("chromium", "chromium-browser", "google-chrome")
    program = next((found for name in names if (found := shutil.which(name))), None)
    if program is None and os.environ.get("CI") == "true":
        pytest.fail("no Chromium is installed: apt-get install chromium")
    if program is None:
        pytest.skip("no Chromium is installed: the mail's looks are not measured")
    return Browser(program, folder)
