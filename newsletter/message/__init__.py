"""Editions become bytes on the wire, with slots for the reader's own values."""

from newsletter.message.headers import ascii_address, needs_smtputf8
from newsletter.message.heading import Heading, mark, message_id
from newsletter.message.letter import Letter, compile_letter
from newsletter.message.reader import INERT, Reader, values

__all__ = [
    "INERT",
    "Heading",
    "Letter",
    "Reader",
    "ascii_address",
    "compile_letter",
    "mark",
    "message_id",
    "needs_smtputf8",
    "values",
]
