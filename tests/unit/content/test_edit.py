"""More topics in a summary's front matter, and not another byte changed."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from newsletter.content import edit
from newsletter.content.edit import add_topics, with_topics
from newsletter.content.frontmatter import read
from newsletter.errors import ContentError, OutsideError

HEAD, FOOT = "---\ntitle: A\n", "status: ready\n---\nBody: topics: [x]\n---\n"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("topics: []\n", "topics: [b, c]\n"),
        ("topics:\n", "topics: [b, c]\n"),
        ("topics: [a]\n", "topics: [a, b, c]\n"),
        ("topics: [a,  b]   # the first two\n", "topics: [a, b, c]   # the first two\n"),
        ("topics: a\n", "topics: [a, b, c]\n"),
        ("topics: a; Some, more\n", "topics: [a, Some, more, b, c]\n"),
        ("topics: ['Odd: one']\n", 'topics: ["Odd: one", b, c]\n'),
        ("topics:\n  - a\n  - b\n", "topics: [a, b, c]\n"),
        ("topics:\n- a\n# a remark\n", "topics: [a, b, c]\n# a remark\n"),
        ("topics: [a,\n  d]\n", "topics: [a, d, b, c]\n"),
        ("", "topics: [b, c]\n"),
    ],
)
def test_only_the_field_changes(old: str, new: str) -> None:
    """However the field is written, the rest of the file stays as it is."""
    changed, added = with_topics(HEAD + old + FOOT, ["b", "c"])
    expected = HEAD + new + FOOT if old else HEAD + "status: ready\n" + new + FOOT[14:]
    assert changed == expected
    assert added == (("c",) if "b" in old else ("b", "c"))
    assert not read(changed).problems


@pytest.mark.parametrize("ending", ["\r\n", "\r"])
def test_line_ends_and_marks_stay(tmp_path: Path, ending: str) -> None:
    """A file of another system keeps its line ends, its byte order mark and its mode."""
    path = tmp_path / "a.md"
    text = "\ufeff" + (HEAD + "topics: [a]\n" + FOOT).replace("\n", ending)
    path.write_bytes(text.encode())
    path.chmod(0o640)
    assert add_topics(path, ["b"]) == ("b",)
    assert path.read_bytes() == text.replace("[a]", "[a, b]").encode()
    assert path.stat().st_mode & 0o777 == 0o640


def test_nothing_new_writes_nothing(tmp_path: Path) -> None:
    """A file that has the topics already isn't touched."""
    path = tmp_path / "a.md"
    path.write_text(HEAD + "topics: [a]\n" + FOOT)
    before = path.stat().st_mtime_ns
    assert add_topics(path, ["a"]) == ()
    assert path.stat().st_mtime_ns == before


@pytest.mark.parametrize("text", ["no fields", "---\ntitle: A: b\n---\n", "---\ntitle: A\n"])
def test_a_file_that_cannot_be_read_is_left_alone(tmp_path: Path, text: str) -> None:
    """What isn't understood isn't changed."""
    path = tmp_path / "a.md"
    path.write_text(text)
    with pytest.raises(ContentError):
        add_topics(path, ["a"])
    assert path.read_text() == text


def test_a_missing_file_is_an_error_of_the_outside(tmp_path: Path) -> None:
    """The system's words are told."""
    with pytest.raises(OutsideError):
        add_topics(tmp_path / "none.md", ["a"])


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    """What it leads to is written, and not a file put in its place."""
    path, link = tmp_path / "a.md", tmp_path / "b.md"
    path.write_text(HEAD + "topics: [a]\n" + FOOT)
    link.symlink_to(path)
    add_topics(link, ["b"])
    assert link.is_symlink()
    assert "[a, b]" in path.read_text()


def test_what_was_saved_meanwhile_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A text editor that saves between our reading and our writing has the last word."""
    path = tmp_path / "a.md"
    path.write_text(HEAD + "topics: [a]\n" + FOOT)
    newer = HEAD + "topics: [a]\n" + FOOT + "More.\n"

    def save(text: str, slugs: Sequence[str]) -> tuple[str, tuple[str, ...]]:
        path.write_text(newer)
        return with_topics(text, slugs)

    monkeypatch.setattr(edit, "with_topics", save)
    with pytest.raises(ContentError, match="saved just now"):
        add_topics(path, ["b"])
    assert path.read_text() == newer
    assert list(tmp_path.iterdir()) == [path]
