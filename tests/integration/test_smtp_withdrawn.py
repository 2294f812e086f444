"""Messages that are no longer wanted when their turn comes."""

import pytest

from newsletter.delivery import Receipt, Stage
from newsletter.delivery.contract import samples
from newsletter.delivery.verdicts import Verdict, verdict
from tests.support.relay import Relay
from tests.support.sending import sent

BOTH = pytest.mark.parametrize("offers", [("PIPELINING",), ()], ids=["pipelined", "lock-step"])


@BOTH
@pytest.mark.parametrize("connections", [1, 3])
@pytest.mark.parametrize("gone", [{1}, {2, 3}, {6}, {1, 2, 3, 4, 5, 6}])
def test_withdrawn(offers: tuple[str, ...], connections: int, gone: set[int]) -> None:
    """Such a message never reaches the server's hands; every other one does."""
    messages = [one._replace(wanted=lambda key=one.key: key not in gone) for one in samples(6)]
    with Relay(offers=offers) as relay:
        receipts = sent(relay, messages, connections)
    for key in gone:
        assert receipts[key] == Receipt(key, False, Stage.DATA, code=0, withdrawn=True)
        assert verdict(receipts[key]) is Verdict.WITHDRAWN
    kept = [bytes(one) for one in messages if one.key not in gone]
    assert sorted(one.content for one in relay.log.taken) == sorted(kept)
    assert all(receipts[one.key].accepted for one in messages if one.key not in gone)


@BOTH
def test_asked_at_the_last_moment(offers: tuple[str, ...]) -> None:
    """On one connection it is asked when the message before has been answered, not sooner."""
    with Relay(offers=offers) as relay:
        seen: list[int] = []

        def wanted() -> bool:
            seen.append(len(relay.log.taken))
            return True

        sent(relay, [one._replace(wanted=wanted) for one in samples(5)])
    assert seen == [0, 1, 2, 3, 4]
