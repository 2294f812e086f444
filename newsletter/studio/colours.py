"""Colours turned from light to dark, as mail programs do it that have a dark mode of their own.

What was light becomes dark, and the other way round. Hue and chroma stay: a hint of colour on white
is a hint of colour on black.
"""

import re
from collections.abc import Callable
from colorsys import hls_to_rgb, rgb_to_hls

from cssutils.css.colors import COLORS

_NUMBERS = r"([\d.]+%?)[\s,]+([\d.]+%?)[\s,]+([\d.]+%?)"
_NAMES = "|".join(name for name in COLORS if name != "transparent")
_COLOUR = re.compile(
    r"url\([^)]*\)"
    r"|#(?P<hex>[0-9a-f]{8}|[0-9a-f]{6}|[0-9a-f]{3,4})\b"
    rf"|\brgba?\(\s*{_NUMBERS}(?P<alpha>[^)]*)\)"
    rf"|(?<![\w.-])(?P<name>{_NAMES})(?![\w(.-])",
    re.I,
)

_DARKEST, _LIGHTEST = 0.09, 0.95
"""How dark white becomes, and how light black: mail programs stop short of the extremes."""

Turn = Callable[[float], float]
"""From one lightness to another, both from 0 (black) to 1 (white)."""


def mirrored(lightness: float) -> float:
    """Turn every colour: black becomes nearly white, white nearly black."""
    return _LIGHTEST - (_LIGHTEST - _DARKEST) * lightness


def light_ones(lightness: float) -> float:
    """Turn what is light; leave what is dark already."""
    return mirrored(lightness) if lightness > 0.5 else lightness


def dark_ones(lightness: float) -> float:
    """Turn what is dark; leave what is light already."""
    return mirrored(lightness) if lightness < 0.5 else lightness


def turned(value: str, turn: Turn) -> str:
    """Return a CSS value with each colour in it turned; a colour that stays keeps its spelling."""
    return _COLOUR.sub(lambda found: _one(found, turn), value)


def _one(found: re.Match[str], turn: Turn) -> str:
    if digits := found["hex"]:
        long = digits if len(digits) >= 6 else "".join(2 * digit for digit in digits)
        channels = tuple(int(long[at : at + 2], 16) / 255 for at in (0, 2, 4))
        return _written(channels, turn, found[0], long[6:])
    if found["name"]:
        red, green, blue, _ = COLORS[found["name"].lower()]
        return _written((red / 255, green / 255, blue / 255), turn, found[0], "")
    if found["alpha"] is None:
        return found[0]  # an address
    return _function(found, turn)


def _function(found: re.Match[str], turn: Turn) -> str:
    made = _written(tuple(map(_channel, found.group(2, 3, 4))), turn, found[0], "")
    if made == found[0]:
        return made
    whole, alpha = ", ".join(str(int(made[at : at + 2], 16)) for at in (1, 3, 5)), found["alpha"]
    return f"rgba({whole}{alpha})" if alpha.strip() else f"rgb({whole})"


def _channel(part: str) -> float:
    return float(part[:-1]) / 100 if part.endswith("%") else float(part) / 255


def _written(channels: tuple[float, ...], turn: Turn, before: str, alpha: str) -> str:
    red, green, blue = (min(one, 1.0) for one in channels)
    hue, lightness, _ = rgb_to_hls(red, green, blue)
    made = turn(lightness)
    if made == lightness:
        return before
    chroma, room = max(red, green, blue) - min(red, green, blue), 1 - abs(2 * made - 1)
    saturation = min(1.0, chroma / room)
    whole = (round(255 * one) for one in hls_to_rgb(hue, made, saturation))
    return "#" + "".join(f"{one:02x}" for one in whole) + alpha
