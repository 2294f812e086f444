"""Connect, greet, encrypt and log in, by way of smtplib; the socket is ours after that.

What goes wrong is translated here, once: BackendRefused where trying again won't help, and
BackendError where it may.
"""

import re
import smtplib
import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from newsletter.config import Smtp, secret
from newsletter.delivery.envelope import Offer
from newsletter.delivery.wire import PlainWire, TlsWire, Wire
from newsletter.errors import BackendError, BackendRefused, ConfigError


@dataclass(frozen=True, slots=True)
class Connection:
    """A session that is ready for its first MAIL, and what the server offered."""

    wire: Wire
    offer: Offer


Connect = Callable[[], Connection]
"""Opens a session; waits while it does. Raises BackendError or BackendRefused."""


def connector(smtp: Smtp) -> Connect:
    """Return what opens a session as the settings say.

    Raises ConfigError at once where the password or the certificates can't be read.
    """
    password = secret(smtp.password, smtp.password_file)
    if smtp.username and not password:
        raise ConfigError(
            "delivery.smtp: there is a username but no password",
            hint="set NEWSLETTER_DELIVERY__SMTP__PASSWORD, or password_file to a file (mode 0600)",
        )
    context = None if smtp.security == "none" else tls_context(smtp.ca_file)

    def connect() -> Connection:
        try:
            return _connected(smtp, password, context)
        except (OSError, smtplib.SMTPException, UnicodeError) as error:
            raise translated(error, smtp) from error

    return connect


def tls_context(ca_file: Path | None) -> ssl.SSLContext:
    """Return a context that checks certificate and name, from TLS 1.2 upwards (RFC 8996)."""
    try:
        context = ssl.create_default_context(cafile=ca_file)
    except (OSError, ssl.SSLError) as error:
        raise ConfigError(
            f"delivery.smtp.ca_file: {ca_file} can't be read: {error}",
            hint="it must hold certificates in PEM",
        ) from None
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def _connected(smtp: Smtp, password: str, context: ssl.SSLContext | None) -> Connection:
    session = _greeted(smtp, context)
    try:
        session.ehlo_or_helo_if_needed()
        if context is not None and smtp.security == "starttls":
            session.starttls(context=context)  # forgets what came in plain text: RFC 3207, 4.2
            session.ehlo_or_helo_if_needed()
        if smtp.username:
            _log_in(session, smtp, password)
        return _taken_over(session)
    except BaseException:
        session.close()
        raise


def _greeted(smtp: Smtp, context: ssl.SSLContext | None) -> smtplib.SMTP:
    timeout = smtp.connect_timeout.total_seconds()
    name = smtp.local_hostname or own_name()
    if context is not None and smtp.security == "tls":
        return smtplib.SMTP_SSL(smtp.host, smtp.port, name, timeout=timeout, context=context)
    return smtplib.SMTP(smtp.host, smtp.port, name, timeout=timeout)


@cache
def own_name() -> str:
    """Return this host's name for EHLO, or its address where it has none (RFC 5321, 4.1.1.1)."""
    name = socket.getfqdn()
    return name if "." in name and name.isascii() else "[127.0.0.1]"


def _log_in(session: smtplib.SMTP, smtp: Smtp, password: str) -> None:
    if smtp.auth == "xoauth2":
        session.auth("XOAUTH2", xoauth2(smtp.username, password))
    else:
        session.login(smtp.username, password)


def xoauth2(user: str, token: str) -> Callable[..., str]:
    """Return smtplib's callback for XOAUTH2: the token first, then nothing to any complaint.

    The mechanism: https://developers.google.com/workspace/gmail/imap/xoauth2-protocol
    """

    def answer(challenge: bytes | None = None) -> str:
        return f"user={user}\x01auth=Bearer {token}\x01\x01" if challenge is None else ""

    return answer


def _taken_over(session: smtplib.SMTP) -> Connection:
    """Take the socket out of smtplib's hands."""
    sock, session.sock = session.sock, None
    if session.file is not None:
        session.file.close()
        session.file = None
    if sock is None:
        raise smtplib.SMTPServerDisconnected("the connection closed")
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # we write in whole groups
    wire: Wire = TlsWire(sock) if isinstance(sock, ssl.SSLSocket) else PlainWire(sock)
    return Connection(wire, _offer(session))


def _offer(session: smtplib.SMTP) -> Offer:
    size = None
    if session.has_extn("size"):
        limit = session.esmtp_features["size"]
        size = int(limit) if re.fullmatch(r"[0-9]{1,18}", limit) else 0
    return Offer(session.has_extn("pipelining"), size, session.has_extn("smtputf8"))


def translated(error: Exception, smtp: Smtp) -> BackendError:
    """Return an error of ours for what smtplib, ssl or the system raised."""
    relay = f"{smtp.host}:{smtp.port}"
    if isinstance(error, smtplib.SMTPResponseException):
        return _refused_by_reply(error, relay)
    if isinstance(error, smtplib.SMTPNotSupportedError):
        return BackendRefused(f"{relay}: {error}", hint="see delivery.smtp.security and .auth")
    if isinstance(error, ssl.SSLCertVerificationError):
        return BackendRefused(
            f"{relay}: the certificate can't be trusted: {error.verify_message}",
            hint="delivery.smtp.host must be the certificate's name; ca_file may name its issuer",
        )
    if isinstance(error, UnicodeError):
        return BackendRefused(
            f"{relay}: the login is not ASCII", hint="see delivery.smtp.username and the password"
        )
    if isinstance(error, ssl.SSLError) and not isinstance(
        error, ssl.SSLEOFError | ssl.SSLZeroReturnError
    ):
        return BackendRefused(
            f"{relay}: TLS failed: {error.reason or error}",
            hint="port 465 wants security = “tls”, 587 and 25 want “starttls”",
        )
    words = error.strerror if isinstance(error, OSError) else None
    return BackendError(
        f"{relay} can't be reached: {words or error or type(error).__name__}",
        hint="see delivery.smtp.host and .port, and whether the relay is up",
    )


def _refused_by_reply(error: smtplib.SMTPResponseException, relay: str) -> BackendError:
    words = error.smtp_error
    text = words.decode("utf-8", "replace") if isinstance(words, bytes) else str(words)
    said = " ".join(f"{error.smtp_code} {text}".split())
    login = isinstance(error, smtplib.SMTPAuthenticationError)
    message = f"{relay} refused {'the login' if login else 'us'}: {said}"
    if error.smtp_code < 500:  # 454, 421: for the moment (RFC 4954, 6); -1: no reply at all
        return BackendError(message, hint="it may take us later")
    hint = "see delivery.smtp.username and the password" if login else "ask whoever runs the relay"
    return BackendRefused(message, hint=hint)
