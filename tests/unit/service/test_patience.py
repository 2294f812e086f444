"""When to try again."""

from datetime import UTC, datetime, timedelta

from newsletter.service.patience import HOUR, Patience

NOW = datetime(2021, 2, 1, 14, tzinfo=UTC)


def tries(patience: Patience, minutes: int) -> list[int]:
    """Fail at every chance for some minutes; return the minutes of the tries."""
    found = []
    for minute in range(minutes):
        now = NOW + timedelta(minutes=minute)
        if patience.may_try("send", now):
            found.append(minute)
            patience.failed("send", now)
    return found


def test_it_waits_longer_each_time() -> None:
    """A minute, two, four, eight, then a quarter of an hour, again and again."""
    assert tries(Patience(), 62) == [0, 1, 3, 7, 15, 30, 45, 60]


def test_one_thing_waits_for_itself_alone() -> None:
    """What failed keeps nothing else waiting."""
    patience = Patience()
    patience.failed("send", NOW)
    assert not patience.may_try("send", NOW)
    assert patience.may_try("freeze", NOW)


def test_success_begins_anew() -> None:
    """After it went well, the next failure waits a minute again."""
    patience = Patience()
    tries(patience, 20)
    patience.done("send")
    assert tries(patience, 4) == [0, 1, 3]


def test_forgetting_tries_everything_at_once() -> None:
    """New settings may have mended it."""
    patience = Patience()
    patience.wait("freeze", NOW, HOUR)
    patience.forget()
    assert patience.may_try("freeze", NOW)


def test_a_clock_set_back_keeps_nothing_waiting() -> None:
    """Before the moment at which it began to wait, the clock was wrong, then or now."""
    patience = Patience()
    patience.wait("freeze", NOW, HOUR)
    assert not patience.may_try("freeze", NOW)
    assert not patience.may_try("freeze", NOW + HOUR - timedelta(seconds=1))
    assert patience.may_try("freeze", NOW + HOUR)
    assert patience.may_try("freeze", NOW - timedelta(days=1))


def test_a_long_wait_is_kept() -> None:
    """A mailbox that is to be read twice a day is not read each time the clock strikes."""
    patience = Patience()
    patience.wait("mailbox", NOW, 12 * HOUR)
    assert not patience.may_try("mailbox", NOW)
    assert not patience.may_try("mailbox", NOW + 11 * HOUR)
    assert patience.may_try("mailbox", NOW + 12 * HOUR)
