"""What came of something the studio was asked to do."""

from dataclasses import dataclass, replace

from newsletter.errors import NewsletterError


@dataclass(frozen=True, slots=True)
class Outcome:
    """Whether it went well, in words, and what to do next.

    `rows` are what became of each address: itself, one word, and the server's own words.
    """

    good: bool
    message: str
    hint: str = ""
    rows: tuple[tuple[str, str, str], ...] = ()

    @classmethod
    def of(cls, error: NewsletterError) -> "Outcome":
        """Return the outcome that an error is."""
        return cls(False, error.message, error.hint)

    def after(self, rows: tuple[tuple[str, str, str], ...]) -> "Outcome":
        """Return the same outcome, with what went before it."""
        return replace(self, rows=rows)
