"""Every link within the documents leads somewhere."""

from pathlib import Path

import pytest

from tests.unit.docs.pages import PAGES, TOP, anchors, links

_OUTSIDE = ("http://", "https://", "mailto:")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_to_files_and_headings(page: Path) -> None:
    """A relative link names a file that is there, and a heading that is in it."""
    broken = []
    for link in links(page):
        if link.startswith(_OUTSIDE):
            continue
        name, _, heading = link.partition("#")
        target = page.parent / name if name else page
        if not target.exists() or (heading and heading not in anchors(target)):
            broken.append(link)
    assert not broken


def test_every_document_is_reached_from_the_readme() -> None:
    """The README links to every page in docs."""
    linked = {link.partition("#")[0] for link in links(TOP / "README.md")}
    assert {f"docs/{page.name}" for page in (TOP / "docs").glob("*.md")} <= linked
