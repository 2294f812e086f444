"""A letter's HTML with some tags and style blocks changed, and all else left to the letter."""

import re
from collections.abc import Callable
from html import escape, unescape

Attributes = dict[str, str]
Css = Callable[[str], str | None]
Tag = Callable[[str, Attributes], Attributes]

_TOKEN = re.compile(
    r"<!--.*?-->"
    r"|(?P<open><style\b[^>]*>)(?P<css>.*?)(?P<close></style\s*>)"
    r"|<(?P<tag>[a-z][\w:-]*)(?P<attributes>(?:[^>\"']|\"[^\"]*\"|'[^']*')*?)(?P<end>\s*/?>)",
    re.I | re.S,
)
_ATTRIBUTE = re.compile(r"([^\s=\"'>/]+)(?:\s*=\s*(\"[^\"]*\"|'[^']*'|[^\s\"'>]+))?")


def rewritten(html: str, css: Css, tag: Tag) -> str:
    """Return the document with every style block as `css` gives it, None for one to be left out,
    and every start tag with the attributes that `tag` gives it. Comments stay as they are.
    """

    def one(found: re.Match[str]) -> str:
        if found["open"]:
            made = css(found["css"])
            return "" if made is None else found["open"] + made + found["close"]
        if not found["tag"]:
            return found[0]
        before = _read(found["attributes"])
        after = tag(found["tag"].lower(), dict(before))
        return found[0] if after == before else f"<{found['tag']}{_written(after)}{found['end']}"

    return _TOKEN.sub(one, html)


def _read(attributes: str) -> Attributes:
    return {
        name.lower(): unescape(value[1:-1] if value[:1] in "\"'" else value)
        for name, value in _ATTRIBUTE.findall(attributes)
    }


def _written(attributes: Attributes) -> str:
    return "".join(f' {name}="{escape(value)}"' for name, value in attributes.items())
