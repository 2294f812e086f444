"""`--online`: links and DOIs are asked for, a few at a time, remembered, and nothing is told."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from newsletter.checks import online
from newsletter.model import Finding, Month
from newsletter.proofreading import desk_of
from tests.integration.checks.test_spoiled_files import TODAY
from tests.support.spoiled import FIRST, MONTH, add, make_site, path_in, settings_of
from tests.support.webserver import Asked, Page, Web, serving

FOUND = {
    "/10.1002/cpp.2509": Page(status=302, location="https://publisher.invalid/"),
    "/10.1080/10503307.2020.1762946": Page(status=302, location="https://publisher.invalid/"),
    "/10.1080/10503307.2013.800950": Page(status=302, location="https://publisher.invalid/"),
}


@pytest.fixture
def web() -> Iterator[Web]:
    with serving() as made:
        made.pages = dict(FOUND)
        yield made


@pytest.fixture
def site(tmp_path: Path, web: Web, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A sample site whose resolver is the small web, and which may ask this machine."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(online, "is_local", lambda host: False)
    made = make_site(tmp_path)
    config = made / "config.toml"
    config.write_text(
        config.read_text().replace("[content]", f'[content]\ndoi_resolver = "{web.url}"')
    )
    return made


def said(site: Path) -> list[Finding]:
    return online.check(desk_of(settings_of(site), Month.parse(MONTH), TODAY))


def link(site: Path, url: str) -> None:
    add(FIRST, f"\n\nThey are in [the study’s data]({url}).", "Three things")(site)


def line(site: Path, words: str) -> int:
    text = path_in(site, FIRST).read_text()
    return text.count("\n", 0, text.index(words)) + 1


def test_dois_that_the_resolver_knows_are_well(site: Path, web: Web) -> None:
    """It sends on: that is enough, and the publisher isn't asked."""
    assert said(site) == []
    assert sorted(asked.path for asked in web.asked) == sorted(FOUND)
    assert {asked.method for asked in web.asked} == {"HEAD"}


def test_a_doi_that_nobody_knows_is_told_at_its_line(site: Path, web: Web) -> None:
    """The field's line is where it is mended."""
    del web.pages["/10.1002/cpp.2509"]
    (found,) = said(site)
    assert (found.code, found.line) == ("unknown-doi", line(site, "doi: "))


@pytest.mark.parametrize("status", [404, 410])
def test_a_dead_link_is_told_at_its_line(site: Path, web: Web, status: int) -> None:
    """Nothing is there any more."""
    web.pages["/gone"] = Page(status=status)
    link(site, f"{web.url}/gone")
    (found,) = said(site)
    assert (found.code, found.level) == ("dead-link", "warning")
    assert found.line == line(site, "They are in")


def test_a_server_that_refuses_head_is_asked_again(site: Path, web: Web) -> None:
    """Many don't know HEAD; GET has the word."""

    def answer(asked: Asked) -> Page:
        if asked.path in FOUND:
            return FOUND[asked.path]
        return Page(status=405) if asked.method == "HEAD" else Page(b"here")

    web.answer = answer
    link(site, f"{web.url}/page")
    assert said(site) == []


def test_a_server_that_refuses_programs_is_a_remark(site: Path, web: Web) -> None:
    """403 says nothing of the page; a person has to look."""
    web.pages["/page"] = Page(status=403)
    link(site, f"{web.url}/page")
    (found,) = said(site)
    assert (found.code, found.level) == ("unreached-link", "info")


def test_without_a_network_there_is_one_remark(site: Path, web: Web) -> None:
    """Nobody answers at all: that is said once."""
    config = site / "config.toml"
    config.write_text(config.read_text().replace(web.url, "http://127.0.0.1:9"))
    (found,) = said(site)
    assert found.code == "unreached-link"
    assert "none of 3" in found.message


def test_answers_are_remembered(site: Path, web: Web) -> None:
    """A second look asks for nothing; after their time it asks again."""
    said(site)
    before = len(web.asked)
    assert said(site) == []
    assert len(web.asked) == before
    path = site / "var" / "links.json"
    old = (datetime.now(UTC) - timedelta(days=8)).isoformat()
    kept = {url: [status, old] for url, (status, _) in json.loads(path.read_text()).items()}
    path.write_text(json.dumps(kept))
    said(site)
    assert len(web.asked) == 2 * before


def test_what_was_unsure_is_not_remembered(site: Path, web: Web) -> None:
    """A server that failed is asked again the next time."""
    web.pages["/page"] = Page(status=503)
    link(site, f"{web.url}/page")
    said(site)
    web.pages["/page"] = Page(b"here")
    assert said(site) == []


@pytest.mark.parametrize("text", ["", "no json", "[]", '{"x": 1}', '{"x": ["200", "yesterday"]}'])
def test_a_spoiled_memory_is_no_trouble(site: Path, text: str) -> None:
    """Whatever stands in the file, everything is asked for anew."""
    path = site / "var" / "links.json"
    path.parent.mkdir()
    path.write_text(text)
    assert said(site) == []


def test_nothing_of_ours_is_sent(site: Path, web: Web) -> None:
    """No cookie, no referrer; an address with a login in it isn't asked for."""
    link(site, f"{web.url.replace('//', '//name:word@')}/page")
    said(site)
    assert not [asked for asked in web.asked if asked.path == "/page"]
    private = {"Cookie", "Referer", "From", "Authorization"}
    assert not [asked for asked in web.asked if private & asked.headers.keys()]


def test_an_own_network_is_not_asked(site: Path, web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    """Addresses of this machine and its network stay unasked."""
    monkeypatch.undo()
    monkeypatch.chdir(site)
    link(site, f"{web.url}/page")
    said(site)
    assert not [asked for asked in web.asked if asked.path == "/page"]
