"""Every finding that a check can have stands in the register, and so on the page made from it."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

from newsletter.checks.codes import CODES, GROUPS
from newsletter.model import Level
from tests.unit.docs.pages import TOP

# What makes findings; the code is the first or the second of their arguments.
_MAKERS = {"Finding", "finding", "found", "at", "Problem", "_say", "Fault"}
_CODE = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_LEVELS = set(get_args(Level))
_ROOMS = ("content", "rendering", "checks", "publishing.py", "cli/content.py")


def _codes(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if not isinstance(node, ast.Call):
            continue
        if getattr(node.func, "attr", getattr(node.func, "id", "")) not in _MAKERS:
            continue
        for argument in node.args[:2]:
            value = argument.value if isinstance(argument, ast.Constant) else ""
            if isinstance(value, str) and _CODE.fullmatch(value) and value not in _LEVELS:
                yield value
                break


def _raised() -> set[str]:
    rooms = (TOP / "newsletter" / room for room in _ROOMS)
    files = (path for room in rooms for path in ([room] if room.is_file() else room.rglob("*.py")))
    return {code for path in files for code in _codes(path)}


def test_every_code_is_explained() -> None:
    """The register has every code the checks can give, and none that nothing gives."""
    raised = _raised()
    # The code of a field that isn't one text is the field's own name.
    fields = {"title", "citation", "author", "research-type", "subject", "preheader"}
    assert raised - CODES.keys() == set()
    assert CODES.keys() - raised - fields == set()


def test_no_code_stands_in_two_groups() -> None:
    """Each code has one meaning."""
    assert sum(map(len, GROUPS.values())) == len(CODES)


def test_a_meaning_is_a_sentence() -> None:
    """What the page says of a code begins with a capital and ends like a sentence."""
    for code, entry in CODES.items():
        assert re.match(r"[A-Z`“]", entry.meaning), code
        assert entry.meaning[-1] in ".", code
