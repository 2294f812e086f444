"""One edition as the studio shows it: filled for a reader, in six forms."""

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from newsletter.message import Heading, Reader, compile_letter, values
from newsletter.model import Edition, Issue
from newsletter.sending.trial import sample_reader
from newsletter.slots import fill_html, fill_text
from newsletter.studio.clients import Eyes, as_seen, has_pictures
from newsletter.studio.editions import Choice
from newsletter.studio.inbox import Row, beginning
from newsletter.studio.people import Person

FORMS = {
    "letter": "Letter",
    "inbox": "Inbox",
    "text": "Text",
    "headers": "Headers",
    "html": "HTML",
    "mjml": "MJML",
}
"""What there is to see of an edition: the word in the address, and the one on the page."""


@dataclass(frozen=True)
class Picture:
    """An edition that was rendered: of which issue, one of which choices, and when.

    `since` says in its language when its reader has asked for it.
    """

    issue: Issue
    choice: Choice
    choices: tuple[Choice, ...]
    edition: Edition
    heading: Heading
    at: datetime
    since: str

    @property
    def count(self) -> int:
        """How many summaries its issue has."""
        return len(self.issue.summaries)

    @cached_property
    def has_pictures(self) -> bool:
        """Whether any picture stands in it."""
        return has_pictures(self.edition.html)

    @cached_property
    def row(self) -> Row:
        """How it stands in an inbox."""
        sender, subject = self.heading.from_name, self.edition.subject
        return Row(sender, subject, beginning(self.edition.html))

    def size(self, person: Person) -> int:
        """Return the octets of the HTML, as its reader gets it."""
        return len(self.document("html", person).encode())

    def document(self, form: str, person: Person, eyes: Eyes | None = None) -> str:
        """Return the edition in one of the FORMS but the inbox. Raises KeyError for another."""
        own = values(self.edition, self.heading, self._reader(person))
        match form:
            case "letter":
                return as_seen(fill_html(self.edition.html, own), eyes or Eyes())
            case "html":
                return fill_html(self.edition.html, own)
            case "text":
                return fill_text(self.edition.text, own)
            case "mjml":
                return self.edition.mjml
            case "headers":
                return self._headers(person)
        raise KeyError(form)

    def _headers(self, person: Person) -> str:
        """Return the message down to its first empty line, as it goes over the wire."""
        letter = compile_letter(self.edition, self.heading, self.at)
        octets = b"".join(letter.fill(self._reader(person)))
        return octets.partition(b"\r\n\r\n")[0].decode("ascii").replace("\r\n", "\n") + "\n"

    def _reader(self, person: Person) -> Reader:
        return sample_reader(self.heading, person.email, person.name, 0, b"preview", self.since)
