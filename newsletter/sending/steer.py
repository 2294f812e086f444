"""What a person decides about a mailing: pause, go on, end, settle what is uncertain."""

from datetime import datetime

from sqlalchemy import Connection

from newsletter.errors import MailingError
from newsletter.model import DeliveryState, Mailing, MailingState
from newsletter.sending import plan
from newsletter.store import ledger, mailings, paces, texts

_SENDING, _PAUSED = MailingState.SENDING, MailingState.PAUSED
_ENDS = (MailingState.SCHEDULED, _SENDING, _PAUSED)


def pause(connection: Connection, mailing: Mailing) -> None:
    """Stop sending for now; a sender at work hears of it within a second.

    Raises MailingError unless it is being sent.
    """
    _move(connection, mailing, (_SENDING,), _PAUSED, "pause")


def resume(connection: Connection, mailing: Mailing) -> None:
    """Let a paused mailing go on, with a clean record: its faults are forgotten.

    Whoever was refused by our own fault is tried again, and the time for retries begins anew:
    nobody fails because of us. Raises MailingError unless it is paused.
    """
    _move(connection, mailing, (_PAUSED,), _SENDING, "resume")
    paces.forget_faults(connection, mailing.id)
    ledger.forgive(connection, mailing.id)
    ledger.begin_anew(connection, mailing.id)


def cancel(connection: Connection, mailing: Mailing) -> None:
    """End a mailing; whoever has not been mailed is skipped.

    Where no message can have arrived, its words are forgotten, and leave the archive.
    Raises MailingError for one that is over.
    """
    _move(connection, mailing, _ENDS, MailingState.CANCELLED, "cancel")
    ledger.skip_rest(connection, mailing.id, plan.CANCELLED)
    if not ledger.may_have_reached_anybody(connection, mailing.id):
        texts.discard(connection, mailing.id)


def settle(connection: Connection, mailing: Mailing, as_: DeliveryState, now: datetime) -> int:
    """Call every uncertain delivery `sent` or `failed`, as a person found out; return how many."""
    number = ledger.decide(connection, mailing.id, as_)
    plan.settle(connection, mailing, now, hold=True)
    return number


def _move(
    connection: Connection,
    mailing: Mailing,
    before: tuple[MailingState, ...],
    after: MailingState,
    verb: str,
) -> None:
    if not mailings.move(connection, mailing.id, before, after):
        state = mailings.get(connection, mailing.id).state
        words = " or ".join(before)
        raise MailingError(f"{mailing.month} is {state}", hint=f"only a {words} mailing can {verb}")
