"""Findings and errors as the studio tells them."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from newsletter.config import Settings
from newsletter.errors import ConfigError, ContentError, NewsletterError, RenderError
from newsletter.model import Finding
from newsletter.studio.remarks import findings_of, remarks

SETTINGS = Settings(site=Path("/site"))


def test_errors_come_first() -> None:
    """Errors, warnings, remarks; then by file and line."""
    found = (
        Finding("info", "c", "third", "a.md"),
        Finding("warning", "b", "second", "a.md"),
        Finding("error", "a", "first", "b.md", 3),
        Finding("error", "a", "zeroth", "b.md", 2),
    )
    told = [one.message for one in remarks(found, SETTINGS)]
    assert told == ["zeroth", "first", "second", "third"]


def test_a_place_is_told_within_the_site() -> None:
    """The folder of the site is left out; the whole path is kept beside it."""
    (told,) = remarks([Finding("error", "x", "m", "/site/content/a.md", 4, column=7)], SETTINGS)
    assert (told.place, told.path) == ("content/a.md:4:7", "/site/content/a.md:4:7")


def test_a_place_beside_the_working_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Checks name files from the working folder; the studio, from the site's."""
    monkeypatch.chdir(tmp_path)
    (told,) = remarks(
        [Finding("error", "x", "m", "site/content/a.md", 4)], Settings(site=tmp_path / "site")
    )
    assert told.place == "content/a.md:4"


def test_a_template_error_names_its_place_once() -> None:
    """The place that stands in the error's message is told beside it, not twice."""
    error = RenderError("no such filter", file="/site/templates/body.txt", line=9)
    (told,) = remarks(findings_of(error), SETTINGS)
    assert (told.place, told.message) == ("templates/body.txt:9", "no such filter")


@pytest.mark.parametrize(
    "error",
    [
        NewsletterError("what", hint="do"),
        ConfigError("what", hint="do"),
        ContentError("what", hint="do"),
        ContentError("what", [Finding("warning", "w", "m")], hint="do"),
        OSError(2, "what", "/site/x"),
    ],
)
def test_every_error_is_told(error: NewsletterError | OSError) -> None:
    """Whatever stops a picture, an error says so."""
    told = remarks(findings_of(error), SETTINGS)
    assert [one.message for one in told if one.level == "error"] == ["what"]


def test_the_findings_of_a_month_speak_for_it() -> None:
    """Where errors are found in its files, that there are some goes without saying."""
    found = (Finding("error", "doi", "not a DOI", "a.md", 4),)
    assert findings_of(ContentError("2021-02 has 1 error(s)", found)) == found


def test_a_place_leads_to_the_text_editor() -> None:
    """Where the settings name one, a place is a link that opens it; else there is no link."""
    found = [Finding("error", "x", "m", "/site/content/a b.md", 4)]
    editor = {"editor": "vscode://file{path}:{line}:{column}"}
    (told,) = remarks(found, Settings.model_validate({"site": "/site", "studio": editor}))
    assert told.link == "vscode://file/site/content/a%20b.md:4:1"
    assert remarks(found, SETTINGS)[0].link == ""


@pytest.mark.parametrize("editor", ["javascript:alert('{path}')", "vscode://file", "data:,{path}"])
def test_an_address_that_is_no_editor_s(editor: str) -> None:
    """An address that runs something, or opens nothing, is refused where it stands."""
    with pytest.raises(ValidationError, match=r"an address with .path. in it"):
        Settings.model_validate({"studio": {"editor": editor}})
