"""Every refusal says what to do."""

import ast
import inspect
from collections.abc import Iterator
from pathlib import Path

import pytest

from newsletter import errors
from newsletter.errors import NewsletterError, RenderError

TOP = Path(__file__).parents[2]
KNOWN = {
    name: kind
    for name, kind in vars(errors).items()
    if inspect.isclass(kind) and issubclass(kind, NewsletterError)
}


def without_hint(tree: ast.AST) -> Iterator[int]:
    """Yield the lines where one of our errors is raised without a hint."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Raise) or not isinstance(node.exc, ast.Call):
            continue
        kind = KNOWN.get(getattr(node.exc.func, "id", getattr(node.exc.func, "attr", "")))
        given = {keyword.arg for keyword in node.exc.keywords}
        if kind and not issubclass(kind, RenderError) and "hint" not in given:
            yield node.lineno


@pytest.mark.parametrize("package", ["newsletter", "subscribers"])
def test_every_error_that_is_raised_has_a_hint(package: str) -> None:
    """Wherever one of ours is raised, `hint` says what to do; a RenderError has one by itself."""
    found = [
        f"{path.relative_to(TOP)}:{line}"
        for path in (TOP / package).rglob("*.py")
        for line in without_hint(ast.parse(path.read_text("utf-8")))
    ]
    assert found == []
    assert RenderError("anything").hint


def test_a_bare_error_is_noticed() -> None:
    """The looking can fail."""
    assert list(without_hint(ast.parse("raise ConfigError('no')"))) == [1]
