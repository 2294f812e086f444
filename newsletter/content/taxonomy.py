"""The site's topics and research types: `taxonomy.toml`, and looking things up in it."""

import difflib
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
_TOPIC_KEYS = ("slug", "name", "group", "aliases")
_TYPE_KEYS = ("slug", "name", "aliases")

Entry = TypeVar("Entry", Topic, ResearchType)


def load_taxonomy(path: Path) -> Taxonomy:
    """Read `[[topic]]` and `[[research_type]]` tables.

    Raises ConfigError, naming file, entry and field, for anything missing, misspelt or twice.
    """
    values = _toml(path)
    for key in values.keys() - {"topic", "research_type"}:
        raise ConfigError(
            f"{path}: there is no table “{key}” here",
            hint="a taxonomy has [[topic]] and [[research_type]] tables",
        )
    topics = [
        _checked(path, "topic", n, entry, _TOPIC_KEYS) for n, entry in _each(path, values, "topic")
    ]
    types = [
        _checked(path, "research_type", n, entry, _TYPE_KEYS)
        for n, entry in _each(path, values, "research_type")
    ]
    _refuse_twice(path, "topic", topics)
    _refuse_twice(path, "research_type", types)
    return Taxonomy(
        tuple(
            Topic(e["slug"], e["name"], tuple(e.get("aliases", ())), e.get("group", ""))
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


def _toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text("utf-8-sig"))
    except FileNotFoundError:
        hint = "every content folder has one; `newsletter init` makes one to start from"
        raise ConfigError(f"there is no taxonomy at {path}", hint=hint) from None
    except (OSError, UnicodeDecodeError) as error:
        hint = "it must be a file of UTF-8 text"
        raise ConfigError(f"{path} can't be read: {error}", hint=hint) from None
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path}: {error}", hint="the file is TOML: https://toml.io") from None


def _each(path: Path, values: Mapping[str, Any], table: str) -> list[tuple[int, dict[str, Any]]]:
    entries = values.get(table, [])
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        hint = f"begin each entry with a line [[{table}]]"
        raise ConfigError(f"{path}: {table} must be written as [[{table}]] tables", hint=hint)
    return list(enumerate(entries, 1))


def _checked(
    path: Path, table: str, number: int, entry: dict[str, Any], keys: tuple[str, ...]
) -> dict[str, Any]:
    where = f"{path}: {table} {number}"
    if isinstance(entry.get("slug"), str):
        where += f" “{entry['slug']}”"
    for key in entry.keys() - set(keys):
        near = difflib.get_close_matches(key, keys, 1, 0.5)
        hint = f"did you mean `{near[0]}`?" if near else f"known here: {', '.join(keys)}"
        raise ConfigError(f"{where}: there is no field “{key}”", hint=hint)
    for key in ("slug", "name"):
        if not isinstance(entry.get(key), str) or not entry[key].strip():
            raise ConfigError(f"{where}: {key} is missing", hint=f'write {key} = "…"')
    if not is_slug(entry["slug"]):
        hint = "small letters, digits and hyphens: it stands in addresses of pages"
        raise ConfigError(f"{where}: slug can't be used", hint=hint)
    aliases = entry.get("aliases", [])
    if not isinstance(aliases, list) or not all(isinstance(a, str) and a.strip() for a in aliases):
        raise ConfigError(f"{where}: aliases must be a list of words", hint='aliases = ["…", "…"]')
    if not isinstance(entry.get("group", ""), str):
        raise ConfigError(f"{where}: group must be text", hint='group = "…"')
    return entry


def _refuse_twice(path: Path, table: str, entries: list[dict[str, Any]]) -> None:
    for field in ("slug", "name"):
        seen: dict[str, int] = {}
        for number, entry in enumerate(entries, 1):
            first = seen.setdefault(folded(entry[field]), number)
            if first != number:
                raise ConfigError(
                    f"{path}: {table} {number}: {field} “{entry[field]}” stands twice",
                    hint=f"it is also {table} {first}; rename or delete one of them",
                )
