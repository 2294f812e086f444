"""What an editor has answered: a code can be silenced for a file, with a reason.

In a summary or `issue.md` by the field `silence`, in a template or a TOML file by a comment:

    silence:
      long-text: two studies belong together
    {# silence small-text: the notice is the lawyers' #}

What `issue.md` silences holds for the month's folder and for the letter as a whole too. An error
can't be silenced: the month would not be sent with it.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from newsletter.checks.codes import CODES
from newsletter.checks.papers import Paper
from newsletter.content.places import shown
from newsletter.model import Finding

_COMMENT = re.compile(r"(?:\{#-?|#)\s*silence\s+([a-z0-9-]+)\s*:?[ \t]*(.*?)\s*(?:-?#\}|$)", re.M)
_ASKED_FOR = {"dead-link", "unreached-link", "unknown-doi", "spam-score"}
"""Codes that only some runs can give, so that a silence of them is never unused."""


@dataclass(frozen=True, slots=True)
class _Silence:
    file: str
    line: int
    code: str
    reason: str


def silenced(findings: Sequence[Finding], papers: Sequence[Paper], folder: Path) -> list[Finding]:
    """Return the findings without those that are silenced, and with what is wrong about silences.

    `folder` is the month's; its `issue.md` answers for it.
    """
    own = [one for paper in papers for one in _of_paper(paper)]
    files = {finding.file for finding in findings} - {paper.file for paper in papers}
    others = [one for file in sorted(files) for one in _of_comments(file)]
    used: set[_Silence] = set()
    kept = []
    for finding in findings:
        answers = [
            one
            for one in (*own, *others)
            if one.code == finding.code and one.reason and _covers(one, finding, papers, folder)
        ]
        used.update(answers)
        if not answers or finding.level == "error":
            kept.append(finding)
    return [*kept, *_about(own, used, findings, papers)]


def _of_paper(paper: Paper) -> Iterator[_Silence]:
    value = paper.document.values.get("silence")
    for code, reason, line in value.pairs if value else ():
        yield _Silence(paper.file, line, code, reason)


def _of_comments(file: str) -> Iterator[_Silence]:
    path = Path(file)
    if not file or path.suffix not in (".mjml", ".txt", ".toml") or not path.is_file():
        return
    text = path.read_text("utf-8", "replace")
    for match in _COMMENT.finditer(text):
        yield _Silence(file, text.count("\n", 0, match.start()) + 1, match[1], match[2])


def _covers(one: _Silence, finding: Finding, papers: Sequence[Paper], folder: Path) -> bool:
    if one.file == finding.file:
        return True
    issue = next((paper.file for paper in papers if paper.is_issue), None)
    if one.file != issue or any(finding.file == paper.file for paper in papers):
        return False
    return not finding.file or Path(finding.file).is_relative_to(shown(folder))


def _about(
    own: Iterable[_Silence],
    used: set[_Silence],
    findings: Sequence[Finding],
    papers: Sequence[Paper],
) -> Iterator[Finding]:
    by_file = {paper.file: paper for paper in papers}
    errors = {(one.file, one.code) for one in findings if one.level == "error"}
    for paper in papers:
        value = paper.document.values.get("silence")
        if value and not value.pairs:
            hint = "write silence: and below it, indented, `code: the reason`"
            yield paper.finding("silence", value.line, "silence names no code", hint)
    for one in own:
        paper = by_file[one.file]
        if one.code not in CODES:
            message, hint = f"there is no code “{one.code}”", "see docs/checks.md"
        elif CODES[one.code].levels == ("error",) or (one.file, one.code) in errors:
            message, hint = f"{one.code} is an error, which can't be silenced", "mend it"
        elif not one.reason:
            message, hint = f"{one.code} is silenced without a reason", "write why after the colon"
        elif one not in used and one.code not in _ASKED_FOR:
            message = f"{one.code} isn't said here, so there is nothing to silence"
            yield paper.finding("unused-silence", one.line, message, "take the line out")
            continue
        else:
            continue
        yield paper.finding("silence", one.line, message, hint)
