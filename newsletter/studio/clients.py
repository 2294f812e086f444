"""What mail programs make of a letter: dark, turned dark by themselves, without styles or pictures.

The letter stays as it is sent; all this is done to the copy that the studio shows. It is an
emulation: every program has ways of its own, and here is done what they have in common.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from newsletter.studio.colours import Turn, dark_ones, light_ones, mirrored, turned
from newsletter.studio.rewriting import Attributes, Tag, rewritten

_SCHEME = re.compile(r"\(\s*prefers-color-scheme\s*:\s*(light|dark)\s*\)", re.I)
_ALWAYS, _NEVER = "(min-width: 0)", "(max-width: 0)"
"""Media features that hold on every screen, and on none."""

_DECLARATION = re.compile(r"([\w-]+)(\s*:\s*)([^;{}]+)")
_ADDRESS = re.compile(r"url\([^)]*\)", re.I)
_TEXT = {"color", "-webkit-text-fill-color", "text-decoration-color", "fill"}
_GROUND = re.compile(r"background(-color|-image)?|border(-\w+)*|outline(-color)?|box-shadow")
_LINK = "#8ab4f8"
"""Of a link whose colour the letter doesn't set, on a dark screen."""

_BROKEN = "display: inline-block; outline: 1px dashed; outline-offset: -1px;"
"""How a picture stands there that was not fetched: its place, and its words."""


@dataclass(frozen=True, slots=True)
class Eyes:
    """How a letter is seen; each field is a key of the table below that has its name."""

    screen: str = "system"
    styles: str = "kept"
    pictures: str = "shown"


SCREENS = {
    "system": "As this screen",
    "light": "Light",
    "dark": "Dark",
    "partly": "Partly inverted",
    "fully": "Fully inverted",
}
"""`light` and `dark` put the letter's own rules for such a screen in force, whatever this one is.

`partly`: what is light becomes dark, what is dark stays, as in Outlook's apps, with their marks for
the letter's own rules (data-ogsc, data-ogsb). `fully`: every colour is turned and no rule of the
letter's own for dark screens is read, as by Gmail on iOS.
"""

STYLES = {"kept": "All styles", "inline": "No style block", "none": "No styles"}
"""`inline`: style blocks are taken out, as for foreign accounts in Gmail's apps."""

PICTURES = {"shown": "Shown", "off": "Off"}
"""`off`: in their places stand the words that describe them."""


def as_seen(html: str, eyes: Eyes) -> str:
    """Return the letter as it is seen."""
    if eyes.styles != "kept":
        bare = _without_styles if eyes.styles == "none" else _as_it_is
        html = rewritten(html, lambda _css: None, bare)
    if eyes.pictures == "off":
        html = rewritten(html, lambda css: _ADDRESS.sub("none", css), _without_pictures)
    match eyes.screen:
        case "light" | "dark":
            return _in_head(_schemed(html, eyes.screen), _only(eyes.screen))
        case "partly":
            return _dark(html, dark_ones, light_ones, marks=True)
        case "fully":
            return _dark(html, mirrored, mirrored, marks=False)
    return html


def has_pictures(html: str) -> bool:
    """Say whether the letter has any picture."""
    return re.search(r"<img\b|\sbackground=|url\(", html, re.I) is not None


def _as_it_is(_tag: str, attributes: Attributes) -> Attributes:
    return attributes


def _without_styles(_tag: str, attributes: Attributes) -> Attributes:
    return {name: value for name, value in attributes.items() if name not in ("style", "class")}


def _without_pictures(tag: str, attributes: Attributes) -> Attributes:
    kept = {
        name: _ADDRESS.sub("none", value) if name == "style" else value
        for name, value in attributes.items()
        if name not in ("src", "srcset", "background")
    }
    return kept | {"style": f"{_BROKEN} {kept.get('style', '')}"} if tag == "img" else kept


def _schemed(html: str, scheme: str) -> str:
    """Return the letter with its rules for one scheme in force, and those for the other not."""

    def settle(rules: str) -> str:
        return _SCHEME.sub(lambda m: _ALWAYS if m[1].lower() == scheme else _NEVER, rules)

    def tag(_name: str, attributes: Attributes) -> Attributes:
        return attributes | {n: settle(v) for n, v in attributes.items() if n == "media"}

    return rewritten(html, settle, tag)


def _dark(html: str, text: Turn, ground: Turn, *, marks: bool) -> str:
    """Return the letter with its colours turned: those of text, and those behind it."""

    def css(rules: str) -> str:
        return _DECLARATION.sub(lambda m: m[1] + m[2] + _value(m[1], m[3], text, ground), rules)

    html = rewritten(_schemed(html, "light"), css, _turner(css, text, ground, marks))
    paper, ink = (turned(one, mirrored) for one in ("#ffffff", "#000000"))
    usual = f"html {{ background: {paper}; color: {ink}; }} a {{ color: {_LINK}; }}"
    return _in_head(html, f"{_only('dark')}<style>{usual}</style>")


def _value(name: str, value: str, text: Turn, ground: Turn) -> str:
    if name.lower() in _TEXT:
        return turned(value, text)
    return turned(value, ground) if _GROUND.fullmatch(name.lower()) else value


def _turner(css: Callable[[str], str], text: Turn, ground: Turn, marks: bool) -> Tag:
    def tag(name: str, before: Attributes) -> Attributes:
        after = dict(before)
        if "style" in before:
            after["style"] = css(before["style"])
        for attribute, turn in (("bgcolor", ground), ("color", text), ("text", text)):
            if attribute in before:
                after[attribute] = turned(before[attribute], turn)
        if marks and (name == "body" or after != before):
            after |= {"data-ogsc": "", "data-ogsb": ""}
        return after

    return tag


def _only(scheme: str) -> str:
    return f"<style>:root {{ color-scheme: {scheme} !important; }}</style>"


def _in_head(html: str, style: str) -> str:
    """Put a style block first in the head: every rule of the letter's own comes after it."""
    return re.sub(r"<head\b[^>]*>", lambda found: found[0] + style, html, count=1, flags=re.I)
