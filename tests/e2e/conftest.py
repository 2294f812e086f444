"""What the tests in real browsers share."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from tests.e2e import browser

_FLAGS = [flag for flag in browser.FLAGS if "headless" not in flag and "virtual-time" not in flag]

expect.set_options(timeout=20_000)


@pytest.fixture(scope="module")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """A Chromium for one file of tests: while it runs, its thread can have no other event loop."""
    program = browser.find(tmp_path_factory.mktemp("chromium")).program
    with sync_playwright() as playwright:
        made = playwright.chromium.launch(executable_path=program, args=_FLAGS)
        yield made
        made.close()
