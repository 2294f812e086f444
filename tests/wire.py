"""Is this message fit for the wire? Read byte by byte, then once more by Python's own parser.

Any test that makes a message may ask: `assert_conforms(raw)`. It trusts none of our own code.
"""

import email
import email.policy
import quopri
import re
from dataclasses import dataclass
from email.message import EmailMessage

ONCE = {
    "From",
    "To",
    "Subject",
    "Date",
    "Message-ID",
    "MIME-Version",
    "Content-Type",
    "List-Id",
    "List-Unsubscribe",
    "List-Unsubscribe-Post",
    "Content-Language",
}
AT_MOST_ONCE = {"Reply-To"}
ANY_NUMBER = {"DKIM-Signature"}
NEVER_ENCODED = ONCE - {"From", "To", "Subject", "List-Id"}

QUOTED_LINE = re.compile(rb"(?:[!-<>-~ ]|=[0-9A-F]{2})*=?")
ENCODED_WORD = re.compile(rb"=\?utf-8\?[bq]\?[!->@-~]*\?=")
UNSUBSCRIBE = re.compile(rb"<https?://[^\s<>,]+>,(?:\r\n)? <mailto:[^\s<>,]+>")
DATE = re.compile(
    rb"(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d "
    rb"(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) \d{4} \d\d:\d\d:\d\d [+-]\d{4}"
)
PART = re.compile(
    rb"Content-Type: text/(plain|html); charset=utf-8\r\n"
    rb"Content-Transfer-Encoding: quoted-printable\r\n\r\n(.*)\r\n",
    re.DOTALL,
)


@dataclass(frozen=True)
class Wire:
    """A conforming message: raw header values, still folded; both parts, decoded; the parse."""

    headers: dict[str, bytes]
    text: str
    html: str
    parsed: EmailMessage


def assert_conforms(raw: bytes) -> Wire:
    """Check one message against what we promise of every message; return what it says."""
    check_lines(raw)
    head, _, body = raw.partition(b"\r\n\r\n")
    headers = check_headers(head + b"\r\n")
    text, html = check_body(headers["Content-Type"], body)
    return Wire(headers, text, html, check_parse(raw, text, html))


def check_lines(raw: bytes) -> None:
    assert raw.endswith(b"\r\n"), "ends in the middle of a line"
    assert not re.search(rb"[^\t\r\n -~]", raw), "a byte that is not printable ASCII"
    assert raw.count(b"\r\n") == raw.count(b"\r") == raw.count(b"\n"), "a bare CR or LF"
    for line in raw.split(b"\r\n"):
        assert len(line) <= 998, f"a line of {len(line)} octets"
        assert not line.startswith((b".", b"From ")), f"a risky start: {line[:20]!r}"


def check_headers(head: bytes) -> dict[str, bytes]:
    fields = re.findall(rb"^([!-9;-~]+): ?(.*(?:\r\n[ \t].*)*)\r\n", head, re.MULTILINE)
    assert b"".join(b"%b: %b\r\n" % field for field in fields) == head, "not a header block"
    names = [name.decode() for name, _ in fields]
    for name in ONCE:
        assert names.count(name) == 1, f"{names.count(name)} times {name}"
    for name in AT_MOST_ONCE:
        assert names.count(name) <= 1, f"{names.count(name)} times {name}"
    assert set(names) <= ONCE | AT_MOST_ONCE | ANY_NUMBER, f"unexpected: {names}"
    values = {name.decode(): value for name, value in fields}
    for name, value in values.items():
        check_header(name, value)
    assert DATE.fullmatch(values["Date"])
    assert re.fullmatch(rb"<[!-;=?-~]+@[!-;=?-~]+>", values["Message-ID"])
    assert re.search(rb"(?:^|\s)<[!-;=?-~]+>$", values["List-Id"])
    assert UNSUBSCRIBE.fullmatch(values["List-Unsubscribe"]), values["List-Unsubscribe"]
    assert values["List-Unsubscribe-Post"] == b"List-Unsubscribe=One-Click"
    assert values["MIME-Version"] == b"1.0"
    return values


def check_header(name: str, value: bytes) -> None:
    for line in value.split(b"\r\n")[1:]:
        assert line.strip(), f"{name}: a folded line of white space"
    if name == "DKIM-Signature":
        return
    assert value == value.rstrip() or not value.strip(), f"{name}: white space at the end"
    # What looks like an encoded-word is one, is short enough, and stands where one may.
    rest = ENCODED_WORD.sub(b"", value)
    assert b"=?" not in rest, f"{name}: a broken encoded-word"
    assert b"?=" not in rest, f"{name}: a broken encoded-word"
    for word in ENCODED_WORD.findall(value):
        assert name not in NEVER_ENCODED, f"{name} is encoded"
        assert len(word) <= 75
    for line in (f"{name}: ".encode() + value).split(b"\r\n"):
        assert len(line) <= 76 or not ENCODED_WORD.search(line), f"{name}: {len(line)} octets"


def check_body(content_type: bytes, body: bytes) -> tuple[str, str]:
    match = re.fullmatch(rb'multipart/alternative;(?:\r\n)? boundary="(=_[0-9a-f]+)"', content_type)
    assert match, content_type
    preamble, plain, html, closing = (b"\r\n" + body).split(b"\r\n--" + match[1])
    assert (preamble, closing) == (b"", b"--\r\n")
    return check_part("plain", plain), check_part("html", html)


def check_part(subtype: str, part: bytes) -> str:
    match = PART.fullmatch(part.removeprefix(b"\r\n") + b"\r\n")
    assert match, part[:200]
    assert match[1].decode() == subtype
    for line in match[2].split(b"\r\n"):
        assert len(line) <= 76, f"a quoted-printable line of {len(line)}"
        assert QUOTED_LINE.fullmatch(line), f"not quoted-printable: {line!r}"
        assert not line.endswith(b" "), "white space at a line's end"
        assert b"  " not in line, "DKIM's relaxed form would differ"
    assert not match[2].endswith(b"=") or match[2].endswith(b"=3D"), "ends in a soft break"
    return quopri.decodestring(match[2].replace(b"\r\n", b"\n")).decode()


def check_parse(raw: bytes, text: str, html: str) -> EmailMessage:
    parsed = email.message_from_bytes(raw, policy=email.policy.default)
    assert isinstance(parsed, EmailMessage)
    for part in parsed.walk():
        assert not part.defects, part.defects
        for value in part.values():
            assert not getattr(value, "defects", ()), (value, value.defects)
    plain, rich = parsed.iter_parts()
    assert plain.get_content().replace("\r", "") == text.replace("\r", "")
    assert rich.get_content().replace("\r", "") == html.replace("\r", "")
    assert not {"Bcc", "Cc"} & set(parsed.keys())
    return parsed
