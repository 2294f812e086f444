"""Style sheets as rules with their places, and what is wrong with them.

Small on purpose: it reads what a mail's styles hold, forgives as browsers do, and says where a
brace, a colon or a semicolon is missing.
"""

import difflib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from newsletter.rendering.known import PROPERTIES

_LENGTHS = re.compile(
    r"(?:max-|min-)?(?:width|height)|font-size|letter-spacing|text-indent|text-underline-offset|"
    r"(?:margin|padding)(?:-\w+)?|border-radius|border(?:-\w+)?-width"
)
_SKIPPED = re.compile(r"/\*.*?(?:\*/|\Z)|\"(?:[^\"\\\n]|\\.)*\"|'(?:[^'\\\n]|\\.)*'", re.S)
_RULES_INSIDE = ("@media", "@supports", "@layer", "@container")
_NESTED = (*_RULES_INSIDE, "@keyframes", "@-")


@dataclass(frozen=True, slots=True)
class Declaration:
    """`name: value`, with the offset where it begins."""

    name: str
    value: str
    offset: int


@dataclass(frozen=True, slots=True)
class Rule:
    """A selector or at-rule with its declarations. `within` are the at-rules around it."""

    selector: str
    offset: int
    declarations: tuple[Declaration, ...]
    within: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Slip:
    """What is wrong with a style sheet, and where."""

    offset: int
    message: str
    hint: str


@dataclass(frozen=True, slots=True)
class Sheet:
    """A style sheet that was read."""

    rules: tuple[Rule, ...]
    slips: tuple[Slip, ...]


@lru_cache(maxsize=64)  # the letters of a month share theirs
def read(text: str) -> Sheet:
    """Read a style sheet."""
    plain = _without_comments(text)
    rules: list[Rule] = []
    slips: list[Slip] = []
    if "/*" in plain:
        slips.append(Slip(plain.index("/*"), "a comment is never closed", "write */"))
        plain = plain[: plain.index("/*")]
    _rules(plain, 0, len(plain), (), rules, slips)
    return Sheet(tuple(rules), tuple(slips))


@lru_cache(maxsize=4096)  # a letter says the same of many elements
def declarations(text: str, start: int = 0) -> tuple[tuple[Declaration, ...], tuple[Slip, ...]]:
    """Read what stands between braces, or in a `style` attribute; `start` is added to offsets."""
    slips: list[Slip] = []
    return tuple(_declarations(_without_comments(text), start, slips)), tuple(slips)


def _without_comments(text: str) -> str:
    """Put spaces where comments are; offsets stay. Strings keep their quotes alone."""

    def blank(match: re.Match[str]) -> str:
        whole = match[0]
        if whole.startswith("/*") and not whole.endswith("*/"):
            return whole
        return re.sub(r"[^\n]", " ", whole) if whole.startswith("/*") else whole

    return _SKIPPED.sub(blank, text)


def _rules(
    text: str,
    start: int,
    end: int,
    within: tuple[str, ...],
    rules: list[Rule],
    slips: list[Slip],
) -> None:
    at = start
    while at < end:
        brace = _find(text, "{};", at, end)
        if brace < 0:
            if text[at:end].strip():
                offset = _first(text, at, end)
                slips.append(
                    Slip(offset, "a rule without braces", "write { … } after the selector")
                )
            return
        selector, offset = text[at:brace].strip(), _first(text, at, brace)
        if text[brace] == "}":
            slips.append(Slip(brace, "a brace that closes nothing", "take it out"))
            at = brace + 1
            continue
        if text[brace] == ";":
            if selector.startswith("@"):
                rules.append(Rule(" ".join(selector.split()), offset, (), within))
            elif selector:
                slips.append(Slip(offset, "a declaration outside of any rule", "is a { missing?"))
            at = brace + 1
            continue
        name = " ".join(selector.split())
        close = _closing(text, brace, end)
        inner = _find(text, "{}", brace + 1, end)
        if inner >= 0 and text[inner] == "{" and not selector.startswith(_NESTED):
            close = max(text.rfind("\n", brace, inner), text.rfind(";", brace, inner), brace)
            slips.append(Slip(offset, f"“{name}” is never closed", "write }"))
        elif close < 0:
            slips.append(Slip(offset, f"“{name}” is never closed", "write }"))
            close = end
        if selector.startswith(_RULES_INSIDE):
            _rules(text, brace + 1, close, (*within, name), rules, slips)
        elif selector.startswith(_NESTED):
            rules.append(Rule(name, offset, (), within))
        else:
            inside = tuple(_declarations(text[brace + 1 : close], brace + 1, slips))
            rules.append(Rule(name, offset, inside, within))
        at = close + 1


def _find(text: str, marks: str, start: int, end: int) -> int:
    """Return where one of `marks` stands next, outside of strings and round brackets; or -1."""
    depth, quote = 0, ""
    for at in range(start, end):
        letter = text[at]
        if quote:
            quote = "" if letter == quote or letter == "\n" else quote
        elif letter in "\"'":
            quote = letter
        elif letter == "(":
            depth += 1
        elif letter == ")":
            depth = max(0, depth - 1)
        elif letter in marks and not depth:
            return at
    return -1


def _closing(text: str, brace: int, end: int) -> int:
    depth, at = 0, brace
    while at >= 0:
        depth += 1 if text[at] == "{" else -1
        if depth == 0:
            return at
        at = _find(text, "{}", at + 1, end)
    return -1


def _first(text: str, start: int, end: int) -> int:
    """Return the offset of the first letter that is no space."""
    return start + len(text[start:end]) - len(text[start:end].lstrip())


def _declarations(text: str, start: int, slips: list[Slip]) -> Iterator[Declaration]:
    at = 0
    while at < len(text):
        stop = _find(text, ";", at, len(text))
        end = len(text) if stop < 0 else stop
        part, offset = text[at:end].strip(), start + _first(text, at, end)
        if part:
            yield from _declaration(part, offset, slips)
        at = end + 1


def _declaration(part: str, offset: int, slips: list[Slip]) -> Iterator[Declaration]:
    name, colon, value = part.partition(":")
    name, value = name.strip().lower(), value.strip()
    if not colon or not re.fullmatch(r"-{0,2}[a-z][\w-]*|\*[a-z-]+", name):
        slips.append(Slip(offset, f"“{part.split(chr(10))[0]}” is no `property: value`", "mend it"))
        return
    if not value:
        slips.append(Slip(offset, f"{name} has no value", "give it one, or take it out"))
        return
    if (inner := re.search(r"(?<=[\s;])[a-z-]{3,}\s*:(?!//)\s*\S", _outside_brackets(value))) and (
        "progid" not in value
    ):
        where = offset + part.index(":") + 1 + part.partition(":")[2].index(inner[0][:3])
        slips.append(Slip(where, f"a semicolon is missing before “{inner[0]}”", "write ;"))
    if (wrong := _wrong_value(name, value)) is not None:
        slips.append(Slip(offset, *wrong))
    if (near := _misspelt(name)) is not None:
        slips.append(Slip(offset, f"there is no property “{name}”", f"did you mean {near}?"))
    yield Declaration(name, value, offset)


def _outside_brackets(value: str) -> str:
    return re.sub(r"\([^)]*\)|\"[^\"]*\"|'[^']*'", lambda match: "·" * len(match[0]), value)


def _wrong_value(name: str, value: str) -> tuple[str, str] | None:
    """Say what no program reads: a colour of five digits, a length without its unit."""
    plain = _outside_brackets(value)
    for colour in re.findall(r"#[\w]+", plain) if "url" not in value else ():
        if not re.fullmatch(r"#(?:[0-9a-fA-F]{3,4}|[0-9a-fA-F]{6}|[0-9a-fA-F]{8})", colour):
            return f"{name}: “{colour}” is no colour", "write it like #0f5c63"
    if _LENGTHS.fullmatch(name) and re.search(r"(?:^|\s)-?[1-9]\d*(?:\.\d+)?(?:\s|$)", plain):
        return f"{name}: “{value}” has no unit", "write px after the number"
    return None


def _misspelt(name: str) -> str | None:
    if name in PROPERTIES or name.startswith(("-", "mso-", "*")):
        return None
    near = difflib.get_close_matches(name, PROPERTIES, 1, 0.75)
    return near[0] if near else None
