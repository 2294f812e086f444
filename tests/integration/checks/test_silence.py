"""Silences: with a reason, for one file, never of an error."""

from pathlib import Path

from newsletter import proofreading
from newsletter.model import Month
from tests.integration.checks.test_spoiled_files import TODAY, said_of_files
from tests.support.spoiled import (
    FIRST,
    ISSUE,
    MONTH,
    SECOND,
    add,
    path_in,
    settings_of,
    write,
)


def silence(file: str, code: str, reason: str) -> None:
    add(file, f"\nsilence:\n  {code}: {reason}", "status:" if file != ISSUE else "preheader:")(
        Path.cwd()
    )


def codes(site: Path) -> list[tuple[str, str]]:
    return [(Path(one.file).name, one.code) for one in said_of_files(site)]


def test_a_silence_holds_for_its_file_alone(site: Path) -> None:
    """The same code is still said of another file."""
    for file, words in ((FIRST, "Three things"), (SECOND, "Why do some")):
        add(file, "\n\nIt was tested against CBT.", words)(site)
    silence(FIRST, "abbreviation", "readers of this month know it")
    assert codes(site) == [(SECOND, "abbreviation")]


def test_without_a_reason_it_does_nothing(site: Path) -> None:
    """The finding stays, and the silence is one more."""
    add(FIRST, "\n\nIt was tested against CBT.", "Three things")(site)
    silence(FIRST, "abbreviation", "")
    assert codes(site) == [(FIRST, "abbreviation"), (FIRST, "silence")]


def test_an_error_is_said_all_the_same(site: Path) -> None:
    """A month isn't sent with an error, so nobody may overlook it."""
    path = path_in(site, FIRST)
    path.write_text(path.read_text().replace("miscellaneous", "miscelaneous"))
    silence(FIRST, "unknown-topic", "it is new")
    assert codes(site) == [(FIRST, "unknown-topic"), (FIRST, "silence")]


def test_issue_md_answers_for_the_months_folder(site: Path) -> None:
    """What has no file of its own to be silenced in is silenced there."""
    write(f"content/{MONTH}/notes.txt", "x")(site)
    assert codes(site) == [("notes.txt", "stray-file")]
    silence(ISSUE, "stray-file", "the notes stay with the month")
    assert codes(site) == []


def test_a_comment_silences_in_templates_and_settings(site: Path) -> None:
    """A template and config.toml have comments for it."""
    config = site / "config.toml"
    config.write_text(config.read_text().replace("postal_address", "# postal_address"))
    month = Month.parse(MONTH)
    said = proofreading.check(settings_of(site), month, TODAY)
    assert [one.code for one in said] == ["no-postal-address"]
    config.write_text(config.read_text() + "\n# silence no-postal-address: it is in the text\n")
    assert proofreading.check(settings_of(site), month, TODAY) == ()
