"""What every check is given."""

from collections.abc import Callable
from dataclasses import dataclass

from newsletter.bootstrap import App

LOCAL_BACKENDS = ("console", "file", "memory")
"""Backends from which no letter leaves the machine."""

AskTxt = Callable[[str], tuple[str, ...]]
"""Returns the texts of a name's TXT records; () where it has none. Raises OutsideError."""


@dataclass(frozen=True)
class Visit:
    """One visit of the doctor. `ask` is None where names are not to be looked up.

    With `offline` nothing outside this machine is asked.
    """

    app: App
    ask: AskTxt | None
    offline: bool = False

    @property
    def sends(self) -> bool:
        """Whether letters leave this machine."""
        return self.app.settings.delivery.backend not in LOCAL_BACKENDS
