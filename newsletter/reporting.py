"""Answers from the tables: who got a mailing, and all that is held of one reader."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from newsletter.message import Heading, message_id
from newsletter.message.heading import revision_salt
from newsletter.model import DeliveryState, Mailing
from newsletter.store import ledger, post, returns
from subscribers import consent, errands
from subscribers.model import Subscriber

_REVISION = ";revision="


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of one reader's copy. `code` and `reply` are the server's last words.

    `edition` is its key; that of a correction says which: `full=0;brief=1;lang=en;revision=2`.
    """

    email: str
    state: str
    edition: str
    attempts: int
    code: int | None
    reply: str
    message_id: str
    sent_at: datetime | None

    @property
    def revision(self) -> int:
        """Which revision of the month it is; more than 1 for a correction."""
        return int(self.edition.partition(_REVISION)[2] or 1)

    def as_json(self) -> dict[str, object]:
        """Return the object that `newsletter deliveries --json` lists."""
        fields = {name: getattr(self, name) for name in self.__slots__}
        return fields | {"sent_at": self.sent_at.isoformat() if self.sent_at else None}


def who_got_it(
    connection: Connection, mailing: Mailing, state: DeliveryState | None = None
) -> Iterator[Answer]:
    """Yield an answer for each reader of a mailing, in the ledger's order."""
    heading = Heading.from_json(mailing.heading)
    for row in ledger.deliveries(connection, mailing.id, state):
        yield Answer(
            email=row.email,
            state=row.state,
            edition=_edition(row.edition, row.revision),
            attempts=row.attempts,
            code=row.code,
            reply=row.reply,
            message_id=message_id(
                revision_salt(mailing.salt, row.revision or 1),
                heading.month,
                row.id,
                heading.domain,
            ),
            sent_at=row.sent_at,
        )


def _edition(key: str | None, revision: int | None) -> str:
    if not key or revision is None:
        return ""
    return key if revision == 1 else f"{key}{_REVISION}{revision}"


def dossier(connection: Connection, reader: Subscriber) -> dict[str, Any]:
    """Return all that is held of a reader, as a document they can take away (GDPR, 15 and 20)."""
    wanted = reader.preferences
    return {
        "address": reader.email,
        "name": reader.name,
        "state": reader.state.value,
        "topics": sorted(wanted.topics),
        "mode": wanted.mode.value,
        "language": wanted.language,
        "first_asked_at": reader.created_at,
        "confirmed_at": reader.confirmed_at,
        "paused_until": reader.paused_until,
        "not_mailed_because": reader.suppressed,
        "consents": [asdict(one) for one in consent.history(connection, reader.id)],
        "letters": [row._asdict() for row in ledger.of_reader(connection, reader.id)],
        "came_back": [asdict(one) for one in returns.history(connection, reader.id)],
        "waiting_for_your_click": [
            {"kind": one.kind.value, "address": one.email, "asked_at": one.made_at, **one.wish}
            for one in errands.of_reader(connection, reader.id)
            if not one.done
        ],
        "waiting_mails": [
            {"kind": one.kind.value, "address": one.email, "since": one.made_at}
            for one in post.of_reader(connection, reader.id)
        ],
    }
