"""What the studio shows, asked for without a browser."""

import re
from collections.abc import Iterator
from contextlib import closing
from html import unescape
from pathlib import Path

import pytest

from newsletter import config
from newsletter.bootstrap import application
from newsletter.clock import SystemClock
from newsletter.model import MailingState, Month
from newsletter.publishing import freeze
from newsletter.rendering.places import packaged_templates
from newsletter.studio.gallery import Gallery, View
from tests.support.studio import Running, serving

FIRST = "content/2021-01/01-how-are-psychological-practitioners-faring-at-work.md"
MONTH = Month(2021, 1)


def frame(page: str) -> str:
    match = re.search(r'<iframe [^>]*src="([^"]+)"', page)
    assert match
    return unescape(match[1])


def test_the_newest_month_opens(studio: Running) -> None:
    """The address alone leads to the month that is being made."""
    answer = studio.get("/")
    assert (answer.status, answer.headers["location"]) == (307, "/2021-02")


def test_months_stand_newest_first_with_their_state(site: Path) -> None:
    """Every month is listed; one that was approved says so."""
    with application(config.load(site / "config.toml")) as app:
        freeze(app.settings, app.engine, app.renderer, MONTH, app.clock.now())
    with serving(site / "config.toml") as studio:
        page = studio.get("/2021-01").text
    listed = re.findall(r'id="month-([\d-]+)".*?<small>(\w+)</small>', page)
    assert listed == [
        ("2021-02", "draft"),
        ("2021-01", MailingState.SCHEDULED),
        ("2020-12", "draft"),
    ]
    assert "readers get what was frozen" in page


def test_the_letter_stands_in_the_frame(studio: Running) -> None:
    """The page shows the subject and frames the letter, filled for a made-up reader."""
    page = studio.get("/2021-01").text
    assert "Looking after the therapist" in page
    letter = studio.get(frame(page)).text
    assert "Dear Ada Everard," in letter
    assert "slot.invalid" not in letter


def test_every_edition_can_be_chosen(studio: Running) -> None:
    """Each choice of the menu, sent as the form sends it, is shown."""
    codes = re.findall(r'<option value="([^"]+)"', studio.get("/2021-01").text)
    assert len(codes) == 14
    for code in codes:
        page = studio.get(f"/2021-01?edition={code}").text
        assert f'<option value="{code}" selected>' in page
        assert studio.get(frame(page)).status == 200


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ("letter", "<html lang"),
        ("text", "Practice Research Digest\n</span><span>========"),
        ("headers", "List-Unsubscribe-Post: List-Unsubscribe=One-Click"),
        ("html", "&lt;html lang"),
        ("mjml", "&lt;mjml"),
    ],
)
def test_each_form_is_shown(studio: Running, form: str, words: str) -> None:
    """The letter, its plain text, its headers, and both sources."""
    assert words in studio.get(frame(studio.get(f"/2021-01?view={form}").text)).text


def test_a_choice_carries_the_others_on(studio: Running) -> None:
    """Without a script, too: links and the form keep what was chosen before."""
    page = studio.get("/2021-01?edition=1-in-full&view=text&width=375&theme=dark").text
    assert 'href="/2021-01?edition=1-in-full&amp;view=text&amp;width=375&amp;theme=light"' in page
    assert '<input type="hidden" name="width" value="375">' in page


def test_the_print_changes_with_the_letter_alone(site: Path) -> None:
    """The frame's address tells whether there is anything new to load."""
    with serving(site / "config.toml") as studio:
        before = frame(studio.get("/2021-01").text)
    with serving(site / "config.toml") as studio:
        assert frame(studio.get("/2021-01").text) == before
        assert frame(studio.get("/2021-01?edition=1-in-full").text) != before


@pytest.mark.parametrize(
    "path",
    [
        *("/2031-01", "/2021-13", "/nothing", "/favicon.ico", "/2021-01/0/letter"),
        *("/2021-01/999-in-full/letter", "/2021-01/everything-in-full/secrets", "/2021-01/x"),
        *("/static/", "/static/nothing.css", "//2021-01", "/2021-01//letter"),
    ],
)
def test_what_there_is_not(studio: Running, path: str) -> None:
    """A path that leads nowhere is a 404, on a page that offers the months."""
    answer = studio.get(path)
    assert answer.status == 404
    assert 'href="/2021-02"' in answer.text


def test_a_site_without_months_says_how_to_begin(site: Path, tmp_path: Path) -> None:
    """An empty site opens, and names the command that makes a month."""
    for month in (site / "content").glob("20*"):
        month.rename(tmp_path / month.name)
    with serving(site / "config.toml") as studio:
        answer = studio.get("/")
    assert answer.status == 200
    assert "newsletter new" in answer.text


# What goes wrong, straight from the gallery: the watch calls `forget` when a file is saved.


@pytest.fixture
def gallery(site: Path) -> Iterator[Gallery]:
    with closing(Gallery(site / "config.toml", SystemClock())) as made:
        yield made


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")


def errors(view: View) -> list[tuple[str, str]]:
    return [(one.place, one.code) for one in view.remarks if one.level == "error"]


def test_an_error_in_content_keeps_the_picture(gallery: Gallery, site: Path) -> None:
    """Its file and line are told, the last good picture stays; mended, it is gone."""
    good = gallery.look(MONTH).picture
    edit(site / FIRST, "doi: 10.", "doi: ten.")
    gallery.forget()
    view = gallery.look(MONTH)
    assert errors(view) == [(f"{FIRST}:4", "doi")]
    assert (view.picture, view.current) == (good, False)
    edit(site / FIRST, "doi: ten.", "doi: 10.")
    gallery.forget()
    view = gallery.look(MONTH)
    assert (errors(view), view.current) == ([], True)


def test_an_error_in_a_template_keeps_the_picture(gallery: Gallery, site: Path) -> None:
    """So it is with a template: the file and line of the site's own copy are told."""
    good = gallery.look(MONTH).picture
    own = site / "templates/email/digest"
    own.mkdir(parents=True)
    packaged = (packaged_templates() / "email/digest/body.txt").read_text("utf-8")
    (own / "body.txt").write_text(f"First line\n{{{{ nobody.knows }}}}\n{packaged}", "utf-8")
    gallery.forget()
    view = gallery.look(MONTH)
    assert errors(view) == [("templates/email/digest/body.txt:2", "render")]
    assert view.picture == good


def test_an_error_in_the_settings_keeps_the_picture(gallery: Gallery, site: Path) -> None:
    """A setting that can't be is told with its line; the old settings hold till it is mended."""
    good = gallery.look(MONTH).picture
    edit(site / "config.toml", "[newsletter]", "[newsletter]\nnaem = 1")
    gallery.forget()
    view = gallery.look(MONTH)
    assert "config.toml:" in view.remarks[0].message
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
    assert set(shelf.months.values()) == {""}
    assert [one.level for one in shelf.remarks] == ["warning"]
    assert "not a database" in shelf.remarks[0].message


def test_warnings_stand_beside_an_error(gallery: Gallery, site: Path) -> None:
    """What stops a month doesn't hide the rest that is to be said of it."""
    edit(site / FIRST, "## Practice Implications", "Practice implications:")
    edit(site / FIRST, "status: ready", "status: redy")
    view = gallery.look(MONTH)
    assert [(one.level, one.code) for one in view.remarks] == [
        ("error", "status"),
        ("warning", "implications"),
    ]
