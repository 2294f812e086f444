"""What an attribute of MJML may be: a colour, a length with its unit, one of a few words.

MJML takes any text and writes it into the mail, where programs drop it without a word.
"""

import re
from collections.abc import Iterator, Mapping

from cssutils.css.colors import COLORS

_SIZE = r"-?(?:\d+(?:\.\d+)?|\.\d+)(?:px|%|em|rem|pt)|0"
_COLOUR = r"#(?:[0-9a-fA-F]{3}){1,2}|#[0-9a-fA-F]{8}|(?:rgb|hsl)a?\([\d\s.,%/deg-]+\)"
_STYLES = "none|hidden|solid|dashed|dotted|double|groove|ridge|inset|outset"
_WORDS_OF_COLOUR = {*COLORS, "transparent", "inherit", "initial", "currentcolor", "none"}

REQUIRED: Mapping[str, tuple[str, ...]] = {
    "mj-image": ("src",),
    "mj-carousel-image": ("src",),
    "mj-button": ("href",),
    "mj-navbar-link": ("href",),
    "mj-class": ("name",),
    "mj-breakpoint": ("width",),
}
"""Attributes without which an element does nothing."""

_ONE_OF: Mapping[str, str] = {
    "align": "left center right justify",
    "ico-align": "left center right",
    "text-align": "left center right justify start end",
    "vertical-align": "top middle bottom baseline",
    "icon-align": "top middle bottom",
    "direction": "ltr rtl",
    "dir": "ltr rtl auto",
    "font-style": "normal italic oblique",
    "text-transform": "none uppercase lowercase capitalize",
    "border-style": _STYLES.replace("|", " "),
    "background-repeat": "repeat no-repeat repeat-x repeat-y",
    "full-width": "full-width true false",
    "fluid-on-mobile": "true false",
    "table-layout": "auto fixed initial inherit",
    "thumbnails": "visible hidden",
    "hamburger": "hamburger",
    "icon-position": "left right",
    "position": "file-start",
    "inline": "inline",
    "role": "none presentation",
    "target": "_blank _self _parent _top",
}
_MODES = {"mj-hero": ("fixed-height", "fluid-height"), "mj-social": ("horizontal", "vertical")}
_COLOURS = re.compile(r"(?:.*-)?color")
_LENGTHS = re.compile(
    r"(?:width|height|max-height|font-size|icon-(?:size|width|height)|gap|border-width|tb-width|"
    r"ico-font-size|background-(?:width|height)|(?:.*-)?padding-(?:top|right|bottom|left))"
)
_SPACES = re.compile(r"(?:.*-)?padding|(?:.*-)?border-radius")
_BORDERS = re.compile(r"(?:inner-|tb-)?border(?:-(?:top|right|bottom|left))?")
_NUMBERS = re.compile(r"cellpadding|cellspacing")
_ADDRESSES = (
    "src",
    "background-url",
    "thumbnails-src",
    "left-icon",
    "right-icon",
    "icon-wrapped-url",
)
_LINE_HEIGHT = re.compile(rf"normal|\d+(?:\.\d+)?|{_SIZE}")
_SPACING = re.compile(rf"normal|{_SIZE}")
_WEIGHT = re.compile(r"[1-9]00|normal|bold|bolder|lighter|inherit")


def wrong_values(element: str, attributes: Mapping[str, str]) -> Iterator[tuple[str, str, str]]:
    """Yield each attribute whose value can't be: its name, what is wrong, what to do."""
    for name, value in attributes.items():
        reason = _wrong(element, name, value.strip())
        if reason:
            message, hint = reason
            yield name, message, hint


def _wrong(element: str, name: str, value: str) -> tuple[str, str] | None:
    if not value:
        return None
    said = f"{name}: “{value}” is "
    if name == "mode" and element in _MODES:
        words = _MODES[element]
        return None if value in words else (f"{said}no mode", f"it is one of {', '.join(words)}")
    if name in _ONE_OF and not (name == "target" or value in _ONE_OF[name].split()):
        return f"{said}none of its words", f"it is one of {', '.join(_ONE_OF[name].split())}"
    if _COLOURS.fullmatch(name) and not is_colour(value):
        return f"{said}no colour", "write it like #0f5c63"
    if name == "width" and element in ("mj-body", "mj-breakpoint", "mj-image", "mj-button"):
        return (
            None if re.fullmatch(r"\d+(?:\.\d+)?px", value) else (f"{said}no width", "in px: 600px")
        )
    if _LENGTHS.fullmatch(name) and not _is_length(value):
        return (
            f"{said}no length",
            f"write its unit: {value}px" if value.isdigit() else "such as 24px",
        )
    if _SPACES.fullmatch(name) and not _are_lengths(value):
        return f"{said}no length", "one to four lengths with their units: 8px 24px"
    if _BORDERS.fullmatch(name) and not _is_border(value):
        return f"{said}no border", "write it like 1px solid #d9d5cc"
    if _NUMBERS.fullmatch(name) and not value.isdigit():
        return f"{said}no number", "write a number without a unit"
    for shape, names in (
        (_LINE_HEIGHT, "line-height"),
        (_SPACING, "letter-spacing"),
        (_WEIGHT, "font-weight"),
    ):
        if name == names and not shape.fullmatch(value):
            return f"{said}not one it can have", "look at the others in this file"
    if name in _ADDRESSES and not re.match(r"https?://|data:image/", value):
        return f"{said}no whole address", "a mail has no folder: begin with https://"
    return None


def is_colour(value: str) -> bool:
    """Say whether CSS knows this colour."""
    return value.lower() in _WORDS_OF_COLOUR or re.fullmatch(_COLOUR, value) is not None


def _is_length(value: str) -> bool:
    return value == "auto" or re.fullmatch(_SIZE, value) is not None


def _are_lengths(value: str) -> bool:
    parts = value.replace("/", " ").split()
    return len(parts) <= 8 and all(re.fullmatch(_SIZE, part) for part in parts)


def _is_border(value: str) -> bool:
    if value in ("none", "0", "initial", "inherit"):
        return True
    parts = re.findall(r"(?:rgb|hsl)a?\([^)]*\)|\S+", value)
    width = sum(re.fullmatch(rf"{_SIZE}|thin|medium|thick", part) is not None for part in parts)
    style = sum(re.fullmatch(_STYLES, part) is not None for part in parts)
    colour = sum(is_colour(part) for part in parts)
    return style >= 1 and width <= 1 and width + style + colour >= len(parts)
