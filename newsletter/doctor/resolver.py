"""Ask the DNS, by the system's name servers or one that is given."""

import re
from ipaddress import ip_address

import dns.exception
import dns.resolver

from newsletter.doctor.visit import AskTxt
from newsletter.errors import OutsideError, UsageError

PATIENCE = 6.0
"""Seconds for one question, over all tries."""

_HINT = "name a server that answers: --resolver 9.9.9.9; or look at nothing outside: --offline"


def asker(resolver: str) -> AskTxt:
    """Return what reads TXT records. `resolver` is `IP`, `IP:port`, `[IPv6]:port`, or empty.

    Raises UsageError for any other text.
    """
    server = _server(resolver) if resolver else None

    def ask(name: str) -> tuple[str, ...]:
        try:
            found = _resolver(server).resolve(f"{name}.", "TXT", lifetime=PATIENCE)
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
            return ()
        except dns.exception.DNSException as error:
            words = f"the DNS does not answer about {name}: {error}"
            raise OutsideError(" ".join(words.split()), hint=_HINT) from error
        # Strings of one record are one text, without anything between: RFC 7208, 3.3.
        return tuple(b"".join(one.strings).decode("utf-8", "replace") for one in found)

    return ask


def _resolver(server: tuple[str, int] | None) -> dns.resolver.Resolver:
    if server is None:
        return dns.resolver.Resolver()
    made = dns.resolver.Resolver(configure=False)
    made.nameservers, made.port = [server[0]], server[1]
    return made


def _server(text: str) -> tuple[str, int]:
    match = re.fullmatch(r"\[(.+)\](?::(\d{1,5}))?|([\d.]+)(?::(\d{1,5}))?|([\da-fA-F:]+)", text)
    host = match and (match[1] or match[3] or match[5])
    port = int((match[2] or match[4] or 53) if match else 0)
    try:
        address = str(ip_address(host or ""))
    except ValueError:
        address = ""
    if not address or not 0 < port < 65536:
        raise UsageError(
            f"“{text}” is not a name server", hint="write it like 9.9.9.9 or 127.0.0.1:5353"
        )
    return address, port
