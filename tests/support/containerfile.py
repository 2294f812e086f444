"""The Containerfile, step by step."""

import re
from pathlib import Path

TOP = Path(__file__).parents[2]
_LINES = re.sub(r"\\\n", " ", (TOP / "Containerfile").read_text("utf-8")).splitlines()
STEPS = [line.split(maxsplit=1) for line in _LINES if line and not line.startswith("#")]


def steps(word: str) -> list[str]:
    """Return what stands behind a word, each time it stands there."""
    return [rest for verb, rest in STEPS if verb == word]


def copied() -> list[str]:
    """Return the paths that the build takes from the repository."""
    own = [line for line in steps("COPY") if "--from" not in line]
    return [path for line in own for path in line.split()[:-1]]
