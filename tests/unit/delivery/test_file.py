"""The outbox."""

from collections.abc import Callable
from pathlib import Path

import pytest

from newsletter.config import Settings
from newsletter.delivery import Message
from newsletter.delivery.file import FileBackend
from newsletter.errors import BackendError

Make = Callable[..., Message]


def deliver(settings: Settings, *messages: Message) -> list[Path]:
    receipts = [one for group in FileBackend(settings).deliver(iter(messages)) for one in group]
    assert [one.key for one in receipts] == [one.key for one in messages]
    return sorted(settings.delivery.file.path.iterdir())


def test_bytes_and_name(settings: Settings, message: Make) -> None:
    """A message is a file named after its key and reader, with exactly its bytes."""
    (path,) = deliver(settings, message(42))
    assert path.name == "000042-reader@example.org.eml"
    assert path.read_bytes() == bytes(message(42))


def test_modes(settings: Settings, message: Make) -> None:
    """Only the owner may look: the folder is 0700, a file 0600."""
    (path,) = deliver(settings, message())
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700


def test_same_message_again_is_one_file(settings: Settings, message: Make) -> None:
    """Sending the same bytes again, as after a crash, leaves one file."""
    deliver(settings, message())
    assert len(deliver(settings, message())) == 1


def test_another_message_is_kept_apart(settings: Settings, message: Make) -> None:
    """A different message under the same key and address never replaces the first."""
    deliver(settings, message())
    other = message()._replace(segments=(b"Subject: another\r\n\r\n",))
    first, second = deliver(settings, other)
    assert {first.name, second.name} == {
        "000001-reader@example.org.eml",
        "000001-reader@example.org-2.eml",
    }
    assert {first.read_bytes(), second.read_bytes()} == {bytes(message()), bytes(other)}


@pytest.mark.parametrize("recipient", ["../../evil@example.org", "a/b@example.org", "x" * 300])
def test_names_stay_in_the_folder(settings: Settings, message: Make, recipient: str) -> None:
    """No address leads out of the outbox or makes a name the disk refuses."""
    (path,) = deliver(settings, message(recipient=recipient))
    assert path.parent == settings.delivery.file.path


def test_unwritable(settings: Settings, message: Make) -> None:
    """An outbox that can't be made is an error with the folder in it."""
    settings.delivery.file.path.write_text("a file stands where the folder should")
    with pytest.raises(BackendError, match="outbox"):
        deliver(settings, message())
