"""Coming onto the list by oneself, coming back, and moving."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import Connection

from subscribers import errands, joining, store
from subscribers.address import parse
from subscribers.consent import Evidence, history
from subscribers.errands import Errand, Kind
from subscribers.intake import Entry
from subscribers.model import Mode, State, Subscriber
from subscribers.suppression import Reason, find, suppress

ANNA, BERT, NEW = "anna@example.org", "bert@example.org", "new@example.org"


def opened(
    connection: Connection, kind: Kind, reader: int, now: datetime, email: str, **wish: object
) -> Errand:
    lasts = timedelta(days=2)
    number = errands.ask(connection, kind, now, lasts, language="fr", email=email, wish=wish)
    return errands.open_up(connection, number, reader)


def pending(connection: Connection, now: datetime, email: str = ANNA) -> Subscriber:
    return joining.make_pending(connection, parse(email), "fr", now)


def active(connection: Connection, now: datetime, email: str = ANNA) -> int:
    entry = Entry(parse(email), "Name", ("a",), Mode.ONLY)
    return store.add(connection, entry, Evidence("test"), now).id


def test_who_confirms_is_as_they_wished(connection: Connection, now: datetime) -> None:
    """Name, topics, mode and language are the form's; the consent holds its words."""
    reader = pending(connection, now)
    wish = {"name": "Anna", "topics": ["b"], "mode": "only", "wording": "Yes."}
    one = opened(connection, Kind.SUBSCRIBE, reader.id, now, ANNA, **wish)
    assert joining.confirm(connection, one, now)
    after = store.get(connection, reader.id)
    assert (after.state, after.name, after.preferences.topics) == (State.ACTIVE, "Anna", {"b"})
    assert (after.preferences.mode, after.preferences.language) == (Mode.ONLY, "fr")
    assert [one.wording for one in history(connection, reader.id)] == ["Yes."]


@pytest.mark.parametrize("reason", Reason)
def test_only_who_was_erased_lifts_a_suppression(
    connection: Connection, now: datetime, reason: Reason
) -> None:
    """By their own confirmation; a bounce, a complaint and the operator's word stay."""
    reader = pending(connection, now)
    one = opened(connection, Kind.SUBSCRIBE, reader.id, now, ANNA)
    suppress(connection, parse(ANNA).hash, reason, now)
    assert joining.confirm(connection, one, now) is (reason is Reason.ERASED)
    assert (find(connection, parse(ANNA).hash) is None) is (reason is Reason.ERASED)


def test_moving_keeps_everything_but_the_address(connection: Connection, now: datetime) -> None:
    """And what was the reader before is returned, for the old address to be told."""
    number = active(connection, now)
    before = joining.move(connection, opened(connection, Kind.MOVE, number, now, NEW), now)
    assert before is not None
    assert before.email == ANNA
    after = store.get(connection, number)
    assert (after.email, after.name, after.preferences) == (NEW, "Name", before.preferences)
    assert store.find(connection, ANNA) is None


def test_nobody_moves_onto_a_reader(connection: Connection, now: datetime) -> None:
    """Somebody is subscribed there: neither of the two is touched."""
    anna, bert = active(connection, now), active(connection, now, BERT)
    assert joining.move(connection, opened(connection, Kind.MOVE, anna, now, BERT), now) is None
    assert store.get(connection, anna).email == ANNA
    assert store.get(connection, bert).email == BERT


def test_who_has_left_does_not_move(connection: Connection, now: datetime) -> None:
    """Nor does an old link put them on the list again."""
    number = active(connection, now)
    one = opened(connection, Kind.MOVE, number, now, NEW)
    store.unsubscribe(connection, number, Evidence("test"), now)
    assert joining.move(connection, one, now) is None
    assert store.get(connection, number).state is State.UNSUBSCRIBED


def test_who_never_confirms_is_forgotten(connection: Connection, now: datetime) -> None:
    """Unless a link of theirs is still open, and nobody else."""
    old, fresh = pending(connection, now), pending(connection, now, NEW)
    active(connection, now, BERT)
    opened(connection, Kind.SUBSCRIBE, fresh.id, now, NEW)
    assert joining.forget_pending(connection, now + timedelta(days=1)) == 1
    assert store.find(connection, ANNA) is None
    assert old.id != fresh.id
    assert store.find(connection, NEW)
    assert store.find(connection, BERT)
