"""Secrets: are they there, do they work, can only their owner read them."""

from pathlib import Path

from newsletter.config import secret
from newsletter.doctor.check import Check, ok, wrong
from newsletter.doctor.visit import Visit


def reader_links(visit: Visit) -> tuple[Check, ...]:
    """See whether readers' links can be signed."""
    own = visit.app.settings.subscriptions
    if not own.secret.get_secret_value() and own.secret_file.is_dir():
        hint = "it must be a file"
        return (wrong("readers' links", f"{own.secret_file} is a folder", hint),)
    _ = visit.app.tokens
    place = "the environment" if own.secret.get_secret_value() else str(own.secret_file)
    return (ok("readers' links", f"they are signed with the key in {place}"),)


def smtp_password(visit: Visit) -> tuple[Check, ...]:
    """See whether there is a password, where there is a login."""
    own = visit.app.settings.delivery.smtp
    if own.password_file is not None and not own.password_file.is_file():
        hint = "make it with mode 0600, or take password_file out of the configuration"
        return (wrong("smtp password", f"there is no file {own.password_file}", hint),)
    password = secret(own.password, own.password_file)
    if own.username and not password:
        hint = "set delivery.smtp.password_file, or NEWSLETTER_DELIVERY__SMTP__PASSWORD"
        return (wrong("smtp password", f"“{own.username}” has no password", hint),)
    if own.username and own.security == "none" and not is_here(own.host):
        hint = "set delivery.smtp.security to starttls or tls"
        return (wrong("smtp password", "it would go over the wire in plain text", hint),)
    return (ok("smtp password", "it is there" if password else "none is wanted"),)


def is_here(host: str) -> bool:
    """Tell whether a host is this machine."""
    return host in ("localhost", "::1") or host.startswith("127.")


def dkim_key(visit: Visit) -> tuple[Check, ...]:
    """See whether our own keys, if any, can sign."""
    own = visit.app.settings.delivery.dkim
    if visit.app.signer is None:
        return (ok("dkim key", "none: letters are not signed here"),)
    files: list[Path] = [one for one in (own.key_file, own.second_key_file) if one]
    return (ok("dkim key", f"signs for {own.domain}: {', '.join(map(str, files))}"),)
