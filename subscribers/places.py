"""Where in an intake each reader came up, for a million of them."""

import sys
from array import array
from collections.abc import Sequence


class Places:
    """Where in the intake each reader came up; four octets for each new one."""

    def __init__(self) -> None:
        self._first = sys.maxsize
        self._new = array("I")
        self._old: dict[int, int] = {}

    def get(self, id_: int) -> int:
        """Return the place, or 0 for a reader who hasn't come up yet."""
        if id_ < self._first:
            return self._old.get(id_, 0)
        return self._new[id_ - self._first]

    def put(self, id_: int, place: int) -> None:
        """Keep the place of a reader who was on the list before."""
        if id_ < self._first:
            self._old[id_] = place

    def add(self, ids: Sequence[int], places: Sequence[int]) -> None:
        """Keep the places of new readers; their ids are higher than any before."""
        if not ids:
            return
        self._first = min(self._first, ids[0])
        self._new.extend([0] * (ids[0] - self._first - len(self._new)))
        if ids[-1] - ids[0] + 1 == len(ids):
            self._new.extend(places)
            return
        self._new.extend([0] * (ids[-1] + 1 - self._first - len(self._new)))
        for id_, place in zip(ids, places, strict=True):
            self._new[id_ - self._first] = place
