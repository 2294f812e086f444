"""Every dependency has its reason."""

import re
import tomllib

import pytest

from tests.unit.docs.pages import TOP

_PROJECT = tomllib.loads((TOP / "pyproject.toml").read_text("utf-8"))
_PAGE = (TOP / "docs" / "dependencies.md").read_text("utf-8")


def _names(requirements: list[str]) -> set[str]:
    return {re.split(r"[<>=!~;\[ ]", one)[0].lower() for one in requirements}


_NEEDED = _names(_PROJECT["project"]["dependencies"])
_EXTRA = _names(_PROJECT["project"]["optional-dependencies"]["cluster"])
_TOOLS = _names(_PROJECT["dependency-groups"]["dev"])


def _rows(heading: str) -> dict[str, str]:
    section = _PAGE.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    return dict(re.findall(r"^\| ([\w-]+) \| (.+) \|$", section, re.M))


@pytest.mark.parametrize(
    ("heading", "names"),
    [("To run", _NEEDED), ("For a cluster", _EXTRA), ("To work on it", _TOOLS)],
    ids=["run", "cluster", "dev"],
)
def test_dependencies_and_reasons_are_the_same(heading: str, names: set[str]) -> None:
    """docs/dependencies.md names every dependency of pyproject.toml, and no other."""
    rows = {name.lower() for name in _rows(heading)} - {"package"}
    assert rows == names
