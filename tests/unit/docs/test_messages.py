"""Nothing that people read is left in English alone."""

import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pytest
from babel.messages.catalog import Message
from babel.messages.pofile import read_po

from tests.unit.docs.pages import TOP


def _script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("docs_messages", TOP / "docs" / "messages.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


MESSAGES = _script()
FILES = sorted(MESSAGES.LOCALES.glob("*.po"))


def messages(path: Path) -> list[Message]:
    with path.open("rb") as file:
        return [one for one in read_po(file) if one.id]


def texts(value: str | tuple[str, ...] | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else list(value)


def test_french_is_there() -> None:
    """The program comes with French."""
    assert "fr.po" in [path.name for path in FILES]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_file_holds_what_people_read(path: Path) -> None:
    """`make messages` would change nothing: no message is missing, none is left over."""
    assert path.read_bytes() == MESSAGES.updated(path, MESSAGES.template())


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_everything_is_translated(path: Path) -> None:
    """Every message has its translation, in every plural, and none is a guess."""
    missing = [one.id for one in messages(path) if not all(texts(one.string)) or one.fuzzy]
    assert missing == []


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_places_are_kept(path: Path) -> None:
    """A translation fills the places of its message, and brings no markup the message hasn't."""
    for one in messages(path):
        wanted = {found for text in texts(one.id) for found in _places(text)}
        for text in texts(one.string):
            assert set(_places(text)) <= wanted, one.id
        assert {found for text in texts(one.string) for found in _places(text)} == wanted, one.id


def _places(text: str) -> list[str]:
    return re.findall(r"%\(\w+\)s|</?\w[^>]*>", text)
