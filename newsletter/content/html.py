"""A page saved as HTML becomes lines: by its structure, without what is not its text."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from lxml import etree
from lxml.html import HtmlElement, HTMLParser, document_fromstring

from newsletter.content import shapes
from newsletter.content.lines import Kind, Line, clean


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


_NEVER = _set(
    "script style head noscript template svg math select option map button textarea input "
    "iframe object audio video canvas"
)
"""Elements that hold no text of the page."""

_AROUND = _set("nav aside footer")
_AROUND_ROLES = _set("navigation contentinfo search complementary")
_AROUND_NAMES = _set(
    "sr-only visually-hidden element-invisible screen-reader-text skip-link sidebar widget "
    "widget-area menu breadcrumb breadcrumbs pagination pager nav-links post-navigation "
    "comments respond comment-respond sharedaddy share social social-links cookie-banner "
    "site-footer footer"
)
"""Classes and ids that blogs give to what stands around their text."""

_BLOCKS = _set(
    "html body div p ul ol li dl dt dd table caption thead tbody tfoot tr td th section "
    "article main header footer figure figcaption blockquote pre form fieldset legend address "
    "hr details summary center h1 h2 h3 h4 h5 h6"
)
_HEADINGS = _set("h1 h2 h3 h4 h5 h6")
_BOLD = _set("strong b")

_WINDOWS = {n: bytes([n]).decode("cp1252", "ignore") for n in range(0x80, 0xA0)}
"""What people mean by `&#150;`: HTML maps these numbers to Windows-1252 (WHATWG, 13.2.5.80)."""


def looks_like_html(text: str) -> bool:
    """Say whether the text is markup; `p < .05` in a text is none."""
    tag = (
        r"<(?:!doctype\s+html|(?:html|head|body|div|p|h[1-6]|article|section|main|br|ul)\b[^<>]*>)"
    )
    return re.search(tag, text[:20_000], re.I) is not None


def html_lines(text: str) -> tuple[Line, ...]:
    """Return the page's paragraphs in order; a `<br>` ends one too. Numbers are source lines."""
    source = re.sub(r"^\s*<\?xml[^>]*\?>", "", text.removeprefix("\ufeff"))
    if not source.strip():
        return ()
    try:
        page = document_fromstring(source, parser=HTMLParser(huge_tree=True, remove_pis=True))
    except etree.ParserError:  # no element in it
        return ()
    return tuple(_Walk().lines(page))


@dataclass
class _Walk:
    """The text gathered since the last line ended, and what is known of it."""

    text: list[str] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    number: int = 1
    bold: int = 0
    bold_letters: int = 0
    headings: int = 0
    preformatted: int = 0
    item: bool = False

    def lines(self, page: HtmlElement) -> Iterator[Line]:
        walk = etree.iterwalk(page, events=("start", "end", "comment"))
        for event, element in walk:
            line = element.sourceline or self.number
            if event == "comment":
                yield from self.add(element.tail, line)
            elif event == "start" and _is_dropped(element):
                walk.skip_subtree()
            elif event == "start":
                yield from self.start(element, line)
            else:
                yield from self.end(element, line)
        yield from self.flush()

    def start(self, element: HtmlElement, line: int) -> Iterator[Line]:
        tag = element.tag
        if tag in _BLOCKS or tag == "br" or _is_implications(element):
            yield from self.flush()
        self.headings += tag in _HEADINGS
        self.bold += tag in _BOLD
        self.preformatted += tag == "pre"
        self.item = self.item or tag == "li"
        if tag == "a" and element.get("href"):
            self.links.append(element.get("href", ""))
        yield from self.add(element.text, line)

    def end(self, element: HtmlElement, line: int) -> Iterator[Line]:
        tag = element.tag
        tail = element.tail
        if not _is_dropped(element):
            if tag in _BLOCKS:
                yield from self.flush()
            elif _is_implications(element):
                yield from self.flush()
                tail = re.sub(r"^\s*[:.]", "", tail or "")
            self.headings -= tag in _HEADINGS
            self.bold -= tag in _BOLD
            self.preformatted -= tag == "pre"
        yield from self.add(tail, line)

    def add(self, text: str | None, line: int) -> Iterator[Line]:
        if not text:
            return
        parts = text.split("\n") if self.preformatted else [text]
        for part in parts:
            if part is not parts[0]:
                yield from self.flush()
            if not "".join(self.text).strip():
                self.number = line
            self.text.append(part)
            self.bold_letters += len(part.strip()) if self.bold else 0

    def flush(self) -> Iterator[Line]:
        letters = sum(len(part.strip()) for part in self.text)
        text = clean(re.sub(r"[ \t\r\n\f]+", " ", "".join(self.text).translate(_WINDOWS)))
        if text:
            kind: Kind = "heading" if self.headings else "item" if self.item else "text"
            if kind == "text" and self.bold_letters == letters:
                kind = "strong"
            yield Line(self.number, text, kind, tuple(self.links), self.number)
            self.item = False
        self.text, self.links, self.bold_letters = [], [], 0


def _is_dropped(element: HtmlElement) -> bool:
    """Whether the element is no text, or stands around it; never if a summary is within it."""
    if not isinstance(element.tag, str) or element.tag in _NEVER:
        return True
    if not _is_around(element):
        return False
    return shapes.names_implications("".join(element.itertext())) is False


def _is_around(element: HtmlElement) -> bool:
    get = element.get
    names = {*(get("class") or "").lower().split(), (get("id") or "").lower()}
    return (
        element.tag in _AROUND
        or get("role") in _AROUND_ROLES
        or get("hidden") is not None
        or get("aria-hidden") == "true"
        or not names.isdisjoint(_AROUND_NAMES)
        or re.search(r"display\s*:\s*none", get("style") or "", re.I) is not None
    )


def _is_implications(element: HtmlElement) -> bool:
    """Whether this is the words "Practice Implications" set in bold within a paragraph."""
    if element.tag not in ("strong", "b", "em", "i", "u", "span"):
        return False
    return shapes.implications(clean("".join(element.itertext()))) == ""
