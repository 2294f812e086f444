"""The backend `file`: each message becomes an `.eml` file in the outbox."""

import os
import re
import tempfile
from collections.abc import Iterator, Sequence
from itertools import count, islice
from pathlib import Path
from time import monotonic

from newsletter.config import Settings
from newsletter.delivery.protocol import Message, Receipt
from newsletter.errors import BackendError

_GROUP = 32
"""Messages a group: their names reach the disk with one sync of the folder."""


class FileBackend:
    """Writes `<outbox>/<key>-<recipient>.eml`, for the owner's eyes alone."""

    def __init__(self, settings: Settings) -> None:
        self._folder = settings.delivery.file.path

    def deliver(self, messages: Iterator[Message]) -> Iterator[Sequence[Receipt]]:
        """Write messages; a receipt means the file is on the disk, whole and under its name.

        Raises BackendError where the outbox can't be written.
        """
        make_folder(self._folder)
        messages = iter(messages)
        while group := _group(self._folder, messages):
            _sync_folder(self._folder)
            yield group

    def close(self) -> None:
        """Nothing is held."""


def make_folder(folder: Path) -> None:
    """Make the outbox with mode 0700; one that is there stays as it is."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise _unwritable(folder, error) from error


def _group(folder: Path, messages: Iterator[Message]) -> list[Receipt]:
    """Write up to `_GROUP` messages, fewer where they come slowly."""
    until = monotonic() + 0.1
    receipts: list[Receipt] = []
    for message in islice(messages, _GROUP):
        receipts.append(_written(folder, message))
        if monotonic() > until:
            break
    return receipts


def _written(folder: Path, message: Message) -> Receipt:
    try:
        path = write(folder, message)
    except OSError as error:
        raise _unwritable(folder, error) from error
    return Receipt(message.key, accepted=True, status="2.0.0", reply=f"2.0.0 written: {path.name}")


def write(folder: Path, message: Message) -> Path:
    """Write one message and return its path.

    The file appears under its name only when it is whole. The same message again is the same
    file; another message under the same key and address gets a number of its own.
    """
    content = bytes(message)
    handle, draft = tempfile.mkstemp(dir=folder, prefix=".draft-")  # mode 0600
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        return _named(folder, Path(draft), name(message), content)
    finally:
        Path(draft).unlink()


def name(message: Message) -> str:
    """Return the file's name without its ending: `000042-anna@example.org`."""
    address = re.sub(r"[^A-Za-z0-9@.+-]", "_", message.recipient)[:100]
    return f"{message.key:06d}-{address}"


def _named(folder: Path, draft: Path, stem: str, content: bytes) -> Path:
    """Give the draft the first of its names that is free or already holds the same bytes."""
    for number in count(1):
        path = folder / (f"{stem}.eml" if number == 1 else f"{stem}-{number}.eml")
        try:
            path.hardlink_to(draft)  # unlike a rename, never replaces what is there
        except FileExistsError:
            if path.read_bytes() != content:
                continue
        return path
    raise AssertionError("count() ended")


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _unwritable(folder: Path, error: OSError) -> BackendError:
    reason = error.strerror or str(error)
    return BackendError(
        f"the outbox {folder} can't be written: {reason}",
        hint="see to the disk's space and rights, or set delivery.file.path to another folder",
    )
