"""From a claim to a finished message: filled, and signed where a key says so.

Threads get the one thing that leaves Python free, what the key says; all else is done by the thread
that talks to servers. For what two threads do in Python they do in turn, and from cold caches.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime
from functools import partial
from os import cpu_count
from typing import NamedTuple
from zoneinfo import ZoneInfo

from newsletter.delivery import Message
from newsletter.message import Heading
from newsletter.message.dkim import Signer, Unsigned
from newsletter.message.return_path import ReturnPath
from newsletter.sending.personal import Imprint, reader
from newsletter.store.claims import Claim
from subscribers.tokens import Tokens

Segments = tuple[bytes, ...]

_SIGNERS = 4
"""Threads that sign, at most. One signature takes longer than all else done for a message."""
_LOT = 2
"""Messages signed by one task: handing it over costs less for two, and all threads have some."""


class Sheet(NamedTuple):
    """A claimed delivery; where it is signed, its bytes, and its place in the lot under way."""

    claim: Claim
    segments: Segments = ()
    lot: Future[list[bytes]] | None = None
    place: int = 0


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

    def begin(self, claims: Sequence[Claim]) -> list[Sheet]:
        """Begin to sign what was claimed, so that the backend need not wait for it later."""
        if self._pool is None or self._signer is None:
            return [Sheet(claim) for claim in claims]
        sheets: list[Sheet] = []
        for start in range(0, len(claims), _LOT):
            some = claims[start : start + _LOT]
            filled = [self.fill(claim) for claim in some]
            lot = self._pool.submit(_signed, [self._signer.prepare(one) for one in filled])
            sheets += [
                Sheet(claim, segments, lot, place)
                for place, (claim, segments) in enumerate(zip(some, filled, strict=True))
            ]
        return sheets

    def finish(self, sheets: Sequence[Sheet], wanted: Callable[[int], bool]) -> Iterable[Message]:
        """Return the finished messages; each asks `wanted` of its key before it leaves.

        Signatures are waited for one by one; else all are filled at once, for letters made side by
        side take less time than letters made between other work.
        """
        finished = (self._finished(sheet, partial(wanted, sheet.claim.id)) for sheet in sheets)
        return finished if self._pool else list(finished)

    def _finished(self, sheet: Sheet, wanted: Callable[[], bool]) -> Message:
        claim = sheet.claim
        if sheet.lot is None:
            segments = self.fill(claim)
        else:
            segments = (sheet.lot.result()[sheet.place], *sheet.segments)
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


def _signed(many: Sequence[Unsigned]) -> list[bytes]:
    return [one.signed() for one in many]
