"""Messages and settings for the delivery room's own tests."""

from collections.abc import Callable
from pathlib import Path

import pytest

from newsletter.config import Delivery, FileOutbox, Settings
from newsletter.delivery import Message

BODY = b"Subject: January\r\nTo: reader@example.org\r\n\r\nHello\r\n"


@pytest.fixture
def message() -> Callable[..., Message]:
    def make(key: int = 1, recipient: str = "reader@example.org", body: bytes = BODY) -> Message:
        return Message(key, "digest@example.org", recipient, (body,))

    return make


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(delivery=Delivery(file=FileOutbox(path=tmp_path / "outbox")))
