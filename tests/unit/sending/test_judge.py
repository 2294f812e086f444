"""From a verdict to the ledger's row."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.config import Delivery
from newsletter.delivery import Receipt
from newsletter.delivery.verdicts import Verdict
from newsletter.model import DeliveryState
from newsletter.sending.judge import judge, wait_before
from newsletter.store.claims import Claim

NOW = datetime(2021, 2, 1, tzinfo=UTC)
POLICY = Delivery()
REFUSED = Receipt(7, accepted=False, code=451, status="4.3.0", reply="4.3.0 busy")


def claim(attempts: int = 1, tried_for: timedelta = timedelta()) -> Claim:
    return Claim(7, 1, 1, "a@example.org", "", None, attempts, NOW - tried_for)


@pytest.mark.parametrize(
    ("verdict", "state"),
    [
        (Verdict.ACCEPTED, DeliveryState.SENT),
        (Verdict.RETRY, DeliveryState.DEFERRED),
        (Verdict.UNCERTAIN, DeliveryState.UNCERTAIN),
        (Verdict.DEAD, DeliveryState.FAILED),
        (Verdict.FAILED, DeliveryState.FAILED),
        (Verdict.OURS, DeliveryState.FAILED),
        (Verdict.STOP, DeliveryState.QUEUED),
    ],
)
def test_each_verdict_has_its_state(verdict: Verdict, state: DeliveryState) -> None:
    """The ledger's state follows from the verdict alone, while there is time to try again."""
    assert judge(claim(), REFUSED, verdict, POLICY, NOW).state is state


def test_only_a_failure_of_our_own_has_a_time() -> None:
    """That is how the ledger knows whom a resumed mailing tries again."""
    assert judge(claim(), REFUSED, Verdict.OURS, POLICY, NOW).next_try_at == NOW
    assert judge(claim(), REFUSED, Verdict.DEAD, POLICY, NOW).next_try_at is None
    assert judge(claim(), REFUSED, Verdict.FAILED, POLICY, NOW).next_try_at is None


def test_the_servers_words_are_kept() -> None:
    """Code, status and reply stand in the ledger as the server gave them."""
    outcome = judge(claim(), REFUSED, Verdict.RETRY, POLICY, NOW)
    assert (outcome.code, outcome.status, outcome.reply) == (451, "4.3.0", "4.3.0 busy")


def test_trying_ends_when_the_time_is_over() -> None:
    """A try that would come later than `give_up_after` is not made."""
    late = claim(9, POLICY.give_up_after - timedelta(minutes=5))
    assert judge(late, REFUSED, Verdict.RETRY, POLICY, NOW).state is DeliveryState.FAILED


@given(st.integers(1, 100), st.floats(0.9, 1.1))
def test_waits_follow_the_schedule_and_its_last_one_repeats(attempts: int, spread: float) -> None:
    """Each wait is within a tenth of the configured one."""
    wanted = POLICY.retry[min(attempts, len(POLICY.retry)) - 1]
    assert abs(wait_before(attempts, POLICY, spread) - wanted) <= wanted * 0.1001
