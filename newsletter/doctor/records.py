"""The sender's records in the DNS: who may send for the domain, and who vouches for its letters."""

import re
from collections.abc import Iterator
from pathlib import Path

from newsletter.config import Dkim
from newsletter.doctor.check import Check, ok, warning, wrong
from newsletter.doctor.visit import AskTxt, Visit
from newsletter.errors import ConfigError, OutsideError
from newsletter.message.dkim_keys import load_key, record
from newsletter.message.headers import ascii_address, ascii_domain

MOST_LOOKUPS = 10
"""More of them make the record an error (RFC 7208, 4.6.4)."""

_POLICIES = ("none", "quarantine", "reject")


def spf(visit: Visit) -> tuple[Check, ...]:
    """Look for the one record that says who may send for the From domain (RFC 7208)."""
    if visit.ask is None:
        return (_not_asked("spf", visit),)
    domain = from_domain(visit)
    try:
        return (_spf(visit.ask, domain),)
    except OutsideError as error:
        return (warning("spf", error.message, error.hint),)


def _spf(ask: AskTxt, domain: str) -> Check:
    found = [one for one in ask(domain) if re.match(r"v=spf1(?: |\Z)", one, re.I)]
    if not found:
        hint = f'publish a TXT record at {domain}: "v=spf1 … -all", naming your relay'
        return wrong("spf", f"{domain} has no SPF record", hint)
    if len(found) > 1:
        words = f"{domain} has {len(found)} SPF records: receivers take that for an error"
        return wrong("spf", words, "make one of them (RFC 7208, 3.2)")
    terms = found[0].lower().split()[1:]
    if {"+all", "all"} & set(terms):
        words = f"the SPF record of {domain} lets everybody send for it: {found[0]}"
        return wrong("spf", words, "end it with -all or ~all")
    if (lookups := _lookups(ask, domain, set())) > MOST_LOOKUPS:
        words = f"the SPF record of {domain} needs {lookups} look-ups; {MOST_LOOKUPS} are allowed"
        return wrong("spf", words, "use fewer include, a, mx and redirect (RFC 7208, 4.6.4)")
    return ok("spf", f"{domain}: {found[0]}")


def _lookups(ask: AskTxt, domain: str, seen: set[str]) -> int:
    """Count the look-ups a receiver makes; stops when there are too many."""
    if domain in seen or len(seen) > MOST_LOOKUPS:
        return 0
    seen.add(domain)
    number = 0
    for text in ask(domain):
        if not re.match(r"v=spf1(?: |\Z)", text, re.I):
            continue
        for term in text.lower().split()[1:]:
            if re.match(
                r"[-+?~]?(?:include:|exists:|ptr\b|redirect=|a(?=[:/]|\Z)|mx(?=[:/]|\Z))", term
            ):
                number += 1
            inner = re.match(r"[-+?~]?(?:include:|redirect=)([^%]+)\Z", term)
            number += _lookups(ask, inner[1], seen) if inner else 0
    return number


def dkim(visit: Visit) -> tuple[Check, ...]:
    """Compare our own keys with what is published (RFC 6376, 3.6.1)."""
    own = visit.app.settings.delivery.dkim
    if not own.domain:
        words = "letters are not signed here; then the relay has to"
        hint = "look for dkim=pass in the Authentication-Results of a test letter"
        return (ok("dkim", words, hint),)
    if visit.ask is None:
        return (_not_asked("dkim", visit),)
    checks = [_key(visit.ask, own, selector, file) for selector, file in _keys(own)]
    sender, signer = from_domain(visit), ascii_domain(own.domain) or own.domain
    if not aligned(sender, signer.lower()):
        words = f"letters are from {sender} and signed for {signer}: DMARC does not count that"
        checks.append(wrong("dkim", words, "sign for the domain of newsletter.from"))
    return tuple(checks)


def _keys(own: Dkim) -> Iterator[tuple[str, Path]]:
    pairs = ((own.selector, own.key_file), (own.second_selector, own.second_key_file))
    yield from ((selector, file) for selector, file in pairs if selector and file)


def _key(ask: AskTxt, own: Dkim, selector: str, file: Path) -> Check:
    try:
        key = load_key(file, own.domain, selector)
    except ConfigError as error:
        return wrong("dkim", f"can't be compared with its record: {error.message}", error.hint)
    name = f"{key.selector}._domainkey.{key.domain}"
    hint = f'publish a TXT record at {name}: "{record(key.private)}"'
    try:
        texts = ask(name)
    except OutsideError as error:
        return warning("dkim", error.message, error.hint)
    if not texts:
        return wrong("dkim", f"there is no record at {name}", hint)
    published = [_tags(one).get("p", "") for one in texts]
    if len(texts) > 1:
        return wrong("dkim", f"there are {len(texts)} records at {name}", "keep one of them")
    if not published[0]:
        return wrong("dkim", f"the key at {name} is revoked: its p= is empty", hint)
    if published[0] != _tags(record(key.private))["p"]:
        return wrong("dkim", f"the record at {name} is of another key than {file}", hint)
    return ok("dkim", f"{name} is the record of our key")


def dmarc(visit: Visit) -> tuple[Check, ...]:
    """Look for the From domain's policy, at the domain or above it (RFC 7489, 6.6.3)."""
    if visit.ask is None:
        return (_not_asked("dmarc", visit),)
    domain = from_domain(visit)
    try:
        return (_dmarc(visit.ask, domain),)
    except OutsideError as error:
        return (warning("dmarc", error.message, error.hint),)


def _dmarc(ask: AskTxt, domain: str) -> Check:
    for place in _upwards(domain):
        name = f"_dmarc.{place}"
        found = [one for one in ask(name) if re.match(r"v=DMARC1\s*(?:;|\Z)", one)]
        if len(found) > 1:
            return wrong("dmarc", f"there are {len(found)} DMARC records at {name}", "keep one")
        if not found:
            continue
        policy = _tags(found[0]).get("p", "")
        if policy.lower() in _POLICIES:
            return ok("dmarc", f"{name}: {found[0]}")
        words = f"the DMARC record at {name} has no policy that receivers know: {found[0]}"
        return wrong("dmarc", words, "it needs p=none, p=quarantine or p=reject")
    hint = f'publish a TXT record at _dmarc.{domain}: "v=DMARC1; p=none"; large providers want one'
    return wrong("dmarc", f"{domain} has no DMARC record", hint)


def _upwards(domain: str) -> Iterator[str]:
    """Yield the domain and those above it, down to two labels."""
    labels = domain.split(".")
    for start in range(max(1, len(labels) - 1)):
        yield ".".join(labels[start:])


def aligned(one: str, other: str) -> bool:
    """Tell whether one is the other or lies within it, which any receiver counts as aligned."""
    return one == other or one.endswith(f".{other}") or other.endswith(f".{one}")


def _tags(text: str) -> dict[str, str]:
    """Read `v=…; p=…`; space inside a value means nothing (RFC 6376, 3.2)."""
    pairs = (part.partition("=") for part in text.split(";"))
    return {name.strip(): "".join(value.split()) for name, _, value in pairs if name.strip()}


def from_domain(visit: Visit) -> str:
    """Return the domain of newsletter.from, in ASCII. Raises ConfigError where there is none."""
    address = visit.app.settings.newsletter.from_
    sender = ascii_address(address)
    if sender is None:
        raise ConfigError(
            f"newsletter.from: “{address}” is not an address",
            hint="write it like digest@example.org",
        )
    return sender.rpartition("@")[2].lower()


def _not_asked(name: str, visit: Visit) -> Check:
    if visit.offline:
        return ok(name, "not looked at: --offline")
    kind = visit.app.settings.delivery.backend
    words = f"not looked at: the backend `{kind}` sends nothing"
    return ok(name, words, "--resolver IP looks at it all the same")
