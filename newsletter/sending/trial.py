"""Letters outside any mailing: for the editor's eyes. Nothing here touches the ledger."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from newsletter.delivery import Backend, Message, Receipt
from newsletter.message import INERT, Heading, Reader, compile_letter, mark
from newsletter.message.dkim import Signer
from newsletter.model import Edition


def sample_reader(heading: Heading, email: str, name: str, number: int, salt: bytes) -> Reader:
    """Return a reader whose links are inert."""
    return Reader(
        email=email,
        name=name,
        since="the day of this test",
        mark=mark(salt, heading.month, number),
        unsubscribe=INERT,
        preferences=INERT,
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
        segments = letter.fill(sample_reader(heading, address, name, number, salt))
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
