"""What makes databases for tests; see tests/conftest.py."""

from typing import Protocol


class NewDatabase(Protocol):
    """Makes a database, with all tables unless not `ready`; returns its address."""

    def __call__(self, *, ready: bool = True) -> str: ...
