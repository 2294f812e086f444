"""What is wrong with MJML that MJML itself lets pass: one pass of html.parser over the table.

Tags that don't balance, elements and attributes that don't exist or stand in the wrong place, or
have values that can't be, a bare `<`, styles that can't be read, and what our own pipeline can't
have: included bodies, fetched fonts.
"""

import difflib
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import lru_cache
from html.parser import HTMLParser

from newsletter.model import Finding, Level
from newsletter.rendering import css
from newsletter.rendering.attributes import REQUIRED, wrong_values
from newsletter.rendering.clean import REFUSED
from newsletter.rendering.components import CARRIERS, COMPONENTS, DEFAULTS
from newsletter.rendering.known import ELEMENTS
from newsletter.rendering.templates import Composed

VOID = frozenset(
    ("area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "wbr")
)
"""Elements of HTML that have no end tag."""

_FORBIDDEN = {
    "mj-include": (
        "an included body loses the width of its container",
        "use Jinja's {% include %}, which comes before MJML",
    ),
    "mj-html-attributes": ("MJML fails on it here", "write the attribute in the HTML of mj-text"),
    "mj-font": ("it would be fetched when the mail is opened", "use a font readers have"),
}

_CLASS = re.compile(r"\.(-?[A-Za-z_][\w-]*)")
_TEXT_IN_HEAD = {"mj-title", "mj-preview", "mj-style"}
"""Elements that hold text and no HTML."""

Attributes = Sequence[tuple[str, str | None]]


def lint_mjml(source: str, file: str) -> list[Finding]:
    """Return what is wrong with the MJML document `source`, in order of line and column."""
    return list(_linted(source, file))


@lru_cache(maxsize=32)  # asked for what the checks say of it, and again before MJML reads it
def _linted(source: str, file: str) -> Sequence[Finding]:
    reader = _Reader(file)
    reader.feed(source)
    reader.close()
    findings = [*reader.findings, *_control_characters(source, file)]
    return tuple(sorted(findings, key=lambda f: (f.line or 0, f.column or 0)))


def lint_composed(composed: Composed) -> list[Finding]:
    """Return the same for a composed document, told by its templates' files and lines.

    What a loop repeats is told once.
    """
    findings = []
    for found in lint_mjml(composed.source, ""):
        file, line, column = composed.spot(found.line or 1, found.column or 1)
        findings.append(replace(found, file=file, line=line, column=column))
    return list(dict.fromkeys(findings))


def _control_characters(source: str, file: str) -> Iterator[Finding]:
    for match in REFUSED.finditer(source):
        yield Finding(
            "error",
            "control-character",
            f"the character U+{ord(match[0]):04X}: MJML fails on it",
            file,
            source.count("\n", 0, match.start()) + 1,
            "take it out",
            match.start() - source.rfind("\n", 0, match.start()),
        )


class _Reader(HTMLParser):
    """Keeps the open tags and where they began."""

    def __init__(self, file: str) -> None:
        super().__init__(convert_charrefs=False)
        self.findings: list[Finding] = []
        self._file = file
        self._open: list[tuple[str, int, int]] = []
        self._styled: set[str] = set()
        self._defined: set[str] = set()
        self._classes: list[tuple[str, str, tuple[int, int]]] = []

    # html.parser calls these.

    def handle_starttag(self, tag: str, attrs: Attributes) -> None:
        self._check(tag, attrs)
        if tag not in VOID:
            line, column = self.getpos()
            self._open.append((tag, line, column + 1))

    def handle_startendtag(self, tag: str, attrs: Attributes) -> None:
        self._check(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        if tag in VOID:
            return
        if self._open and self._open[-1][0] == tag:
            self._open.pop()
            return
        opened = [name for name, _, _ in self._open]
        if tag not in opened:
            self._say("unbalanced", f"</{tag}> closes nothing", "take it out, or open it before")
            return
        while self._open[-1][0] != tag:
            self._unclosed(*self._open.pop(), before=f"</{tag}>")
        self._open.pop()

    def handle_comment(self, data: str) -> None:
        if "<!--" in data:
            message = "a comment goes on until the end of the next one"
            self._say("unbalanced", message, "write --> where it ends")

    def handle_data(self, data: str) -> None:
        inner = self._open[-1][0] if self._open else ""
        if inner == "mj-style":
            self._style(data)
            return
        takes_none = inner in COMPONENTS and inner not in _TEXT_IN_HEAD
        if data.strip() and takes_none and not self._in_html():
            lead = data[: len(data) - len(data.lstrip())]
            place = (lead.count("\n"), lead)
            words = " ".join(data.split())[:30]
            message = f"“{words}” stands in <{inner}>, where MJML drops it"
            self._say("misplaced-text", message, "put it into mj-text", offset=place)
        if "<" in data:
            before = data[: data.index("<")]
            self._say(
                "bare-less-than",
                "a bare “<” in the text: MJML fails on it",
                "write &lt;",
                offset=(before.count("\n"), before),
            )

    def close(self) -> None:
        super().close()
        while self._open:
            self._unclosed(*self._open.pop(), before="the end")
        for name, kind, place in self._classes:
            if kind == "mj-class" and name not in self._defined:
                hint = f'define it: <mj-class name="{name}" … /> in mj-attributes'
                self._say("unknown-class", f"there is no mj-class “{name}”", hint, at=place)
            elif kind == "css-class" and name not in self._styled:
                message = f"no style names the class “{name}”"
                hint = _nearest(name, self._styled, "take it out, or write a rule for it")
                self._say("unknown-class", message, hint, at=place, level="warning")

    # The rules.

    def _check(self, tag: str, attrs: Attributes) -> None:
        names = [name for name, _ in attrs]
        for name in sorted({name for name in names if names.count(name) > 1}):
            message = f"“{name}” stands twice in <{tag}>"
            place = self._where(name)
            self._say("duplicate-attribute", message, "keep one of them", offset=place)
        quoted = re.sub(r"\"[^\"]*\"|'[^']*'", '""', self.get_starttag_text() or "")
        if bare := re.search(r"\s([\w:-]+)\s*=\s*(?![\"'])[^\s>]+", quoted):
            message = f"the value of “{bare[1]}” has no quotes: MJML fails on it"
            place = self._where(bare[1])
            self._say("attribute-value", message, f'write {bare[1]}="…"', offset=place)
        if tag in _FORBIDDEN:
            why, hint = _FORBIDDEN[tag]
            self._say("forbidden-element", f"<{tag}> can't be used: {why}", hint)
        elif tag == "mjml" or tag.startswith("mj-"):
            self._check_component(tag, attrs)
        elif tag == "img" and not any(name == "alt" for name, _ in attrs):
            self._say("image-alt", "<img> without alt", 'write alt="" where it only decorates')
        elif self._open and not self._in_html() and self._open[-1][0] in COMPONENTS:
            self._say(
                "misplaced-html",
                f"<{tag}> stands directly in <{self._open[-1][0]}>",
                "HTML belongs in mj-text, mj-table or mj-raw",
            )
        else:
            self._check_html(tag, dict(attrs))

    def _check_html(self, tag: str, attrs: dict[str, str | None]) -> None:
        if tag not in ELEMENTS and ":" not in tag:
            hint = _nearest(f"<{tag}>", [f"<{name}>" for name in ELEMENTS], "see what HTML has")
            self._say("unknown-tag", f"<{tag}> is not an element of HTML", hint)
        if tag == "a" and not {"href", "id", "name"} & attrs.keys():
            self._say("missing-attribute", "<a> leads nowhere: it has no href", 'write href="…"')
        if style := attrs.get("style"):
            for slip in css.declarations(style)[1]:
                place = self._where("style")
                self._say("style", f"in style: {slip.message}", slip.hint, offset=place)

    def _check_component(self, tag: str, attrs: Attributes) -> None:
        parent = self._open[-1][0] if self._open else ""
        known = CARRIERS if parent == DEFAULTS else COMPONENTS
        component = known.get(tag)
        if component is None:
            names = [f"<{name}>" for name in known]
            hint = _nearest(f"<{tag}>", names, "see https://documentation.mjml.io")
            self._say("unknown-element", f"<{tag}> is not an element of MJML", hint)
            return
        strange = parent.startswith("mj-") and parent not in COMPONENTS  # that is told already
        if parent not in component.parents and parent != DEFAULTS and not strange:
            places = ", ".join(sorted(component.parents)) or "nowhere"
            self._say(
                "misplaced-element",
                f"<{tag}> can't stand in <{parent}>" if parent else f"<{tag}> can't stand alone",
                f"it belongs in: {places}",
            )
        for name, _ in attrs:
            if name not in component.attributes:
                hint = _nearest(name, component.attributes, "see https://documentation.mjml.io")
                message = f"<{tag}> has no attribute “{name}”"
                self._say("unknown-attribute", message, hint, offset=self._where(name))
        self._check_values(tag, {name: value or "" for name, value in attrs}, parent)

    def _check_values(self, tag: str, attrs: dict[str, str], parent: str) -> None:
        for name, message, hint in wrong_values(tag, attrs):
            place = self._where(name)
            self._say("attribute-value", f"<{tag}> {message}", hint, offset=place)
        if parent != DEFAULTS or tag == "mj-class":
            for name in REQUIRED.get(tag, ()):
                if not attrs.get(name, "").strip():
                    self._say("missing-attribute", f"<{tag}> without {name}", f'write {name}="…"')
        if tag in ("mj-image", "mj-carousel-image") and parent != DEFAULTS and not attrs.get("alt"):
            self._say("image-alt", f"<{tag}> without alt", "say what the picture shows")
        if tag == "mj-class" and attrs.get("name"):
            self._defined.add(attrs["name"])
        for kind in ("mj-class", "css-class"):
            for name in attrs.get(kind, "").split():
                self._classes.append((name, kind, self.getpos()))

    def _style(self, text: str) -> None:
        sheet = css.read(text)
        for rule in sheet.rules:
            self._styled.update(_CLASS.findall(rule.selector))
        for slip in sheet.slips:
            before = text[: slip.offset]
            place = (before.count("\n"), before)
            self._say("style", slip.message, slip.hint, offset=place)

    def _where(self, attribute: str) -> tuple[int, str]:
        """Return where an attribute stands in the tag that is read now, for `_say`."""
        tag = self.get_starttag_text() or ""
        match = re.search(rf"(?<=[\s\"']){re.escape(attribute)}(?=[\s=/>])", tag, re.I)
        before = tag[: match.start()] if match else ""
        return before.count("\n"), before

    def _in_html(self) -> bool:
        inner = [name for name, _, _ in self._open if name in COMPONENTS]
        return bool(inner) and COMPONENTS[inner[-1]].holds_html

    def _unclosed(self, tag: str, line: int, column: int, *, before: str) -> None:
        self.findings.append(
            Finding(
                "error",
                "unbalanced",
                f"<{tag}> is not closed before {before}",
                self._file,
                line,
                f"write </{tag}>",
                column,
            )
        )

    def _say(
        self,
        code: str,
        message: str,
        hint: str = "",
        *,
        offset: tuple[int, str] = (0, ""),
        at: tuple[int, int] | None = None,
        level: Level = "error",
    ) -> None:
        line, column = at or self.getpos()
        lines, before = offset
        column = len(before) - before.rfind("\n") - 1 if lines else column + len(before)
        self.findings.append(
            Finding(level, code, message, self._file, line + lines, hint, column + 1)
        )


def _nearest(word: str, known: Iterable[str], otherwise: str) -> str:
    near = difflib.get_close_matches(word, sorted(known), 1)
    return f"did you mean {near[0]}?" if near else otherwise
