"""Asking the web: over http and https alone, bounded in time and size, telling nothing of us."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import urljoin

import httpx2

from newsletter.errors import OutsideError

LARGEST = 1_000_000
"""Octets of an answer; what is larger is not what was asked for."""

_REDIRECTS = 6
_AGENT = "research-newsletter (checks links and citations)"


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server said: its status, the kind of document, its text; `url` is where it was."""

    status: int
    kind: str
    text: str
    url: str


@contextmanager
def asker(timeout: float) -> Iterator[httpx2.Client]:
    """Give a client that keeps no cookies beyond itself and follows nothing by itself."""
    headers = {"User-Agent": _AGENT, "Accept-Language": "en"}
    with httpx2.Client(headers=headers, timeout=timeout, follow_redirects=False) as client:
        yield client


def ask(
    client: httpx2.Client,
    url: str,
    accept: str = "*/*",
    *,
    method: str = "GET",
    patience: float = 20.0,
    follow: bool = True,
) -> Answer:
    """Ask once, following redirects to http and https addresses.

    `patience` is the time for all of it, in seconds. Raises OutsideError for whatever the network
    says, for answers too large or too slow, and for redirects that go elsewhere or never end.
    """
    end = time.monotonic() + patience
    try:
        for _ in range(_REDIRECTS):
            answer, onward = _once(client, method, url, accept, end)
            if onward is None or not follow:
                return answer
            url = urljoin(url, onward)
            if not url.lower().startswith(("http://", "https://")):
                raise OutsideError(f"{answer.url} leads to “{url[:80]}”", hint="open it by hand")
    except httpx2.HTTPError as error:
        reason = str(error) or type(error).__name__
        raise OutsideError(
            f"{url} can't be reached: {reason}", hint="is there a network?"
        ) from None
    except (httpx2.InvalidURL, ValueError) as error:
        raise OutsideError(f"{url} is no address: {error}", hint="correct it") from None
    raise OutsideError(f"{url} is sent on again and again", hint="open it by hand")


def _once(
    client: httpx2.Client, method: str, url: str, accept: str, end: float
) -> tuple[Answer, str | None]:
    with client.stream(method, url, headers={"Accept": accept}) as answer:
        onward = answer.headers.get("Location") if answer.is_redirect else None
        kind = answer.headers.get("Content-Type", "").partition(";")[0].strip().lower()
        octets = bytearray()
        for part in answer.iter_bytes() if onward is None and method == "GET" else ():
            octets += part
            if len(octets) > LARGEST:
                raise OutsideError(f"{url} answers with too much", hint="open it by hand")
            if time.monotonic() > end:
                raise OutsideError(f"{url} takes too long", hint="try again later")
        text = octets.decode(answer.charset_encoding or "utf-8", "replace")
        return Answer(answer.status_code, kind, text, url), onward
