"""The envelope's sender: an address of each letter's own, so that a bounce says whose it is."""

import re
from dataclasses import dataclass
from functools import cached_property

from subscribers.tokens import Purpose, Tokens

_TOKEN = "{token}"  # noqa: S105 - the place of one


@dataclass(frozen=True)
class ReturnPath:
    """Makes and reads return paths. `pattern` may have `{token}` in it, and may be empty.

    The token is signed and names a delivery. It survives servers that write addresses in lower or
    upper case. The same delivery has the same return path at every try.
    """

    pattern: str
    tokens: Tokens

    @cached_property
    def _ends(self) -> tuple[str, str]:
        before, _, after = self.pattern.partition(_TOKEN)
        return before, after

    @cached_property
    def is_personal(self) -> bool:
        """Whether each letter has its own."""
        return _TOKEN in self.pattern

    def of(self, delivery_id: int, otherwise: str) -> str:
        """Return a delivery's return path; `otherwise` where none is configured."""
        if not self.is_personal:
            return self.pattern or otherwise
        before, after = self._ends
        return before + self.tokens.make_folded(Purpose.RETURN, delivery_id) + after

    def of_reader(self, subscriber_id: int, address_key: str, otherwise: str) -> str:
        """Return the return path of a mail that is no delivery: it names a reader at an address."""
        if not self.is_personal:
            return self.pattern or otherwise
        before, after = self._ends
        return before + self.tokens.bind_folded(Purpose.POST, subscriber_id, address_key) + after

    def claimed(self, address: str) -> int | None:
        """Return the number that an address claims to name; None where it has not our form."""
        match = self._form.fullmatch(address) if self.is_personal else None
        number = match[1].partition("-")[0] if match else ""
        return int(number) if 0 < len(number) < 19 else None  # fits into any database's numbers

    def is_of_reader(self, address: str, subscriber_id: int, address_key: str) -> bool:
        """Tell whether an address is the return path of mails to this reader at that address."""
        match = self._form.fullmatch(address) if self.is_personal else None
        if match is None:
            return False
        return self.tokens.holds_folded(Purpose.POST, match[1], subscriber_id, address_key)

    def read(self, address: str) -> int | None:
        """Return the delivery that an address names; None where it has not our form.

        Raises TokenError where it has, and we didn't make it.
        """
        match = self._form.fullmatch(address) if self.is_personal else None
        if match is None:
            return None
        return self.tokens.read_folded(Purpose.RETURN, match[1])

    def has_form(self, address: str) -> bool:
        """Tell whether an address has our form, whoever made it."""
        return self.is_personal and self._form.fullmatch(address) is not None

    @cached_property
    def _form(self) -> re.Pattern[str]:
        before, after = map(re.escape, self._ends)
        return re.compile(rf"{before}(\d{{1,19}}-[0-9a-z]{{1,60}}){after}", re.IGNORECASE)
