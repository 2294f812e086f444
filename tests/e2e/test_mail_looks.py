"""The mail in a browser: it fits, it is readable in both themes, it fetches nothing."""

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from newsletter.config import Settings, Theme
from newsletter.model import Citation, EditionKey, Issue, Month, ResearchType, Summary, Topic
from newsletter.rendering import Renderer
from newsletter.slots import Slot, html_value, split
from tests.e2e import browser

EDITIONS = {
    "all in full": EditionKey((0, 1, 2)),
    "one in full": EditionKey((1,), (0, 2)),
    "all in brief": EditionKey((), (0, 1, 2)),
}

LONG_LINK = f"https://example.org/{'x' * 60}"
LONG_WORDS = "Counterbalanced Electroencephalographic Psychopharmacological Metaanalysis, Revisited"


def summary(number: int, title: str) -> Summary:
    return Summary(
        slug=f"summary-{number}",
        title=title,
        body=(
            f"A paragraph with *emphasis*, r = .61 and [a link]({LONG_LINK}).\n\n"
            "- one\n- two\n\n> A quotation.\n\n### A heading\n\n"
            "| Group | Before | After |\n|---|--:|--:|\n| Reflective | 3.1 | 4.2 |\n\n"
            f"```\n{'code ' * 40}\n```"
        ),
        implications="What to do.\n\n1. First.\n2. Second, by [a link](https://example.org).",
        citation=Citation(
            "Author, A. (2020). On it. Psychotherapy Research, 23, 526-538. "
            "https://doi.org/10.1080/10503307.2020.1762946",
            "10.1080/10503307.2020.1762946",
        ),
        topics=(Topic("networks", "Practice-Based Research and Practice Research Networks"),),
        research_type=ResearchType("rct", "Randomized controlled trial"),
        author="The editors",
    )


ISSUE = Issue(
    month=Month(2021, 1),
    summaries=(
        summary(1, "Psychological Practitioner Workplace Well-Being"),
        summary(2, LONG_WORDS),
        summary(3, "Can Therapists Train?"),
    ),
    introduction="A word from the editor.",
    number=92,
)


SETTINGS = Settings.model_validate(
    {
        "newsletter": {
            "name": "Practice Research Digest",
            "from": "digest@example.org",
            "postal_address": "1 Example Street, Ottawa, Canada",
            "public_url": "https://digest.example.org",
        },
    }
)

Measure = Callable[[str, int, str], dict[str, Any]]


def letter(issue: Issue, key: EditionKey) -> str:
    literals, slots = split(Renderer(SETTINGS).render(issue, key).html)
    values = dict.fromkeys(Slot, "https://digest.example.org/x")
    values |= {
        Slot.GREETING: "Dear Anna,",
        Slot.ADDRESS: f"{'a' * 60}@{'b' * 60}.example",
        Slot.SINCE: "12 March 2021",
    }
    return literals[0] + "".join(
        html_value(slot, values[slot]) + literal
        for slot, literal in zip(slots, literals[1:], strict=True)
    )


@pytest.fixture(scope="module")
def measure(tmp_path_factory: pytest.TempPathFactory) -> Measure:
    """Return the measurements of an edition at a width and in a theme, each taken once."""
    chromium = browser.find(tmp_path_factory.mktemp("chromium"))

    @cache
    def take(name: str, width: int, scheme: str) -> dict[str, Any]:
        return chromium.measure(letter(ISSUE, EDITIONS[name]), width, scheme)

    return take


@pytest.mark.parametrize("name", EDITIONS)
@pytest.mark.parametrize("width", [320, 600, 1200])
def test_nothing_is_wider_than_the_screen(measure: Measure, width: int, name: str) -> None:
    """At a phone's, a tablet's and a desk's width nothing sticks out, even where words are long."""
    found = measure(name, width, "light")
    assert found["width"] == width
    assert found["wide"] == []
    assert found["scrollWidth"] <= width


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", EDITIONS)
def test_all_text_has_contrast(measure: Measure, name: str, scheme: str) -> None:
    """Every text that is seen has a contrast of 4.5 or more on what is behind it."""
    found = measure(name, 320, scheme)
    assert found["texts"] > 10
    assert found["weak"] == []


@pytest.mark.parametrize(("scheme", "prefix"), [("light", ""), ("dark", "dark_")])
def test_the_theme_applies(measure: Measure, scheme: str, prefix: str) -> None:
    """Ground, letter, panel, its rule and the text have the theme's colours, light and dark."""
    found = measure("all in full", 320, scheme)
    expected = {"ground": "ground", "paper": "paper", "panel": "tint", "panelRule": "accent"}
    expected["ink"] = "ink"
    theme = Theme()
    assert {name: found[name] for name in expected} == {
        name: rgb(getattr(theme, prefix + key)) for name, key in expected.items()
    }


def rgb(colour: str) -> str:
    return "rgb({}, {}, {})".format(*(int(colour[at : at + 2], 16) for at in (1, 3, 5)))


@pytest.mark.parametrize(("width", "side", "column"), [(320, 20, 320), (1200, 24, 600)])
def test_sides_and_column(measure: Measure, width: int, side: int, column: int) -> None:
    """A column of 600 pixels with 24 at its sides; on a phone the whole width with 20."""
    found = measure("one in full", width, "light")
    assert (found["side"], found["column"]) == (side, column)


@pytest.mark.parametrize("name", EDITIONS)
def test_targets_are_large_enough(measure: Measure, name: str) -> None:
    """What one taps on has a height of 44 pixels or more."""
    found = measure(name, 320, "light")
    assert found["targets"] >= 3
    assert found["small"] == []


def test_standards_mode_and_nothing_fetched(tmp_path: Path) -> None:
    """The document is read in standards mode and asks for nothing from anywhere."""
    pictured = replace(ISSUE, introduction="![A picture](https://example.org/pixel.png)")
    mail = letter(pictured, EDITIONS["all in full"])
    found = browser.find(tmp_path).measure(mail, 600, "light")
    assert found["mode"] == "CSS1Compat"
    assert found["fetched"] == []
