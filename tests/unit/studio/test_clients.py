"""What mail programs make of a letter."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.studio.clients import PICTURES, SCREENS, STYLES, Eyes, as_seen, has_pictures
from newsletter.studio.colours import dark_ones, light_ones, mirrored, turned
from newsletter.studio.rewriting import rewritten

LETTER = """<!DOCTYPE html>
<html><head><style>.a:hover { color: #000 }
@media (prefers-color-scheme: dark) { .a { color: #fff } }
@media ( Prefers-Color-Scheme : light ) { .b { color: red } }</style></head>
<body bgcolor="#ffffff"><!--[if mso]><p style="color: #000000"><![endif]-->
<p class="a" style="color: #1d2329; background: #fff; border: 1px solid #ccc; padding: 4px">x &gt; y
</p>
<p style="color:#eeeeee;background-color:#111111">dark already</p>
<img src="https://example.org/a.png" srcset="b.png" alt="A &quot;chart&quot;" width="10">
<td background="c.png" style="background: url('c.png')">prefers-color-scheme: dark (white)</td>
</body></html>
"""


def seen(**eyes: str) -> str:
    return as_seen(LETTER, Eyes(**eyes))


def test_as_it_is() -> None:
    """With the usual eyes not a letter of it differs."""
    assert as_seen(LETTER, Eyes()) == LETTER


@pytest.mark.parametrize(("screen", "dark"), [("light", False), ("dark", True)])
def test_a_scheme_is_settled(screen: str, dark: bool) -> None:
    """The rules for one scheme hold on every screen, those for the other on none."""
    made = seen(screen=screen)
    assert "prefers-color-scheme: dark)" not in made.lower()
    conditions = re.findall(r"@media (\(.*?\))", made)
    holds, fails = "(min-width: 0)", "(max-width: 0)"
    assert conditions == ([holds, fails] if dark else [fails, holds])
    assert f":root {{ color-scheme: {screen} !important; }}" in made
    assert "prefers-color-scheme: dark (white)" in made  # in the text it is a text


def test_partly_turned() -> None:
    """What is light becomes dark, and text light; what is dark stays; marks stand for Outlook."""
    made = seen(screen="partly")
    assert 'style="color:#eeeeee;background-color:#111111"' in made
    first = re.search(r'<p class="a" style="color: (#\w+); background: (#\w+);[^>]*>', made)
    assert first
    assert first[1] > "#c0" > "#30" > first[2]
    assert 'data-ogsc="" data-ogsb=""' in first[0]
    assert re.search(r'<body bgcolor="#1\w+" data-ogsc="" data-ogsb="">', made)


def test_fully_turned() -> None:
    """Dark becomes light as well, and no mark is left for rules of the letter's own."""
    made = seen(screen="fully")
    assert re.search(r'style="color:#2\w+;background-color:#e\w+"', made)
    assert "data-og" not in made
    assert made.count("(max-width: 0)") == 1


@pytest.mark.parametrize("screen", ["partly", "fully"])
def test_what_is_no_colour_stays(screen: str) -> None:
    """Lengths, words, selectors and what is hidden for Outlook are as they were."""
    made = seen(screen=screen)
    assert "padding: 4px" in made
    assert "x &gt; y" in made
    assert ".a:hover {" in made
    assert '<!--[if mso]><p style="color: #000000"><![endif]-->' in made


def test_without_styles() -> None:
    """No style block; or none at all, with what isn't style left alone."""
    assert "<style" not in seen(styles="inline")
    assert "color: #1d2329" in seen(styles="inline")
    bare = seen(styles="none")
    assert "<style" not in bare
    assert " style=" not in bare.replace('<p style="color: #000000">', "")
    assert 'bgcolor="#ffffff"' in bare


def test_without_pictures() -> None:
    """Nothing is left to fetch; the words that describe a picture stand in its place."""
    made = seen(pictures="off")
    assert ".png" not in made
    assert re.search(
        r'<img alt="A &quot;chart&quot;" width="10" style="display: inline-block;', made
    )


def test_pictures_are_noticed() -> None:
    """A letter without any has no switch for them."""
    assert has_pictures(LETTER)
    assert not has_pictures("<p>an image</p>")


@pytest.mark.parametrize("styles", STYLES)
@pytest.mark.parametrize("pictures", PICTURES)
@pytest.mark.parametrize("screen", SCREENS)
def test_the_words_stay(screen: str, styles: str, pictures: str) -> None:
    """Whatever is done to its looks, the letter says the same."""
    made = as_seen(LETTER, Eyes(screen, styles, pictures))
    assert re.findall(r">([^<>]*[a-z][^<>]*)</(?:p|td)>", made) == [
        "x &gt; y\n",
        "dark already",
        "prefers-color-scheme: dark (white)",
    ]


@given(st.text("<>\"'= /!-abstyle{}:;&#", max_size=60))
def test_no_document_is_too_odd(document: str) -> None:
    """Tags that are broken off, quotes that don't end: what nobody changes comes back whole."""
    assert rewritten(document, lambda css: css, lambda _tag, attributes: attributes) == document


# Colours.


@pytest.mark.parametrize(
    "white", ["#fff", "#ffffff", "white", "rgb(255, 255, 255)", "rgb(100% 100% 100%)"]
)
def test_every_spelling_is_turned(white: str) -> None:
    """White is white however it is written."""
    made = turned(f"1px solid {white}", mirrored)
    assert made in ("1px solid #171717", "1px solid rgb(23, 23, 23)")


@pytest.mark.parametrize("value", ["inherit", "transparent", "url(red.png)", "1px", "var(--white)"])
def test_what_is_none_is_left(value: str) -> None:
    """A word that only looks like a colour stays."""
    assert turned(value, mirrored) == value


def test_how_clear_it_is_stays() -> None:
    """Alpha is not a matter of light and dark."""
    assert turned("rgba(0, 0, 0, .5)", mirrored) == "rgba(242, 242, 242, .5)"
    assert turned("#00000080", mirrored) == "#f2f2f280"


@given(st.integers(0, 0xFFFFFF))
def test_light_and_dark_change_places(number: int) -> None:
    """What one way of turning changes, the other leaves, but for what is neither."""
    colour = f"#{number:06x}"
    changed = [turned(colour, turn) != colour for turn in (light_ones, dark_ones)]
    assert changed.count(True) <= 1


@given(st.integers(0, 0xFFFFFF))
def test_a_colour_turned_is_a_colour(number: int) -> None:
    """Every channel stays within its bounds."""
    assert re.fullmatch("#[0-9a-f]{6}", turned(f"#{number:06x}", mirrored))
