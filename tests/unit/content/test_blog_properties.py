"""Whatever a page holds, no line of it is lost."""

from html import escape

from hypothesis import given
from hypothesis import strategies as st

from newsletter.content.blog import read_html, read_page
from newsletter.content.lines import text_lines
from newsletter.content.page import Page, Role

LINES = st.one_of(
    st.sampled_from(
        [
            "May 2020", "APRIL 2020", "Practice Implications", "practice implications: Do it.",
            "What Things Do", "Why Other Things Matter", "Is It So?", "Share this", "Older posts",
            "Adler, A. (2020). Things. Journal, 1, 2. https://doi.org/10.1000/a.",
            "https://doi.org/10.1000/b", "Things were studied. They did well (p < .05).",
            "A sentence that is long enough to be taken for a paragraph. " * 5, "- an item",
            "Topics: Training", "References", "", "  ", "\u00a0", "## May 2019", "© 2020",
        ]
    ),
    st.text(st.characters(codec="utf-8", exclude_characters="\r\n"), max_size=40),
)  # fmt: skip
PAGES = st.lists(LINES, max_size=30)


def numbered(page: Page) -> list[int]:
    return [line.number for line, _ in page.placed]


@given(PAGES)
def test_every_line_has_one_role(lines: list[str]) -> None:
    """Each line that isn't blank is placed once, in the page's own order or another."""
    text = "\n".join(lines)
    assert sorted(numbered(read_page(text))) == [line.number for line in text_lines(text)]


@given(PAGES)
def test_what_is_unplaced_is_reported(lines: list[str]) -> None:
    """A line without a place has a warning at its number, if the page has any month."""
    page = read_page("\n".join(["May 2020", "Title", "Text.", *lines]))
    told = {line for line, _ in page.warnings}
    assert {line.number for line, role in page.placed if role is Role.UNPLACED} <= told


@given(PAGES)
def test_the_text_of_summaries_is_the_text_of_their_lines(lines: list[str]) -> None:
    """What is placed as title, body or implications stands in a summary, and nothing else does."""
    page = read_page("\n".join(["May 2020", *lines]))
    found = [summary for month in page.months for summary in month.summaries]
    bodies = [line for summary in found for line in summary.body]
    assert bodies == [line for line, role in page.placed if role is Role.BODY]
    kept = {line.number for summary in found for line in summary.implications}
    assert kept == {line.number for line, role in page.placed if role is Role.IMPLICATIONS}
    titles = {line.text for line, role in page.placed if role is Role.TITLE}
    assert {summary.title for summary in found} <= titles


@given(PAGES)
def test_html_loses_nothing_either(lines: list[str]) -> None:
    """The same page as paragraphs of HTML has every line placed once."""
    source = "".join(f"<p>{escape(line)}</p>\n" for line in lines)
    page = read_html(f"<div><h2>May 2020</h2>{source}</div>")
    texts = {line.text for line, _ in page.placed}
    for line in lines:
        words = line.split()
        assert all(
            any(word in text for text in texts)
            for word in words
            if word.isascii() and word.isprintable()
        )


@given(st.text(max_size=300))
def test_no_text_is_too_odd(text: str) -> None:
    """Any text at all is read, as text and as HTML, without an exception."""
    read_page(text)
    read_html(text)


@given(PAGES)
def test_reading_is_the_same_with_other_line_ends(lines: list[str]) -> None:
    """Windows line ends and a byte order mark change nothing."""
    page = "\n".join(["May 2020", *lines])
    assert read_page("\ufeff" + page.replace("\n", "\r\n")) == read_page(page)
