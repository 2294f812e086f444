"""Which mail programs don't know what a letter uses, after the tests of caniemail.com.

The table is a compact form of their data (MIT, see data/caniemail.LICENSE); `make clients` writes
it anew. What every letter of ours uses, the baseline, is not told.
"""

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from newsletter.checks.desk import found
from newsletter.checks.places import Place
from newsletter.checks.proofs import Proof
from newsletter.checks.usage import used
from newsletter.model import Finding, Level

TABLE = Path(__file__).parent / "data" / "clients.json"

_WIDELY_USED = ("gmail.", "apple-mail.", "outlook.", "yahoo.")
"""What most readers read with; what only others lack is a remark."""

_NAMED = 4
"""Programs that are named; the others are counted."""


@cache
def table() -> Mapping[str, Any]:
    """Return the table: `clients` by name, `features` with the numbers of those that lack them."""
    read: Mapping[str, Any] = json.loads(TABLE.read_text("utf-8"))
    return read


def write_table(made: Mapping[str, Any]) -> None:
    """Write the table, a feature a line."""
    features = ",\n".join(
        f"  {json.dumps(slug)}: {json.dumps(one, ensure_ascii=False)}"
        for slug, one in made["features"].items()
    )
    rest = {name: value for name, value in made.items() if name != "features"}
    head = json.dumps(rest, ensure_ascii=False, indent=1).removesuffix("\n}")
    TABLE.write_text(f'{head},\n "features": {{\n{features}\n }}\n}}\n', "utf-8")


def check(proof: Proof) -> Iterator[Finding]:
    """Yield each feature of the letter that mail programs lack, where the letter's own does not."""
    keys, known = used(proof.document, proof.rules), set(table()["baseline"])
    for slug, feature in table()["features"].items():
        mine = [key for key in feature["keys"] if key in keys]
        if not mine or slug in known:
            continue
        every = list(table()["clients"])
        lacking = [every[number] for number in feature["lacking"]]
        widely = [client for client in lacking if client.startswith(_WIDELY_USED)]
        names = _names(widely or lacking, len(lacking))
        message = (
            f"{feature['title']}: not known to {names}"
            f" ({len(lacking)} of {feature['tested']} programs tested)"
        )
        hint = f"see that it reads well without it: https://www.caniemail.com/features/{slug}/"
        level: Level = "warning" if widely else "info"
        yield found("client-support", message, _place(proof, mine[0]), hint, level=level)


def _names(clients: list[str], count: int) -> str:
    """Return the programs' names, those of one family together: `Outlook (Windows, iOS)`."""
    families: dict[str, list[str]] = {}
    for client in clients:
        family, _, platform = str(table()["clients"][client]).partition(" (")
        families.setdefault(family, []).append(platform.rstrip(")"))
    named = [f"{family} ({', '.join(where)})" for family, where in families.items()]
    shown = named[:_NAMED]
    said = sum(len(families[name.partition(" (")[0]]) for name in shown)
    return ", ".join(shown) + (f" and {count - said} more" if count > said else "")


def _place(proof: Proof, key: str) -> Place:
    """Return the template's line that brings a feature in."""
    kind, _, name = key.partition(":")
    word = re.escape(name)
    patterns = {
        "property": rf"(?<![\w-]){word}\s*[:=]" if name != "--" else r"(?<![\w-])--[a-z]",
        "element": rf"<{re.escape(name.partition('[')[0])}\b",
        "attribute": rf"\s{word}(?=[\s=>/])",
        "pseudo": rf":{word}\b",
        "at": re.escape(name.partition("(")[2].rstrip(")") or name),
        "unit": rf"\d{word}(?![\w(])",
        "function": rf"(?<![\w-]){word}\(",
        "keyword": rf"(?<![\w-]){word}",
        "image": rf"\.{word}\b|data:image",
        "link": r'href="#',
        "selector": rf"\s{re.escape(name[:1])}",
    }
    if kind == "value":
        one, _, value = name.partition(":")
        pattern = rf"{re.escape(one)}\s*:\s*{re.escape(value)}" if value else "!important"
    else:
        pattern = patterns[kind]
    elements = r"<mj-(?:carousel|navbar|accordion|hero|social)\b|background-url="
    for shape in (pattern, elements):
        if match := re.search(shape, proof.composed.source):
            return proof.composed.place(match.start())
    return "", None
