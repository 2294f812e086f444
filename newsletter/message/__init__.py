"""Editions become bytes on the wire, with slots for the reader's own values."""

from newsletter.message.headers import ascii_address, needs_smtputf8
from newsletter.message.heading import Heading, Reader, message_id
from newsletter.message.letter import Letter, compile_letter

__all__ = [
    "Heading",
    "Letter",
    "Reader",
    "ascii_address",
    "compile_letter",
    "message_id",
    "needs_smtputf8",
]
