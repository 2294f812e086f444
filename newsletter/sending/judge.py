"""From a backend's Receipt to what the ledger keeps: a pure decision."""

import random
from datetime import datetime, timedelta

from newsletter.config import Delivery
from newsletter.delivery import Receipt
from newsletter.delivery.verdicts import Verdict
from newsletter.model import DeliveryState
from newsletter.store.claims import Claim
from newsletter.store.ledger import Outcome

_LONGEST_REPLY = 500
# Found once, for nearly every message is: see `newsletter.sending.personal`.
_ACCEPTED, _SENT = Verdict.ACCEPTED, DeliveryState.SENT


def judge(
    claim: Claim, receipt: Receipt, verdict: Verdict, policy: Delivery, now: datetime
) -> Outcome:
    """Return the delivery's new state: sent, deferred or uncertain with a time, failed, or skipped.

    Where the server wants nothing of us at all, it is what it was, due at once. A failure that is
    our own fault has a time too: whoever lets a paused mailing go on gives it another try.

    Retries wait as `policy.retry` says, a tenth more or less, until `policy.give_up_after` has
    passed since the first try (RFC 5321, 4.5.4.1 asks for days, not hours).
    """
    words = (receipt.code or None, receipt.status, receipt.reply[:_LONGEST_REPLY])
    if verdict is _ACCEPTED:
        return Outcome(claim.id, _SENT, *words, sent_at=now)
    if verdict is Verdict.WITHDRAWN:
        return Outcome(claim.id, DeliveryState.SKIPPED, *words)
    if verdict is Verdict.STOP:
        return Outcome(claim.id, DeliveryState(claim.was), *words, next_try_at=now)
    if verdict is Verdict.OURS:
        return Outcome(claim.id, DeliveryState.FAILED, *words, next_try_at=now)
    if verdict in (Verdict.RETRY, Verdict.UNCERTAIN):
        again = now + wait_before(claim.attempts, policy, random.uniform(0.9, 1.1))  # noqa: S311
        if again - claim.first_tried_at <= policy.give_up_after:
            kind = _WAITING[verdict]
            return Outcome(claim.id, kind, *words, next_try_at=again)
    return Outcome(claim.id, DeliveryState.FAILED, *words)


_WAITING = {
    Verdict.RETRY: DeliveryState.DEFERRED,
    Verdict.UNCERTAIN: DeliveryState.UNCERTAIN,
}


def wait_before(attempts: int, policy: Delivery, spread: float) -> timedelta:
    """Return the wait after `attempts` tries, times `spread` so that not all come at once."""
    if not policy.retry:
        return policy.give_up_after * 2
    wait = policy.retry[min(attempts, len(policy.retry)) - 1]
    return wait * spread
