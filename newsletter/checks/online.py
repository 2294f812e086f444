"""Do links lead anywhere, and do resolvers know the DOIs? Asked for with `--online` alone.

What was found is kept in `var/links.json` for a while, so that a second look asks for little.
Nothing of readers or of the site is sent: an address is asked for as it stands in the text.
"""

import json
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from urllib.parse import quote, urlsplit

import httpx2

from newsletter.checks.desk import Desk
from newsletter.checks.linking import links_of
from newsletter.checks.links import is_local
from newsletter.checks.papers import Paper
from newsletter.content.asking import ask, asker
from newsletter.errors import OutsideError
from newsletter.model import Finding

AT_ONCE = 8
"""Addresses asked for at the same time."""

_TIMEOUT = 10.0
_PATIENCE = 20.0
"""Seconds for a step of an answer, and for all of it with its redirects."""

_NO_HEAD = {400, 401, 403, 405, 406, 409, 429, 500, 501, 503}
"""What servers answer that don't like to be asked by HEAD; then GET has the word."""


@dataclass(frozen=True, slots=True)
class Target:
    """An address to ask for, and where it stands. `doi` is set where it is a DOI's."""

    url: str
    paper: Paper
    line: int
    written: str
    doi: str = ""


def check(desk: Desk) -> list[Finding]:
    """Return what is wrong with the addresses of a month, after asking for those not known yet."""
    targets = list(_targets(desk))
    cache = _Cache(desk.settings.site / "var" / "links.json", desk.settings.checks.link_age)
    wanted = {one.url: bool(one.doi) for one in targets if cache.known(one.url) is None}
    with asker(_TIMEOUT) as client, ThreadPoolExecutor(AT_ONCE) as pool:
        told = pool.map(partial(_status, client), wanted, wanted.values())
        answers = dict(zip(wanted, told, strict=True))
    cache.keep(answers)
    found = [(one, answers.get(one.url) or cache.known(one.url) or "") for one in targets]
    if answers and all(answer.startswith("!") for answer in answers.values()):
        first = targets[0]
        message = f"none of {len(answers)} addresses could be reached"
        hint = f"is there a network? {next(iter(answers.values()))[1:].strip()}"
        return [first.paper.finding("unreached-link", first.line, message, hint)]
    return [finding for one, answer in found for finding in _judge(one, answer)]


def _targets(desk: Desk) -> Iterator[Target]:
    resolver = desk.settings.content.doi_resolver.rstrip("/")
    for paper in desk.papers:
        citation = paper.summary.citation if paper.summary else None
        if paper.summary and citation and citation.doi:
            line = paper.summary.lines.get("doi") or paper.summary.lines.get("citation") or 1
            url = f"{resolver}/{quote(citation.doi, safe='/:;()._-')}"
            yield Target(url, paper, line, citation.doi, citation.doi)
        for link in links_of(paper):
            if _is_public(link.url):
                yield Target(link.url.partition("#")[0], paper, link.line, link.url)


def _is_public(url: str) -> bool:
    """Say whether an address may be asked for: no login in it, and nobody's own network."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and not parts.username and not is_local(host)


def _status(client: httpx2.Client, url: str, is_doi: bool) -> str:
    """Return the status an address answers with, or `!` and why it didn't.

    A resolver sends on where it knows a DOI; publishers' own pages are not asked for, as many
    refuse whoever is no browser.
    """
    try:
        answer = ask(client, url, method="HEAD", patience=_PATIENCE, follow=not is_doi)
        if answer.status in _NO_HEAD:
            answer = ask(client, url, patience=_PATIENCE, follow=not is_doi)
    except OutsideError as error:
        return f"!{error.message}"
    return str(answer.status)


def _judge(one: Target, answer: str) -> Iterator[Finding]:
    paper, line, at = one.paper, one.line, one.written
    if answer in ("404", "410") and one.doi:
        message = f"the resolver doesn't know {one.doi}"
        yield paper.finding("unknown-doi", line, message, "is a letter wrong?", at=at)
    elif answer in ("404", "410"):
        message = f"nothing is at {one.url} ({answer})"
        yield paper.finding("dead-link", line, message, "find its new address", at=at)
    elif answer.startswith("!"):
        message = f"it could not be looked at: {answer[1:]}"
        yield paper.finding("unreached-link", line, message, "open it in a browser", at=at)
    elif answer and int(answer) >= 400:
        message = f"{one.url} answered {answer}"
        hint = "open it in a browser; some servers refuse programs"
        yield paper.finding("unreached-link", line, message, hint, at=at)


class _Cache:
    """What addresses answered, for as long as that is believed."""

    def __init__(self, path: Path, age: timedelta) -> None:
        self._path = path
        self._now = datetime.now(UTC)
        self._oldest = self._now - age
        self._known: dict[str, tuple[str, str]] = {}
        try:
            read = json.loads(path.read_text("utf-8"))
        except (OSError, ValueError):
            return
        if isinstance(read, dict):
            self._known = {
                url: (str(pair[0]), str(pair[1]))
                for url, pair in read.items()
                if isinstance(pair, list) and len(pair) == 2 and self._is_fresh(str(pair[1]))
            }

    def _is_fresh(self, moment: str) -> bool:
        try:
            at = datetime.fromisoformat(moment)
        except ValueError:
            return False
        return at.tzinfo is not None and self._oldest <= at <= self._now

    def known(self, url: str) -> str | None:
        """Return the status an address answered with lately."""
        return self._known[url][0] if url in self._known else None

    def keep(self, answers: Mapping[str, str]) -> None:
        """Write down what is sure: that something was there, or that nothing is any more."""
        sure = {
            url: (answer, self._now.isoformat(timespec="seconds"))
            for url, answer in answers.items()
            if answer in ("404", "410") or (answer.isdecimal() and int(answer) < 400)
        }
        if not sure:
            return
        self._known |= sure
        try:
            self._path.parent.mkdir(mode=0o700, exist_ok=True)
            text = json.dumps(self._known, ensure_ascii=False, indent=1, sort_keys=True)
            temporary = self._path.with_suffix(".part")
            temporary.write_text(text + "\n", "utf-8")
            temporary.replace(self._path)
        except OSError:
            return
