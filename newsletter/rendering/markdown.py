"""Markdown -> HTML that may stand in the mail.

CommonMark and tables; raw HTML is shown as it was typed. nh3 has the last word on what passes.
"""

from collections.abc import Iterator, Sequence
from urllib.parse import urljoin

import nh3
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict
from markupsafe import Markup

from newsletter.rendering.clean import clean
from newsletter.rendering.numbers import keep_together

_TAGS = {
    *("p", "br", "hr", "strong", "em", "code", "pre", "blockquote", "ul", "ol", "li", "a"),
    *("h2", "h3", "h4", "h5", "h6", "table", "thead", "tbody", "tr", "th", "td"),
}
_ATTRIBUTES = {"a": {"href", "title"}, "ol": {"start"}, "th": {"align"}, "td": {"align"}}
_SCHEMES = {"http", "https", "mailto"}


def _picture(
    self: RendererHTML, tokens: Sequence[Token], index: int, options: OptionsDict, env: EnvType
) -> str:
    """A mail fetches nothing, so that a picture is its description."""
    children = tokens[index].children or []
    return self.renderInlineAsText(children, options, env)


def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False}).enable("table")
    parser.add_render_rule("image", _picture)
    return parser


_PARSER = _parser()


def parse(markdown: str, base: str) -> list[Token]:
    """Return the tokens of `markdown`, with every link absolute (relative ones against `base`)."""
    tokens = _PARSER.parse(clean(markdown))
    for token in tokens:
        for child in token.children or ():
            if child.type == "link_open":
                child.attrSet("href", absolute(str(child.attrGet("href") or ""), base))
    return tokens


def absolute(url: str, base: str) -> str:
    """Return `url` as it works from a mail: an address of its own, or one under `base`."""
    try:
        return urljoin(f"{base}/", url)
    except ValueError:  # "http://[": no address at all
        return base


def to_html(markdown: str, base: str, top: int = 3) -> Markup:
    """Return `markdown` as safe HTML; its headings begin at level `top`, and leave no level out.

    Numbers and statistics are kept together, but never inside a link or code. Of a link that can't
    be opened from a mail the words are left.
    """
    tokens = parse(markdown, base)
    levels = sorted({_level(token) for token in tokens if token.type == "heading_open"})
    for token in tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(6, top + levels.index(_level(token)))}"
        if token.type == "inline":
            token.children = list(_openable(token.children or []))
            _keep_numbers_together(token.children or [])
        if style := token.attrs.pop("style", None):  # a table's columns
            token.attrSet("align", str(style).removeprefix("text-align:"))
    html = _PARSER.renderer.render(tokens, _PARSER.options, {})
    safe = nh3.clean(html, _TAGS, attributes=_ATTRIBUTES, url_schemes=_SCHEMES, link_rel=None)
    return Markup(safe)  # noqa: S704 -- sanitised just now


def _level(heading: Token) -> int:
    """Return the level of a heading; the first one is the title's."""
    return max(2, int(heading.tag[1]))


def _openable(children: Sequence[Token]) -> Iterator[Token]:
    """Yield a line's tokens without the links that nh3 would leave no address."""
    inside = True
    for child in children:
        if child.type == "link_open":
            inside = str(child.attrGet("href")).partition(":")[0].lower() in _SCHEMES
        if inside or child.type not in ("link_open", "link_close"):
            yield child


def _keep_numbers_together(children: Sequence[Token]) -> None:
    inside = 0
    for child in children:
        inside += (child.type == "link_open") - (child.type == "link_close")
        if child.type == "text" and not inside:
            child.content = keep_together(child.content)
