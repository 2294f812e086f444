"""What comes back: does the server take our return path, and can the mailbox be read.

No mail is sent, and nothing in the mailbox is marked.
"""

import os
import select
import time
from contextlib import closing
from pathlib import Path

from newsletter.config import Imap, secret
from newsletter.delivery.connect import Connection, connector
from newsletter.delivery.replies import Replies, Reply
from newsletter.doctor.check import Check, ok, warning, wrong
from newsletter.doctor.records import aligned, from_domain
from newsletter.doctor.secrets import is_here
from newsletter.doctor.visit import Visit
from newsletter.errors import OutsideError
from newsletter.message.headers import ascii_domain
from newsletter.message.return_path import ReturnPath
from newsletter.postbox.files import open_path
from newsletter.postbox.imap import ImapMailbox

_PATIENCE = 10.0
"""Seconds for one answer of the mail server."""
_NAME, _BOX = "return path", "returned mail"


def return_path(visit: Visit) -> tuple[Check, ...]:
    """See whether the return path says whose letter came back, fits DMARC, and is taken."""
    pattern = visit.app.settings.bounces.return_path
    if not pattern:
        if not visit.sends:
            return (ok(_NAME, "none: no letter leaves this machine"),)
        hint = 'set bounces.return_path = "bounces+{token}@…"'
        return (warning(_NAME, "none: bounces go to the From address", hint),)
    path = ReturnPath(pattern, visit.app.tokens)
    if not path.is_personal:
        words = f"{pattern} is the same for all letters: a bounce may not say whose it is"
        return (warning(_NAME, words, "write {token} into bounces.return_path"),)
    address = path.of(1, "")
    checks = (*_alignment(visit, address), *_taken(visit, address))
    return checks or (ok(_NAME, f"{pattern} says whose letter came back"),)


def _alignment(visit: Visit, address: str) -> tuple[Check, ...]:
    """Compare the domains, by which receivers see whether SPF speaks for the author."""
    domain = address.rpartition("@")[2]
    own, sender = (ascii_domain(domain) or domain).lower(), from_domain(visit)
    if aligned(own, sender) or visit.app.settings.delivery.dkim.domain:
        return ()
    words = f"letters are from {sender} and come back to {own}: SPF does not count for DMARC"
    return (warning(_NAME, words, f"use a return path at {sender} or below it, or sign with DKIM"),)


def _taken(visit: Visit, address: str) -> tuple[Check, ...]:
    """Ask the mail server about the address; DATA is never said."""
    if visit.offline or visit.app.settings.delivery.backend != "smtp":
        return ()
    try:
        session = connector(visit.app.settings.delivery.smtp)()
    except OutsideError:
        return (ok(_NAME, "the mail server could not be asked"),)  # The check of it says why.
    with closing(session.wire):
        sender = _ask(session, f"MAIL FROM:<{address}>")
        if sender.code >= 400:
            words = f"the mail server refuses {address}: {sender.code} {sender.text}"
            return (wrong(_NAME, words, "write bounces.return_path in a form that it takes"),)
        back = _ask(session, f"RCPT TO:<{address}>")
        _ask(session, "RSET")
        if back.code >= 400:
            words = f"the mail server takes no mail for {address}: {back.code} {back.text}"
            hint = "if bounces come in at this server, try bounces-{token}@… without the +"
            return (warning(_NAME, words, hint),)
    return ()


def _ask(session: Connection, line: str) -> Reply:
    """Say a line and return the answer. Raises OutsideError."""
    fault = OutsideError("the mail server fell silent when asked about the return path", hint="")
    replies, until = Replies(), time.monotonic() + _PATIENCE
    try:
        session.wire.send([f"{line}\r\n".encode()])
        while (left := until - time.monotonic()) > 0:
            select.select([session.wire.fileno()], [], [], left)
            octets = session.wire.receive()
            if octets == b"" or replies.broken:
                break
            for reply in replies.feed(octets or b""):
                return reply
    except OSError as error:
        raise fault from error
    raise fault


def returned_mail(visit: Visit) -> tuple[Check, ...]:
    """See whether there is a mailbox, and whether it can be read."""
    own = visit.app.settings.bounces
    checks: list[Check] = []
    if own.mailbox is not None:
        checks.append(_files(own.mailbox))
    if own.imap.host:
        checks.append(_imap(own.imap, offline=visit.offline))
    if checks:
        return tuple(checks)
    if not visit.sends:
        return (ok(_BOX, "no mailbox: no letter leaves this machine"),)
    hint = "set [bounces.imap] or bounces.mailbox"
    return (warning(_BOX, "nobody reads what comes back: dead addresses stay on the list", hint),)


def _files(path: Path) -> Check:
    with closing(open_path(path, acknowledge=True)) as source:
        next(iter(source.items()), None)
    folders = [path / name for name in ("new", "cur") if (path / name).is_dir()] or [path]
    if path.is_dir() and not all(os.access(one, os.W_OK | os.X_OK) for one in folders):
        hint = "let the service's user write there"
        return wrong(_BOX, f"what was read in {path} can't be moved or marked", hint)
    return ok(_BOX, f"{path} can be read")


def _imap(own: Imap, *, offline: bool) -> Check:
    where = f"{own.host}:{own.port}"
    if own.password_file is not None and not own.password_file.is_file():
        hint = "make it with mode 0600, or take password_file out of the configuration"
        return wrong(_BOX, f"there is no file {own.password_file}", hint)
    if not own.username or not secret(own.password, own.password_file):
        hint = "set bounces.imap.username and password_file, or NEWSLETTER_BOUNCES__IMAP__PASSWORD"
        return wrong(_BOX, f"there is no login for {where}", hint)
    if own.security == "none" and not is_here(own.host):
        hint = "set bounces.imap.security to tls or starttls"
        return wrong(_BOX, "the password would go over the wire in plain text", hint)
    if offline:
        return ok(_BOX, f"{where} was not asked: --offline")
    with closing(ImapMailbox(own)) as mailbox:
        next(iter(mailbox.items()), None)
    how = {"starttls": "encrypted (STARTTLS)", "tls": "encrypted (TLS)", "none": "not encrypted"}
    return ok(_BOX, f"{where} takes us, {how[own.security]}; {own.folder} can be read")
