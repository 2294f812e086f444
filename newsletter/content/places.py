"""How a file is named to a person."""

from pathlib import Path


def shown(path: Path) -> str:
    """Return the path as it is shown: relative to the working folder where it lies below it."""
    try:
        return str(path.resolve().relative_to(Path.cwd()))
    except (ValueError, OSError):
        return str(path)
