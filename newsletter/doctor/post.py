"""Where letters go: is the backend there, and does the mail server take us. No mail is sent."""

from newsletter.delivery.connect import connector
from newsletter.delivery.registry import make_backend
from newsletter.doctor.check import Check, ok, warning, wrong
from newsletter.doctor.visit import Visit
from newsletter.errors import BackendError

_QUIT = b"QUIT\r\n"


def backend(visit: Visit) -> tuple[Check, ...]:
    """See whether the backend can be made."""
    name = visit.app.settings.delivery.backend
    if name == "smtp":  # Its own settings are looked at by `mail_server`.
        return (ok("backend", "letters go to a mail server"),)
    made = make_backend(visit.app.settings)
    made.close()
    if visit.sends:
        return (ok("backend", f"letters go through `{name}`"),)
    hint = 'set delivery.backend = "smtp" and [delivery.smtp]'
    return (warning("backend", f"`{name}`: no letter leaves this machine", hint),)


def mail_server(visit: Visit) -> tuple[Check, ...]:
    """Connect, encrypt and log in as the sender would, then say goodbye."""
    smtp = visit.app.settings.delivery.smtp
    if visit.app.settings.delivery.backend != "smtp":
        return (ok("mail server", "not asked: the backend is not `smtp`"),)
    connect = connector(smtp)
    if visit.offline:
        return (ok("mail server", "not asked: --offline"),)
    try:
        session = connect()
    except BackendError as error:
        return (wrong("mail server", error.message, error.hint),)
    try:
        session.wire.send([_QUIT])
    except OSError:
        pass  # It took us; how it takes the goodbye does not matter.
    finally:
        session.wire.close()
    login = f"logged in as {smtp.username}" if smtp.username else "without a login"
    how = {"starttls": "encrypted (STARTTLS)", "tls": "encrypted (TLS)", "none": "not encrypted"}
    words = f"{smtp.host}:{smtp.port} takes us, {how[smtp.security]}, {login}"
    hint = "" if session.offer.pipelining else "it does not offer PIPELINING: sending is slower"
    return (ok("mail server", words, hint),)
