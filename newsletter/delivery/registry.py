"""Backends by name, through the entry points `newsletter.backends`; ours register the same way."""

import difflib
from importlib.metadata import EntryPoint, entry_points

from newsletter.config import Settings
from newsletter.delivery.protocol import Backend
from newsletter.errors import ConfigError

GROUP = "newsletter.backends"


def installed() -> dict[str, EntryPoint]:
    """Return the entry points of every installed backend, by name, in the names' order."""
    return dict(sorted((point.name, point) for point in entry_points(group=GROUP)))


def make_backend(settings: Settings) -> Backend:
    """Make the backend that `delivery.backend` names.

    Raises ConfigError where no such backend is installed, where it can't be imported, and
    whatever the backend's own factory raises.
    """
    points = installed()
    point = points.get(settings.delivery.backend)
    if point is None:
        raise _unknown(settings.delivery.backend, list(points))
    try:
        factory = point.load()
    except (ImportError, AttributeError) as error:
        raise ConfigError(
            f"delivery.backend: “{point.name}” can't be loaded from {point.value}: {error}",
            hint="install the package that brings it, with everything it needs",
        ) from error
    backend: Backend = factory(settings)
    return backend


def _unknown(name: str, names: list[str]) -> ConfigError:
    near = difflib.get_close_matches(name, names, 1, 0.5)
    question = f"did you mean `{near[0]}`? " if near else ""
    return ConfigError(
        f"delivery.backend: there is no backend “{name}”",
        hint=f"{question}installed: {', '.join(names)}",
    )
