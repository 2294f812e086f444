"""The backend for looking."""

import io
from collections.abc import Callable

from newsletter.delivery import Message
from newsletter.delivery.console import ConsoleBackend, line

Make = Callable[..., Message]


def test_line(message: Make) -> None:
    """A line names reader, decoded subject and size."""
    body = b"Subject: =?utf-8?q?Th=C3=A9rapie?=\r\n\r\n" + b"x" * 1000 + b"\r\n"
    assert line(message(body=body)) == "reader@example.org  Thérapie  (1.0 kB)"


def test_no_control_characters(message: Make) -> None:
    """Nothing in a subject reaches the terminal's own language."""
    body = b"Subject: =?utf-8?q?=1B[2Jhi=0D=0A?=\r\n\r\n"
    assert "\x1b" not in line(message(body=body))
    assert "\n" not in line(message(body=body))


def test_a_line_a_message(message: Make) -> None:
    """Each message is one line."""
    stream = io.StringIO()
    list(ConsoleBackend(stream=stream).deliver(message(key) for key in (1, 2)))
    assert stream.getvalue().count("\n") == 2
