"""The public address: can readers reach it."""

import http.client
import ssl
import urllib.error
import urllib.request
from ipaddress import ip_address
from urllib.parse import urlsplit

from newsletter.doctor.check import Check, Level, ok, warning, wrong
from newsletter.doctor.visit import Visit

PATIENCE = 10.0
"""Seconds for an answer."""


def public_url(visit: Visit) -> tuple[Check, ...]:
    """Ask the address once; whatever answers there without an error of its own is well."""
    url = visit.app.settings.newsletter.public_url
    found = _form(url, visit)
    if visit.offline:
        return (*found, ok("public_url", "not asked: --offline"))
    answer = _asked(url)
    if answer.level is Level.WRONG and not visit.sends:
        answer = warning(answer.name, answer.message, answer.hint)
    return (*found, answer)


def _form(url: str, visit: Visit) -> tuple[Check, ...]:
    parts = urlsplit(url)
    if _is_here(parts.hostname or ""):
        words, hint = (
            f"{url} is this machine's own: no reader can open it",
            "set your public address",
        )
    elif parts.scheme != "https":
        words = f"{url} is not encrypted"
        hint = "one-click unsubscribe works over https only (RFC 8058, 3.1)"
    else:
        return ()
    return (warning("public_url", words, hint),)


def _is_here(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def _asked(url: str) -> Check:
    request = urllib.request.Request(  # noqa: S310 - the settings allow http and https alone
        url, headers={"User-Agent": "newsletter-doctor"}
    )
    hint = "the service must run, and the proxy before it must pass this address on"
    try:
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:  # noqa: S310
            status = answer.status
    except urllib.error.HTTPError as error:
        status = error.code
        error.close()
    except urllib.error.URLError as error:
        if isinstance(error.reason, ssl.SSLError):
            hint = "renew the certificate of the web server; it must bear this name"
        return wrong("public_url", f"{url} can't be reached: {_words(error.reason)}", hint)
    except (OSError, http.client.HTTPException, ValueError) as error:
        return wrong("public_url", f"{url} can't be reached: {_words(error)}", hint)
    if status >= 500:
        return wrong("public_url", f"{url} answers with an error: {status}", hint)
    if status >= 400:
        words = f"{url} answers, but not with a page: {status}"
        return warning("public_url", words, "see whether the path of public_url is right")
    return ok("public_url", f"{url} answers: {status}")


def _words(error: object) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate can't be trusted: {error.verify_message}"
    return getattr(error, "strerror", None) or str(error) or type(error).__name__
