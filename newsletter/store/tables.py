"""The mailing ledger's tables; they share their metadata with the readers'."""

from sqlalchemy import (
    BigInteger,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from newsletter.model import DeliveryState, MailingState, PostKind
from newsletter.store.archive_tables import issue, summary, summary_topic, summary_words
from subscribers.tables import Moment, metadata, one_of

__all__ = [
    "breaker",
    "chunk",
    "delivery",
    "doubt",
    "edition",
    "fault",
    "feedback",
    "issue",
    "lease",
    "mailing",
    "metadata",
    "milestone",
    "pace",
    "post",
    "rest",
    "returned",
    "revision",
    "summary",
    "summary_topic",
    "summary_words",
]


Many = BigInteger().with_variant(Integer, "sqlite")
"""Numbers of rows of which there are a reader's worth each month; SQLite's own have 64 bits."""


# One sending of an Issue. `heading` is the JSON of what every message shares (From, List-Id,
# addresses of the pages), `topics` the JSON list of its summaries' topic slugs; `salt` makes
# Message-IDs that are the same at each try.
mailing = Table(
    "mailing",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("month", String(7), nullable=False, unique=True),
    Column("state", String(16), nullable=False),
    Column("reason", Text, nullable=False, server_default=""),
    Column("heading", Text, nullable=False),
    Column("topics", Text, nullable=False),
    Column("salt", LargeBinary, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("dated_at", Moment, nullable=False),
    Column("started_at", Moment),
    Column("finished_at", Moment),
    one_of("state", *MailingState),
)

edition = Table(
    "edition",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("mailing_id", ForeignKey("mailing.id"), nullable=False),
    Column("key", String(200), nullable=False),
    Column("revision", Integer, nullable=False, server_default="1"),
    Column("subject", Text, nullable=False),
    Column("html", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("mjml", Text, nullable=False),
    Column("greeting", Text, nullable=False, server_default="Dear %(name)s,"),
    UniqueConstraint("mailing_id", "key", "revision"),
)

# The ledger. `email`, `name` and `since` are frozen with the audience, so that every try sends the
# same bytes. `code`, `status` and `reply` are the server's last words (or why it was skipped).
# A failed one with a `next_try_at` failed by our own fault: it is tried again after a pause.
delivery = Table(
    "delivery",
    metadata,
    Column("id", Many, primary_key=True),
    Column("mailing_id", ForeignKey("mailing.id"), nullable=False),
    Column("subscriber_id", ForeignKey("subscriber.id"), nullable=False),
    Column("edition_id", ForeignKey("edition.id")),
    Column("email", String(320), nullable=False),
    Column("name", Text, nullable=False),
    Column("since", Moment),
    Column("state", String(16), nullable=False),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("next_try_at", Moment),
    Column("first_tried_at", Moment),
    Column("code", Integer),
    Column("status", String(16), nullable=False, server_default=""),
    Column("reply", Text, nullable=False, server_default=""),
    Column("sent_at", Moment),
    UniqueConstraint("mailing_id", "subscriber_id"),
    one_of("state", *DeliveryState),
)

# Small indexes over the few rows that are neither waiting for their first try nor done.
DUE = text("state IN ('deferred', 'uncertain')")
IN_FLIGHT = text("state = 'sending'")
Index(
    "ix_delivery_due",
    delivery.c.mailing_id,
    delivery.c.next_try_at,
    sqlite_where=DUE,
    postgresql_where=DUE,
)
Index(
    "ix_delivery_in_flight",
    delivery.c.mailing_id,
    sqlite_where=IN_FLIGHT,
    postgresql_where=IN_FLIGHT,
)

# One row a name: who may send now.
lease = Table(
    "lease",
    metadata,
    Column("name", String(32), primary_key=True),
    Column("holder", Text, nullable=False),
    Column("host", Text, nullable=False),
    Column("pid", Integer, nullable=False),
    Column("taken_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
)

# How much has gone, for the limits of `delivery.pacing`: `rate` and `domain:…` keep the moment
# when all that was sent is paid for, `ramp` a moment of its last day, its step, that day's number.
pace = Table(
    "pace",
    metadata,
    Column("name", String(300), primary_key=True),
    Column("at", Moment, nullable=False),
    Column("step", Integer, nullable=False, server_default="0"),
    Column("used", Integer, nullable=False, server_default="0"),
)

# How close a mailing is to pausing by itself: refusals that are our own fault, less what
# accepted messages have made up for. Gone when somebody lets it go on.
breaker = Table(
    "breaker",
    metadata,
    Column("mailing_id", ForeignKey("mailing.id"), primary_key=True, autoincrement=False),
    Column("level", Float, nullable=False),
)

# How many letters of a mailing came back for a reason of ours. Gone when somebody lets it go on.
fault = Table(
    "fault",
    metadata,
    Column("mailing_id", ForeignKey("mailing.id"), primary_key=True, autoincrement=False),
    Column("number", Integer, nullable=False),
)

# Messages that came back and were read, by what is the same for each copy of one, or by the hash
# of their bytes while they can't be. `tries` counts the latter.
returned = Table(
    "returned",
    metadata,
    Column("identity", String(64), primary_key=True),
    Column("state", String(16), nullable=False),
    Column("tries", Integer, nullable=False, server_default="0"),
    Column("at", Moment, nullable=False),
    one_of("state", "done", "failing", "aside"),
)

# What came back about whom. No row of a reader we don't know has words, for they may name them.
# `way` says how the reader was found: by the return path, the letter, the address, or in the
# dialogue with the server, which needs no finding.
feedback = Table(
    "feedback",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("identity", String(64), nullable=False, server_default=""),
    Column("subscriber_id", ForeignKey("subscriber.id"), index=True),
    Column("delivery_id", ForeignKey("delivery.id"), index=True),
    Column("kind", String(16), nullable=False),
    Column("bearing", String(16), nullable=False),
    Column("code", Integer),
    Column("status", String(16), nullable=False, server_default=""),
    Column("reply", Text, nullable=False, server_default=""),
    Column("way", String(16), nullable=False, server_default=""),
    Column("at", Moment, nullable=False),
    sqlite_autoincrement=True,
)

# Addresses that rest after several soft bounces, by the suppression's hash. When `until` has
# come the suppression ends, and the next letter is the probe: its bounce is for good.
rest = Table(
    "rest",
    metadata,
    Column("address_hash", String(64), primary_key=True),
    Column("since", Moment, nullable=False),
    Column("until", Moment, nullable=False),
)

# Deliveries that may have arrived without our knowing: they keep their bytes for ever.
doubt = Table(
    "doubt",
    metadata,
    Column("delivery_id", ForeignKey("delivery.id"), primary_key=True, autoincrement=False),
)

# Corrections: editions frozen again while a mailing is under way. The first revision has no row.
# `dated_at` is the Date of its messages; `taken_up_at` when readers were moved to its editions.
revision = Table(
    "revision",
    metadata,
    Column("mailing_id", ForeignKey("mailing.id"), primary_key=True, autoincrement=False),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("dated_at", Moment, nullable=False),
    Column("taken_up_at", Moment),
)

# A stretch of a mailing's deliveries, by the readers' numbers, that one worker sends at a time: see
# `newsletter.store.chunks`. `due_at` is when there is something to do in it, none where only a
# person can go on; `again` the state whose deliveries a person wants tried again.
chunk = Table(
    "chunk",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("mailing_id", ForeignKey("mailing.id"), nullable=False),
    Column("first", Integer, nullable=False),
    Column("last", Integer, nullable=False),
    Column("due_at", Moment),
    Column("again", String(16), nullable=False, server_default=""),
    UniqueConstraint("mailing_id", "first"),
)
Index("ix_chunk_due_at", chunk.c.due_at)

# What happened once, and when: the service's first start, each notice that was said.
milestone = Table(
    "milestone",
    metadata,
    Column("name", String(200), primary_key=True),
    Column("at", Moment, nullable=False),
)

# Mails to one reader by themselves that wait to be sent; sent ones are gone. `email` is where it
# goes, `about` the JSON of what it says, `mark` makes a Message-ID that is the same at each try.
# `errand_id` is the errand whose link is in it: one that is gone by then makes the mail void.
post = Table(
    "post",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("kind", String(16), nullable=False),
    Column("subscriber_id", ForeignKey("subscriber.id"), nullable=False),
    Column("errand_id", Integer),
    Column("email", String(320), nullable=False),
    Column("language", String(16), nullable=False),
    Column("about", Text, nullable=False, server_default="{}"),
    Column("mark", String(32), nullable=False),
    Column("made_at", Moment, nullable=False),
    Column("next_try_at", Moment, nullable=False),
    Column("tries", Integer, nullable=False, server_default="0"),
    one_of("kind", *PostKind),
    sqlite_autoincrement=True,
)
Index("ix_post_next_try_at", post.c.next_try_at)
Index("ix_post_subscriber_id", post.c.subscriber_id)
