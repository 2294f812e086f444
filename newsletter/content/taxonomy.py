"""The site's topics and research types: `taxonomy.toml`, and looking things up in it."""

import difflib
import re
import tomllib
import unicodedata
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from newsletter.content.sample import sample_folder
from newsletter.content.slugs import is_slug
from newsletter.errors import ConfigError
from newsletter.model import ResearchType, Taxonomy, Topic

FILE = "taxonomy.toml"
LONGEST_SLUG = 100
"""Letters that the tables of readers and of the archive have room for."""
_TOPIC_KEYS = ("slug", "name", "group", "description", "aliases")
_TYPE_KEYS = ("slug", "name", "aliases")

Entry = TypeVar("Entry", Topic, ResearchType)


def load_taxonomy(path: Path) -> Taxonomy:
    """Read `[[topic]]` and `[[research_type]]` tables.

    Raises ConfigError, naming file, entry and field, for anything missing, misspelt or twice.
    """
    text = _read(path)
    values = _toml(path, text)
    for key in values.keys() - {"topic", "research_type"}:
        raise ConfigError(
            f"{_place(path, text, key, 1)}: there is no table “{key}” here",
            hint="a taxonomy has [[topic]] and [[research_type]] tables",
        )
    topics, types = (
        [
            _checked(path, text, table, number, entry, keys)
            for number, entry in _each(path, text, values, table)
        ]
        for table, keys in (("topic", _TOPIC_KEYS), ("research_type", _TYPE_KEYS))
    )
    _refuse_twice(path, text, "topic", topics)
    _refuse_twice(path, text, "research_type", types)
    return Taxonomy(
        tuple(
            Topic(
                e["slug"],
                e["name"],
                tuple(e.get("aliases", ())),
                e.get("group", ""),
                e.get("description", ""),
            )
            for e in topics
        ),
        tuple(ResearchType(e["slug"], e["name"], tuple(e.get("aliases", ()))) for e in types),
    )


def taxonomy_of(root: Path) -> Taxonomy:
    """Return the taxonomy of a content folder, or the sample's where it has none of its own."""
    own = root / FILE
    return load_taxonomy(own if own.exists() else sample_folder() / FILE)


def find_topic(taxonomy: Taxonomy, text: str) -> Topic | None:
    """Return the topic with this slug, name or alias; case and spacing don't matter."""
    return _find(taxonomy.topics, text)


def find_research_type(taxonomy: Taxonomy, text: str) -> ResearchType | None:
    """Return the research type with this slug, name or alias; case and spacing don't matter."""
    return _find(taxonomy.research_types, text)


def nearest_topic(taxonomy: Taxonomy, text: str) -> Topic | None:
    """Return the topic that was most likely meant, if any comes close."""
    return _nearest(taxonomy.topics, text)


def nearest_research_type(taxonomy: Taxonomy, text: str) -> ResearchType | None:
    """Return the research type that was most likely meant, if any comes close."""
    return _nearest(taxonomy.research_types, text)


def folded(text: str) -> str:
    """Return `text` as it is compared: one spacing, one case, one kind of hyphen and apostrophe."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    plain = plain.translate({0x2010: "-", 0x2011: "-", 0x2013: "-", 0x2018: "'", 0x2019: "'"})
    return " ".join(plain.split())


def _find(entries: Iterable[Entry], text: str) -> Entry | None:
    wanted = folded(text)
    known = tuple(entries)
    for names in (_slug, _name, _aliases):
        for entry in known:
            if wanted in names(entry):
                return entry
    return None


def _slug(entry: Topic | ResearchType) -> set[str]:
    return {folded(entry.slug)}


def _name(entry: Topic | ResearchType) -> set[str]:
    return {folded(entry.name)}


def _aliases(entry: Topic | ResearchType) -> set[str]:
    return {folded(alias) for alias in entry.aliases}


def _nearest(entries: Iterable[Entry], text: str) -> Entry | None:
    wanted = folded(text)
    known: dict[str, Entry] = {}
    for entry in entries:
        for word in _slug(entry) | _name(entry) | _aliases(entry):
            known.setdefault(word, entry)
    close = difflib.get_close_matches(wanted, sorted(known), 1, 0.6)
    if close:
        return known[close[0]]
    inside = [
        word for word in sorted(known) if len(wanted) > 3 and (wanted in word or word in wanted)
    ]
    return known[min(inside, key=lambda word: abs(len(word) - len(wanted)))] if inside else None


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8-sig")
    except FileNotFoundError:
        hint = "every content folder has one; `newsletter init` makes one to start from"
        raise ConfigError(f"there is no taxonomy at {path}", hint=hint) from None
    except (OSError, UnicodeDecodeError) as error:
        hint = "it must be a file of UTF-8 text"
        raise ConfigError(f"{path} can't be read: {error}", hint=hint) from None


def _toml(path: Path, text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path}: {error}", hint="the file is TOML: https://toml.io") from None


def line_of_entry(text: str, table: str, number: int, key: str = "") -> int | None:
    """Return the line of a field of the nth `[[table]]`, from 1; of its heading without the field.

    None where there is no such table.
    """
    count, heading = 0, None
    for line, written in enumerate(text.split("\n"), 1):
        if match := re.match(r"\s*\[+\s*([\w.-]+)\s*\]", written):
            count += match[1] == table
            if count > number or (heading and match[1] != table):
                break
            heading = line if count == number and match[1] == table else heading
        elif heading and key and re.match(rf"\s*[\"']?{re.escape(key)}[\"']?\s*=", written):
            return line
    return heading


def _place(path: Path, text: str, table: str, number: int, key: str = "") -> str:
    line = line_of_entry(text, table, number, key)
    return f"{path}:{line}" if line else str(path)


def _each(
    path: Path, text: str, values: Mapping[str, Any], table: str
) -> list[tuple[int, dict[str, Any]]]:
    entries = values.get(table, [])
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        hint = f"begin each entry with a line [[{table}]]"
        place = _place(path, text, table, 1)
        raise ConfigError(f"{place}: {table} must be written as [[{table}]] tables", hint=hint)
    return list(enumerate(entries, 1))


def _checked(
    path: Path, text: str, table: str, number: int, entry: dict[str, Any], keys: tuple[str, ...]
) -> dict[str, Any]:
    called = f" “{entry['slug']}”" if isinstance(entry.get("slug"), str) else ""

    def fault(key: str, words: str, hint: str) -> ConfigError:
        place = _place(path, text, table, number, key)
        return ConfigError(f"{place}: {table} {number}{called}: {words}", hint=hint)

    for key in entry.keys() - set(keys):
        near = difflib.get_close_matches(key, keys, 1, 0.5)
        hint = f"did you mean `{near[0]}`?" if near else f"known here: {', '.join(keys)}"
        raise fault(key, f"there is no field “{key}”", hint)
    for key in ("slug", "name"):
        if not isinstance(entry.get(key), str) or not entry[key].strip():
            raise fault(key, f"{key} is missing", f'write {key} = "…"')
    if not is_slug(entry["slug"]) or len(entry["slug"]) > LONGEST_SLUG:
        hint = f"small letters, digits and hyphens, {LONGEST_SLUG} at most: it stands in addresses"
        raise fault("slug", "slug can't be used", hint)
    aliases = entry.get("aliases", [])
    if not isinstance(aliases, list) or not all(isinstance(a, str) and a.strip() for a in aliases):
        raise fault("aliases", "aliases must be a list of words", 'aliases = ["…", "…"]')
    for key in ("group", "description"):
        if not isinstance(entry.get(key, ""), str):
            raise fault(key, f"{key} must be text", f'{key} = "…"')
    return entry


def _refuse_twice(path: Path, text: str, table: str, entries: list[dict[str, Any]]) -> None:
    for field in ("slug", "name"):
        seen: dict[str, int] = {}
        for number, entry in enumerate(entries, 1):
            first = seen.setdefault(folded(entry[field]), number)
            if first != number:
                raise ConfigError(
                    f"{_place(path, text, table, number, field)}: {table} {number}:"
                    f" {field} “{entry[field]}” stands twice",
                    hint=f"it is also {table} {first}; rename or delete one of them",
                )
