"""Every backend of ours keeps the contract that third parties' keep too."""

import io
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from newsletter.config import Delivery, FileOutbox, Settings, Smtp
from newsletter.delivery import Backend
from newsletter.delivery.console import ConsoleBackend
from newsletter.delivery.contract import CLAIMS, Subject
from newsletter.delivery.file import FileBackend
from newsletter.delivery.memory import MemoryBackend
from newsletter.delivery.smtp import SmtpBackend
from tests.support.certificates import Authority, Leaf
from tests.support.mailserver import MailServer


class Memory:
    in_flight = 50

    def make(self) -> Backend:
        self.backend = MemoryBackend()
        return self.backend

    def arrived(self) -> Sequence[bytes]:
        return [bytes(message) for message in self.backend.delivered]


class Console:
    in_flight = 1

    def make(self) -> Backend:
        return ConsoleBackend(stream=io.StringIO())

    def arrived(self) -> None:
        return None


class File:
    in_flight = 32

    def __init__(self, outbox: Path) -> None:
        self._outbox = outbox

    def make(self) -> Backend:
        return FileBackend(Settings(delivery=Delivery(file=FileOutbox(path=self._outbox))))

    def arrived(self) -> Sequence[bytes]:
        return [path.read_bytes() for path in self._outbox.iterdir()]


class Relay:
    """Three connections, each with a message and the envelope of the next."""

    in_flight = 6

    def __init__(self, server: MailServer, **smtp: object) -> None:
        self._server = server
        given = {"host": server.host, "port": server.port, "local_hostname": "me.test", **smtp}
        self._settings = Settings(delivery=Delivery(connections=3, smtp=Smtp.model_validate(given)))

    def make(self) -> Backend:
        return SmtpBackend(self._settings)

    def arrived(self) -> Sequence[bytes]:
        return [content for _, _, content in self._server.taken]


LOGIN = ("anna", "s3cret")


@pytest.fixture
def memory() -> Subject:
    return Memory()


@pytest.fixture
def console() -> Subject:
    return Console()


@pytest.fixture
def file(tmp_path: Path) -> Subject:
    return File(tmp_path / "outbox")


@pytest.fixture
def smtp() -> Iterator[Subject]:
    with MailServer() as server:
        yield Relay(server, security="none")


@pytest.fixture
def smtp_in_lock_step() -> Iterator[Subject]:
    with MailServer(pipelining=False) as server:
        yield Relay(server, security="none")


@pytest.fixture
def smtp_with_starttls(authority: Authority, localhost: Leaf) -> Iterator[Subject]:
    with MailServer(starttls=localhost.context()) as server:
        yield Relay(server, security="starttls", ca_file=authority.certificate)


@pytest.fixture
def smtp_with_tls_and_login(authority: Authority, localhost: Leaf) -> Iterator[Subject]:
    user, password = LOGIN
    with MailServer(tls=localhost.context(), login=LOGIN) as server:
        yield Relay(
            server,
            security="tls",
            ca_file=authority.certificate,
            username=user,
            password=password,
        )


SUBJECTS = [
    "memory",
    "console",
    "file",
    "smtp",
    "smtp_in_lock_step",
    "smtp_with_starttls",
    "smtp_with_tls_and_login",
]


@pytest.mark.parametrize("name", SUBJECTS)
@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: claim.__name__)
def test_contract(
    request: pytest.FixtureRequest, name: str, claim: Callable[[Subject], None]
) -> None:
    """Each backend keeps each claim."""
    claim(request.getfixturevalue(name))
