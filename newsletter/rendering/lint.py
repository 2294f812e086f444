"""What is wrong with MJML that MJML itself lets pass: one pass of html.parser over the table.

Tags that don't balance, elements and attributes that don't exist or stand in the wrong place,
a bare `<`, and what our own pipeline can't have: included bodies, fetched fonts.
"""

import difflib
from collections.abc import Iterator, Sequence
from html.parser import HTMLParser

from newsletter.model import Finding
from newsletter.rendering.clean import is_refused
from newsletter.rendering.components import COMPONENTS, DEFAULTS
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

Attributes = Sequence[tuple[str, str | None]]


def lint_mjml(source: str, file: str) -> list[Finding]:
    """Return what is wrong with the MJML document `source`, in order of line and column."""
    reader = _Reader(file)
    reader.feed(source)
    reader.close()
    findings = [*reader.findings, *_control_characters(source, file)]
    return sorted(findings, key=lambda f: (f.line or 0, f.column or 0))


def lint_composed(composed: Composed) -> list[Finding]:
    """Return the same for a composed document, told by its templates' files and lines.

    What a loop repeats is told once.
    """
    findings = []
    for found in lint_mjml(composed.source, ""):
        file, line = composed.place_of_line(found.line or 1, found.column or 1)
        findings.append(Finding(found.level, found.code, found.message, file, line, found.hint))
    return list(dict.fromkeys(findings))


def _control_characters(source: str, file: str) -> Iterator[Finding]:
    for number, line in enumerate(source.split("\n"), 1):
        for column, character in enumerate(line, 1):
            if is_refused(character):
                yield Finding(
                    "error",
                    "control-character",
                    f"the character U+{ord(character):04X}: MJML fails on it",
                    file,
                    number,
                    "take it out",
                    column,
                )


class _Reader(HTMLParser):
    """Keeps the open tags and where they began."""

    def __init__(self, file: str) -> None:
        super().__init__(convert_charrefs=False)
        self.findings: list[Finding] = []
        self._file = file
        self._open: list[tuple[str, int, int]] = []

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

    def handle_data(self, data: str) -> None:
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

    # The rules.

    def _check(self, tag: str, attrs: Attributes) -> None:
        if tag in _FORBIDDEN:
            why, hint = _FORBIDDEN[tag]
            self._say("forbidden-element", f"<{tag}> can't be used: {why}", hint)
        elif tag == "mjml" or tag.startswith("mj-"):
            self._check_component(tag, attrs)
        elif tag == "img" and not any(name == "alt" for name, _ in attrs):
            self._say("image-alt", "<img> without alt", 'write alt="" where it only decorates')
        elif self._open and not self._in_html():
            self._say(
                "misplaced-html",
                f"<{tag}> stands directly in <{self._open[-1][0]}>",
                "HTML belongs in mj-text, mj-table or mj-raw",
            )

    def _check_component(self, tag: str, attrs: Attributes) -> None:
        parent = self._open[-1][0] if self._open else ""
        if parent == DEFAULTS:
            return
        component = COMPONENTS.get(tag)
        if component is None:
            near = difflib.get_close_matches(tag, COMPONENTS, 1)
            hint = f"did you mean <{near[0]}>?" if near else "see https://documentation.mjml.io"
            self._say("unknown-element", f"<{tag}> is not an element of MJML", hint)
            return
        if parent not in component.parents:
            places = ", ".join(sorted(component.parents)) or "nowhere"
            self._say(
                "misplaced-element",
                f"<{tag}> can't stand in <{parent}>" if parent else f"<{tag}> can't stand alone",
                f"it belongs in: {places}",
            )
        for name, _ in attrs:
            if name not in component.attributes:
                self._say("unknown-attribute", f"<{tag}> has no attribute “{name}”")
        if tag in ("mj-image", "mj-carousel-image") and not dict(attrs).get("alt"):
            self._say("image-alt", f"<{tag}> without alt", "say what the picture shows")

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
        self, code: str, message: str, hint: str = "", offset: tuple[int, str] = (0, "")
    ) -> None:
        line, column = self.getpos()
        lines, before = offset
        column = len(before) - before.rfind("\n") - 1 if lines else column + len(before)
        self.findings.append(
            Finding("error", code, message, self._file, line + lines, hint, column + 1)
        )
