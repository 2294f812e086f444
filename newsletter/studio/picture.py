"""One edition as the studio shows it: filled for a made-up reader, in five forms."""

from dataclasses import dataclass
from datetime import datetime

from newsletter.message import Heading, Reader, compile_letter
from newsletter.model import Edition
from newsletter.sending.trial import sample_reader
from newsletter.slots import fill_html, fill_text
from newsletter.studio.editions import Choice

FORMS = {
    "letter": "Letter",
    "text": "Plain text",
    "headers": "Headers",
    "html": "HTML",
    "mjml": "MJML",
}
"""What there is to see of an edition: the word in the address, and the one on the page."""


@dataclass(frozen=True, slots=True)
class Picture:
    """An edition that was rendered, the choices it was one of, and when that was."""

    choice: Choice
    choices: tuple[Choice, ...]
    count: int
    edition: Edition
    heading: Heading
    at: datetime

    @property
    def size(self) -> int:
        """The octets of the HTML, as its reader gets it."""
        return len(self.document("html").encode())

    def document(self, form: str) -> str:
        """Return the edition in one of the FORMS. Raises KeyError for another."""
        match form:
            case "letter" | "html":
                return fill_html(self.edition.html, self._reader.values)
            case "text":
                return fill_text(self.edition.text, self._reader.values)
            case "mjml":
                return self.edition.mjml
            case "headers":
                return self._headers()
        raise KeyError(form)

    def _headers(self) -> str:
        """Return the message down to its first empty line, as it goes over the wire."""
        letter = b"".join(compile_letter(self.edition, self.heading, self.at).fill(self._reader))
        return letter.partition(b"\r\n\r\n")[0].decode("ascii").replace("\r\n", "\n") + "\n"

    @property
    def _reader(self) -> Reader:
        return sample_reader(
            self.heading, self.edition, "reader@example.org", "Ada Everard", 0, b"preview"
        )
