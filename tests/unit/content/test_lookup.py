"""DOIs become titles and citations, whatever the other side answers."""
# ruff: noqa: E501 -- tables of odd answers

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.content.asking import LARGEST
from newsletter.content.lookup import BIBLIOGRAPHY, CSL, apa, look_up, plain
from newsletter.content.study import Study
from newsletter.errors import OutsideError
from tests.support.webserver import Asked, Page, Web, serving

DOI = "10.1002/cpp.2509"
PARTS: dict[str, Any] = {
    "type": "article-journal",
    "title": "A survey of psychological practitioner workplace well-being",
    "author": [
        {"family": "Summers", "given": "Ella M. J."},
        {"family": "Clarke", "given": "Jean-Claude"},
    ],
    "issued": {"date-parts": [[2020, 8, 4]]},
    "container-title": "Clinical Psychology & Psychotherapy",
    "volume": "28",
    "issue": "2",
    "page": "438-451",
    "DOI": DOI,
}
PRINTED = f"Summers, E. M. J. (2020). A survey. Clinical Psychology, 28(2). https://doi.org/{DOI}"


@pytest.fixture
def web() -> Iterator[Web]:
    with serving() as made:
        yield made


def resolver(
    web: Web, parts: Any, printed: str | None = PRINTED, kind: str = "text/x-bibliography"
) -> None:
    """Let the server be a resolver that knows one DOI."""

    def answer(asked: Asked) -> Page:
        if asked.path != f"/{DOI}":
            return Page(status=404)
        if asked.accept == CSL:
            body = parts if isinstance(parts, bytes) else json.dumps(parts).encode()
            return Page(body, CSL)
        if asked.accept == BIBLIOGRAPHY and printed is not None:
            return Page(printed.encode(), kind)
        return Page(status=406)

    web.answer = answer


def test_title_and_citation_come_from_the_resolver(web: Web) -> None:
    """The title is the article's, the reference as the registry prints it."""
    resolver(web, PARTS)
    assert look_up(DOI, web.url, 5) == Study(DOI, PARTS["title"], PRINTED)
    assert [asked.accept for asked in web.asked] == [CSL, BIBLIOGRAPHY]


def test_nothing_of_the_site_is_told(web: Web) -> None:
    """No cookie, no referrer, no name."""
    resolver(web, PARTS)
    look_up(DOI, web.url, 5)
    for asked in web.asked:
        assert {"Cookie", "Referer", "From", "Authorization"} & asked.headers.keys() == set()


@pytest.mark.parametrize(
    ("printed", "kind"),
    [
        (None, ""),
        ("<html><body>Log in</body></html>", "text/html"),
        ("Something else altogether.", "text/x-bibliography"),
        ("x" * 2_000 + PRINTED, "text/x-bibliography"),
    ],
)
def test_without_a_printed_reference_it_is_made_from_the_parts(
    web: Web, printed: str | None, kind: str
) -> None:
    """A missing or strange reference is replaced by one in APA's style."""
    resolver(web, PARTS, printed, kind)
    assert look_up(DOI, web.url, 5).citation == (
        "Summers, E. M. J., & Clarke, J.-C. (2020). A survey of psychological practitioner workplace"
        " well-being. Clinical Psychology & Psychotherapy, 28(2), 438–451."
        f" https://doi.org/{DOI}"
    )


def test_a_redirect_is_followed(web: Web) -> None:
    """The resolver sends on to the registry."""
    pages = {
        f"/{DOI}": Page(status=302, location="/registry"),
        "/registry": Page(json.dumps(PARTS).encode(), CSL),
    }
    web.pages = pages
    assert look_up(DOI, web.url, 5).title == PARTS["title"]


@pytest.mark.parametrize(
    ("page", "words"),
    [
        (Page(status=404), "doesn't know"),
        (Page(status=500), "no description"),
        (Page(b"<html>", "text/html"), "no description"),
        (Page(b"[" * 100_000, CSL), "no description"),
        (Page(b"[]", CSL), "no description"),
        (Page(b'{"title": null}', CSL), "no description"),
        (Page(b"x" * (LARGEST + 1), CSL), "too much"),
        (Page(status=302, location="file:///etc/passwd"), "leads to"),
        (Page(status=302, location=f"/{DOI}"), "again and again"),
    ],
)
def test_what_is_no_description_is_refused(web: Web, page: Page, words: str) -> None:
    """Whatever else is answered is an error that says so."""
    web.answer = lambda _: page
    with pytest.raises(OutsideError, match=words):
        look_up(DOI, web.url, 5)


def test_nobody_there_is_an_error_of_the_outside() -> None:
    """A refused connection says that it can't be reached."""
    with pytest.raises(OutsideError, match="can't be reached"):
        look_up(DOI, "http://127.0.0.1:9", 1)


def test_a_doi_with_odd_characters_is_asked_for_whole(web: Web) -> None:
    """Angle brackets and question marks stand in some DOIs, and in no address."""
    odd = "10.1002/(SICI)1097<1::AID?2>3.0.CO;2-#"
    web.answer = lambda _: Page(status=404)
    with pytest.raises(OutsideError):
        look_up(odd, web.url, 5)
    assert web.asked[0].path == "/10.1002/(SICI)1097%3C1::AID%3F2%3E3.0.CO;2-%23"


def test_markup_in_a_title_is_taken_out(web: Web) -> None:
    """Publishers send tags, entities, line ends; a title is plain words on one line."""
    title = "Effects of <i>CBT</i>\n  on &lt;b&gt;p &amp;lt; .05&lt;/b&gt;\u200b\u202e: a <scp>trial</scp>"
    resolver(web, PARTS | {"title": [title]}, None)
    assert look_up(DOI, web.url, 5).title == "Effects of CBT on p < .05 : a trial"


def test_many_authors_are_shortened_as_apa_has_it() -> None:
    """Of more than twenty, nineteen and the last."""
    authors = [{"family": f"A{n}", "given": "B"} for n in range(1, 25)]
    text = apa(PARTS | {"author": authors}, DOI)
    assert text.startswith("A1, B., A2, B.,")
    assert "A19, B., … A24, B. (2020)" in text
    assert "A20" not in text


@pytest.mark.parametrize(
    "parts",
    [
        {"title": "T"},
        {"title": "T", "author": "nobody", "issued": [], "page": {}},
        {
            "title": ["T", "U"],
            "author": [None, {}, {"literal": "WHO Group"}],
            "issued": {"date-parts": [[None]]},
        },
        {
            "title": "T?",
            "author": [{"family": "X"}],
            "issued": {"date-parts": [["2020"]]},
            "volume": 3,
        },
    ],
)
def test_missing_parts_leave_no_holes(parts: dict[str, Any]) -> None:
    """What isn't known, or isn't what it should be, is left out; the sentence stays one."""
    text = apa(parts, DOI)
    assert text.endswith(f"https://doi.org/{DOI}")
    assert "  " not in text
    assert "None" not in text


@given(st.text())
def test_plain_words_stay_on_one_line(text: str) -> None:
    """Whatever comes in, one line of visible letters comes out."""
    made = plain(text, 100)
    assert len(made) <= 100
    assert made == " ".join(made.split())
    assert not any(ord(letter) < 32 for letter in made)
