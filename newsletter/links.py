"""The addresses in a reader's mails. The same reader gets the same ones each time, for ever."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import quote

from subscribers.tokens import Purpose, Tokens

# Members of enumerations, on the way of every letter: Python 3.11 takes longer to find one than to
# do what is asked with it.
_UNSUBSCRIBE, _PREFERENCES = Purpose.UNSUBSCRIBE, Purpose.PREFERENCES


@dataclass(frozen=True, slots=True)
class Links:
    """Makes a reader's links. The same reader gets the same links at every try, and for ever."""

    public_url: str
    unsubscribe_address: str
    tokens: Tokens

    def unsubscribe(self, subscriber_id: int) -> tuple[str, str]:
        """Return the page's address and the `mailto:` one (RFC 8058, RFC 6068)."""
        token = self.tokens.make(_UNSUBSCRIBE, subscriber_id)
        mailto = f"mailto:{_quoted(self.unsubscribe_address)}?subject=unsubscribe%20{token}"
        return f"{self.public_url}/unsubscribe/{token}", mailto

    def preferences(self, subscriber_id: int) -> str:
        """Return the address of the page where topics are changed."""
        return f"{self.public_url}/preferences/{self.tokens.make(_PREFERENCES, subscriber_id)}"

    def errand(self, purpose: Purpose, number: int, facts: Sequence[str]) -> str:
        """Return the address of the page where an errand is done: `/confirm/…`."""
        return f"{self.public_url}/{purpose.value}/{self.tokens.bind(purpose, number, facts)}"


def archived(public_url: str, month: str, slug: str = "") -> str:
    """Return the address of a month (`2021-02`) in the archive, or of one of its summaries."""
    page = f"{public_url}/archive/{month}"
    return f"{page}/{quote(slug, safe='')}" if slug else page


@lru_cache(maxsize=16)
def _quoted(address: str) -> str:
    return quote(address, safe="@+.-_")
