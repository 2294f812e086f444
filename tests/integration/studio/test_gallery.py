"""What goes wrong, straight from the gallery: the watch calls `forget` when a file is saved."""

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from newsletter.clock import SystemClock
from newsletter.model import Month
from newsletter.rendering.places import packaged_templates
from newsletter.studio.gallery import Gallery, View
from newsletter.studio.remarks import remarks
from tests.support.ledger import HandClock

FIRST = "content/2021-01/01-how-are-psychological-practitioners-faring-at-work.md"
MONTH = Month(2021, 1)


@pytest.fixture
def gallery(site: Path) -> Iterator[Gallery]:
    with closing(Gallery(site / "config.toml", SystemClock())) as made:
        yield made


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")


def errors(gallery: Gallery, view: View) -> list[tuple[str, str]]:
    told = remarks(view.findings, gallery.app.settings)
    return [(one.place, one.code) for one in told if one.level == "error"]


def test_an_error_in_content_keeps_the_picture(gallery: Gallery, site: Path) -> None:
    """Its file and line are told, the last good picture stays; mended, it is gone."""
    good = gallery.look(MONTH).picture
    edit(site / FIRST, "doi: 10.", "doi: ten.")
    gallery.forget()
    view = gallery.look(MONTH)
    assert errors(gallery, view) == [(f"{FIRST}:4", "doi")]
    assert (view.picture, view.current) == (good, False)
    edit(site / FIRST, "doi: ten.", "doi: 10.")
    gallery.forget()
    view = gallery.look(MONTH)
    assert (errors(gallery, view), view.current) == ([], True)


def test_an_error_in_a_template_keeps_the_picture(gallery: Gallery, site: Path) -> None:
    """So it is with a template: the file and line of the site's own copy are told."""
    good = gallery.look(MONTH).picture
    own = site / "templates/email/digest"
    own.mkdir(parents=True)
    packaged = (packaged_templates() / "email/digest/body.txt").read_text("utf-8")
    (own / "body.txt").write_text(f"First line\n{{{{ nobody.knows }}}}\n{packaged}", "utf-8")
    gallery.forget()
    view = gallery.look(MONTH)
    assert errors(gallery, view) == [("templates/email/digest/body.txt:2", "render")]
    assert view.picture == good


def test_an_error_in_the_settings_keeps_the_picture(gallery: Gallery, site: Path) -> None:
    """A setting that can't be is told with its line; the old settings hold till it is mended."""
    good = gallery.look(MONTH).picture
    edit(site / "config.toml", "[newsletter]", "[newsletter]\nnaem = 1")
    gallery.forget()
    view = gallery.look(MONTH)
    assert "config.toml:" in view.findings[0].message
    assert view.picture == good
    assert len(gallery.shelf().months) == 3


def test_an_error_keeps_the_edition_that_was_looked_at(gallery: Gallery, site: Path) -> None:
    """Each edition has its own last good picture; one that has none shows the month's latest."""
    brief = gallery.look(MONTH, "1-in-full-2-and-3-in-brief").picture
    everything = gallery.look(MONTH).picture
    edit(site / FIRST, "doi: 10.", "doi: ten.")
    gallery.forget()
    assert gallery.look(MONTH, "1-in-full-2-and-3-in-brief").picture == brief
    assert gallery.look(MONTH, "2-in-full").picture == everything


def test_a_summary_that_becomes_a_draft_leaves_the_menu(gallery: Gallery, site: Path) -> None:
    """An edition that is gone gives way to everything in full; its old address is a 404."""
    assert gallery.look(MONTH, "3-in-full").picture is not None
    edit(site / FIRST, "status: ready", "status: draft")
    gallery.forget()
    picture = gallery.look(MONTH, "3-in-full").picture
    assert picture is not None
    assert picture.choice.code == "everything-in-full"
    assert len(picture.choices) == 6


def test_a_database_of_another_time_hides_only_the_states(site: Path) -> None:
    """The months are shown all the same, and why their states are not known."""
    (site / "var/newsletter.db").write_bytes(b"this is no database at all" * 100)
    with closing(Gallery(site / "config.toml", SystemClock())) as gallery:
        shelf = gallery.shelf()
    assert {one.state for one in shelf.entries} == {""}
    assert [one.level for one in shelf.remarks] == ["warning"]
    assert "not a database" in shelf.remarks[0].message


def test_warnings_stand_beside_an_error(gallery: Gallery, site: Path) -> None:
    """What stops a month doesn't hide the rest that is to be said of it."""
    edit(site / FIRST, "## Practice Implications", "Practice implications:")
    edit(site / FIRST, "status: ready", "status: redy")
    view = gallery.look(MONTH)
    assert [(one.level, one.code) for one in remarks(view.findings, gallery.app.settings)] == [
        ("error", "status"),
        ("warning", "implications"),
    ]


def test_the_shelf_counts(gallery: Gallery, site: Path) -> None:
    """Each month says what is ready, what is a draft and what is wrong, as its files are now."""

    def counts() -> dict[str, str]:
        return {
            str(one.month): f"{one.counts}, {one.counts.errors}" for one in gallery.shelf().entries
        }

    assert counts()["2021-01"] == "3 ready, 0"
    edit(site / FIRST, "status: ready", "status: draft")
    second = site / "content/2021-01/02-mentalizing-attachment-and-the-well-being-of-therapists.md"
    edit(second, "doi: 10.", "doi: ten.")
    assert counts() == {
        "2021-02": "1 ready, 0",
        "2021-01": "2 ready · 1 draft, 1",
        "2020-12": "2 ready, 0",
    }


def test_the_shelf_survives_a_broken_taxonomy(gallery: Gallery, site: Path) -> None:
    """The months are listed; each says for itself what is wrong."""
    (site / "content/taxonomy.toml").write_text("this is not TOML", "utf-8")
    assert len(gallery.shelf().entries) == 3
    assert "taxonomy.toml" in gallery.look(MONTH).findings[0].message


def test_months_that_wait_say_when_they_go_out(site: Path) -> None:
    """By the schedule; a month that was sent, or whose time is long past, says nothing."""
    edit(site / "config.toml", 'month = "previous"', 'month = "current"')
    now = datetime(2021, 1, 20, tzinfo=UTC)
    with closing(Gallery(site / "config.toml", HandClock(now))) as gallery:
        due = {str(one.month): one.due for one in gallery.shelf().entries}
    assert f"{due['2021-02']:%a %d %H:%M %Z}" == "Mon 01 09:00 EST"
    assert due["2021-01"] is None
