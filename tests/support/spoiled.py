"""A sample site with one fault planted in it, and what the checks should say of that."""

import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from newsletter.config import Settings, load
from newsletter.content.sample import sample_folder
from newsletter.model import Finding

MONTH = "2021-01"
ISSUE = "issue.md"
FIRST = "01-how-are-psychological-practitioners-faring-at-work.md"
SECOND = "02-mentalizing-attachment-and-the-well-being-of-therapists.md"
THIRD = "03-teaching-novice-therapists-to-mentalize.md"

Change = Callable[[Path], None]
"""Changes a site, given its folder."""


@dataclass(frozen=True)
class Case:
    """A fault: `change` plants it; the finding with `code` stands in `file` where `at` stands.

    `file` is relative to the site, or to the month where it ends in .md; `at` is a text of the
    spoiled file, a line's number, or None where only the file counts. `noisy`: one slip, and
    several faults.
    """

    code: str
    file: str
    at: str | int | None
    change: Change
    note: str = ""
    noisy: bool = False

    def line(self, site: Path) -> int | None:
        """Return the line the finding should have, in the site as it was spoiled."""
        if not isinstance(self.at, str):
            return self.at
        text = path_in(site, self.file).read_text("utf-8", "surrogateescape")
        assert text.count(self.at), f"“{self.at}” is not in {self.file}"
        return text.count("\n", 0, text.index(self.at)) + 1


def params(groups: Mapping[str, Sequence[Case]]) -> list[Any]:
    """Return the cases of some tables for pytest, each with a name."""
    return [
        pytest.param(case, id=f"{group}-{number}-{case.code}")
        for group, cases in groups.items()
        for number, case in enumerate(cases, 1)
    ]


def is_found(case: Case, site: Path, found: Sequence[Finding]) -> bool:
    """Tell whether the fault is named in its file, and at its line where it has one."""
    places = [(one.file, one.line) for one in found if one.code == case.code]
    file = str(path_in(site, case.file).relative_to(site))
    return (file, case.line(site)) in places or (
        case.at is None and file in [place for place, _ in places]
    )


def path_in(site: Path, file: str) -> Path:
    """Return the file a case means."""
    inside = file.endswith(".md") and "/" not in file
    return site / "content" / MONTH / file if inside else site / file


def edit(file: str, old: str, new: str) -> Change:
    """Replace a text that stands in a file, once."""

    def change(site: Path) -> None:
        path = path_in(site, file)
        text = path.read_text("utf-8")
        assert old in text, f"“{old}” is not in {file}"
        path.write_text(text.replace(old, new, 1), "utf-8", newline="\n")

    return change


def add(file: str, text: str, after: str = "") -> Change:
    """Add text below the paragraph or field that begins with `after`, or at the end."""

    def change(site: Path) -> None:
        path = path_in(site, file)
        whole = path.read_text("utf-8")
        begin = whole.index(after) if after else len(whole.rstrip())
        end = whole.find("\n", begin)
        end = len(whole) if end < 0 else end
        path.write_text(whole[:end] + text + whole[end:], "utf-8", newline="\n")

    return change


def write(file: str, text: str | bytes) -> Change:
    """Write a whole file."""

    def change(site: Path) -> None:
        path = path_in(site, file)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode() if isinstance(text, str) else text)

    return change


def cut(file: str, at: str, end: str) -> Change:
    """Cut a file off where `at` begins, and end it otherwise."""

    def change(site: Path) -> None:
        path = path_in(site, file)
        kept, found, _ = path.read_text("utf-8").partition(at)
        assert found, f"“{at}” is not in {file}"
        path.write_text(kept + end, "utf-8", newline="\n")

    return change


def drop(file: str, beginning: str) -> Change:
    """Take out the lines that begin so."""

    def change(site: Path) -> None:
        path = path_in(site, file)
        lines = path.read_text("utf-8").splitlines(keepends=True)
        kept = [line for line in lines if not line.startswith(beginning)]
        assert len(kept) < len(lines), f"no line of {file} begins with “{beginning}”"
        path.write_text("".join(kept), "utf-8", newline="\n")

    return change


def delete(file: str) -> Change:
    """Take a file away."""
    return lambda site: path_in(site, file).unlink()


def recode(file: str, old: str, new: str, encoding: str) -> Change:
    """Replace a text, and save in another encoding what that can hold."""

    def change(site: Path) -> None:
        path = path_in(site, file)
        text = path.read_text("utf-8").replace(old, new) if old else path.read_text("utf-8")
        path.write_bytes(text.encode(encoding, "replace"))

    return change


def rename(old: str, new: str) -> Change:
    """Give a file of the month another name."""
    return lambda site: _move(path_in(site, old), path_in(site, old).with_name(new))


def _move(old: Path, new: Path) -> None:
    old.rename(new)


def each(*changes: Change) -> Change:
    """Make several changes that are one fault together."""

    def change(site: Path) -> None:
        for one in changes:
            one(site)

    return change


def make_site(folder: Path) -> Path:
    """Lay out the sample site."""
    sample = sample_folder()
    shutil.copytree(sample, folder / "content")
    shutil.copy(sample.parent / "config.toml", folder)
    return folder


def settings_of(site: Path) -> Settings:
    """Return the site's settings."""
    return load((site / "config.toml").resolve())
