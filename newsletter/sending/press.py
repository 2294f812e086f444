"""From a claim to a finished message: filled, and signed where a key says so."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime
from functools import partial
from os import cpu_count
from typing import NamedTuple
from zoneinfo import ZoneInfo

from newsletter.delivery import Message
from newsletter.message import Heading
from newsletter.message.dkim import Signer
from newsletter.message.return_path import ReturnPath
from newsletter.sending.personal import Imprint, reader
from newsletter.store.claims import Claim
from subscribers.tokens import Tokens

Segments = tuple[bytes, ...]

_SIGNERS = 4
"""Threads that sign, at most. One signature takes longer than all else done for a message."""


class Sheet(NamedTuple):
    """A claimed delivery; its bytes may still be under way."""

    claim: Claim
    signed: Future[Segments] | None = None


class Press:
    """Makes the messages of one run. The same claim gives the same bytes, whichever run it is."""

    def __init__(
        self,
        heading: Heading,
        imprints: Mapping[int, Imprint],
        tokens: Tokens,
        zone: ZoneInfo,
        signer: Signer | None,
        return_path: ReturnPath,
    ) -> None:
        self.imprints = imprints
        self._heading = heading
        self._tokens = tokens
        self._zone = zone
        self._signer = signer
        self._return_path = return_path
        threads = min(_SIGNERS, cpu_count() or 1)
        self._pool = ThreadPoolExecutor(threads, "sign") if signer else None

    @property
    def signs(self) -> bool:
        """Whether messages take their time, in threads of their own."""
        return self._pool is not None

    def begin(self, claims: Iterable[Claim]) -> list[Sheet]:
        """Begin to sign what was claimed, so that the backend need not wait for it later."""
        if self._pool is None:
            return [Sheet(claim) for claim in claims]
        return [Sheet(claim, self._pool.submit(self._sign, claim)) for claim in claims]

    def finish(self, sheets: Sequence[Sheet], wanted: Callable[[int], bool]) -> Iterable[Message]:
        """Return the finished messages; each asks `wanted` of its key before it leaves.

        Signatures are waited for one by one; else all are filled at once, for letters made side by
        side take less time than letters made between other work.
        """
        finished = (self._finished(sheet, partial(wanted, sheet.claim.id)) for sheet in sheets)
        return finished if self._pool else list(finished)

    def _finished(self, sheet: Sheet, wanted: Callable[[], bool]) -> Message:
        claim = sheet.claim
        segments = sheet.signed.result() if sheet.signed else self.fill(claim)
        sender = self._return_path.of(claim.id, self._heading.from_address)
        return Message(claim.id, sender, claim.email, segments, wanted)

    def fill(self, claim: Claim) -> Segments:
        """Return one reader's letter, without a signature."""
        imprint = self.imprints[claim.edition_id]
        one = reader(claim, self._heading.month, imprint, self._tokens, self._zone)
        return imprint.letter.fill(one)

    def rehearse(self, dated: datetime, odd: Iterable[tuple[int, str, str]]) -> None:
        """Fill every letter before the first goes out, so that an error there sends nothing.

        Plain values are all filled in the same way, so one reader an edition stands for them.
        Every `odd` one (edition, address, name) is filled for itself.
        """
        plain = Claim(0, 0, 0, "reader@example.org", "A Reader", dated, 1, dated)
        for number in self.imprints:
            self.fill(plain._replace(edition_id=number))
        for number, email, name in odd:
            self.fill(plain._replace(edition_id=number, email=email, name=name))

    def close(self) -> None:
        """Let go of the threads."""
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)

    def _sign(self, claim: Claim) -> Segments:
        assert self._signer is not None  # noqa: S101
        segments = self.fill(claim)
        return (self._signer.sign(segments), *segments)
