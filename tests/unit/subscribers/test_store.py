"""The readers in the database."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import Connection, select, text

from subscribers import store
from subscribers.address import parse
from subscribers.consent import Evidence, history
from subscribers.errors import AddressError, UnknownSubscriber
from subscribers.intake import Entry, Outcome
from subscribers.model import Mode, Preferences, State, Subscriber, standing
from subscribers.suppression import Reason, find, lift, suppress
from subscribers.tables import consent, subscriber_topic

FORM = Evidence("web form", "Yes, send me the digest.")


def _add(connection: Connection, email: str, now: datetime, **values: object) -> int:
    entry = Entry(parse(email), **values)  # type: ignore[arg-type]
    return store.add(connection, entry, FORM, now).id


def test_a_reader_comes_back_as_they_were_added(connection: Connection, now: datetime) -> None:
    """Every value is kept, moments with their zone."""
    id_ = _add(
        connection,
        "Ann@Example.org",
        now,
        name="Ann",
        topics=("a", "b"),
        mode=Mode.ONLY,
        language="fr",
    )
    assert store.get(connection, id_) == Subscriber(
        id=id_,
        email="Ann@example.org",
        name="Ann",
        state=State.ACTIVE,
        preferences=Preferences(frozenset({"a", "b"}), Mode.ONLY, "fr"),
        created_at=now,
        confirmed_at=now,
    )


def test_found_by_any_spelling(connection: Connection, now: datetime) -> None:
    """Case and spaces in the asking don't matter; a non-address is nobody."""
    id_ = _add(connection, "ann@example.org", now)
    found = store.find(connection, " ANN@example.ORG ")
    assert found is not None
    assert found.id == id_
    assert store.find(connection, "bob@example.org") is None
    assert store.find(connection, "nonsense") is None


def test_unknown(connection: Connection) -> None:
    """Asking for somebody who isn't there is an error that says so."""
    with pytest.raises(UnknownSubscriber, match=r"bob@example\.org"):
        store.known(connection, "bob@example.org")
    with pytest.raises(UnknownSubscriber):
        store.get(connection, 99)
    with pytest.raises(AddressError):
        store.known(connection, "nonsense")


def test_consent_is_kept_with_source_and_wording(connection: Connection, now: datetime) -> None:
    """What was agreed, withdrawn and agreed again stands there in order."""
    id_ = _add(connection, "ann@example.org", now)
    later, last = now + timedelta(days=1), now + timedelta(days=2)
    store.unsubscribe(connection, id_, Evidence("mail link"), later)
    store.add(connection, Entry(parse("ann@example.org")), FORM, last, again=True)
    rows = [(one.kind, one.source, one.wording, one.at) for one in history(connection, id_)]
    assert rows == [
        ("granted", "web form", "Yes, send me the digest.", now),
        ("withdrawn", "mail link", "", later),
        ("granted", "web form", "Yes, send me the digest.", last),
    ]


def test_consent_needs_a_source() -> None:
    """Consent that nobody can trace is none."""
    with pytest.raises(ValueError, match="source"):
        Evidence("  ")


def test_unsubscribing_twice(connection: Connection, now: datetime) -> None:
    """The second time changes nothing and adds no row."""
    id_ = _add(connection, "ann@example.org", now)
    store.pause(connection, id_, now + timedelta(days=9))
    assert store.unsubscribe(connection, id_, FORM, now)
    assert not store.unsubscribe(connection, id_, FORM, now)
    assert store.get(connection, id_).state is State.UNSUBSCRIBED
    assert store.get(connection, id_).paused_until is None
    assert len(history(connection, id_)) == 2


def test_adding_does_not_bring_back(connection: Connection, now: datetime) -> None:
    """Somebody who left stays away, with nothing changed, unless they ask themselves."""
    id_ = _add(connection, "ann@example.org", now, name="Ann")
    store.unsubscribe(connection, id_, FORM, now)
    entry = Entry(parse("ann@example.org"), "Other")
    assert store.add(connection, entry, FORM, now).outcome is Outcome.UNSUBSCRIBED
    assert store.get(connection, id_).name == "Ann"
    assert store.add(connection, entry, FORM, now, again=True).outcome is Outcome.UPDATED
    assert store.get(connection, id_).state is State.ACTIVE


@pytest.mark.parametrize("again", [False, True])
def test_a_suppressed_address_is_refused(
    connection: Connection, now: datetime, again: bool
) -> None:
    """Whoever asks: first the suppression must be lifted."""
    address = parse("ann@example.org")
    suppress(connection, address.hash, Reason.COMPLAINT, now)
    taken = store.add(connection, Entry(address), FORM, now, again=again)
    assert taken.outcome is Outcome.SUPPRESSED
    assert store.find(connection, "ann@example.org") is None


def test_what_an_entry_leaves_open_stays(connection: Connection, now: datetime) -> None:
    """None leaves a value as the reader has it; an empty tuple means every topic."""
    id_ = _add(connection, "ann@example.org", now, name="Ann", topics=("a",))
    again = Entry(parse("ann@example.org"))
    assert store.add(connection, again, FORM, now).outcome is Outcome.UNCHANGED
    _add(connection, "ann@example.org", now, topics=())
    reader = store.get(connection, id_)
    assert (reader.name, reader.preferences.topics) == ("Ann", frozenset())
    assert len(history(connection, id_)) == 1


def test_a_pending_reader_is_confirmed_by_being_added(
    connection: Connection, now: datetime
) -> None:
    """An entry with its source is the consent that was missing."""
    id_ = _add(connection, "ann@example.org", now)
    connection.execute(text("UPDATE subscriber SET state = 'pending', confirmed_at = NULL"))
    assert standing(store.get(connection, id_), now) == "pending"
    _add(connection, "ann@example.org", now)
    assert standing(store.get(connection, id_), now) == "active"
    assert store.get(connection, id_).confirmed_at == now
    assert len(history(connection, id_)) == 2


def test_settings_of_one_reader(connection: Connection, now: datetime) -> None:
    """Each setter changes its value and nothing else."""
    id_ = _add(connection, "ann@example.org", now, topics=("a",))
    other = _add(connection, "bob@example.org", now, topics=("a",))
    store.set_topics(connection, id_, ["c", "b", "b"])
    store.set_mode(connection, id_, Mode.ONLY)
    store.set_name(connection, id_, " Ann\r\nB ")
    store.set_language(connection, id_, "de")
    store.pause(connection, id_, now)
    reader = store.get(connection, id_)
    assert reader.preferences == Preferences(frozenset({"b", "c"}), Mode.ONLY, "de")
    assert (reader.name, reader.paused_until) == ("Ann B", now)
    assert store.get(connection, other).preferences == Preferences(frozenset({"a"}))


def test_erasing_leaves_no_personal_value(connection: Connection, now: datetime) -> None:
    """No address, name, topic or consent is left anywhere in the readers' tables."""
    id_ = _add(connection, "ann@example.org", now, name="Ann Example", topics=("a",))
    suppress(connection, parse("ann@example.org").hash, Reason.BOUNCE, now, "550 no such user")
    assert store.erase(connection, "ANN@example.org", now).id == id_
    row = connection.execute(text("SELECT * FROM subscriber")).one()
    assert not any("ann" in str(value).casefold() for value in row)
    assert row.state == "erased"
    for table in (subscriber_topic, consent):
        assert connection.execute(select(table)).all() == []
    note = connection.execute(text("SELECT reason, note FROM suppression")).one()
    assert tuple(note) == ("erased", "")


def test_an_erased_reader_stays_away(connection: Connection, now: datetime) -> None:
    """Neither import nor the setters bring anything back; the number is not given again."""
    id_ = _add(connection, "ann@example.org", now)
    store.erase(connection, "ann@example.org", now)
    assert store.find(connection, "ann@example.org") is None
    entry = Entry(parse("ann@example.org"))
    assert store.add(connection, entry, FORM, now).outcome is Outcome.SUPPRESSED
    store.set_name(connection, id_, "Ann")
    store.set_topics(connection, id_, ["a"])
    assert not store.unsubscribe(connection, id_, FORM, now)
    reader = store.get(connection, id_)
    assert (reader.state, reader.name, reader.preferences.topics) == ("erased", "", frozenset())
    assert _add(connection, "bob@example.org", now) > id_


def test_two_readers_can_be_erased(connection: Connection, now: datetime) -> None:
    """The tombstones don't stand in each other's way."""
    for name in ("ann", "bob"):
        _add(connection, f"{name}@example.org", now)
        store.erase(connection, f"{name}@example.org", now)
    assert store.stats(connection, now)["suppressed"] == 2


def test_stream_pages_through_everybody(
    connection: Connection, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every reader once, in order, over several pages; the erased are left out."""
    monkeypatch.setattr(store, "_PAGE", 3)
    ids = [_add(connection, f"r{n}@example.org", now, topics=(f"t{n % 2}",)) for n in range(10)]
    store.erase(connection, "r4@example.org", now)
    del ids[4]
    assert [one.id for one in store.stream(connection)] == ids
    assert [one.id for one in store.stream(connection, after=ids[4])] == ids[5:]
    odd = [one.preferences.topics for one in store.stream(connection, topic="t1")]
    assert odd == [frozenset({"t1"})] * 5
    assert list(store.stream(connection, states=[State.UNSUBSCRIBED])) == []


def test_stats(connection: Connection, now: datetime) -> None:
    """Each reader is counted where they stand; suppressed addresses by themselves."""
    ids = {
        word: _add(connection, f"{word}@example.org", now)
        for word in ("active", "pending", "paused", "gone", "bounced")
    }
    given = {"id": ids["pending"]}
    connection.execute(text("UPDATE subscriber SET state = 'pending' WHERE id = :id"), given)
    store.pause(connection, ids["paused"], now + timedelta(days=1))
    store.unsubscribe(connection, ids["gone"], FORM, now)
    for email in ("bounced@example.org", "stranger@example.org"):
        suppress(connection, parse(email).hash, Reason.BOUNCE, now)
    assert store.stats(connection, now) == {
        "active": 1,
        "pending": 1,
        "paused": 1,
        "unsubscribed": 1,
        "suppressed": 2,
    }
    assert store.get(connection, ids["bounced"]).suppressed == "bounce"
    for word, id_ in (("active", ids["active"]), ("paused", ids["paused"])):
        assert standing(store.get(connection, id_), now) == word


def test_a_pause_ends_by_itself(connection: Connection, now: datetime) -> None:
    """At the moment it was set for, the reader is mailed again."""
    id_ = _add(connection, "ann@example.org", now)
    store.pause(connection, id_, now + timedelta(days=1))
    assert store.stats(connection, now)["paused"] == 1
    assert store.stats(connection, now + timedelta(days=1))["active"] == 1


@pytest.mark.parametrize(
    ("first", "second", "kept"),
    [
        (Reason.BOUNCE, Reason.COMPLAINT, Reason.COMPLAINT),
        (Reason.COMPLAINT, Reason.BOUNCE, Reason.COMPLAINT),
        (Reason.ERASED, Reason.COMPLAINT, Reason.ERASED),
        (Reason.OPERATOR, Reason.ERASED, Reason.ERASED),
    ],
)
def test_the_stronger_reason_stays(
    connection: Connection, now: datetime, first: Reason, second: Reason, kept: Reason
) -> None:
    """A bounce never hides a complaint, and nothing hides an erasure."""
    suppress(connection, "hash", first, now, "first")
    changed = suppress(connection, "hash", second, now, "second")
    standing_ = find(connection, "hash")
    assert standing_ is not None
    assert (standing_.reason, changed) == (kept, kept is second)


def test_lifting(connection: Connection, now: datetime) -> None:
    """A suppression can be taken back once."""
    suppress(connection, "hash", Reason.OPERATOR, now)
    assert lift(connection, "hash")
    assert not lift(connection, "hash")
    assert find(connection, "hash") is None


def test_whether_a_suppression_is_new_is_told(connection: Connection, now: datetime) -> None:
    """New, or for a stronger reason: yes. Again, or for a weaker one: no."""
    address = parse("ann@example.org").hash
    reasons = (Reason.OPERATOR, Reason.OPERATOR, Reason.BOUNCE, Reason.COMPLAINT)
    told = [suppress(connection, address, reason, now) for reason in reasons]
    assert told == [True, False, False, True]
