"""A real SMTP server (aiosmtpd) in a thread."""

import asyncio
import ssl
import threading
import warnings
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session


class Handler:
    """Takes every message and keeps it."""

    def __init__(self, pipelining: bool) -> None:
        self.taken: list[tuple[str, list[str], bytes]] = []
        self._pipelining = pipelining

    async def handle_EHLO(  # noqa: N802 - aiosmtpd's names
        self, server: Any, session: Session, envelope: Envelope, name: str, replies: list[str]
    ) -> list[str]:
        session.host_name = name
        return ["250-PIPELINING", *replies] if self._pipelining else replies

    async def handle_DATA(  # noqa: N802
        self, server: Any, session: Session, envelope: Envelope
    ) -> str:
        content = envelope.original_content
        self.taken.append((envelope.mail_from, list(envelope.rcpt_tos), content))
        return f"250 2.0.0 taken as {len(self.taken)}"


class MailServer:
    """Listens on loopback while the `with` block runs."""

    def __init__(
        self,
        *,
        pipelining: bool = True,
        starttls: ssl.SSLContext | None = None,
        tls: ssl.SSLContext | None = None,
        login: tuple[str, str] | None = None,
        without: tuple[str, ...] = (),
        host: str = "127.0.0.1",
        smtputf8: bool = False,
        size: int = 33554432,
    ) -> None:
        self.handler = Handler(pipelining)
        self.host = host
        self.port = 0
        self._tls = tls
        self._login = login
        self._options: dict[str, Any] = {
            "hostname": "mail.test",
            "enable_SMTPUTF8": smtputf8,
            "data_size_limit": size,
            "tls_context": starttls,
            "require_starttls": starttls is not None,
            "auth_required": login is not None,
            "auth_require_tls": False,
            "auth_exclude_mechanism": without,
            "authenticator": self._authenticate,
        }
        self._conversations: list[SMTP] = []
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)

    @property
    def taken(self) -> list[tuple[str, list[str], bytes]]:
        return self.handler.taken

    def _authenticate(
        self, server: Any, session: Session, envelope: Envelope, mechanism: str, data: object
    ) -> AuthResult:
        given = (data.login, data.password) if isinstance(data, LoginPassword) else None
        right = self._login is not None and given == tuple(map(str.encode, self._login))
        return AuthResult(success=right, handled=False)

    def __enter__(self) -> "MailServer":
        self._thread.start()
        self._server = self._await(
            self._loop.create_server(self._protocol, self.host, 0, ssl=self._tls)
        )
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    def _protocol(self) -> SMTP:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # that a login may go without TLS
            one = SMTP(self.handler, loop=self._loop, **self._options)
        self._conversations.append(one)
        return one

    def _await(self, coroutine: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(10)

    def __exit__(self, *_error: object) -> None:
        self._await(self._stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    async def _stop(self) -> None:
        self._server.close()
        rest = asyncio.all_tasks() - {asyncio.current_task()}
        for task in rest:
            task.cancel()
        await asyncio.gather(*rest, return_exceptions=True)
        for one in self._conversations:  # whoever has not left by now leaves no socket behind
            if one.transport is not None:
                one.transport.abort()
        for _ in range(3):  # turns of the loop: the socket lies below TLS
            await asyncio.sleep(0)
