"""The addresses in a reader's mails. The same reader gets the same ones each time, for ever."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple
from urllib.parse import quote

from subscribers.tokens import Purpose, Tokens

PAUSE = "#pause"
"""What follows the address of the preferences in a link to the pause."""


class Frames(NamedTuple):
    """What stands before the token in each of a reader's links. It is the same for all readers."""

    page: str
    mailto: str
    preferences: str

    @classmethod
    def of(cls, public_url: str, unsubscribe_address: str) -> "Frames":
        """Return the frames of a site: pages, and the `mailto:` one (RFC 8058, RFC 6068)."""
        return cls(
            page=f"{public_url}/unsubscribe/",
            mailto=f"mailto:{quote(unsubscribe_address, safe='@+.-_')}?subject=unsubscribe%20",
            preferences=f"{public_url}/preferences/",
        )


@dataclass(frozen=True, slots=True)
class Links:
    """Makes a reader's links. The same reader gets the same links at every try, and for ever."""

    public_url: str
    unsubscribe_address: str
    tokens: Tokens

    def unsubscribe(self, subscriber_id: int) -> tuple[str, str]:
        """Return the page's address and the `mailto:` one."""
        token = self.tokens.make(Purpose.UNSUBSCRIBE, subscriber_id)
        return self._frames.page + token, self._frames.mailto + token

    def preferences(self, subscriber_id: int) -> str:
        """Return the address of the page where topics are changed."""
        return self._frames.preferences + self.tokens.make(Purpose.PREFERENCES, subscriber_id)

    def errand(self, purpose: Purpose, number: int, facts: Sequence[str]) -> str:
        """Return the address of the page where an errand is done: `/confirm/…`."""
        return f"{self.public_url}/{purpose.value}/{self.tokens.bind(purpose, number, facts)}"

    @property
    def _frames(self) -> Frames:
        return Frames.of(self.public_url, self.unsubscribe_address)


def archived(public_url: str, month: str, slug: str = "") -> str:
    """Return the address of a month (`2021-02`) in the archive, or of one of its summaries."""
    page = f"{public_url}/archive/{month}"
    return f"{page}/{quote(slug, safe='')}" if slug else page
