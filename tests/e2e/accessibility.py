"""What keeps people out of a page, as axe-core sees it."""

from importlib.resources import files
from typing import Any, cast

from playwright.sync_api import Page

AXE = (files("axe_playwright_python") / "axe.min.js").read_text("utf-8")


def violations(page: Page) -> list[str]:
    """Return what axe-core says is wrong with a page, and where."""
    page.evaluate(AXE)
    result = page.evaluate("axe.run({resultTypes: ['violations']})")
    return [
        f"{one['id']}: {one['help']} at {[node['html'][:120] for node in one['nodes']][:3]}"
        for one in cast("list[Any]", result["violations"])
    ]
