"""MJML and premailer: each of their traps."""

import re
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest

from newsletter.errors import RenderError
from newsletter.model import EditionKey, Issue
from newsletter.rendering.mail import inlined, to_html
from newsletter.rendering.render import Renderer
from newsletter.rendering.templates import Composed
from newsletter.slots import TOKENS

PAGE = """<!doctype html><html><head><style>{kept}</style><style>/*inline*/{inline}</style></head>\
<body>{body}</body></html>"""


def page(body: str = '<p class="x">a</p>', inline: str = "", kept: str = "") -> str:
    return inlined(PAGE.format(body=body, inline=inline, kept=kept))


@pytest.fixture
def html(renderer: Renderer, issue: Issue) -> str:
    return renderer.render(issue, EditionKey((1,), (0, 2))).html


def test_the_doctype_stays() -> None:
    """Standards mode: the doctype is there, in capitals, which premailer would drop else."""
    assert page().startswith("<!DOCTYPE html>\n")


def test_the_marked_style_is_inlined_and_gone() -> None:
    """The block that says so is written into the elements, and removed."""
    made = page(inline=".x { color: #123456 }")
    assert '<p class="x" style="color:#123456">' in made
    assert "/*inline*/" not in made


def test_other_styles_stay_as_they_are() -> None:
    """`!important` in a media query stays where it is, and comes nowhere else."""
    kept = "@media (prefers-color-scheme: dark) { .x { color: #fff !important; } }"
    made = page(inline=".x { color: #123456; margin: 0 }", kept=kept)
    assert f"<style>{kept}</style>" in made
    assert made.count("!important") == 1


def test_no_mark_is_left_over(html: str) -> None:
    """Nothing of premailer's own remains, not even in Outlook's comments."""
    assert "data-premailer" not in html


def test_outlooks_conditions_stay(html: str) -> None:
    """The comments that classic Outlook reads come through."""
    assert html.count("<!--[if mso") >= 10
    assert html.count("<!--[if") == html.count("<![endif]-->")
    assert "<o:PixelsPerInch>96</o:PixelsPerInch>" in html


def test_outlook_gets_no_more_than_the_column(html: str) -> None:
    """Tables for classic Outlook are 600 pixels wide inside 600, never more."""
    in_comments = "".join(re.findall(r"<!--\[if mso.*?<!\[endif\]-->", html))
    widths = {int(w) for w in re.findall(r"width:(\d+)px", in_comments)}
    assert widths
    assert max(widths) == 600


def test_no_font_is_fetched(html: str) -> None:
    """No stylesheet or font is linked: nothing is fetched when the mail is opened."""
    assert "<link" not in html
    assert "@import" not in html
    assert "@font-face" not in html
    assert " src=" not in html
    assert "url(" not in html


def test_important_stands_in_media_queries_and_rules_only(html: str) -> None:
    """No style attribute holds `!important`, so that dark rules win over them."""
    assert not re.search(r'style="[^"]*!important', html)
    assert "!important" in html


@pytest.mark.parametrize("name", ["preferences_url", "unsubscribe_url", "pause_url"])
def test_a_token_in_a_link_is_untouched(html: str, name: str) -> None:
    """premailer and MJML leave the slots' tokens as they were written."""
    assert f'href="{TOKENS[name]}"' in html


class _Counter(BaseHTTPRequestHandler):
    hits = 0

    def do_GET(self) -> None:
        type(self).hits += 1
        self.send_response(200)
        self.send_header("Content-Type", "text/css")
        self.end_headers()
        self.wfile.write(b".x { color: red }")

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def listener() -> Iterator[str]:
    _Counter.hits = 0
    with HTTPServer(("127.0.0.1", 0), _Counter) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/x.css"
        server.shutdown()
        thread.join()


def test_an_import_is_not_fetched(listener: str) -> None:
    """A stylesheet can't make the program call an address (`@import`, `<link>`)."""
    link = f'<link rel="stylesheet" href="{listener}"><p class="x">a</p>'
    made = page(link, inline=f'@import url("{listener}"); .x {{ margin: 0 }}')
    assert _Counter.hits == 0
    assert "color:red" not in made


def in_column(inner: str) -> Composed:
    source = (
        "<mjml><mj-head></mj-head><mj-body><mj-section><mj-column>\n"
        f"{inner}\n</mj-column></mj-section></mj-body></mjml>"
    )
    lines = [0, *(m.end() for m in re.finditer("\n", source))]
    return Composed(source, lines, [("body.mjml", n) for n, _ in enumerate(lines, 1)])


def test_mjmls_own_offsets_become_lines() -> None:
    """An offset of MJML's, in octets, becomes a template's file and line."""
    made = in_column(
        "<mj-text>öööööööööööööööööööööööööööö</mj-text>\n<mj-navbar><p></p></mj-navbar>"
    )
    with pytest.raises(RenderError, match="MJML") as caught:
        to_html(made)
    assert (caught.value.file, caught.value.line) == ("body.mjml", 3)


@pytest.mark.parametrize("inner", ["<mj-txt>x</mj-txt>", "<mj-text>x</mj-txt>"])
def test_what_mjml_passes_through_is_an_error(inner: str) -> None:
    """MJML lets an unknown element through, and any end tag close any element; we don't."""
    with pytest.raises(RenderError, match=r"mj-te?xt") as caught:
        to_html(in_column(inner))
    assert caught.value.line == 2


@pytest.mark.parametrize("raw", ["p <.05", "a \x01 b", "a \ufffe b"])
def test_what_mjml_refuses_in_text_is_a_render_error(raw: str) -> None:
    """MJML's own ValueError has no position here; ours has the line."""
    with pytest.raises(RenderError) as caught:
        to_html(in_column(f"<mj-text>{raw}</mj-text>"))
    assert caught.value.line == 2


def test_an_unbalanced_div_is_told() -> None:
    """A <div> left open in mj-raw is named, with its line."""
    with pytest.raises(RenderError, match="<div> is not closed") as caught:
        to_html(in_column("<mj-raw><div></mj-raw>"))
    assert caught.value.line == 2
