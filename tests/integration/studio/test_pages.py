"""What the studio shows, asked for without a browser."""

import re
from html import unescape
from pathlib import Path

import pytest

from newsletter import config
from newsletter.bootstrap import application
from newsletter.model import MailingState, Month
from newsletter.publishing import freeze
from tests.support.studio import Running, serving

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
    listed = re.findall(r'id="month-([\d-]+)".*?<span class="state \w+">(\w+)</span>', page, re.S)
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
    menu = re.search(r'<select id="edition".*?</select>', studio.get("/2021-01").text, re.S)
    assert menu
    codes = re.findall(r'<option value="([^"]+)"', menu[0])
    assert len(codes) == 14
    for code in codes:
        page = studio.get(f"/2021-01?edition={code}").text
        assert f'<option value="{code}" selected>' in page
        assert studio.get(frame(page)).status == 200


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ("letter", "<html lang"),
        ("inbox", '<b class="subject">Looking after the therapist'),
        ("text", "Practice Research Digest\n</span><span>========"),
        ("headers", "List-Unsubscribe-Post: List-Unsubscribe=One-Click"),
        ("html", "&lt;html lang"),
        ("mjml", "&lt;mjml"),
    ],
)
def test_each_form_is_shown(studio: Running, form: str, words: str) -> None:
    """The letter, how an inbox shows it, its plain text, its headers, and both sources."""
    assert words in studio.get(frame(studio.get(f"/2021-01?view={form}").text)).text


def test_a_choice_carries_the_others_on(studio: Running) -> None:
    """Without a script, too: links and the form keep what was chosen before."""
    asked = "edition=1-in-full&reader=long&view=text&width=375&screen=dark"
    page = studio.get(f"/2021-01?{asked}").text
    kept = "edition=1-in-full&amp;reader=long&amp;view=html&amp;width=375&amp;screen=dark"
    assert f'href="/2021-01?{kept}"' in page
    assert '<input type="hidden" name="width" value="375">' in page
    assert '<option value="dark" selected>' in page


def test_an_address_says_no_more_than_it_must(studio: Running) -> None:
    """The form names the language; the page's own address does so only where it is another."""
    page = studio.get("/2021-01?edition=everything-in-full&language=en&reader=ada").text
    assert 'data-address="/2021-01"' in page
    page = studio.get("/2021-01?language=fr").text
    assert 'data-address="/2021-01?language=fr"' in page


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
