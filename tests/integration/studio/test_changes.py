"""A saved file is noticed, however an editor saves it."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.studio import Running

SUMMARY = "content/2021-02/01-the-covid-19-telepsychology-revolution.md"


def retitle(site: Path, title: str) -> str:
    text = (site / SUMMARY).read_text("utf-8")
    return re.sub(r"^title: .*$", f"title: {title}", text, flags=re.M)


def in_place(path: Path, text: str) -> None:
    path.write_text(text, "utf-8")


def by_rename(path: Path, text: str) -> None:
    beside = path.with_name(f".{path.name}.swp")
    beside.write_text(text, "utf-8")
    beside.replace(path)


def by_moving_the_old_away(path: Path, text: str) -> None:
    path.rename(path.with_name(f"{path.name}~"))
    path.write_text(text, "utf-8")
    path.with_name(f"{path.name}~").unlink()


def settled(studio: Running) -> str:
    """Return the version once the watch stands: it tells a first change when it does."""
    page = studio.get("/2021-02").text
    with studio.news(version(page)) as news:
        return next(news)


def version(page: str) -> str:
    match = re.search(r'data-version="([^"]+)"', page)
    assert match
    return match[1]


def shows(studio: Running, path: str, words: str) -> bool:
    """Wait for the news that bring `words` to a page; false where the news end without."""
    answer = studio.get(path)
    with studio.news(version(studio.get("/2021-02").text)) as news:
        while words not in answer.text:
            if next(news, None) is None:
                return False
            answer = studio.get(path)
    return True


@pytest.mark.parametrize("save", [in_place, by_rename, by_moving_the_old_away])
def test_a_saved_summary_is_told_and_shown(
    studio: Running, site: Path, save: Callable[[Path, str], None]
) -> None:
    """Written in place, renamed into place, or anew where the old one was moved away."""
    with studio.news(settled(studio)) as news:
        save(site / SUMMARY, retitle(site, "Another title by far"))
        assert next(news)
    assert shows(studio, "/2021-02/everything-in-full/letter", "Another title by far")


def test_a_page_that_is_behind_is_told_at_once(studio: Running) -> None:
    """A stream that begins with an old version, or one of an earlier start, tells the new one."""
    with studio.news("an-earlier-start-7") as news:
        assert next(news) != "an-earlier-start-7"


def test_the_settings_are_followed(studio: Running, site: Path) -> None:
    """config.toml is read again when it is saved."""
    settled(studio)
    config = site / "config.toml"
    text = re.sub(r"^name = .*$", 'name = "A Name Just Given"', config.read_text(), flags=re.M)
    config.write_text(text)
    assert shows(studio, "/2021-02/everything-in-full/letter", "A Name Just Given")


def test_a_template_folder_made_later_is_followed(studio: Running, site: Path) -> None:
    """The site's own templates hide the packaged ones from when they are there; changes count."""
    settled(studio)
    own = site / "templates/email/digest"
    own.mkdir(parents=True)
    (own / "body.txt").write_text("Our own text. {{ slots.unsubscribe_url }}\n")
    assert shows(studio, "/2021-02/everything-in-full/text", "Our own text.")
    (own / "body.txt").write_text("Better words. {{ slots.unsubscribe_url }}\n")
    assert shows(studio, "/2021-02/everything-in-full/text", "Better words.")
    (own / "body.txt").unlink()
    assert shows(studio, "/2021-02/everything-in-full/text", "Practice Research Digest")


def test_a_content_folder_made_anew_is_followed(studio: Running, site: Path) -> None:
    """The folder goes and comes back, as a version control does it; what is saved later counts."""
    settled(studio)
    away = site / "away"
    (site / "content").rename(away)
    assert shows(studio, "/", "there is no content folder")
    away.rename(site / "content")
    assert shows(studio, "/2021-02", "Telepsychology Revolution")
    (site / SUMMARY).write_text(retitle(site, "After the return"), "utf-8")
    assert shows(studio, "/2021-02/everything-in-full/letter", "After the return")


def test_a_new_month_is_shown(studio: Running, site: Path) -> None:
    """A month whose folder is made while the preview is open stands among the months."""
    settled(studio)
    (site / "content/2021-03").mkdir()
    (site / "content/2021-03/01-new.md").write_text((site / SUMMARY).read_text("utf-8"), "utf-8")
    assert shows(studio, "/2021-02", 'href="/2021-03"')
