"""The references say what the program says."""

import importlib.util
import json
from collections.abc import Iterator
from datetime import timedelta
from importlib import import_module
from pathlib import Path
from types import ModuleType

import click
import pytest
from pydantic import SecretStr

from newsletter.cli.main import root
from newsletter.config import Settings, duration_words, flat, load
from tests.unit.docs.pages import TOP

CLI = TOP / "newsletter" / "cli"
_SETTINGS = dict(flat(Settings()))
_OTHER_VALUES = {
    "newsletter.name": "Another",
    "delivery.retry": '["9m"]',
    "delivery.domain_rate": '{"example.org": "20/m"}',
    "delivery.ramp": "[500, 1000]",
    "delivery.quiet": "22:00-07:00",
}


def _generator() -> ModuleType:
    spec = importlib.util.spec_from_file_location("docs_generate", TOP / "docs" / "generate.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


GENERATE = _generator()


@pytest.mark.parametrize("name", GENERATE.PAGES)
def test_a_reference_is_what_the_program_would_write(name: str) -> None:
    """docs/cli.md and docs/configuration.md are up to date."""
    written = (TOP / "docs" / name).read_text("utf-8")
    assert written == GENERATE.PAGES[name](), f"docs/{name} is out of date: run `make docs`"


def _names(command: click.Command, path: str) -> Iterator[str]:
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            if inner := command.get_command(context, name):
                yield from _names(inner, f"{path} {name}")
    else:
        yield path


def test_every_module_of_commands_is_reached() -> None:
    """The table of commands knows each module's, so that none is left out in silence."""
    modules = [import_module(f"newsletter.cli.{path.stem}") for path in CLI.glob("[a-z]*.py")]
    named = {one.name for module in modules for one in getattr(module, "commands", ())}
    assert set(root.list_commands(click.Context(root))) == named


def test_every_command_has_a_section() -> None:
    """No command is missing from the reference."""
    page = GENERATE.cli()
    missing = [name for name in _names(root, "newsletter") if f"\n## {name}\n" not in page]
    assert not missing


@pytest.mark.parametrize("command", sorted(_names(root, "newsletter")))
def test_every_command_and_option_says_what_it_does(command: str) -> None:
    """No help text is empty."""
    section = GENERATE.cli().partition(f"\n## {command}\n")[2].partition("\n## ")[0]
    assert section.strip()[:3] != "```", f"{command} has no help"
    assert "` |  |" not in section, f"an option of {command} has no help"


@pytest.mark.parametrize("key", _SETTINGS)
def test_every_setting_has_a_row(key: str) -> None:
    """No setting is missing from the reference, nor without its sentence."""
    variable = GENERATE.environment_variable(key.split("."))
    rows = [row for row in GENERATE.configuration().splitlines() if f"`{variable}`" in row]
    assert len(rows) == 1
    assert not rows[0].endswith("|  |")


def _as_text(value: object) -> str:
    """Return a setting's default as the environment would hold it."""
    if isinstance(value, tuple):
        return json.dumps([_as_text(one) for one in value])
    if isinstance(value, dict):
        return json.dumps(value)
    if isinstance(value, SecretStr):
        return "a-secret-of-sixteen-letters"
    return duration_words(value) if isinstance(value, timedelta) else str(value or "")


@pytest.mark.parametrize("key", _SETTINGS)
def test_the_variable_of_a_setting_is_read(
    key: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the reference calls a setting's environment variable wins over the file."""
    text, kind = _as_text(_SETTINGS[key]), type(_SETTINGS[key])
    changed = {bool: "true", int: "7", float: "7.5", Path: "elsewhere"}.get(kind, text)
    changed = _OTHER_VALUES.get(key, changed)
    monkeypatch.setenv(GENERATE.environment_variable(key.split(".")), changed)
    (tmp_path / "config.toml").write_text("")
    value = dict(flat(load(tmp_path / "config.toml")))[key]
    if changed != text or isinstance(value, SecretStr):
        assert value != _SETTINGS[key]
