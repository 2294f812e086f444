"""What the documents tell people to type is what the program takes."""

import re
from pathlib import Path

import click
import pytest

from newsletter.errors import UsageError
from tests.unit.docs.pages import PAGES, TOP, find_command, mentions, parse, shell_commands


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_shell_blocks_parse(page: Path) -> None:
    """Each `newsletter …` in a block has a command, options and values that exist."""
    for line, words in shell_commands(page):
        try:
            parse(words)
        except (click.UsageError, UsageError) as error:
            message = getattr(error, "message", str(error))
            pytest.fail(f"{page.name}:{line}: newsletter {' '.join(words)}: {message}")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_commands_in_running_text_exist(page: Path) -> None:
    """Each `newsletter …` within a sentence names a command, with options it has."""
    for words in mentions(page):
        said = f"{page.name}: newsletter {' '.join(words)}"
        try:
            command, _, rest = find_command(words)
        except click.UsageError as error:
            pytest.fail(f"{said}: {error.message}")
        known = {option for one in command.params for option in (*one.opts, *one.secondary_opts)}
        unknown = [word for word in rest if word.startswith("-") and word not in known]
        assert not unknown, said


@pytest.mark.parametrize("words", ["sing", "send 2021-01 --loud", "send January", "send", "config"])
def test_a_command_that_is_wrong_is_noticed(words: str) -> None:
    """The reading of commands here can fail."""
    with pytest.raises((click.UsageError, UsageError)):
        parse(words.split())


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_make_targets_exist(page: Path) -> None:
    """Each `make …` names a target of the Makefile."""
    targets = set(re.findall(r"^([a-z]+):", (TOP / "Makefile").read_text("utf-8"), re.M))
    named = set(re.findall(r"(?:`|^)make ([a-z]+)", page.read_text("utf-8"), re.M))
    assert named <= targets
