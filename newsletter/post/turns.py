"""When a mail to a single reader may go: within the site's rate and its domain's, and first.

It may go one message sooner than a month's letters (`Bucket.urgent`), and they wait for it in its
place: somebody sits before their mailbox. For the same reason quiet hours and the ramp hold none of
these mails: they are few, and were asked for a moment ago.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from sqlalchemy import Connection

from newsletter.delivery.pacing import Bucket, Limits
from newsletter.store import paces
from newsletter.store.paces import Kept
from newsletter.store.post import Post


def first(
    connection: Connection, limits: Limits, waiting: Sequence[Post], now: datetime
) -> tuple[Post | None, datetime]:
    """Take the turn of the first mail that may go now; without one, say when one may.

    In the transaction that notes its try. Nobody's limit holds up another domain's readers.
    """
    if not (limits.rate or limits.domains):
        return next(iter(waiting), None), now
    paces.lock(connection)
    kept, later = paces.load(connection), []
    for one in waiting:
        buckets = list(_buckets(limits, one.email))
        opens = max((bucket.opens(_paid(kept, name), now) for name, bucket in buckets), default=now)
        if opens <= now:
            for name, bucket in buckets:
                paid = bucket.after(_paid(kept, name), 1, now)
                paces.save(connection, name, Kept(paid))
            return one, now
        later.append(opens)
    return None, min(later, default=now)


def _buckets(limits: Limits, email: str) -> Iterator[tuple[str, Bucket]]:
    domain = email.rpartition("@")[2].lower()
    if limits.rate:
        yield paces.RATE, limits.rate.urgent
    if domain in limits.domains:
        yield paces.of_domain(domain), limits.domains[domain].urgent


def _paid(kept: Mapping[str, Kept], name: str) -> datetime | None:
    return kept[name].at if name in kept else None
