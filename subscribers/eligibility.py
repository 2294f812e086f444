"""Who may be mailed, as clauses for a query over the subscriber table.

Both answers come from one table of reasons, so that they can't contradict each other.
"""

from datetime import datetime

from sqlalchemy import ColumnElement, and_, case, literal, or_, select

from subscribers.model import State
from subscribers.tables import subscriber, suppression

NotBefore = datetime | ColumnElement[datetime]
"""A moment, or a bound parameter that will hold one."""


def may_be_mailed(now: NotBefore) -> ColumnElement[bool]:
    """Tell of each subscriber whether mail may go out at `now`.

    Active, confirmed, not paused, and the address not suppressed.
    """
    column = subscriber.c
    suppressed = select(suppression.c.reason).where(
        suppression.c.address_hash == column.address_hash
    )
    return and_(
        column.state == State.ACTIVE,
        column.confirmed_at.is_not(None),
        or_(column.paused_until.is_(None), column.paused_until <= now),
        ~suppressed.exists(),
    )


def why_not(now: NotBefore) -> ColumnElement[str]:
    """Give the reason why a subscriber may not be mailed at `now`; empty where mail may go.

    `not confirmed`, `unsubscribed`, `erased`, `suppressed: bounce` (or another of the
    table's reasons), `paused`. The first that holds, in that order.
    """
    column = subscriber.c
    reason = (
        select(suppression.c.reason)
        .where(suppression.c.address_hash == column.address_hash)
        .scalar_subquery()
    )
    return case(
        (column.state == State.UNSUBSCRIBED, "unsubscribed"),
        (column.state == State.ERASED, "erased"),
        (or_(column.state != State.ACTIVE, column.confirmed_at.is_(None)), "not confirmed"),
        (reason.is_not(None), literal("suppressed: ") + reason),
        (column.paused_until > now, "paused"),
        else_="",
    )
