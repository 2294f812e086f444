"""Encryption and login of the backend `smtp`, over real sockets."""

import base64
import hashlib
import hmac
import ssl
from pathlib import Path

import pytest

from newsletter.config import Smtp
from newsletter.delivery.connect import connector
from newsletter.delivery.contract import Source, samples
from newsletter.delivery.opening import FIRST_WAITS
from newsletter.errors import BackendError, BackendRefused, ConfigError
from tests.support.certificates import Authority, Leaf
from tests.support.mailserver import MailServer
from tests.support.relay import Relay
from tests.support.sending import sent, smtp
from tests.support.session import Script, scripted

LOGIN = {"username": "anna", "password": "s3cret"}
TLS = pytest.mark.parametrize("security", ["starttls", "tls"])


def server(security: str, leaf: Leaf, **options: object) -> MailServer:
    return MailServer(**{security: leaf.context()}, **options)  # type: ignore[arg-type]


@TLS
def test_encrypted(security: str, authority: Authority, localhost: Leaf) -> None:
    """With a certificate that is trusted and bears the name, mail goes through."""
    with server(security, localhost) as relay:
        receipts = sent(relay, 20, 2, security=security, ca_file=authority.certificate)
    assert all(one.accepted for one in receipts.values())
    assert len(relay.taken) == 20


@TLS
def test_large_over_tls(security: str, authority: Authority, localhost: Leaf) -> None:
    """A message of many TLS records arrives whole."""
    message = samples(1)[0]
    large = type(message)(1, message.sender, message.recipient, (b"x" * 76 + b"\r\n",) * 40_000)
    with server(security, localhost) as relay:
        sent(relay, [large], security=security, ca_file=authority.certificate)
    assert relay.taken[0][2] == bytes(large)


@TLS
def test_last_words(security: str, authority: Authority, localhost: Leaf) -> None:
    """What a server says just before it hangs up is heard through TLS too."""
    relay = Relay(
        scripted({"BODY": ["421 4.3.2 shutting down"]}),
        offers=("STARTTLS", "PIPELINING"),
        **{security: localhost.context()},  # type: ignore[arg-type]
    )
    with relay:
        receipts = sent(relay, 2, security=security, ca_file=authority.certificate)
    assert receipts[1].code == 421
    assert receipts[2].accepted


def refused(relay: MailServer | Relay, words: str, **options: object) -> None:
    """Login or TLS is refused: raised at once, as such, and nothing is pulled."""
    source = Source(samples(3))
    with pytest.raises(BackendRefused, match=words) as raised:
        list(smtp(relay, **options).deliver(source))
    assert raised.value.hint
    assert source.pulled == 0


@TLS
def test_wrong_name(security: str, authority: Authority) -> None:
    """A certificate for another name isn't trusted."""
    leaf = authority.issue("other", "DNS:other.example")
    with server(security, leaf) as relay:
        refused(relay, "certificate", security=security, ca_file=authority.certificate)
    assert relay.taken == []


@TLS
def test_expired(security: str, authority: Authority) -> None:
    """A certificate past its day isn't trusted."""
    leaf = authority.issue("expired", "IP:127.0.0.1", expired=True)
    with server(security, leaf) as relay:
        refused(relay, "expired", security=security, ca_file=authority.certificate)


@TLS
def test_unknown_issuer(security: str, localhost: Leaf) -> None:
    """A certificate nobody vouches for isn't trusted."""
    with server(security, localhost) as relay:
        refused(relay, "certificate", security=security)


@TLS
def test_old_tls(security: str, authority: Authority, localhost: Leaf) -> None:
    """TLS older than 1.2 is refused."""
    context = localhost.context()
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    with pytest.warns(DeprecationWarning, match="TLS"):
        context.maximum_version = ssl.TLSVersion.TLSv1_1
    with Relay(**{security: context}, offers=("STARTTLS",)) as relay:  # type: ignore[arg-type]
        refused(relay, "TLS", security=security, ca_file=authority.certificate)


def test_starttls_not_offered(authority: Authority) -> None:
    """Where encryption was asked for, mail never goes without it."""
    with MailServer() as relay:
        refused(relay, "STARTTLS", security="starttls", ca_file=authority.certificate)
    assert relay.taken == []


def test_plain_port_asked_for_tls(authority: Authority) -> None:
    """A server that answers TLS with plain text is named as such."""
    with Relay() as relay:
        refused(relay, "TLS", security="tls", ca_file=authority.certificate)


def test_injected_answers_are_not_used(authority: Authority, localhost: Leaf) -> None:
    """What a stranger slips in behind STARTTLS, in plain text, is never taken for the server's."""
    relay = Relay(
        starttls=localhost.context(),
        offers=("STARTTLS",),
        tls_offers=("SIZE 5000",),
        plain_text=b"250-relay.test\r\n250-PIPELINING\r\n250 SIZE 1\r\n250 2.1.0 ok\r\n",
    )
    with relay:
        settings = Smtp.model_validate(
            {"port": relay.port, "ca_file": authority.certificate, "local_hostname": "me.test"}
        )
        try:
            connection = connector(settings)()
        except BackendError:
            return  # hanging up is as good
        connection.wire.close()
    assert connection.offer.size == 5000
    assert not connection.offer.pipelining


@pytest.mark.parametrize("without", [("PLAIN",), ("LOGIN",), ()])
def test_login(without: tuple[str, ...]) -> None:
    """PLAIN and LOGIN, whichever the server offers."""
    with MailServer(login=("anna", "s3cret"), without=without) as relay:
        assert sent(relay, 2, **LOGIN)[2].accepted


def test_wrong_password() -> None:
    """A refused login says so in the server's words, and never the password."""
    with MailServer(login=("anna", "s3cret")) as relay:
        with pytest.raises(BackendRefused, match="535") as raised:
            sent(relay, 1, username="anna", password="wr0ng")
        assert "wr0ng" not in raised.value.message + raised.value.hint


def test_login_not_offered() -> None:
    """A server without AUTH is refused rather than used without login."""
    with Relay() as relay:
        refused(relay, "AUTH", **LOGIN)


def test_cram_md5() -> None:
    """CRAM-MD5 (RFC 2195) proves the password without telling it."""
    challenge = b"<1896.697170952@relay.test>"
    script = scripted({"AUTH": [f"334 {base64.b64encode(challenge).decode()}"]})
    with Relay(script, offers=("AUTH CRAM-MD5",)) as relay:
        assert sent(relay, 1, **LOGIN)[1].accepted
    proof = hmac.new(b"s3cret", challenge, hashlib.md5).hexdigest()
    assert base64.b64decode(relay.log.credentials[1]).decode() == f"anna {proof}"


def test_xoauth2() -> None:
    """XOAUTH2 sends user and token at once."""
    with Relay(offers=("AUTH XOAUTH2 PLAIN",)) as relay:
        sent(relay, 1, auth="xoauth2", **LOGIN)
    (line,) = relay.log.credentials
    assert line.startswith("AUTH XOAUTH2 ")
    assert base64.b64decode(line.split()[2]) == b"user=anna\x01auth=Bearer s3cret\x01\x01"


def test_xoauth2_refused() -> None:
    """A complaint in a challenge is answered with nothing, and the refusal that follows counts."""
    complaint = base64.b64encode(b'{"status":"401"}').decode()
    script = scripted({"AUTH": [f"334 {complaint}"], "ANSWER": ["535 5.7.8 token expired"]})
    with Relay(script, offers=("AUTH XOAUTH2",)) as relay:
        refused(relay, "token expired", auth="xoauth2", **LOGIN)
    assert relay.log.credentials[1] == ""


def login_down(times: int) -> Script:
    return scripted({"AUTH": ["454 4.7.0 later"] * times})


def test_login_down_for_a_moment() -> None:
    """454 is trouble of the moment (RFC 4954, 6): it is tried again."""
    with Relay(login_down(1), offers=("AUTH PLAIN",)) as relay:
        assert sent(relay, 1, **LOGIN)[1].accepted


def test_login_down_for_long() -> None:
    """And when it lasts, it is an error, but not a refusal."""
    with (
        Relay(login_down(len(FIRST_WAITS) + 1), offers=("AUTH PLAIN",)) as relay,
        pytest.raises(BackendError) as raised,
    ):
        sent(relay, 1, **LOGIN)
    assert not isinstance(raised.value, BackendRefused)


def test_password_file(tmp_path: Path) -> None:
    """The password may stand in a file, which nobody else may read."""
    path = tmp_path / "password"
    path.write_text("s3cret\n")
    path.chmod(0o600)
    with MailServer(login=("anna", "s3cret")) as relay:
        assert sent(relay, 1, username="anna", password_file=path)[1].accepted
        path.chmod(0o644)
        with pytest.raises(ConfigError, match="read by others"):
            smtp(relay, username="anna", password_file=path)


def test_username_without_password() -> None:
    """A login that can't work is said before anything is sent."""
    with Relay() as relay, pytest.raises(ConfigError, match="no password"):
        smtp(relay, username="anna")


def test_ca_file_that_is_none(tmp_path: Path) -> None:
    """Certificates that can't be read are said by name."""
    path = tmp_path / "ca.pem"
    with Relay() as relay, pytest.raises(ConfigError, match=r"ca\.pem"):
        smtp(relay, security="tls", ca_file=path)
