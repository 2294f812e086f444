"""Letters outside any mailing: for the editor's eyes. Nothing here touches the ledger."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from newsletter.delivery import Backend, Message, Receipt
from newsletter.message import Heading, Reader, compile_letter, message_id
from newsletter.message.dkim import Signer
from newsletter.model import Edition
from newsletter.slots import Slot

INERT = "test"
"""Stands where a token would; no reader has it, so the links do nothing."""


def sample_reader(
    heading: Heading, edition: Edition, email: str, name: str, number: int, salt: bytes
) -> Reader:
    """Return a reader whose links are inert."""
    page = f"{heading.public_url}/unsubscribe/{INERT}"
    preferences = f"{heading.public_url}/preferences/{INERT}"
    return Reader(
        email=email,
        name=name,
        message_id=message_id(salt, heading.month, number, heading.domain),
        unsubscribe_url=page,
        unsubscribe_mailto=f"mailto:{heading.unsubscribe_address}?subject={INERT}",
        values={
            Slot.GREETING: edition.greet(name),
            Slot.ADDRESS: email,
            Slot.SINCE: "the day of this test",
            Slot.PREFERENCES_URL: preferences,
            Slot.UNSUBSCRIBE_URL: page,
            Slot.PAUSE_URL: f"{preferences}#pause",
        },
    )


def send_test(
    backend: Backend,
    edition: Edition,
    heading: Heading,
    people: Sequence[tuple[str, str]],
    dated: datetime,
    salt: bytes,
    signer: Signer | None = None,
) -> Iterator[tuple[str, Receipt]]:
    """Send one edition, marked as a test; yield each address with its receipt, as they come.

    `people` are addresses, each with the name that stands in its letter. `salt` makes Message-IDs
    that no other test has. Signed like any other letter.
    """
    letter = compile_letter(edition, heading, dated, test=True)

    def message(number: int, address: str, name: str) -> Message:
        segments = letter.fill(sample_reader(heading, edition, address, name, number, salt))
        signature = (signer.sign(segments),) if signer else ()
        return Message(number, heading.from_address, address, (*signature, *segments))

    messages = (message(number, *person) for number, person in enumerate(people))
    for group in backend.deliver(messages):
        for receipt in group:
            yield people[receipt.key][0], receipt


def outcome(receipt: Receipt) -> str:
    """Say in one word what became of a test: `sent`, `refused`, or `uncertain`."""
    if receipt.accepted:
        return "sent"
    return "uncertain" if receipt.uncertain else "refused"
