"""Links: what they say, and whether the address can be one. Nothing is fetched here."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import parse_qsl, unquote, urlsplit

from newsletter.content import doi

_EMPTY_WORDS = re.compile(
    r"(?:(?:please )?(?:click|tap|press|go|see|look)(?: on)? )?"
    r"(?:here|this|this link|the link|link)"
    r"|(?:read|learn|find out|see|show) more(?: here)?|more(?: info(?:rmation)?)?|details|this page"
    r"|website|web ?page|this (?:article|study|paper|website)|download(?: here)?|continue|url",
    re.I,
)
_TRACKING = re.compile(
    r"utm_\w+|fbclid|gclid|dclid|msclkid|mc_[ce]id|igshid|_hs\w+|mkt_tok|vero_\w+|yclid|wt_mc|"
    r"campaign_id|cmpid|ref_src|s_cid|trk|spm",
    re.I,
)
_WRAPPED = re.compile(
    r"(?:^|\.)(?:safelinks\.protection\.outlook\.com|urldefense(?:\.proofpoint)?\.com|"
    r"linkprotect\.cudasvc\.com|list-manage\.com|lnkd\.in|bit\.ly|tinyurl\.com|t\.co|ow\.ly|goo\.gl)$"
)
_PROXY = re.compile(r"(?:^|[.-])(?:ez)?proxy[\d]*[.-]|libproxy|idm\.oclc\.org$")
_LOCAL = re.compile(r"localhost$|\.(?:local|localhost|internal|lan|test|invalid)$")
_EXAMPLE = re.compile(
    r"(?:^|\.)example\.(?:com|org|net|edu)$|(?:^|\.)example$|^(?:your|my)-?(?:site|domain)\b"
)
_SCHEME_SLIP = re.compile(r"h?t{1,3}ps?(?:[;,]?/{1,3}|:/?(?!/)|;//|:///)|h[tps]{2,6}:", re.I)
_MAILBOX = re.compile(r"[^@\s,;<>()]+@[\w-]+(?:\.[\w-]+)+")
_OLD_DOI = re.compile(r"(?:dx|www)\.doi\.org$")
_LABEL = re.compile(r"(?!-)[\w-]{1,63}(?<!-)")


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with an address."""

    code: str
    message: str
    hint: str = ""


def faults(url: str) -> Iterator[Fault]:
    """Yield what is wrong with an address that a letter links to: the first thing that matters."""
    if not url.strip() or url.strip() == "#":
        yield Fault("empty-link", "a link that leads nowhere", "give it an address")
        return
    if re.search(r"\s|[<>\"{}|\\^`]", url):
        yield Fault("malformed-link", f"“{url}” holds what no address holds", "copy it anew")
        return
    scheme = _scheme(url)
    if scheme == "mailto":
        yield from _mail(url)
    elif scheme in ("http", "https"):
        yield from _web(url, scheme)
    elif url.startswith("#"):
        return
    else:
        yield _neither(url, scheme)


def _scheme(url: str) -> str:
    match = re.match(r"([a-z][a-z0-9+.-]*):", url, re.I)
    return match[1].lower() if match else ""


def _neither(url: str, scheme: str) -> Fault:
    if (slip := _SCHEME_SLIP.match(url)) and scheme not in ("ftp",):
        meant = "https://" + url[slip.end() :].lstrip("/:")
        return Fault("malformed-link", f"“{url}” is no address", f"did you mean {meant}?")
    if scheme in ("file", "c", "d") or url.startswith(("\\\\", "/Users/", "/home/")):
        return Fault("local-link", f"“{url}” is a file of one machine", "link to a page")
    if scheme == "doi" or doi.normalise(url):
        bare = doi.normalise(url) or url
        return Fault("doi-link", f"“{url}” is no address", f"write https://doi.org/{bare}")
    if _MAILBOX.fullmatch(url):
        return Fault("mailto", f"“{url}” is no address of a page", f"write mailto:{url}")
    if scheme and not re.match(r"[\w-]+\.[\w.-]+:\d", url):
        hint = "only http, https and mailto work from a mail"
        return Fault("link-scheme", f"“{scheme}:” can't be opened from a mail", hint)
    hint = f"write https://{url.lstrip('/')}" if "." in url.split("/")[0] else "write it in full"
    return Fault("relative-link", f"“{url}” is no whole address", hint)


def _mail(url: str) -> Iterator[Fault]:
    addresses = unquote(url[7:].partition("?")[0]).split(",")
    wrong = [one for one in addresses if not _MAILBOX.fullmatch(one.strip())]
    if wrong and not (addresses == [""] and "?" in url):
        yield Fault("mailto", f"“{url}” holds no address of mail", "write mailto:name@domain.org")
    elif any(_EXAMPLE.search(one.rpartition("@")[2]) for one in addresses):
        yield Fault("placeholder-link", f"“{url}” is an example", "write the real address")


def _web(url: str, scheme: str) -> Iterator[Fault]:
    try:
        parts = urlsplit(url)
        host, _ = (parts.hostname or "").rstrip("."), parts.port
    except ValueError:
        yield Fault("malformed-link", f"“{url}” is no address", "copy it anew")
        return
    if not _is_host(host) or re.match(r"https?://+(?:https?:|/)", url, re.I) or "@" in parts.netloc:
        yield Fault("malformed-link", f"“{url}” is no address of a page", "copy it anew")
        return
    if is_local(host):
        yield Fault("local-link", f"“{url}” can be opened by you alone", "use the public address")
        return
    if _EXAMPLE.search(host):
        yield Fault("placeholder-link", f"“{url}” is an example", "write the real address")
        return
    if _PROXY.search(host) or _WRAPPED.search(host) or _wraps(host, parts.query):
        hint = "open it, and copy the address of the page itself"
        yield Fault("wrapped-link", f"“{host}” stands between the reader and the page", hint)
        return
    yield from _details(url, scheme, host, parts.path, parts.query)


def _details(url: str, scheme: str, host: str, path: str, query: str) -> Iterator[Fault]:
    if re.search(r"[.,;:!]$|[^(]*\)$(?<!\([^()]\))", url) and not _balanced(url):
        hint = "the mark belongs to the sentence, not to the address"
        yield Fault("malformed-link", f"“{url}” ends with a mark of the sentence", hint)
    tracking = [name for name, _ in parse_qsl(query, True) if _TRACKING.fullmatch(name)]
    if tracking:
        hint = f"take out {', '.join(tracking)}"
        yield Fault("tracking-link", "the address tells where the reader came from", hint)
    if host == "doi.org" or _OLD_DOI.search(host):
        if not doi.normalise(url):
            hint = "write https://doi.org/ and the DOI"
            yield Fault("doi-link", f"there is no DOI in “{url}”", hint)
        elif host != "doi.org":
            hint = f"write https://doi.org{path}"
            yield Fault("doi-link", f"“{host}” is the old name of the resolver", hint)
    if scheme == "http":
        yield Fault("http-link", f"“{url}” is not encrypted", f"try https{url[4:]}")


def _balanced(url: str) -> bool:
    return url.endswith(")") and url.count("(") >= url.count(")")


def _is_host(host: str) -> bool:
    try:
        ip_address(host)
        return True
    except ValueError:
        pass
    labels = host.split(".")
    return all(_LABEL.fullmatch(label) for label in labels) and (
        len(labels) > 1 or host == "localhost"
    )


def is_local(host: str) -> bool:
    """Say whether a host is this machine, or one that only its own network knows."""
    try:
        return not ip_address(host).is_global
    except ValueError:
        return _LOCAL.search(host) is not None


def _wraps(host: str, query: str) -> bool:
    """Whether it is a search engine's or a login's address around the one that is meant."""
    return any(
        name in ("url", "q", "u", "target", "qurl") and re.match(r"https?://", value, re.I)
        for name, value in parse_qsl(query)
    )


def says_nothing(words: str) -> bool:
    """Say whether a link's words tell nothing to who hears the links alone."""
    return _EMPTY_WORDS.fullmatch(" ".join(words.split()).strip(" .:→»>")) is not None
