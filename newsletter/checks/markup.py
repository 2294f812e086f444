"""Markdown that isn't read as it was meant: what is left of marks after reading shows it."""

import re
from collections.abc import Iterator

from newsletter.checks.links import faults
from newsletter.checks.papers import Paper, Passage, Run
from newsletter.content.body import is_title
from newsletter.model import Finding

_TAGS = (
    "a|abbr|article|b|blockquote|br|button|center|code|del|details|div|em|figure|font|form|h[1-6]|"
    "hr|i|iframe|img|input|ins|kbd|li|mark|o:p|object|ol|p|pre|q|s|script|section|small|span|"
    "strike|strong|style|sub|summary|sup|svg|table|tbody|td|th|thead|tr|u|ul|video"
)
HTML = re.compile(rf"</?(?:{_TAGS})(?:\s[^<>]*)?/?>|<!--", re.I)
TEMPLATE = re.compile(
    r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}|\*?\|[A-Z][A-Z_:]+\|\*?|%%[\w ]+%%|\$\{\w+\}|<<\w+>>", re.S
)
"""Code of templates, and of other mailers’ merge fields."""

LINK = re.compile(
    r"\)\s?\[(?=https?:|www\.)|\]\s*\((?=\S)|\](?:\[\]|\[[^\]\d])|\[[^\]\[]{1,80}\]:\s*\S|!\[[^\]]*\]"
)
"""What is left of a link that isn’t read as one."""

_OTHER = (
    (re.compile(r"\[\^[\w-]+\]"), "a footnote", "put the note into the text"),
    (re.compile(r"~~(?=\S)"), "“~~” for struck text", "leave the words out"),
    (re.compile(r"==(?=\w)[^=]+=="), "“==” for marked text", "write *emphasis*"),
    (re.compile(r"^\[[ xX]\] "), "a box to tick", "write a plain list"),
    (re.compile(r"^:::"), "“:::” for a box", "write a paragraph, or a quotation with >"),
    (
        re.compile(r"\$\$|\\\(|\\frac|\\beta|(?<!\w)\$(?=[^$\n]*[=\\^_])[^\s\d$][^$\n]*\$"),
        "a formula",
        "write it in plain letters",
    ),
    (re.compile(r"(?<![\w:]):[a-z_]{3,}:(?![\w:])"), "a name for an emoji", "leave it out"),
)
_STARS = re.compile(r"\*{2,}|_{2,}|(?<![\w*])\*(?=[^\W\d_])|(?<=[^\W\d_])\*(?![\w*])")
_UNDERSCORES = re.compile(r"(?<![\w/])_(?=[^\W_])|(?<=[^\W_])_(?![\w/])")
_BULLET = re.compile(r"\s*[•·‣▪◦●–—]\s+\S")
_COLUMNS = 6
_UNSPACED = re.compile(r"-[^\W\d_]|\*[^\W\d_](?!.*\*)|\d{1,2}[.)][^\W\d_]")
_REFUSED = re.compile(r"\]\(([a-z][a-z0-9+.-]*:[^\s)]*)", re.I)


def without_code(text: str) -> str:
    """Return a text with blanks where HTML and templates’ code stand: they have their finding."""
    return TEMPLATE.sub(_blank, HTML.sub(_blank, text))


def _blank(match: re.Match[str]) -> str:
    return re.sub(r"[^\n]", " ", match[0])


def check(paper: Paper) -> Iterator[Finding]:
    """Yield what Markdown makes of the body that nobody meant."""
    for passage in paper.passages:
        yield from _passage(paper, passage)
    yield from _blocks(paper)


def _passage(paper: Paper, passage: Passage) -> Iterator[Finding]:
    rows = [line for line in passage.text.split("\n") if re.match(r"\s*\|.*\|\s*$", line)]
    if passage.kind == "paragraph" and rows:
        hint = "below the first row put a line like |---|---|, and as many columns in each"
        yield paper.finding("table", passage.line, "these rows are no table", hint)
        return
    underlined = passage.kind == "heading" and passage.markup in ("-", "=")
    if underlined and not is_title(passage.text):
        message = f"the line of “{passage.markup}” makes the text above it a heading"
        hint = "put a blank line above it, or write ## before a heading"
        yield paper.finding("accidental-heading", passage.last + 1, message, hint)
    lines = [line.strip() for line in passage.text.split("\n")]
    points = [number for number, line in enumerate(lines) if _UNSPACED.match(line)]
    if passage.kind == "paragraph" and len(points) > 1:
        message = f"points of a list without a space: “{lines[points[0]][:30]}”"
        hint = "begin each point with a hyphen and a space"
        yield paper.finding("unsupported-markup", passage.line + points[0], message, hint)
    seen: set[str] = set()
    for run in passage.runs:
        if run.kind in ("text", "image"):
            for finding in _run(paper, passage, run):
                if finding.code not in seen:
                    seen.add(finding.code)
                    yield finding


def _run(paper: Paper, passage: Passage, run: Run) -> Iterator[Finding]:
    text, line = run.text, run.line
    if match := HTML.search(text):
        hint = "write Markdown: *emphasis*, **strong**; a comment doesn't stay hidden"
        message = f"“{match[0]}” is shown as it stands here"
        yield paper.finding("raw-html", line, message, hint, at=match[0])
    if match := TEMPLATE.search(text):
        message = f"“{match[0]}” is shown as it stands here"
        yield paper.finding("template-code", line, message, "take it out", at=match[0])
    if match := LINK.search(text):
        refused = _REFUSED.search(text, match.start())
        fault = next(faults(refused[1]), None) if refused else None
        if refused and fault and fault.code in ("link-scheme", "local-link"):
            yield paper.finding("link-scheme", line, fault.message, fault.hint, at=refused[1])
            return
        message = f"“{_around(text, match.start())}” is not read as a link"
        hint = "a link is written [words](https://address), without a space between or inside"
        yield paper.finding("broken-link", line, message, hint, at=match[0])
        return
    for pattern, what, hint in _OTHER:
        if match := pattern.search(text):
            message = f"{what}: “{match[0].strip()}” is shown as it stands here"
            yield paper.finding("unsupported-markup", line, message, hint, at=match[0])
    yield from _marks(paper, passage, run)


def _marks(paper: Paper, passage: Passage, run: Run) -> Iterator[Finding]:
    for pattern, name in ((_STARS, "emphasis"), (_UNDERSCORES, "emphasis")):
        if match := pattern.search(run.text):
            message = f"{name} is opened or closed once only: “{_around(run.text, match.start())}”"
            hint = "put the mark at both ends, next to the words; or write \\* for a star"
            yield paper.finding("unclosed-markup", run.line, message, hint, at=match[0])
            return
    if "`" in run.text:
        message = f"a backtick without its other half: “{_around(run.text, run.text.index('`'))}”"
        yield paper.finding("unclosed-markup", run.line, message, "take it out", at="`")
    if passage.kind == "paragraph" and _BULLET.match(run.text) and not passage.box:
        hint = "begin each point with a hyphen and a space"
        message = "a point of a list, typed by hand: its lines run together"
        yield paper.finding("unsupported-markup", run.line, message, hint)


def _blocks(paper: Paper) -> Iterator[Finding]:
    first = paper.document.body_line
    for at, token in enumerate(paper.tokens):
        if token.type == "table_open" and token.map:
            head = [one.type for one in paper.tokens[at:]]
            columns = head[: head.index("thead_close")].count("th_open")
            if columns > _COLUMNS:
                message = f"a table of {columns} columns is wider than a telephone"
                hint = f"at most {_COLUMNS}: leave some out, or say it in words"
                yield paper.finding("table", first + token.map[0], message, hint)
        if not token.map or token.type not in ("code_block", "fence"):
            continue
        begin, last = first + token.map[0], first + token.map[1] - 1
        if token.type == "code_block":
            hint = "take the spaces at the beginning of the line away"
            yield paper.finding("code-block", begin, "four spaces make this code", hint)
        elif not re.match(r"\s*(?:`{3,}|~{3,})\s*$", paper.lines[last - 1]) or begin == last:
            hint = f"close it with a line of {token.markup}"
            message = f"what is opened with {token.markup} is never closed"
            yield paper.finding("code-block", begin, message, hint)


def _around(text: str, at: int) -> str:
    return text[max(0, at - 15) : at + 25].strip()
