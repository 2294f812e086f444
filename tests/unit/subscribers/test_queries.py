"""The clauses that the sender's queries are made of."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import product
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine, bindparam, select, text

from newsletter.store import migrate
from newsletter.store.engine import open_engine, reading, writing
from subscribers import store
from subscribers.address import parse
from subscribers.consent import Evidence
from subscribers.eligibility import may_be_mailed, why_not
from subscribers.intake import Entry
from subscribers.model import standing
from subscribers.preferences import chose_topics, languages_asked_for, matched_mask, spoken
from subscribers.suppression import Reason, suppress
from subscribers.tables import Moment, subscriber
from tests.support.database import NewDatabase

_TOPICS = st.sets(st.sampled_from("abcd"), max_size=4)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    path: Path = tmp_path_factory.mktemp("queries")
    opened = open_engine(f"sqlite:///{path}/x.db")
    migrate.upgrade(opened)
    yield opened
    opened.dispose()


def _one_of_each(connection: Connection, now: datetime) -> None:
    """Readers in every combination of state, confirmation, pause and suppression."""
    states = ("pending", "active", "unsubscribed", "erased")
    pauses = (None, now - timedelta(days=1), now, now + timedelta(seconds=1))
    cases = product(states, (None, now), pauses, (None, *Reason))
    for number, (state, confirmed, paused, reason) in enumerate(cases):
        address = parse(f"r{number}@example.org")
        taken = store.add(connection, Entry(address), Evidence("test"), now)
        connection.execute(
            text(
                "UPDATE subscriber SET state = :state, confirmed_at = :confirmed,"
                " paused_until = :paused WHERE id = :id"
            ).bindparams(bindparam("confirmed", type_=Moment), bindparam("paused", type_=Moment)),
            {"state": state, "confirmed": confirmed, "paused": paused, "id": taken.id},
        )
        if reason:
            suppress(connection, address.hash, reason, now)


def test_may_be_mailed_and_why_not_agree(connection: Connection, now: datetime) -> None:
    """Whoever may not be mailed has a reason; whoever may has none."""
    _one_of_each(connection, now)
    rows = connection.execute(select(may_be_mailed(now), why_not(now))).all()
    assert len(rows) == 160
    assert all(bool(may) == (reason == "") for may, reason in rows)
    assert sum(may for may, _ in rows) == 3


def test_lists_and_the_sender_agree(connection: Connection, now: datetime) -> None:
    """A reader who is shown as active is one who would be mailed."""
    _one_of_each(connection, now)
    query = select(subscriber.c.id).where(may_be_mailed(now))
    mailed = set(connection.execute(query).scalars())
    shown = {one.id for one in store.stream(connection) if standing(one, now) == "active"}
    assert shown == mailed


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ("UPDATE subscriber SET state = 'unsubscribed'", "unsubscribed"),
        ("UPDATE subscriber SET state = 'pending'", "not confirmed"),
        ("UPDATE subscriber SET confirmed_at = NULL", "not confirmed"),
        ("UPDATE subscriber SET paused_until = '2999-01-01 00:00:00.000000'", "paused"),
        ("UPDATE subscriber SET paused_until = '2000-01-01 00:00:00.000000'", ""),
    ],
)
def test_reasons(connection: Connection, now: datetime, change: str, reason: str) -> None:
    """Each reason in its own word; a bound moment serves as well as a value."""
    store.add(connection, Entry(parse("a@example.org")), Evidence("test"), now)
    connection.execute(text(change))
    query = select(why_not(bindparam("now", type_=Moment)))
    assert connection.execute(query, {"now": now}).scalar() == reason


def test_a_suppression_is_named(connection: Connection, now: datetime) -> None:
    """The skipped delivery's reason says what kind of suppression it was."""
    address = parse("a@example.org")
    store.add(connection, Entry(address), Evidence("test"), now)
    suppress(connection, address.hash, Reason.BOUNCE, now)
    assert connection.execute(select(why_not(now))).scalar() == "suppressed: bounce"


@settings(max_examples=60)
@given(st.lists(_TOPICS, max_size=3), st.lists(_TOPICS, max_size=5))
def test_matched_mask(shared: Engine, topic_sets: list[set[str]], readers: list[set[str]]) -> None:
    """Bit i is set where the reader chose a topic of set i, as sets in Python say too."""
    now = datetime.fromisoformat("2021-02-01T09:00:00+00:00")
    with writing(shared) as connection:
        for number, topics in enumerate(readers):
            entry = Entry(parse(f"r{number}@example.org"), topics=tuple(sorted(topics)))
            store.add(connection, entry, Evidence("test"), now)
        query = select(matched_mask(topic_sets), chose_topics()).select_from(subscriber)
        found = connection.execute(query.order_by(subscriber.c.id)).all()
        transaction = connection.get_transaction()
        assert transaction is not None
        transaction.rollback()
    expected = [
        (sum(1 << i for i, one in enumerate(topic_sets) if one & topics), bool(topics))
        for topics in readers
    ]
    assert [(mask, bool(chose)) for mask, chose in found] == expected


def test_too_many_sets() -> None:
    """A mask has room for 31 sets: more is a mistake in the program."""
    with pytest.raises(ValueError, match="31"):
        matched_mask([{"a"}] * 32)


def test_the_mask_uses_the_primary_key(new_sqlite: NewDatabase) -> None:
    """No scan of the topics for each reader: a search in the key."""
    query = select(matched_mask([{"a", "b"}])).select_from(subscriber)
    engine = open_engine(new_sqlite())
    compiled = query.compile(engine, compile_kwargs={"literal_binds": True})
    with reading(engine) as connection:
        plan = connection.execute(text(f"EXPLAIN QUERY PLAN {compiled}")).all()
    engine.dispose()
    steps = [row[3] for row in plan if "subscriber_topic" in row[3]]
    assert steps
    assert all(step.startswith("SEARCH") for step in steps)


_CODES = st.lists(st.sampled_from(["en", "fr", "fr-CA", "pt-BR", "de"]), min_size=1, unique=True)
_ASKED = st.sampled_from(["en", "EN-gb", "fr", "fr-CA", "fr-ca-x", "FR-BE", "frr", "pt", "it"])


@settings(max_examples=60)
@given(codes=_CODES, asked=_ASKED)
def test_spoken_finds_the_nearest_language(shared: Engine, codes: list[str], asked: str) -> None:
    """A reader gets the longest of the languages that theirs begins with, or else the first."""
    parts = asked.lower().split("-")
    nearer = ["-".join(parts[:length]) for length in range(len(parts), 0, -1)]
    by_name = {code.lower(): code for code in codes}
    expected = next((by_name[one] for one in nearer if one in by_name), codes[0])
    with writing(shared) as connection:
        entry = Entry(parse("one@example.org"), language=asked)
        store.add(connection, entry, Evidence("test"), datetime(2021, 1, 1, tzinfo=UTC))
        assert connection.execute(select(spoken(codes))).scalar_one() == expected
        connection.rollback()


def test_languages_asked_for(connection: Connection, now: datetime) -> None:
    """Each language that somebody on the list asked for, once; not those of who left."""
    for number, language in enumerate(("fr", "en", "fr", "de")):
        entry = Entry(parse(f"r{number}@example.org"), language=language)
        store.add(connection, entry, Evidence("test"), now)
    store.unsubscribe(connection, 4, Evidence("test"), now)
    assert languages_asked_for(connection) == ["en", "fr"]
