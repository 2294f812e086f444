"""Findings and errors as the studio tells them: what, where in the site, what to do."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from newsletter.config import Settings
from newsletter.errors import ContentError, NewsletterError, RenderError
from newsletter.model import Finding, Level

_ORDER: dict[Level, int] = {"error": 0, "warning": 1, "info": 2}


@dataclass(frozen=True, slots=True)
class Remark:
    """A finding with its place: `file:line`, the file relative to the site's folder.

    `path` is the whole path, for whoever wants to open it, and `link` an address that does, where
    the settings name one; all are empty where no file is meant.
    """

    level: Level
    message: str
    hint: str = ""
    place: str = ""
    path: str = ""
    link: str = ""
    code: str = ""


def remarks(findings: Iterable[Finding], settings: Settings) -> tuple[Remark, ...]:
    """Return the findings for people, errors first."""
    ordered = sorted(findings, key=lambda one: (_ORDER[one.level], one.file, one.line or 0))
    return tuple(_remark(finding, settings) for finding in ordered)


def findings_of(error: NewsletterError | OSError) -> tuple[Finding, ...]:
    """Return what an error has to say; at least one finding is an error."""
    if isinstance(error, ContentError) and any(f.level == "error" for f in error.findings):
        return error.findings
    if isinstance(error, OSError):
        return (Finding("error", "unreadable", error.strerror or str(error), error.filename or ""),)
    if isinstance(error, RenderError):
        return (Finding("error", "render", error.what, error.file, error.line, error.hint),)
    own = (Finding("error", "", error.message, hint=error.hint),)
    return (*own, *error.findings) if isinstance(error, ContentError) else own


def _remark(finding: Finding, settings: Settings) -> Remark:
    if not finding.file:
        return Remark(finding.level, finding.message, finding.hint, code=finding.code)
    site, path = settings.site, Path.cwd() / finding.file
    named = str(path.relative_to(site)) if path.is_relative_to(site) else finding.file
    numbers = [str(number) for number in (finding.line, finding.column) if number]
    return Remark(
        level=finding.level,
        message=finding.message,
        hint=finding.hint,
        place=":".join([named, *numbers]),
        path=":".join([str(path), *numbers]),
        link=_link(settings.studio.editor, path, finding),
        code=finding.code,
    )


def _link(editor: str, path: Path, finding: Finding) -> str:
    """Return the address that opens a file at a line in the text editor."""
    line, column = str(finding.line or 1), str(finding.column or 1)
    filled = editor.replace("{line}", line).replace("{column}", column)
    return filled.replace("{path}", quote(str(path)))
