"""Backends by name."""

from importlib.metadata import EntryPoint

import pytest

from newsletter.config import Delivery, Settings
from newsletter.delivery import registry
from newsletter.errors import ConfigError


def settings_for(name: str) -> Settings:
    return Settings(delivery=Delivery(backend=name))


@pytest.mark.parametrize("name", ["console", "file", "memory", "smtp"])
def test_built_ins_are_entry_points(name: str) -> None:
    """Every backend of ours is found the way a third party's is."""
    backend = registry.make_backend(settings_for(name))
    assert type(backend).__name__ == f"{name.capitalize()}Backend"
    backend.close()


def test_unknown_name_suggests() -> None:
    """A name that isn't installed names the nearest and all others."""
    with pytest.raises(ConfigError) as error:
        registry.make_backend(settings_for("smpt"))
    assert "“smpt”" in error.value.message
    assert error.value.hint.startswith("did you mean `smtp`?")
    assert "console, file, memory, smtp" in error.value.hint


def test_broken_plug_in_is_a_config_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """A plug-in that can't be imported is named with its module."""
    broken = EntryPoint("broken", "no_such_module_here:Backend", registry.GROUP)
    monkeypatch.setattr(registry, "installed", lambda: {"broken": broken})
    with pytest.raises(ConfigError, match="no_such_module_here:Backend"):
        registry.make_backend(settings_for("broken"))
