"""The example for backend authors works as it stands there."""

import subprocess
import sys
import tomllib
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from newsletter.config import Delivery, FileOutbox, Settings
from newsletter.delivery import registry
from newsletter.delivery.contract import CLAIMS, samples
from tests.unit.docs.pages import TOP, blocks

_BLOCKS = list(blocks(TOP / "docs" / "backends.md"))
_BACKEND, _SUITE = (block.text for block in _BLOCKS if block.language == "python")
_REGISTRATION = next(block.text for block in _BLOCKS if "entry-points" in block.text)
_MODULE = "newsletter_maildir"


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The example as a module that can be imported."""
    path = tmp_path / f"{_MODULE}.py"
    path.write_text(_BACKEND)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, _MODULE, raising=False)
    return path


def test_the_backend_is_found_by_its_entry_point_and_keeps_every_message(
    module: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Registered as the page says, it is made by its name and hands messages over."""
    declared = tomllib.loads(_REGISTRATION)["project"]["entry-points"][registry.GROUP]
    points = {name: EntryPoint(name, value, registry.GROUP) for name, value in declared.items()}
    monkeypatch.setattr(registry, "installed", lambda: points)
    [name] = points
    delivery = Delivery(backend=name, file=FileOutbox(path=tmp_path / "box"))
    backend = registry.make_backend(Settings(delivery=delivery))
    messages = samples(3)
    receipts = [one for group in backend.deliver(iter(messages)) for one in group]
    backend.close()
    assert [one.key for one in receipts] == [1, 2, 3]
    kept = sorted(path.read_bytes() for path in (tmp_path / "box" / "new").iterdir())
    assert kept == sorted(map(bytes, messages))


def test_the_suite_on_the_page_passes(module: Path, tmp_path: Path) -> None:
    """Run by pytest in a folder of its own, the page's suite holds the example to every claim."""
    (tmp_path / "test_maildir.py").write_text(_SUITE)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_maildir.py"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert f"{len(CLAIMS)} passed" in done.stdout, done.stdout


def test_the_example_is_short() -> None:
    """A whole backend takes a dozen lines of code."""
    lines = [line for line in _BACKEND.splitlines() if line.strip() and "import " not in line]
    assert len(lines) <= 12
