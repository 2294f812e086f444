"""Markdown -> HTML and plain text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mjml import mjml2html

from newsletter.rendering.clean import clean
from newsletter.rendering.markdown import to_html
from newsletter.rendering.plain import WIDTH, to_text, wrapped

BASE = "https://digest.example.org"


def html(markdown: str) -> str:
    return str(to_html(markdown, BASE))


def text(markdown: str) -> str:
    return to_text(markdown, BASE)


def test_raw_html_is_shown_not_obeyed() -> None:
    """A tag in the content is text."""
    assert "<script>" not in html("<script>alert(1)</script>\n\na <b>b</b>")
    assert "&lt;b&gt;b&lt;/b&gt;" in html("a <b>b</b>")


@pytest.mark.parametrize("url", ["javascript:alert(1)", "data:text/html,x", "vbscript:x"])
def test_no_link_runs_anything(url: str) -> None:
    """Only web and mail addresses can be links."""
    assert "href" not in html(f"[x]({url})")


def test_links_are_absolute() -> None:
    """A relative link leads to the public pages: a mail has no place of its own."""
    assert f'href="{BASE}/archive"' in html("[x](/archive)")
    assert f"x <{BASE}/archive>" in text("[x](/archive)")


def test_a_picture_is_its_description() -> None:
    """Nothing is fetched: of a picture its description remains."""
    assert html("![A curve](https://example.org/p.png)") == "<p>A curve</p>\n"
    assert text("![A curve](https://example.org/p.png)") == "A curve"


def test_numbers_are_kept_together_outside_links_only() -> None:
    """`r = .61` holds together in text, and a link's words and address are left alone."""
    made = html(
        "It was r = .61 in [r = .62](https://example.org/r = .63 'r = .64')".replace(
            "/r = .63", "/r"
        )
    )
    assert "r\u00a0=\u00a0.61" in made or "r&nbsp;=&nbsp;.61" in made
    assert ">r = .62<" in made


def test_headings_leave_no_level_out() -> None:
    """Whatever an editor begins with; a screen reader goes by the levels."""
    assert html("### A\n\n##### B") == "<h3>A</h3>\n<h4>B</h4>\n"


@pytest.mark.parametrize("url", ["htp://a.org", "ftp://a.org/x", "C:\\\\x.pdf"])
def test_of_a_link_that_no_mail_can_open_the_words_are_left(url: str) -> None:
    """There is no link without an address, which leads nowhere."""
    assert html(f"See [the *data*]({url}).") == "<p>See the <em>data</em>.</p>\n"


def test_headings_begin_at_their_level() -> None:
    """In a body headings begin at h3, under the summary's own h2."""
    assert html("# A\n\n## B\n\n### C") == "<h3>A</h3>\n<h3>B</h3>\n<h4>C</h4>\n"


def test_a_bare_less_than_is_safe_for_mjml() -> None:
    """`p <.05` reaches MJML as an entity."""
    made = html("p <.05 and 3<4")
    assert "&lt;.05" in made
    column = f"<mj-text>{made}</mj-text>"
    mjml2html(
        f"<mjml><mj-body><mj-section><mj-column>{column}</mj-column></mj-section></mj-body></mjml>",
        fonts={},
    )


def test_table_columns_keep_their_side() -> None:
    """A column set right stays right, without a style of its own."""
    made = html("| a | b |\n|---|--:|\n| 1 | 2 |")
    assert '<td align="right">2</td>' in made
    assert "style" not in made


@given(st.text())
def test_any_markdown_passes_mjml(markdown: str) -> None:
    """Whatever is typed, MJML takes the HTML made of it, and leaves nothing of its own."""
    column = f"<mj-text>{to_html(markdown, BASE)}</mj-text>"
    made = mjml2html(
        f"<mjml><mj-body><mj-section><mj-column>{column}</mj-column></mj-section></mj-body></mjml>",
        fonts={},
    )
    assert "<mj-" not in made


@given(st.text(alphabet=st.characters(codec="utf-8")))
def test_cleaned_text_has_no_control_character(raw: str) -> None:
    """Nothing that MJML or XML refuses gets through, and line ends are `\\n`."""
    made = clean(raw)
    assert not any(ord(c) < 32 and c not in "\n\t" for c in made)
    assert "\ufffe" not in made
    assert "\r" not in made


def test_plain_paragraphs_are_wrapped() -> None:
    """Lines have at most 72 columns, and a statistic is not torn at the end of one."""
    made = text("word " * 13 + "wo r = .61 in the end")
    assert all(len(line) <= WIDTH for line in made.splitlines())
    assert "r = .61" in made
    assert "\u00a0" not in made


def test_plain_lists_and_quotes() -> None:
    """Lists hang, ordered ones count from their start, quotes are marked on each line."""
    assert text("- a\n- b\n  - c") == "- a\n- b\n  - c"
    assert text("3. a\n4. b") == "3. a\n4. b"
    quoted = text("> " + "word " * 30)
    assert all(line.startswith("> ") for line in quoted.splitlines())


def test_plain_loose_lists_keep_their_space() -> None:
    """A list with blank lines between its items keeps them; its second paragraphs hang."""
    assert text("- a\n\n  more\n\n- b") == "- a\n\n  more\n\n- b"


def test_plain_links() -> None:
    """A link's address follows its words once."""
    assert text("[the scale](https://example.org/s)") == "the scale <https://example.org/s>"
    assert text("<https://example.org/s>") == "https://example.org/s"
    assert text("[me@example.org](mailto:me@example.org)") == "me@example.org"


def test_plain_has_no_leftover_markup() -> None:
    """Emphasis, headings and code leave no marks."""
    assert text("## So\n\n**a** *b* `c` &amp; d\\*") == "So\n\na b c & d*"


def test_plain_tables_are_lines() -> None:
    """A table's row is a line."""
    assert text("| a | b |\n|---|---|\n| 1 | 2 |") == "a | b\n1 | 2"


def test_plain_code_keeps_its_lines() -> None:
    """Code is indented, not wrapped."""
    assert text("```\na  b\nc\n```") == "    a  b\n    c"


def test_hard_breaks_stay() -> None:
    """A hard break is a line end, a soft one a space."""
    assert text("a  \nb\nc") == "a\nb c"


@given(st.text(alphabet="ab *_`>#-1.\n[]()|<&\\"))
def test_any_markdown_becomes_wrapped_text(markdown: str) -> None:
    """Whatever is typed, plain text comes out, and its lines fit unless a word is longer."""
    for line in text(markdown).splitlines():
        assert len(line) <= WIDTH or " " not in line.strip("> -.0123456789") or "    " in line


def test_wrapped_hangs() -> None:
    """The first line and the others have their own beginnings."""
    assert wrapped("aa " * 40, "1. ", "   ").splitlines()[1].startswith("   aa")
