"""What is wrong with the site around a month: its settings and its taxonomy."""

import re
from collections.abc import Iterator, Sequence

from newsletter.checks.desk import Desk, found
from newsletter.checks.places import setting
from newsletter.content.taxonomy import FILE, folded, line_of_entry
from newsletter.errors import ConfigError
from newsletter.model import Finding, ResearchType, Topic

_PLACE = re.compile(r"(?P<file>\S.*?\.toml)(?::(?P<line>\d+))?: (?P<what>.*)", re.S)
_MAILBOXES = re.compile(
    r"(?:aol|gmail|googlemail|hotmail|icloud|live|outlook|yahoo|ymail)\.com|gmx\.(?:de|net)"
)
"""Domains of free mailboxes: their owners ask receivers to refuse what others send (DMARC)."""

_IN_TOML = re.compile(r"\(at line (\d+)")


def failure(error: ConfigError) -> Finding:
    """Return what keeps a configuration or taxonomy from being read as a finding with its place."""
    match = _PLACE.match(error.message)
    file, what = (match["file"], match["what"]) if match else ("", error.message)
    line = int(match["line"]) if match and match["line"] else None
    if line is None and (inside := _IN_TOML.search(error.message)):
        line = int(inside[1])
    place = (file, line)
    if file.endswith(FILE):
        return found("taxonomy", what, place, error.hint)
    return found("config", what, place, error.hint)


def taxonomy(desk: Desk) -> Iterator[Finding]:
    """Yield aliases that two topics share: which of them an editor means nobody knows."""
    path = desk.settings.content.root / FILE
    if not path.is_file():
        return
    text = path.read_text("utf-8-sig")
    tables: dict[str, Sequence[Topic | ResearchType]] = {
        "topic": desk.taxonomy.topics,
        "research_type": desk.taxonomy.research_types,
    }
    for table, entries in tables.items():
        owners: dict[str, str] = {}
        for entry in entries:
            for name in (entry.slug, entry.name):
                owners.setdefault(folded(name), entry.slug)
        for number, entry in enumerate(entries, 1):
            for alias in entry.aliases:
                owner = owners.setdefault(folded(alias), entry.slug)
                if owner != entry.slug:
                    line = line_of_entry(text, table, number, "aliases") or 1
                    message = f"the alias “{alias}” of {entry.slug} is {owner}'s too"
                    place = (path, _line_with(text, alias, line))
                    yield found("ambiguous-alias", message, place, "leave it to one of the two")


def _line_with(text: str, words: str, first: int) -> int:
    lines = text.split("\n")
    for number in range(first, len(lines) + 1):
        if f'"{words}"' in lines[number - 1] or f"'{words}'" in lines[number - 1]:
            return number
    return first


def settings(desk: Desk) -> Iterator[Finding]:
    """Yield settings that no month can meet together."""
    content, own = desk.settings.content, desk.settings.newsletter
    if not own.name.strip():
        place = setting(desk.settings, "newsletter.name")
        hint = "it is the masthead, and who the mail is from"
        yield found("settings", "newsletter.name is empty", place, hint)
    domain = own.from_.rpartition("@")[2].lower()
    if _MAILBOXES.fullmatch(domain) and domain not in desk.settings.delivery.smtp.host:
        place = setting(desk.settings, "newsletter.from")
        message = f"mail from {domain} is refused where another server sends it"
        yield found("settings", message, place, "send from a domain of your own")
    if content.min_summaries > content.max_summaries:
        place = setting(desk.settings, "content.min_summaries")
        message = f"min_summaries is {content.min_summaries}, max_summaries {content.max_summaries}"
        yield found("settings", message, place, "no month can have both")
