"""An article as far as it is known when its summary is begun."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Study:
    """An article: its title and its reference, each one line of plain text; either may be empty."""

    doi: str
    title: str = ""
    citation: str = ""
