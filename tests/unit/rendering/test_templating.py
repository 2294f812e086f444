"""Templates that were compiled."""

from pathlib import Path

import pytest
from jinja2 import Environment, FileSystemLoader

from newsletter.templating import Compiled


def _written(folder: Path, compiled: Compiled) -> str:
    """Write the template with an environment that has seen nothing yet."""
    env = Environment(loader=FileSystemLoader(folder), autoescape=True, bytecode_cache=compiled)
    return env.get_template("a.html").render(who="Ann")


def test_a_changed_template_is_compiled_anew(tmp_path: Path) -> None:
    """What is kept never stands for another text."""
    compiled = Compiled()
    for text in ("Hello {{ who }}", "Good-bye {{ who }}", "Hello {{ who }}"):
        (tmp_path / "a.html").write_text(text)
        assert _written(tmp_path, compiled) == text.replace("{{ who }}", "Ann")


def test_the_same_template_is_compiled_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another environment made alike takes what the first one compiled."""
    compiled = Compiled()
    (tmp_path / "a.html").write_text("Hello {{ who }}")
    first = _written(tmp_path, compiled)
    monkeypatch.setattr(Environment, "compile", None)
    assert _written(tmp_path, compiled) == first
