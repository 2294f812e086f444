"""Is every text of the letter readable on what is behind it, on light screens and on dark ones?

What counts is what stands in the finished mail: each text's own colour and the colour behind it,
with the theme of the site, with what its templates write, and with the dark rules laid over.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from cssselect import SelectorError
from cssutils.css.colors import COLORS
from lxml import html
from lxml.cssselect import CSSSelector

from newsletter.checks.desk import found
from newsletter.checks.places import Place, is_set, setting
from newsletter.checks.proofs import Proof
from newsletter.model import Finding
from newsletter.rendering import css

AA, AA_LARGE = 4.5, 3.0
"""The contrast WCAG 2.2 (1.4.3) asks of text, and of large text, at level AA."""

_LARGE, _LARGE_BOLD = 24.0, 18.66
"""Pixels from which text is large; and bold text."""

SMALLEST = 12.0
"""Pixels under which a text is hard to read for many."""

_DARK = "prefers-color-scheme: dark"
_HIDDEN = {"head", "style", "title", "script"}


@dataclass(frozen=True, slots=True)
class Look:
    """How a text looks: its colour, the one behind it, its size in pixels, whether it is bold."""

    ink: str = "#000000"
    ground: str = "#ffffff"
    size: float = 16.0
    bold: bool = False


Styles = Mapping[html.HtmlElement, Mapping[str, str]]


def check(proof: Proof) -> Iterator[Finding]:
    """Yield texts that are hard to read; each pair of colours once."""
    for theme, over in (("light", {}), ("dark", _dark_rules(proof))):
        said: set[tuple[str, str]] = set()
        for words, look in _texts(proof.document, Look(), over):
            ratio = contrast(look.ink, look.ground)
            if ratio >= (AA_LARGE if _is_large(look) else AA) or (look.ink, look.ground) in said:
                continue
            said.add((look.ink, look.ground))
            message = (
                f"“{_short(words)}”: {look.ink} on {look.ground} ({theme}) has a contrast of"
                f" {ratio:.1f}, less than {AA_LARGE if _is_large(look) else AA}"
            )
            place, hint = _cause(proof, look, words, theme == "dark")
            yield found("contrast", message, place, hint)


def sizes(proof: Proof) -> Iterator[Finding]:
    """Yield texts that are too small."""
    said: set[float] = set()
    for words, look in _texts(proof.document, Look(), {}):
        if 0 < look.size < SMALLEST and look.size not in said:
            said.add(look.size)
            size = f"{look.size:g}px"
            place = proof.where(f'font-size="{size}"', f"font-size: {size}", f"font-size:{size}")
            message = f"“{_short(words)}” has a size of {size}"
            yield found("small-text", message, place, f"at least {SMALLEST:g}px")


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours `#rrggbb`, from 1 to 21 (WCAG 2.2, relative luminance)."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    channels = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    red, green, blue = (
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _is_large(look: Look) -> bool:
    return look.size >= _LARGE or (look.bold and look.size >= _LARGE_BOLD)


def _texts(element: html.HtmlElement, above: Look, over: Styles) -> Iterator[tuple[str, Look]]:
    """Yield each text with how it looks; what is hidden from readers is left out."""
    if not isinstance(element.tag, str) or element.tag in _HIDDEN:
        return
    style = {**_own_style(element), **over.get(element, {})}
    if style.get("display") == "none":
        return
    look = _look(element, above, style)
    if words := _visible(element.text):
        yield words, look
    for child in element:
        yield from _texts(child, look, over)
        if words := _visible(child.tail):
            yield words, look


def _visible(text: str | None) -> str:
    """Return the letters of a text that can be seen; MJML fills gaps with others."""
    return " ".join((text or "").translate({0x034F: " ", 0x200C: " "}).split())


def _look(element: html.HtmlElement, above: Look, style: Mapping[str, str]) -> Look:
    ground = _colour(style.get("background-color") or style.get("background") or "")
    ground = ground or _colour(element.get("bgcolor") or "") or above.ground
    ink = _colour(style.get("color", "")) or above.ink
    if element.tag == "a" and element.get("href") and not _colour(style.get("color", "")):
        ink = "#0000ee"
    size = _pixels(style.get("font-size", ""), above.size)
    weight = style.get("font-weight", "")
    bold = weight in ("bold", "bolder", "600", "700", "800", "900") or (
        not weight and (above.bold or element.tag in ("b", "strong", "th"))
    )
    return Look(ink, ground, size, bold or (not weight and element.tag in ("h1", "h2", "h3", "h4")))


def _own_style(element: html.HtmlElement) -> dict[str, str]:
    found_, _ = css.declarations(element.get("style") or "")
    return {one.name: one.value.replace("!important", "").strip().lower() for one in found_}


def _dark_rules(proof: Proof) -> dict[html.HtmlElement, dict[str, str]]:
    """Return what the rules for dark screens say of each element, in their order."""
    over: dict[html.HtmlElement, dict[str, str]] = {}
    for rule in proof.rules:
        if not any(_DARK in " ".join(one.split()) for one in rule.within):
            continue
        for selector in rule.selector.split(","):
            for element in _selected(proof.document, selector.strip()):
                for one in rule.declarations:
                    value = one.value.replace("!important", "").strip().lower()
                    name = "background-color" if one.name == "background" else one.name
                    over.setdefault(element, {})[name] = value
    return over


def _selected(document: html.HtmlElement, selector: str) -> list[Any]:
    try:
        chosen = CSSSelector(selector, translator="html")(document)
    except SelectorError:
        return []
    return chosen if isinstance(chosen, list) else []


def _colour(value: str) -> str:
    """Return a colour as `#rrggbb`; empty for none, and for one that is seen through."""
    word = value.split()[0] if value.split() else ""
    if re.fullmatch(r"#[0-9a-f]{6}", word.lower()):
        return word.lower()
    if re.fullmatch(r"#[0-9a-f]{3}", word.lower()):
        return "#" + "".join(2 * letter for letter in word[1:].lower())
    if match := re.match(r"rgb\(\s*(\d+)\s*,?\s*(\d+)\s*,?\s*(\d+)\s*\)", value):
        return "#" + "".join(f"{min(255, int(part)):02x}" for part in match.groups())
    if word.lower() in COLORS and word.lower() != "transparent":
        red, green, blue, *_ = (int(part) for part in re.findall(r"\d+", str(COLORS[word.lower()])))
        return f"#{red:02x}{green:02x}{blue:02x}"
    return ""


def _pixels(value: str, above: float) -> float:
    match = re.fullmatch(r"([\d.]+)(px|pt|em|rem|%)", value)
    if match is None:
        return above
    scale = {"px": 1.0, "pt": 4 / 3, "em": above, "rem": 16.0, "%": above / 100}
    return float(match[1]) * scale[match[2]]


def _cause(proof: Proof, look: Look, words: str, dark: bool) -> tuple[Place, str]:
    """Return where the colour is chosen: in `config.toml` where a theme's colour is, or a template.

    Of the two colours the one that the site has chosen itself is the likelier cause.
    """
    prefix = "dark_" if dark else ""
    theme = proof.settings.theme.model_dump()
    keys = [
        f"theme.{name}"
        for wanted, names in (
            (look.ink, ("ink", "soft", "accent")),
            (look.ground, ("paper", "tint", "ground")),
        )
        for name in (prefix + name for name in names)
        if str(theme[name]).lower() == wanted
    ]
    chosen = [key for key in keys if is_set(proof.settings, key)]
    if chosen:
        return setting(proof.settings, chosen[0]), f"change {' or '.join(chosen)}"
    known = {str(value).lower() for value in theme.values()}
    for colour in (look.ink, look.ground):
        if colour not in known:
            forms = (colour, colour.upper(), _brief(colour))
            place = proof.where(*forms)
            if place[1]:
                return place, f"change {colour} there, or write a dark rule for its class"
    if look.ink not in known:
        return proof.where(words), "give its element a colour, and a dark rule for its class"
    return setting(proof.settings, keys[0]), f"change {' or '.join(keys)}"


def _brief(colour: str) -> str:
    """Return `#abc` for `#aabbcc`."""
    return "#" + colour[1::2] if colour[1::2] == colour[2::2] else colour


def _short(words: str) -> str:
    return " ".join(words.split())[:40]
