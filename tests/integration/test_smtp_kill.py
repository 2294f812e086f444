"""A sender killed at any moment leaves at most one message a connection in doubt."""

import signal
import subprocess
import sys

import pytest

from tests.support.relay import Relay

CONNECTIONS = 3
CHILD = f"""
import os, sys
from itertools import count
from newsletter.config import Delivery, Settings, Smtp
from newsletter.delivery.contract import sample
from newsletter.delivery.smtp import SmtpBackend

smtp = Smtp(port=int(sys.argv[1]), security="none", local_hostname="me.test")
backend = SmtpBackend(Settings(delivery=Delivery(connections={CONNECTIONS}, smtp=smtp)))
for group in backend.deliver(sample(key) for key in count(1)):
    os.write(1, b"".join(b"%d\\n" % one.key for one in group if one.accepted))  # the ledger
"""


@pytest.mark.parametrize("after", [1, 50, 333])
def test_killed(after: int) -> None:
    """What was recorded was taken, and all but one message a connection of what was taken."""
    with Relay() as relay:
        with subprocess.Popen(
            [sys.executable, "-c", CHILD, str(relay.port)], stdout=subprocess.PIPE
        ) as child:
            assert child.stdout is not None
            recorded = [int(child.stdout.readline()) for _ in range(after)]
            child.send_signal(signal.SIGKILL)
            recorded += [int(line) for line in child.stdout.read().split()]
        relay.settle()
    taken = [int(one.recipients[0].removeprefix("reader").split("@")[0]) for one in relay.log.taken]
    assert len(set(taken)) == len(taken)
    assert set(recorded) <= set(taken)
    assert len(taken) - len(recorded) <= CONNECTIONS
