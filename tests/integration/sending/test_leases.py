"""One sender at a time."""

import os
import subprocess
from datetime import timedelta

import pytest

from newsletter.errors import LeaseHeld
from newsletter.store import leases
from newsletter.store.engine import writing
from newsletter.store.leases import LIFETIME, Holder
from tests.support.ledger import START, Desk


def take(desk: Desk, holder: Holder, after: timedelta = timedelta()) -> None:
    with writing(desk.engine) as connection:
        leases.take(connection, "sender", holder, START + after)


def test_a_lease_elsewhere_ends_by_expiry(desk: Desk) -> None:
    """A holder on another host is waited for until its time is over."""
    take(desk, Holder("a", "elsewhere", 1))
    mine = Holder.this_process()
    with pytest.raises(LeaseHeld):
        take(desk, mine, LIFETIME - timedelta(seconds=1))
    take(desk, mine, LIFETIME)


def test_a_dead_process_on_this_host_is_replaced_at_once(desk: Desk) -> None:
    """kill -9 leaves a lease behind; the next sender here need not wait."""
    here = Holder.this_process()
    child = subprocess.Popen(["true"])
    child.wait()
    take(desk, Holder("dead", here.host, child.pid))
    take(desk, here)


def test_a_living_process_on_this_host_keeps_it(desk: Desk) -> None:
    """As long as the holder runs, nobody else may send."""
    here = Holder.this_process()
    take(desk, Holder("other", here.host, os.getpid()))
    with pytest.raises(LeaseHeld):
        take(desk, here)


def test_a_sign_of_life_keeps_the_lease(desk: Desk) -> None:
    """Renewing moves the expiry; who lost the lease is told so."""
    mine, other = Holder("a", "elsewhere", 1), Holder("b", "elsewhere", 2)
    take(desk, mine)
    with writing(desk.engine) as connection:
        assert leases.renew(connection, "sender", mine, START + LIFETIME / 2)
    with pytest.raises(LeaseHeld):
        take(desk, other, LIFETIME)
    take(desk, other, LIFETIME * 2)
    with writing(desk.engine) as connection:
        assert not leases.renew(connection, "sender", mine, START + LIFETIME * 2)


def test_releasing_another_holders_lease_does_nothing(desk: Desk) -> None:
    """Only the holder gives the lease back."""
    take(desk, Holder("a", "elsewhere", 1))
    with writing(desk.engine) as connection:
        leases.release(connection, "sender", Holder("b", "elsewhere", 1))
    with pytest.raises(LeaseHeld):
        take(desk, Holder("b", "elsewhere", 1))
