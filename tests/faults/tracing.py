"""What strace saw a process do, in order, as far as it concerns the promise of durability."""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from enum import Enum, auto
from pathlib import Path

from tests.faults.children import Strace

WATCH = Strace(["-y", "-v", "-s", "1000000", "-e", "trace=pwrite64,fdatasync,sendmsg,recvfrom"])

_CALL = re.compile(
    r"(?P<name>\w+)\((?P<descriptor>\d+)<(?P<file>[^>]*)>(?P<rest>.*)= (?P<result>\d+)$"
)
_TEXT = re.compile(r'"((?:[^"\\]|\\.)*)"')
_SEGMENT = re.compile(r'iov_base="((?:[^"\\]|\\.)*)"')


class Event(Enum):
    """What matters."""

    WROTE = auto()
    """The ledger's log got a page."""
    SYNCED = auto()
    """What it got is on the disk."""
    DOT = auto()
    """A message's final dot was handed to the kernel."""
    ANSWER = auto()
    """The server said that it took a message."""


def events(log: Path, process: int) -> Iterator[Event]:
    """Yield what the process's main thread did."""
    streams: Mapping[str, bytearray] = defaultdict(bytearray)
    for line in _whole_lines(log, process):
        call = _CALL.fullmatch(line)
        if call is None:
            continue
        match call["name"], call["file"].endswith("-wal"):
            case "pwrite64", True:
                yield Event.WROTE
            case "fdatasync", True:
                yield Event.SYNCED
            case "sendmsg", _:
                stream, sent = streams[call["descriptor"]], int(call["result"])
                stream += b"".join(map(_octets, _SEGMENT.findall(call["rest"])))[:sent]
                yield from [Event.DOT] * stream.count(b"\r\n.\r\n")
                del stream[: stream.rfind(b"\r\n.\r\n") + 1]
                del stream[:-4]
            case "recvfrom", _:
                said = b"".join(map(_octets, _TEXT.findall(call["rest"])))
                yield from [Event.ANSWER] * said.count(b"250 2.0.0 taken")


def _whole_lines(log: Path, process: int) -> Iterator[str]:
    """Yield the calls of one thread; strace breaks a line where another thread comes between."""
    begun = ""
    with log.open(encoding="latin-1") as lines:
        for line in lines:
            number, _, text = line.rstrip("\n").partition(" ")
            if int(number) != process:
                continue
            text = begun + re.sub(r"^\s*<\.\.\. \w+ resumed>", "", text).strip()
            begun = ""
            if text.endswith(" <unfinished ...>"):
                begun = text.removesuffix(" <unfinished ...>")
            else:
                yield text


def _octets(text: str) -> bytes:
    """Return what strace shows with C's escapes."""
    return text.encode("latin-1").decode("unicode_escape").encode("latin-1")
