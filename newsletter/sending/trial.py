"""Letters outside any mailing: for the editor's eyes. Nothing here touches the ledger."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from newsletter.delivery import Backend, Message, Receipt
from newsletter.languages import Languages, marked
from newsletter.message import INERT, Heading, Reader, compile_letter, mark
from newsletter.message.dkim import Signer
from newsletter.model import Edition

_SINCE = marked("the day of this test")


def since(languages: Languages, edition: Edition) -> str:
    """Say in an edition's language when the reader of a test has asked for it."""
    return languages.get(edition.key.language).gettext(_SINCE)


def sample_reader(
    heading: Heading, email: str, name: str, number: int, salt: bytes, since: str
) -> Reader:
    """Return a reader whose links are inert."""
    return Reader(
        email=email,
        name=name,
        since=since,
        mark=mark(salt, heading.month, number),
        unsubscribe=INERT,
        preferences=INERT,
    )


def send_test(
    backend: Backend,
    edition: Edition,
    heading: Heading,
    people: Sequence[Reader],
    dated: datetime,
    signer: Signer | None = None,
) -> Iterator[tuple[str, Receipt]]:
    """Send one edition, marked as a test; yield each address with its receipt, as they come.

    `people` are samples; their salt makes Message-IDs that no other test has. Signed like any other
    letter.
    """
    letter = compile_letter(edition, heading, dated, test=True)

    def message(number: int, reader: Reader) -> Message:
        segments = letter.fill(reader)
        signature = (signer.sign(segments),) if signer else ()
        return Message(number, heading.from_address, reader.email, (*signature, *segments))

    messages = (message(number, reader) for number, reader in enumerate(people))
    for group in backend.deliver(messages):
        for receipt in group:
            yield people[receipt.key].email, receipt


def outcome(receipt: Receipt) -> str:
    """Say in one word what became of a test: `sent`, `refused`, or `uncertain`."""
    if receipt.accepted:
        return "sent"
    return "uncertain" if receipt.uncertain else "refused"
