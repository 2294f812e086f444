"""The root of the error tree, on the lowest floor so that both packages can raise from it.

The whole tree is drawn in `newsletter.errors`.
"""


class NewsletterError(Exception):
    """Something a person can act on: what happened, and in `hint` what to do about it.

    `exit_code` is what the command line ends with (0 done, 1 the answer is bad,
    2 usage or configuration, 3 something outside refused).
    """

    exit_code = 1

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class AddressError(NewsletterError):
    """The text is not an email address that can be mailed."""


class UnknownSubscriber(NewsletterError):
    """Nobody on the list has this address."""


class TokenError(NewsletterError):
    """A link's token was not made by us, for this purpose."""


class ReaderFileError(NewsletterError):
    """A file of readers can't be read at all: no header, no email column, not a CSV."""
