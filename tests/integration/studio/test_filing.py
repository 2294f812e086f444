"""Topics that a summary's words suggest, taken over with a click."""

from pathlib import Path

import pytest

from tests.support.studio import Answer, Running
from tests.support.waiting import until

FILE = "02-mentalizing-attachment-and-the-well-being-of-therapists.md"
PAGE = "/2021-01/topics"


@pytest.fixture
def file(site: Path) -> Path:
    """A summary under no topic."""
    path = site / "content/2021-01" / FILE
    lines = path.read_text("utf-8").splitlines(keepends=True)
    number = next(n for n, line in enumerate(lines) if line.startswith("topics:"))
    lines[number] = "topics: []  # to be found\n"
    path.write_text("".join(lines), "utf-8")
    return path


def click(studio: Running, topic: str, name: str = FILE) -> Answer:
    return studio.post(PAGE, {"file": name, "topic": topic})


def test_topics_are_suggested_with_their_reason(file: Path, studio: Running) -> None:
    """What the words speak for stands below the letter: the topic, and how often."""
    page = studio.get("/2021-01").text
    assert "topics suggested" in page
    assert "Take over Attachment for Mentalizing, Attachment, and" in page
    assert "attachment: " in page


def test_a_click_files_the_summary(file: Path, studio: Running) -> None:
    """The topic stands in the file, nothing else has changed, and it is suggested no more."""
    before = file.read_text("utf-8")
    answer = studio.post(f"{PAGE}?reader=arabic", {"file": FILE, "topic": "attachment"})
    assert (answer.status, answer.headers["location"]) == (303, "/2021-01?reader=arabic")
    assert file.read_text("utf-8") == before.replace("topics: []", "topics: [attachment]")
    assert "Take over Attachment" not in studio.get("/2021-01").text


def test_a_second_click_writes_nothing(file: Path, studio: Running) -> None:
    """Sent again, the form finds its topic there."""
    assert click(studio, "attachment").status == 303
    written = file.read_text("utf-8"), file.stat().st_mtime_ns
    assert click(studio, "attachment").status == 303
    assert (file.read_text("utf-8"), file.stat().st_mtime_ns) == written


def test_a_file_changed_meanwhile_keeps_its_words(file: Path, studio: Running) -> None:
    """The topic is added to what the file says now, not to what it said when one looked."""
    studio.get("/2021-01")
    newer = file.read_text("utf-8").replace("topics: []", "topics: [training]") + "\nMore.\n"
    newer = newer.replace("status: ready", "status: draft")
    file.write_text(newer, "utf-8")
    assert click(studio, "attachment").status == 303
    assert file.read_text("utf-8") == newer.replace("[training]", "[training, attachment]")


@pytest.mark.parametrize(
    ("name", "topic"),
    [
        (FILE, "no-such-topic"),
        (FILE, "research]\nstatus: [ready"),
        ("../2021-02/01-the-covid-19-telepsychology-revolution.md", "training"),
        ("../../../../etc/passwd", "attachment"),
        ("issue.md", "attachment"),
        ("", ""),
    ],
)
def test_only_what_was_suggested_is_written(
    file: Path, site: Path, studio: Running, name: str, topic: str
) -> None:
    """Whatever else a form says, no file of the site changes."""
    before = {path: path.read_bytes() for path in (site / "content").rglob("*.md")}
    assert click(studio, topic, name).status == 303
    assert {path: path.read_bytes() for path in (site / "content").rglob("*.md")} == before


def test_nothing_is_written_from_elsewhere(file: Path, studio: Running) -> None:
    """A page of another site can't click for somebody."""
    before = file.read_bytes()
    fields = {"file": FILE, "topic": "attachment"}
    assert studio.post(PAGE, fields, Origin="https://example.org").status == 403
    assert studio.get(PAGE).status == 405
    assert file.read_bytes() == before


def test_a_disk_that_refuses_is_told(
    file: Path, studio: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The page says so, in the place of the letter's other remarks; the letter stays."""

    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("newsletter.content.edit._replace", refuse)
    answer = click(studio, "attachment")
    assert answer.status == 409
    assert "Permission denied" in answer.text
    assert '<iframe id="letter"' in answer.text


def test_what_its_editor_has_decided_is_left_alone(site: Path, studio: Running) -> None:
    """A ready summary under a topic is offered no other; as a draft it is."""
    assert "suggested" not in studio.get("/2021-01").text
    path = site / "content/2021-01/01-how-are-psychological-practitioners-faring-at-work.md"
    path.write_text(path.read_text("utf-8").replace("status: ready", "status: draft"), "utf-8")
    until(lambda: "depression: twice" in studio.get("/2021-01").text, "a draft is offered more")
