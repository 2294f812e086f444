"""Every finding that a check can have stands in the editors' guide."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from tests.unit.docs.pages import TOP

# Where in a call the code stands: Finding(level, code, …), Problem(code, …).
_PLACE = {"Finding": 1, "finding": 1, "at": 1, "Problem": 0, "_say": 0}
_NO_CODE = re.compile(r"[^a-z0-9-]")


def _codes(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if not isinstance(node, ast.Call):
            continue
        name = getattr(node.func, "attr", getattr(node.func, "id", ""))
        place = _PLACE.get(name, len(node.args))
        if place < len(node.args) and isinstance(node.args[place], ast.Constant):
            yield str(node.args[place].value)


def _raised() -> set[str]:
    rooms = ("content", "rendering")
    files = (path for room in rooms for path in (TOP / "newsletter" / room).rglob("*.py"))
    return {code for path in files for code in _codes(path) if not _NO_CODE.search(code)}


def _documented() -> set[str]:
    page = (TOP / "docs" / "editors.md").read_text("utf-8")
    section = page.partition("\n## What the checks say\n")[2].partition("\n## ")[0]
    cells = re.findall(r"^\| (`.+?`) \|", section, re.M)
    return {code for cell in cells for code in re.findall(r"`([a-z0-9-]+)`", cell)}


def test_every_code_is_explained() -> None:
    """The guide has a row for every code the checks can give, and no row for another."""
    fields = {"title", "citation", "author", "research-type"}  # fields.text: the field's own name
    raised, documented = _raised(), _documented()
    assert raised - documented == set()
    assert documented - raised - fields == set()
