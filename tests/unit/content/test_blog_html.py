"""Blog pages saved as HTML, as several systems write them."""
# ruff: noqa: E501 -- a line of a page stays a line here

from html import escape
from pathlib import Path

import pytest

from newsletter.content.blog import read_any, read_html, read_page
from newsletter.content.html import html_lines, looks_like_html
from newsletter.content.page import FoundSummary, Page
from tests.support.absent import absent

SEED = Path(__file__).parents[4] / "shared" / "seeds" / "pprnet-blog.txt"

CITE_A = "Adler, A., & Bo, B. (2020). A study of things. Journal of Things, 1, 2-3. https://doi.org/10.1000/a"
CITE_B = "Cruz, C.D. (2019). Other things. Journal of Others, 4, 5-6."
BODY_A = (
    "Things were studied by many people. The effect was small (g = 0.2, p < .05) & it didn’t last."
)
BODY_B = "Other things were studied as well. They turned out to be much like the first."
IMPL_A = "Clinicians might think of things now and then. It does no harm."
IMPL_B = "Other things deserve a thought as well. Ask about them."
A = ("What Things Do", CITE_A, "10.1000/a", [BODY_A], [IMPL_A])
B = ("Why Other Things Matter", CITE_B, None, [BODY_B], [IMPL_B])
E_A, E_CITE, E_BODY = escape(A[0]), escape(CITE_A), escape(BODY_A)
CITE_EM = E_CITE.replace("Journal of Things, 1", "<em>Journal of Things</em>, <i>1</i>")
LINKED = CITE_EM.replace(
    "https://doi.org/10.1000/a", '<a href="https://doi.org/10.1000/a">https://doi.org/10.1000/a</a>'
)

WORDPRESS = f"""<!DOCTYPE html>
<html lang="en"><head><title>Blog – May 2020</title><style>p {{}}</style><script>var a = "<p>May 2020</p>";</script></head>
<body class="blog sidebar"><a class="skip-link screen-reader-text" href="#main">Skip to content</a>
<header><h1>A Network</h1><nav><ul><li><a href="/">Home</a></li><li>May 2020</li></ul></nav></header>
<main id="main"><h2>May 2020</h2>
<article><header class="entry-header"><h3><a href="/things">{E_A}</a></h3></header>
<div class="entry-content"><p>{LINKED}</p>
<p>{E_BODY}</p>
<h4>Practice Implications</h4>
<p>{IMPL_A}</p></div><footer class="entry-footer">Posted in <a href="/t">Training</a></footer></article>
<article><h3>{B[0]}</h3><div class="entry-content"><p>{CITE_B}</p><p>{BODY_B}</p><h4>Practice Implications</h4><p>{IMPL_B}</p></div></article>
<div class="nav-links"><a href="/2">Older posts</a></div></main>
<aside id="sidebar"><h2>Archives</h2><ul><li>April 2020</li><li>March 2020</li></ul></aside>
<footer><p>© 2020 A Network. A sentence about it.</p></footer></body></html>"""

DRUPAL = f"""<div class="region region-content"><div class="view-content"><div class="views-row"><div class="field">
<div class="field-item"><p><strong>MAY 2020</strong></p></div></div></div>
<div class="views-row"><div><div><p><strong>{E_A}</strong></p><p><strong>{E_A}</strong></p><p>{CITE_EM}</p><p>&nbsp;</p><p>{E_BODY}</p>
<p><strong>Practice Implications:</strong></p><p>{IMPL_A}</p></div></div></div>
<div class="views-row"><p><b>{B[0]}</b></p><p>{CITE_B}</p><p>{BODY_B}</p><p><strong>PRACTICE IMPLICATIONS</strong></p><p>{IMPL_B}</p></div>
</div><ul class="pager"><li>1</li><li>2</li><li>next ›</li></ul></div>"""

BREAKS = f"""<body><p>May 2020<br>{E_A}<br/>{CITE_EM}<br><br />{E_BODY}<br>Practice implications: {IMPL_A}</p>
<p><b>{B[0]}</b><br>{CITE_B}<br>{BODY_B}<br><b>Practice Implications</b> {IMPL_B}</p></body>"""

INLINE = f"""<div><h2>May 2020</h2><h3>{E_A}</h3><p><span>{CITE_EM}</span></p><p>{E_BODY} <strong>Practice Implications</strong>: {IMPL_A}</p>
<h3>{B[0]}</h3><p>{CITE_B}</p><p>{BODY_B}</p><p><strong><u>Practice Implications</u></strong><br>{IMPL_B}</p></div>"""

TABLE = f"""<form action="/x"><table><tr><td><h2>May 2020</h2></td></tr><tr><td>{E_A}</td></tr><tr><td>{E_CITE}</td></tr><tr><td>{E_BODY}</td></tr>
<tr><td>Practice Implications</td></tr><tr><td>{IMPL_A}<input type="hidden" value="x"></td></tr>
<tr><td>{B[0]}<p>{CITE_B}<p>{BODY_B}<p>Practice Implications<p>{IMPL_B}</td></tr></table></form>"""

PRE = "<html><body><pre>" + escape("\n".join(["May 2020", A[0], CITE_A, BODY_A, "Practice Implications", IMPL_A,
      "", B[0], CITE_B, BODY_B, "Practice Implications", IMPL_B])) + "</pre></body></html>"  # fmt: skip


def plain(summary: FoundSummary) -> tuple[str, str | None, str | None, list[str], list[str]]:
    body, implications = [x.text for x in summary.body], [x.text for x in summary.implications]
    return summary.title, summary.citation, summary.doi, body, implications


def summaries(found: Page) -> list[FoundSummary]:
    return [summary for month in found.months for summary in month.summaries]


@pytest.mark.parametrize("source", [WORDPRESS, DRUPAL, BREAKS, INLINE, TABLE, PRE])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_several_systems_give_the_same(source: str, end: str) -> None:
    """Headings, bold paragraphs, line breaks, tables, preformatted text: the same two summaries."""
    found = read_any("\ufeff" + source.replace("\n", end))
    assert [str(month.month) for month in found.months] == ["2020-05"]
    assert [plain(summary) for summary in summaries(found)] == [A, B]
    assert found.warnings == ()


def test_the_real_page_as_html_is_the_same() -> None:
    """The saved page, marked up, gives the very summaries of the text."""
    if not SEED.exists():
        absent(f"the saved blog page is not at {SEED}")
    text = SEED.read_text("utf-8")
    body = "\n".join(f"<p>{escape(line)}</p>" for line in text.splitlines())
    one, other = read_page(text), read_any(f"<html><body>{body}</body></html>")
    assert [plain(s) for s in summaries(one)] == [plain(s) for s in summaries(other)]
    assert other.warnings == ()


def test_a_doi_behind_a_link_is_found() -> None:
    """Where the text says only "doi", the link's address tells it; the text stays as printed."""
    cite = 'Adler, A. (2020). Things. Journal, 1. <a href="https://doi.org/10.1000/S0%2805%29x">doi</a>'
    found = read_html(
        f"<h2>May 2020</h2><p>{A[0]}</p><p>{cite}</p><p>{BODY_B}</p><p>Practice Implications</p><p>{IMPL_A}</p>"
    )
    (summary,) = summaries(found)
    assert (summary.citation, summary.doi) == (
        "Adler, A. (2020). Things. Journal, 1. doi",
        "10.1000/S0(05)x",
    )


def test_entities_and_raw_signs_are_letters() -> None:
    """Entities, numbers of Windows-1252, and a bare `<` before a number."""
    (line,) = html_lines("<p>p&nbsp;&lt; .05, p < .05, &#150; &#x2019;&eacute;&amp;lt;</p>")
    assert line.text == "p\u00a0< .05, p < .05, – ’é&lt;"


def test_line_numbers_are_those_of_the_source() -> None:
    """A warning about an HTML page names the line of its source."""
    source = "<html>\n<body>\n<h2>May 2020</h2>\n<p>A Strange Line</p>\n</body></html>"
    found = read_html(source)
    assert {line for line, _ in found.warnings} == {3, 4}


def test_white_space_of_the_source_is_one_space() -> None:
    """Line ends and runs of spaces within an element are one space; no-break spaces are kept."""
    (line,) = html_lines("<p>one\n   two\tthree\u00a0\u00a0four <em>five</em>\n</p>")
    assert line.text == "one two three\u00a0\u00a0four five"


def test_lists_are_items() -> None:
    """Each `<li>` is an item, whatever is within."""
    lines = html_lines("<ul><li>One</li><li><p>Two</p><p>and more</p></li></ul><p>Three</p>")
    assert [(line.text, line.kind) for line in lines] == [
        ("One", "item"), ("Two", "item"), ("and more", "text"), ("Three", "text"),
    ]  # fmt: skip


def test_what_is_hidden_is_kept_if_a_summary_is_in_it() -> None:
    """A folded-up summary is text; a hidden link to the content is not."""
    inner = (
        f"<p>{A[0]}</p><p>{E_CITE}</p><p>{E_BODY}</p><p>Practice Implications</p><p>{IMPL_A}</p>"
    )
    found = read_html(
        f'<h2>May 2020</h2><div style="display: none">{inner}</div><div style="display:none">No</div>'
    )
    assert [plain(summary) for summary in summaries(found)] == [A]
    assert found.warnings == ()


def test_the_head_and_scripts_are_no_text() -> None:
    """Nothing of `<head>`, scripts, styles or comments is read."""
    source = (
        "<head><title>May 2020</title></head><script>x</script><style>y</style><!-- z --><p>t</p>"
    )
    assert [line.text for line in html_lines(source)] == ["t"]


@pytest.mark.parametrize(
    "source", ["", " ", "<p></p>", "<?xml version='1.0' encoding='utf-8'?><p></p>", "<", "</p>"]
)
def test_nothing_gives_nothing(source: str) -> None:
    """An empty or broken page has no summaries, and says so."""
    found = read_html(source)
    assert found.months == ()
    assert len(found.warnings) == 1


def test_deep_nesting_is_no_harm() -> None:
    """Thousands of nested elements are walked without recursion."""
    source = "<div>" * 5000 + "<h2>May 2020</h2>" + "</div>" * 5000
    assert read_html(source).months == ()


@pytest.mark.parametrize(
    ("text", "is_html"),
    [("<!DOCTYPE html><html>", True), ("\n<div class='x'>a</div>", True), ("<P>May 2020</P>", True),
     ("It was p < .05 and x <b> y", False), ("a <p and q> b", True), ("plain", False)],
)  # fmt: skip
def test_markup_is_told_from_text(text: str, is_html: bool) -> None:
    """A page is HTML if it has the elements of one."""
    assert looks_like_html(text) is is_html
