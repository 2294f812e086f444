"""What a person sees on a terminal of eighty columns."""

import re

import pytest

from newsletter.cli import output
from tests.support.site import Site
from tests.support.terminal import on_terminal

COMMANDS = (
    ("months",),
    ("status",),
    ("status", "2021-01"),
    ("doctor", "--offline"),
    ("config", "show"),
    ("approve", "2021-02"),
)


@pytest.fixture
def site_url() -> str:
    """What a terminal shows does not hang on the database."""
    return ""


@pytest.fixture
def site(site: Site) -> Site:
    """A site with a reader and an approved month."""
    assert site("subscribers", "add", "ann@example.org", "--source", "a test") == 0, site.err
    assert site("approve", "2021-01") == 0, site.err
    return site


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_it_fits_and_says_what_is_next(site: Site, words: tuple[str, ...]) -> None:
    """No line is too long, no word is torn, and the end says what to do next."""
    shown = on_terminal(site.folder, *words)
    lines = shown.rstrip().splitlines()
    assert max(map(len, lines)) <= 80
    assert any(line.startswith("Next: ") for line in lines[-2:])
    site(*words)
    # What is free on the disk changes while others write.
    said = "\n".join(line for line in site.out.splitlines() if " disk: " not in line)
    short = {word for word in re.split(r"[\s,;:]+", said) if len(word) < 25}
    assert short - set(re.split(r"[\s,;:]+", shown)) == set()


def test_states_are_words_beside_colours(capsys: pytest.CaptureFixture[str]) -> None:
    """Where there is no colour, the word says it."""
    output.print_table(("Month", "State"), [("2021-01", output.word("paused"))])
    assert capsys.readouterr().out == "Month    State\n2021-01  paused\n"
